"""One run over all servers, which stand side by side on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.desk import app, crowd, figures, openings, servers
from bench.desk.browser import chromium
from bench.desk.openings import Openings
from bench.desk.progress import say
from bench.desk.servers import Server


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes:
        names: The servers, by the names in `servers.STARTS`.
        parts: "open", "crowd" or both.
        rounds: How often each server is opened, cold and warm.
        users: How many click at the same time.
        seconds: For how long.
    """

    names: Sequence[str]
    parts: Sequence[str] = ("open", "crowd")
    rounds: int = 7
    users: int = 20
    seconds: int = 20


def run(plan: Plan, *, as_json: bool) -> str:
    """Return the figures in words."""
    with _standing(plan.names) as standing, chromium() as browser:
        opened: dict[str, Openings] = {}
        if "open" in plan.parts:
            opened = openings.run(browser, standing, plan.rounds)
        measured = {name: one.figures() for name, one in opened.items()}
        if "crowd" in plan.parts:
            for server in standing:
                found = crowd.run(browser, server, plan.users, plan.seconds)
                measured[server.name] = measured.get(server.name, {}) | found.figures()
    ratios = {
        name: opened["ours"].ratio(one)
        for name, one in opened.items()
        if name != "ours" and "ours" in opened
    }
    table = figures.flat(measured, ratios)
    return figures.as_json(table) if as_json else figures.as_markdown(measured, table)


@contextmanager
def _standing(names: Sequence[str]) -> Iterator[list[Server]]:
    with tempfile.TemporaryDirectory() as kept, ExitStack() as stack:
        content = app.lay_out(Path(kept))
        standing = []
        for name in names:
            folder = Path(kept) / name
            folder.mkdir()
            standing.append(stack.enter_context(servers.STARTS[name](folder, content)))
            say(f"{name} serves at {standing[-1].address}")
        yield standing
