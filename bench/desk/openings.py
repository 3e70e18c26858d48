"""Openings of the app, in rounds: in each round every server is opened cold, and again warm."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Browser

from bench.desk import processes
from bench.desk.browser import User, a_user, clicks, leave
from bench.desk.progress import say
from bench.desk.servers import Server
from bench.desk.wire import wire

SETTLE_S: Final = 1.0
"""What a server does so soon after an opening still belongs to it."""

REST_S: Final = 1.0
"""Between two openings: kernels that were left come to their end."""

CLICKS_MS: Final = 1_500
PERIOD_MS: Final = 125


@dataclass
class Openings:
    """What was measured of one server; one number a round unless said otherwise.

    Attributes:
        cold_s: From the request to a click that worked, in a browser that had never been there.
        warm_s: The same, in the same browser, for the second time.
        cpu_s: Processor time of the server, one number an opening.
        clicks_ms: From a click to the changed page, one number a click.
        cold_kb: What went over the wire up to a second after the click: headers, files and
            websockets, packed as they travel, both ways.
        warm_kb: The same for the second time.
        foreign: Requests to other machines, in one cold and one warm opening.
        lost: Clicks that changed nothing within ten seconds.
    """

    cold_s: list[float] = field(default_factory=list)
    warm_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    clicks_ms: list[float] = field(default_factory=list)
    cold_kb: float = 0.0
    warm_kb: float = 0.0
    foreign: tuple[str, ...] = ()
    lost: int = 0

    def figures(self) -> dict[str, float]:
        """Return the medians by name."""
        clicked = statistics.quantiles(self.clicks_ms, n=20, method="inclusive")
        return {
            "open.seconds": statistics.median(self.both_s()),
            "open.cold_seconds": statistics.median(self.cold_s),
            "open.warm_seconds": statistics.median(self.warm_s),
            "cpu.seconds_per_open": statistics.median(self.cpu_s),
            "click.p50_1_ms": clicked[9],
            "click.p95_1_ms": clicked[18],
            "click.lost_1": self.lost,
            "bytes.cold_kb": self.cold_kb,
            "bytes.warm_kb": self.warm_kb,
            "foreign.requests": len(self.foreign),
        }

    def both_s(self) -> list[float]:
        """Return the mean of the cold and the warm opening of each round."""
        return [(cold + warm) / 2 for cold, warm in zip(self.cold_s, self.warm_s, strict=True)]

    def ratio(self, other: Openings) -> float:
        """Return how much longer ours take, as the median of the rounds' ratios.

        Both sides of a ratio were taken within a minute, so a busy machine slows both.
        """
        pairs = zip(self.both_s(), other.both_s(), strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


def run(browser: Browser, servers: Sequence[Server], rounds: int) -> dict[str, Openings]:
    """Return what was measured, by server. An opening before the first round counts nothing."""
    measured = {server.name: Openings() for server in servers}
    for server in servers:
        _weigh(browser, server, measured[server.name])
    for number in range(rounds):
        shift = number % len(servers)
        for server in [*servers[shift:], *servers[:shift]]:  # nobody always follows the same one
            _round(browser, server, measured[server.name])
        say(f"round {number + 1} of {rounds}: {_last(measured)}")
    return measured


def _last(measured: Mapping[str, Openings]) -> str:
    return ", ".join(
        f"{name} {openings.cold_s[-1]:.2f}/{openings.warm_s[-1]:.2f} s"
        for name, openings in measured.items()
    )


def _round(browser: Browser, server: Server, taken: Openings) -> None:
    with a_user(browser, server) as user:
        for seconds in (taken.cold_s, taken.warm_s):
            seconds.append(_open(user, taken))


def _open(user: User, taken: Openings) -> float:
    before = processes.cpu_by_process(user.server.pid)
    page, opened = user.open()
    time.sleep(SETTLE_S)
    after = processes.cpu_by_process(user.server.pid)
    taken.cpu_s.append(processes.cpu_since(before, after))
    clicked = clicks(page, CLICKS_MS, PERIOD_MS)
    taken.clicks_ms += [ms for ms in clicked if ms is not None]
    taken.lost += clicked.count(None)
    leave(page)
    time.sleep(REST_S)
    return opened["worked"] / 1000


def _weigh(browser: Browser, server: Server, taken: Openings) -> None:
    """Count bytes and foreign requests, apart from the timed openings."""
    with wire(server) as laid, a_user(browser, laid.server) as user:
        weights = []
        for _ in range(2):
            before = laid.bytes
            page, _opened = user.open()
            time.sleep(SETTLE_S)
            weights.append((laid.bytes - before) / 1000)
            leave(page)
        taken.cold_kb, taken.warm_kb = weights
        taken.foreign = tuple(user.foreign)
    say(f"{server.name}: {taken.cold_kb:.0f} kB cold, {taken.warm_kb:.0f} kB warm")
