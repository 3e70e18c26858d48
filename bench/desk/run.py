"""One run over all servers, which stand side by side on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from bench.desk import app, crowd, figures, openings, servers
from bench.desk.app import Content
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
    with tempfile.TemporaryDirectory() as kept, chromium() as browser:
        folder = Path(kept)
        content = app.lay_out(folder)
        opened = _open(browser, plan, folder, content) if "open" in plan.parts else {}
        measured = {name: one.figures() for name, one in opened.items()}
        for name in plan.names if "crowd" in plan.parts else ():
            with _standing([name], folder, content) as (server,):  # fresh, and nobody beside it
                found = crowd.run(browser, server, plan.users, plan.seconds)
            measured[name] = measured.get(name, {}) | found.figures()
    ratios = {
        name: opened["ours"].ratio(one)
        for name, one in opened.items()
        if name != "ours" and "ours" in opened
    }
    table = figures.flat(measured, ratios)
    return figures.as_json(table) if as_json else figures.as_markdown(measured, table)


def _open(browser: Browser, plan: Plan, folder: Path, content: Content) -> dict[str, Openings]:
    with _standing(plan.names, folder, content) as standing:
        return openings.run(browser, standing, plan.rounds)


@contextmanager
def _standing(names: Sequence[str], folder: Path, content: Content) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        standing = []
        for name in names:
            own = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder))
            standing.append(stack.enter_context(servers.STARTS[name](own, content)))
            say(f"{name} serves at {standing[-1].address}")
        yield standing
