"""Many users at once: what each adds to the server's memory, and how long their clicks take.

The users are pages of one Chromium, for every server alike; the machine that serves also draws
their pages, so `busy` says how much of it was in use while they clicked.
"""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser, Page

from bench.desk import processes
from bench.desk.browser import a_user
from bench.desk.progress import say
from bench.desk.servers import Server

FURTHER: Final = 8
"""So many users come after the first; what they add is divided by their number."""

SETTLE_S: Final = 3.0
PERIOD_MS: Final = 1_000
START: Final = """
([duration, period]) => { window.benchTaken = window.bench.clicks(duration, period); }
"""


@dataclass(frozen=True)
class Crowd:
    """What was measured of one server."""

    first_mb: float
    mb_per_user: float
    clicks_ms: tuple[float, ...]
    lost: int
    cpu_share: float
    busy: float

    def figures(self) -> dict[str, float]:
        """Return the figures by name."""
        clicked = statistics.quantiles(self.clicks_ms, n=20, method="inclusive")
        return {
            "memory.mb_first_user": self.first_mb,
            "memory.mb_per_user": self.mb_per_user,
            "click.p50_20_ms": clicked[9],
            "click.p95_20_ms": clicked[18],
            "click.lost_20": self.lost,
            "cpu.share_20": self.cpu_share,
            "machine.busy_20": self.busy,
        }


def run(browser: Browser, server: Server, users: int, seconds: int) -> Crowd:
    """Let `users` come one by one, then click about once a second each for `seconds`."""
    with ExitStack() as stack:
        pages: list[Page] = []
        sizes = []
        for number in range(max(users, FURTHER + 1)):
            pages.append(stack.enter_context(a_user(browser, server)).open()[0])
            if number in {0, FURTHER}:
                time.sleep(SETTLE_S)
                sizes.append(processes.memory_mb(server.pid))
        before, idle = processes.cpu_by_process(server.pid), processes.idle_s()
        start = time.monotonic()
        taken = _click(pages[:users], seconds)
        lasted = time.monotonic() - start
        cpu = processes.cpu_since(before, processes.cpu_by_process(server.pid))
        busy = 1 - (processes.idle_s() - idle) / (lasted * processes.cores())
    crowd = Crowd(
        first_mb=sizes[0],
        mb_per_user=(sizes[1] - sizes[0]) / FURTHER,
        clicks_ms=tuple(ms for ms in taken if ms is not None),
        lost=taken.count(None),
        cpu_share=cpu / lasted,
        busy=busy,
    )
    say(f"{server.name}: {users} users, {crowd.mb_per_user:.0f} MB each, machine {busy:.0%} busy")
    return crowd


def _click(pages: list[Page], seconds: int) -> list[float | None]:
    for page in pages:
        page.evaluate(START, [seconds * 1000, PERIOD_MS])
    time.sleep(seconds)
    taken: list[float | None] = []
    for page in pages:
        taken += page.evaluate("() => window.benchTaken")
    return taken
