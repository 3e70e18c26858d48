"""Messages that no page of ours would send: seeded, and as many as wanted."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.desk import V1, Line, OpenApp
from weiyou.domain.figures import Figure, Span
from weiyou.reports.queue import Order, Queue
from weiyou.widgets.casework import PURPOSES
from weiyou.widgets.deeds import DEEDS
from weiyou.widgets.overview import OverviewScreen
from weiyou.widgets.triage import TriageScreen

BATCH: Final = 50
EVENTS: Final = sorted(OverviewScreen.hears() | TriageScreen.hears())
"""What the screens have methods for, whether or not a button for it is shown or enabled."""

DEEDLY: Final = ("open", "do", "do", "do", "reveal", "fetch", "save")
"""Those that do the most, tried most."""

NAMES: Final = (
    *("__init__", "__del__", "_model", "_handle_event", "_own_up", "close", "send", "set_trait"),
    *("open_case", "notify_change", "add_traits", "watch", "hears", "vue_do", "click", ""),
    *("interaction", "rowClick", "submit", "update", "\x00", "do\n", "Do", "__class__"),
)
TRAITS: Final = (
    *("rows", "matter", "form", "phone", "who", "refused", "signed_out", "opened", "lines"),
    *("template", "events", "components", "_model_name", "_view_module", "_dom_classes", "keys"),
    *("tab", "page", "size", "answered", "fault", "map", "layers", "data", "layout", "icon"),
    *("_model", "_desk", "comm", "_cross_validation_lock", "_trait_values", "log", "tooltip"),
)
WORDS: Final = (
    *("", "0", "-1", "1e9", "null", "../../../etc/passwd", "file:///etc/passwd", "%00", "\x00"),
    *("' OR 1=1 --", "1; DROP TABLE petition", "{{ 7 * 7 }}", "<img src=x onerror=alert(1)>"),
    *("__import__('os').system('id')", "${jndi:ldap://x}", "\ud800", "办结", "320382004201001"),
    *("2026-01-01", "9999-12-31", "0001-01-01", "2026-02-30", "=1+1", "320382003216001", "A02"),
)
NUMBERS: Final = (0, 1, -1, 2, 7, 2**31, 2**53, 2**63, -(2**63), 10**30, 0.1, 1e308, float("nan"))
SAID: Final = ("已经看过，正在办理。", "请补充地点。", "", "字" * 3_000)
TYPED: Final = {
    "level": ("grid", "village", "street", "department", "x"),
    "department": ("1", "2", "999", "x"),
    "category": ("A02", "A03", "Z99"),
    "area": ("320382003215002", "320382003216001", "320382004201001", "%"),
}
SORTS: Final = (
    *("word", "word", "word", "number", "number", "constant", "widget", "list", "list"),
    *("table", "table", "deep", "long"),
)
KEYS: Final = ("objectRef", "functionRef", "key", "words", "constructor", "__proto__", "of")


@dataclass
class Forger:
    """Writes forged messages for one open app.

    Attributes:
        states: The widgets of the page and what they show, as they told it.
        numbers: Ids that rows might have.
    """

    dice: random.Random
    states: dict[str, Any]
    numbers: Sequence[int] = tuple(range(1, 32))

    def message(self) -> tuple[Any, Any, Any]:
        """Return type, content and channel of a message."""
        roll = self.dice.random()
        if roll < 0.55:
            return "comm_msg", self._comm("custom", content=self._event()), "shell"
        if roll < 0.80:
            return "comm_msg", self._comm("update", **self._update()), "shell"
        if roll < 0.84:
            return "comm_msg", self._comm(self._pick("request_state", "request_states")), "shell"
        if roll < 0.90:
            return "comm_msg", {"comm_id": self._id(), "data": self._junk()}, "shell"
        if roll < 0.94:
            return self._pick("comm_open", "comm_close"), self._comm_end(), "shell"
        kinds = ("execute_request", "shutdown_request", "input_reply", "comm_msg", "x", 7)
        return self._pick(*kinds), {"code": "1"}, self._pick("shell", "control", "stdin", "", 3)

    def _pick(self, *choices: Any) -> Any:
        return self.dice.choice(choices)

    def _id(self) -> Any:
        roll = self.dice.random()
        screens = [one for one, widget in self.states.items() if _is_screen(widget)]
        if roll < 0.6:
            return self._pick(*screens)
        if roll < 0.9:
            return self._pick(*self.states)
        return self._pick(self.dice.randbytes(16).hex(), "", 7, None, ["x"], "__main__", {"a": 1})

    def _comm(self, method: str, **data: Any) -> dict[str, Any]:
        return {"comm_id": self._id(), "data": {"method": method, **data}}

    def _comm_end(self) -> dict[str, Any]:
        small = [one for one, widget in self.states.items() if not _is_screen(widget)]
        target = self._pick("jupyter.widget", "jupyter.widget.control", "weiyou", 7)
        chosen = self._pick(self.dice.randbytes(16).hex(), self._pick("", *small[:3]))
        return {"comm_id": chosen, "target_name": target, "data": self._junk()}

    def _update(self) -> dict[str, Any]:
        known = list(self._pick(*self.states.values())["state"])
        count = self.dice.randint(1, 3)
        names = [self._pick(*TRAITS, *known) for _ in range(count)]
        paths = self._pick([], [], [], [["rows", 0]], [["a"]], "x", [[7]])
        return {"state": {name: self._junk() for name in names}, "buffer_paths": paths}

    def _event(self) -> Any:
        roll = self.dice.random()
        if roll < 0.35:
            name = self._pick(*DEEDLY)
        else:
            name = self._pick(*EVENTS) if roll < 0.8 else self._pick(*NAMES)
        if roll < 0.6:
            return {"event": name, "data": {"n": self.dice.randint(1, 99), "of": self._apt(name)}}
        if roll < 0.9:
            return {"event": name, "data": {"n": self._junk(), "of": self._junk()}}
        village = {"code": self._pick("320382003216", "320382004201", "", None)}
        return self._pick(
            {"event": "click", "properties": village, "type": "Feature"},
            {"event": name, "data": self._junk()},
            {"event": name, "data": {"objectRef": "_model", "path": ["_desk"]}},
            {"event": self._junk()},
            self._junk(),
        )

    def _apt(self, name: str) -> Any:
        """Return what the page itself might send with an event, or nearly."""
        day = {"first": self._pick(*WORDS), "last": self._pick(*WORDS)}
        figure = self._pick(*(one.value for one in Figure), "x")
        area = self._pick("", "320382003215", "320382003216", "320382004201", "320382", "%")
        row = self._pick(1, 2, 3, 4, *self.numbers)
        page = self._pick(1, 2, 10**9, -5)
        ways = {
            "open": self._pick(row, row, {"figure": figure, "area": area, "page": page}),
            "do": self._deed(),
            "reveal": self._pick(*PURPOSES, "好奇"),
            "fetch": self._pick(*self.numbers[:12]),
            "find": self._pick(*WORDS),
            "choose": self._pick(*(one.value for one in (*Queue, *Span)), "x"),
            "narrow": {"village": area, "grid": self._pick(*WORDS), "category": self._junk()},
            "search": self._pick(*WORDS, "路灯", "wy", "154"),
            "sort": {"order": self._pick(*(one.value for one in Order), "x"), "descending": True},
            "turn": {"page": page, "size": self._pick(25, 50, 10**6)},
            "days": day,
            "frame": {"width": self._pick(*NUMBERS), "height": self._pick(*NUMBERS)},
        }
        return ways.get(name)

    def _deed(self) -> dict[str, Any]:
        deed = self._pick(*DEEDS)
        words = {one.name: self._pick(*TYPED.get(one.name, SAID)) for one in deed.fields}
        return {"key": self._pick(deed.key, deed.key, "x"), "words": words | {"petition_id": "9"}}

    def _junk(self, depth: int = 0) -> Any:
        """Return any value: of the wrong type, too long, too deep, or a widget's name."""
        sort = "word" if depth > 4 else self._pick(*SORTS)
        makers: dict[str, Callable[[], Any]] = {
            "word": lambda: self._pick(*WORDS),
            "number": lambda: self._pick(*NUMBERS),
            "constant": lambda: self._pick(None, True, False),
            "long": lambda: self._pick("x", "字", "\U0001f600") * self._pick(99, 999, 99_999),
            "widget": lambda: f"IPY_MODEL_{self._pick(*self.states)}",
            "deep": lambda: json.loads("[" * 60 + "]" * 60),
            "list": lambda: [self._junk(depth + 1) for _ in range(self.dice.randint(0, 3))],
            "table": lambda: {
                self._pick(*KEYS): self._junk(depth + 1),
                self._pick(*WORDS): self._junk(depth + 1),
            },
        }
        return makers[sort]()


