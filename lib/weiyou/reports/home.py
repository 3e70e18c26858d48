"""What the desk shows on its first page: who has signed in, and for which areas. 工作台首页"""

from __future__ import annotations

from dataclasses import dataclass

from weiyou.store import accounts, areas
from weiyou.store.look import Look

VILLAGE_DIGITS = 12


@dataclass(frozen=True)
class Home:
    """The person at the desk, in words."""

    name: str
    role: str
    areas: tuple[str, ...]
    has_demo: bool


def home(look: Look) -> Home:
    """Return who has signed in, and whether the installation holds made-up people."""
    names = areas.names(look.session, look.today)
    return Home(
        name=look.by.name,
        role=look.by.role.label,
        areas=tuple(_in_words(code, names) for code in look.by.areas),
        has_demo=has_demo(look),
    )


def has_demo(look: Look) -> bool:
    """Return whether there are demonstration accounts."""
    return accounts.has_demo(look.session)


def _in_words(code: str, names: dict[str, str]) -> str:
    """Return the name of an area; a grid's comes after its village's, being a number only."""
    name = names.get(code, code)
    if len(code) <= VILLAGE_DIGITS:
        return name
    return f"{names.get(code[:VILLAGE_DIGITS], '')}{name}"
