"""Many sessions of the real triage app on our desk at once, on demo data.

`python -m bench.desk sessions [--count 200]`. A session is what a browser does without drawing:
it signs in, reads the page of the app to its end, keeps the websocket, and presses refresh.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import websocket
from tests import desk as desks
from tests.desk import Desk, Line

from bench.desk import processes
from bench.desk.progress import say
from weiyou.domain.people import Role
from weiyou.services import demo
from weiyou.services.office import OPERATOR, open_office
from weiyou.settings import REPOSITORY, Settings

APP: Final = "triage"
PATIENCE_S: Final = 30
TELL_EVERY: Final = 20
SETTLE_S: Final = 3.0
LOG_TAIL: Final = 2_000


@dataclass
class Session:
    """One open app: its websocket, and the thread that listens to it."""

    line: Line
    screen: str
    ended: bool = False
    answers: dict[int, float] = field(default_factory=dict)
    heard: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        """Hear what the kernel says until the connection ends; pings are answered by this, too."""
        while not self.ended:
            try:
                kind, content = self.line.hear()
            except websocket.WebSocketTimeoutException:
                continue
            except (websocket.WebSocketException, OSError):
                self.ended = True
                return
            if kind == "comm_msg" and content["comm_id"] == self.screen:
                self._note(content["data"].get("state", {}))

    def _note(self, state: dict[str, Any]) -> None:
        if "answered" in state:
            self.answers[state["answered"]] = time.perf_counter()
            self.heard.set()

    def press(self, number: int) -> float | None:
        """Return how many ms the screen takes to answer a press of refresh; None if it never does.

        Args:
            number: Of the press; the answer carries it.
        """
        start = time.perf_counter()
        self.heard.clear()
        event = {"event": "refresh", "data": {"n": number, "of": None}}
        self.line.comm(self.screen, {"method": "custom", "content": event})
        while number not in self.answers and not self.ended:
            if not self.heard.wait(PATIENCE_S):
                return None
            self.heard.clear()
        return (self.answers[number] - start) * 1000 if number in self.answers else None


def run(count: int) -> str:
    """Return the figures of `count` sessions, at least two, in words."""
    with tempfile.TemporaryDirectory() as kept, _desk(Path(kept), count) as (desk, login):
        first_mb = 0.0
        kept_open, opened_s = [], []
        for number in range(1, count + 1):
            start = time.perf_counter()
            try:
                kept_open.append(_open(desk, *login))
            except (OSError, RuntimeError, AssertionError, websocket.WebSocketException) as fault:
                _tell(desk, number, fault)
                continue
            opened_s.append(time.perf_counter() - start)
            if number == 1:
                time.sleep(SETTLE_S)
                first_mb = processes.memory_mb(desk.process.pid)
            if number % TELL_EVERY == 0:
                say(f"{number} sessions, the last in {opened_s[-1]:.2f} s")
        time.sleep(SETTLE_S)
        full_mb = processes.memory_mb(desk.process.pid)
        answered = [one.press(number) for number, one in enumerate(kept_open, start=1)]
        for one in kept_open:
            one.ended = True
    clicks = [ms for ms in answered if ms is not None]
    return _words(count, (first_mb, full_mb), opened_s, clicks)


@contextmanager
def _desk(folder: Path, count: int) -> Iterator[tuple[Desk, tuple[str, str]]]:
    """Yield our desk with the demo data of a whole street, and somebody who may triage."""
    home = folder / "home"
    home.mkdir()
    office = open_office(Settings(home=home))
    now = datetime.now(UTC)
    say("sowing the demo data")
    with office.work(OPERATOR, now) as work:
        demo.sow(work, demo.Plan(), lambda *_: None)
    person = next(one for one in demo.sign_ins(office, now) if one.role is Role.TRIAGE)
    office.close()
    caps = {"WEIYOU_DESK_KERNELS_MOST": str(count + 8), "WEIYOU_DESK_KERNELS_EACH": str(count + 8)}
    with desks.running(home, REPOSITORY / "apps", caps) as desk:
        yield desk, (person.login, person.password)


def _open(desk: Desk, login: str, password: str) -> Session:
    visitor = desk.visitor()
    answer = visitor.sign_in(login, password)
    if answer.status_code != 302:
        raise RuntimeError(answer.text)
    line = visitor.open(APP).line()
    screen = next(
        comm_id for comm_id, widget in line.states().items() if "answered" in widget["state"]
    )
    session = Session(line, screen)
    threading.Thread(target=session.listen, daemon=True).start()
    return session


def _tell(desk: Desk, number: int, fault: Exception) -> None:
    """Say why a session could not be opened; the rest goes on, and the figures count it."""
    ended = desk.process.poll()
    last = desk.log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:]
    say(f"session {number} did not open: {fault!r}; the desk has ended: {ended}; it said:\n{last}")


def _words(
    count: int, memory_mb: tuple[float, float], opened_s: list[float], clicks: list[float]
) -> str:
    """Return the table; sessions that did not open are missing in `sessions.opened`."""
    first, full = memory_mb
    each = (full - first) / (len(opened_s) - 1)
    cut = statistics.quantiles(opened_s, n=20, method="inclusive")
    rows = [
        ("sessions.count", f"{count}", "were to be open at the same time"),
        ("sessions.opened", f"{len(opened_s)}", "could be opened"),
        ("sessions.answered", f"{len(clicks)}", "whose screen answered a press of refresh"),
        ("sessions.mb_first", f"{first:.0f}", "PSS of the desk's whole tree with the first, MB"),
        ("sessions.mb_all", f"{full:.0f}", "PSS of the tree with all of them, MB"),
        ("sessions.mb_each", f"{each:.1f}", "what each further one adds, MB"),
        ("sessions.open_p50_s", f"{cut[9]:.2f}", "s from signing in to the screen's states"),
        ("sessions.open_p95_s", f"{cut[18]:.2f}", "the same, 95th percentile"),
        ("sessions.open_last_s", f"{opened_s[-1]:.2f}", "the same, the last one"),
    ]
    if clicks:
        pressed = statistics.quantiles(clicks, n=20, method="inclusive")
        rows.append(("sessions.press_p50_ms", f"{pressed[9]:.0f}", "ms until refresh is answered"))
        rows.append(("sessions.press_p95_ms", f"{pressed[18]:.0f}", "the same, 95th percentile"))
    return "\n".join(
        ["| figure | value | what it is |", "|---|---:|---|"]
        + [f"| {name} | {value} | {meaning} |" for name, value, meaning in rows]
    )