def _is_screen(widget: Any) -> bool:
    """Return whether it is the screen itself: closing it would only leave the attacker alone."""
    return "answered" in widget["state"]


@dataclass
class Ear:
    """A websocket that keeps every frame that it has heard."""

    connection: Any
    heard: list[bytes] = field(default_factory=list)

    def recv(self) -> Any:
        """Return the next frame."""
        told = self.connection.recv()
        self.heard.append(told if isinstance(told, bytes) else told.encode())
        return told

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def attack(opened: OpenApp, count: int, seed: int) -> list[bytes]:
    """Send `count` forged messages, half in each protocol; return all that came back.

    Raises: AssertionError if the screen does not answer a click afterwards.
    """
    heard = [opened.answer.content]
    dice = random.Random(seed)
    for protocol in (None, V1):
        line = opened.line(protocol=protocol)
        ear = Ear(line.connection)
        line.connection = ear  # type: ignore[assignment]
        forger = Forger(dice, line.states())
        for done in range(0, count // 2, BATCH):
            for _ in range(min(BATCH, count // 2 - done)):
                line.say(*forger.message())
            line.everything_up_to_here()
        _click(line)
        heard += ear.heard
        line.connection.close()
    return heard


def _click(line: Line) -> None:
    """Refresh the screen as its own button does; it counts up to the event's number."""
    number = random.SystemRandom().randrange(10**6, 10**9)
    screen = next(one for one, widget in line.states().items() if _is_screen(widget))
    line.comm(screen, {"method": "update", "state": {"answered": 0}})
    event = {"event": "refresh", "data": {"n": number, "of": None}}
    line.comm(screen, {"method": "custom", "content": event})
    line.everything_up_to_here()
    assert line.states()[screen]["state"]["answered"] == number, "the screen no longer answers"
