"""Which desks there are, read from one file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NAME: Final = re.compile(r"[a-z][a-z0-9]{0,19}")
HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
PREFIX: Final = "desk-"
"""What the hub calls a desk begins like this, and no person is called so."""


@dataclass(frozen=True)
class Desk:
    """One process of the desk.

    Attributes:
        name: A short word.
        host: The name that its people type.
        port: Where it listens on this machine.
        street_name: What its pages say.
    """

    name: str
    host: str
    port: int
    street_name: str

    @property
    def owner(self) -> str:
        """Return what the hub calls it."""
        return PREFIX + self.name


@dataclass(frozen=True)
class Plan:
    """Everything that the file says."""

    hub: str
    python: str
    proxy_port: int
    proxy_api_port: int
    hub_port: int
    desks: tuple[Desk, ...]

    @property
    def by_owner(self) -> dict[str, Desk]:
        """Return the desks by what the hub calls them."""
        return {desk.owner: desk for desk in self.desks}


def read(path: Path) -> Plan:
    """Return the plan of a file. Raises: ValueError, KeyError for one that cannot be."""
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    ports = said["ports"]
    plan = Plan(
        hub=said["hub"].rstrip("/"),
        python=said["python"],
        proxy_port=ports["proxy"],
        proxy_api_port=ports["proxy_api"],
        hub_port=ports["hub"],
        desks=tuple(Desk(**one) for one in said["desk"]),
    )
    _check(plan)
    return plan


def _check(plan: Plan) -> None:
    if not plan.hub.startswith("https://"):
        raise ValueError(f"the hub is reached over TLS only: {plan.hub}")
    for desk in plan.desks:
        if not NAME.fullmatch(desk.name) or not HOST.fullmatch(desk.host):
            raise ValueError(f"a name of small letters, a host name: {desk}")
    hosts = [*(desk.host for desk in plan.desks), plan.hub.removeprefix("https://").split(":")[0]]
    ports = [plan.proxy_port, plan.proxy_api_port, plan.hub_port, *(one.port for one in plan.desks)]
    names = [desk.name for desk in plan.desks]
    for what in (hosts, ports, names):
        if len(set(what)) < len(what):
            raise ValueError(f"said twice: {what}")
