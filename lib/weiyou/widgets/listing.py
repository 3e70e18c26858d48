"""The list of matters that a screen shows: which queue, which filters, which page. 列表"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

import traitlets as t

from weiyou.domain.figures import midnight
from weiyou.domain.timelimits import SHANGHAI
from weiyou.reports import choices, queue
from weiyou.reports.choices import Choices
from weiyou.reports.queue import Filter, Order, Queue
from weiyou.services.office import Look
from weiyou.widgets import shown

SIZES: Final = (25, 50, 100, 200)
EMPTY: Final[Mapping[str, str]] = {
    "village": "",
    "grid": "",
    "category": "",
    "department": "",
    "from": "",
    "to": "",
}
"""The filters, as the page keeps them: what is not asked for is empty."""

ENDED: Final = frozenset({Queue.ALL, Queue.CLOSED, Queue.REFUSED})
"""Queues in which the newest stands first; in the others the most urgent."""


def a_day(text: str) -> date | None:
    """Return the day that a date field holds, or None while it is empty or half typed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class ListModel(t.HasTraits):
    """One page of matters and the counts of all queues.

    Attributes:
        tab: Which queue is shown.
        filters: As `EMPTY`.
        order: What the list is sorted by; `descending` turns it round.
        rows: As `shown.row` makes them.
        as_of: When this page was read, in words.
    """

    tab: t.Enum[Queue] = t.Enum(list(Queue), default_value=Queue.NEW)
    words = t.Unicode()
    filters: t.Dict[str, Any] = t.Dict(dict(EMPTY))
    order: t.Enum[Order] = t.Enum(list(Order), default_value=Order.DUE)
    descending = t.Bool()
    page = t.Int(1)
    size = t.Int(SIZES[0])
    rows: t.List[Any] = t.List()
    total = t.Int()
    total_words = t.Unicode("0")
    queues: t.List[Any] = t.List()
    offered: t.Dict[str, Any] = t.Dict()
    as_of = t.Unicode()

    def __init__(self) -> None:
        super().__init__()
        self.choices = Choices((), (), ())
        self._read: tuple[queue.Row, ...] = ()
        self._changed: dict[int, str] = {}

    def choose(self, chosen: Queue) -> None:
        """Turn to a queue, in its own order, on its first page."""
        self.tab, self.page = chosen, 1
        ended = chosen in ENDED
        self.order, self.descending = (Order.RECEIVED, True) if ended else (Order.DUE, False)

    def narrow(self, wanted: Mapping[str, object]) -> None:
        """Set filters; a grid outside the chosen village is dropped."""
        known = {name: str(wanted.get(name) or "") for name in EMPTY}
        if not known["grid"].startswith(known["village"] or "-"):
            known["grid"] = ""
        self.filters, self.page = known, 1

    def reset(self) -> None:
        """Take away filters and search words; the queue stays."""
        self.filters, self.words, self.page = dict(EMPTY), "", 1

    def search(self, words: str) -> None:
        """Look for words, from the first page."""
        self.words, self.page = words.strip()[:100], 1

    def sort(self, order: Order, *, descending: bool) -> None:
        """Sort the list, from the first page."""
        self.order, self.descending, self.page = order, descending, 1

    def turn(self, page: int, size: int) -> None:
        """Turn to a page; a size that is not offered is ignored."""
        if size in SIZES and size != self.size:
            self.size, self.page = size, 1
        else:
            self.page = max(page, 1)

    def load(self, look: Look) -> None:
        """Read the page and the counts. Raises: NotPermitted."""
        if not self.offered:
            self._load_choices(look)
        wanted = self._wanted()
        found = self._page(look, wanted)
        last = max(-(-found.total // self.size), 1)
        if self.page > last:
            self.page = last
            found = self._page(look, wanted)
        self._read, self._changed = found.rows, {}
        self.total, self.total_words = found.total, queue.shown(found.total)
        self.as_of = f"{look.now.astimezone(SHANGHAI):%H:%M}"
        self.count(look)
        self.show(look.now)

    def count(self, look: Look) -> None:
        """Read the counts of the queues only. Raises: NotPermitted."""
        numbers = queue.counts(look, self._wanted())
        self.queues = [
            {"key": one.value, "label": one.label, "count": queue.shown(number), "n": number}
            for one, number in numbers.items()
        ]

    def show(self, now: datetime) -> None:
        """Say the page that was read as it reads now; nothing moves."""
        self.rows = [
            {**shown.row(shown.again(row, now), now), "changed": self._changed.get(row.id, "")}
            for row in self._read
        ]

    def mark(self, changed: Mapping[int, str]) -> None:
        """Say beside lines of the page that somebody has changed them since."""
        self._changed |= changed

    def beside(self, petition_id: int, steps: int) -> int | None:
        """Return the matter so many lines below (or above) another, if there is one."""
        ids = [row.id for row in self._read]
        place = ids.index(petition_id) + steps if petition_id in ids else 0
        return ids[place] if 0 <= place < len(ids) else None

    def place_of(self, petition_id: int) -> int | None:
        """Return the place of a matter on this page."""
        ids = [row.id for row in self._read]
        return ids.index(petition_id) if petition_id in ids else None

    def at(self, place: int) -> int | None:
        """Return the matter at a place of this page, or the last one before it."""
        return self._read[min(place, len(self._read) - 1)].id if self._read else None

    def _page(self, look: Look, wanted: Filter) -> queue.Page:
        return queue.page(
            look,
            queue.in_queue(self.tab, wanted, look.now),
            order=self.order,
            descending=self.descending,
            number=self.page,
            size=self.size,
        )

    def _wanted(self) -> Filter:
        one = self.filters
        first, last = a_day(one["from"]), a_day(one["to"])
        return Filter(
            area=one["grid"] or one["village"],
            category=one["category"],
            department_id=int(one["department"]) if one["department"].isdecimal() else None,
            words=self.words,
            received_from=midnight(first) if first else None,
            received_to=midnight(last + timedelta(days=1)) if last else None,
        )

    def _load_choices(self, look: Look) -> None:
        self.choices = choices.choices(look)
        self.offered = {
            **asdict(self.choices),
            "leaves": [
                {**asdict(leaf), "first_level": leaf.first_level.label}
                for leaf in self.choices.leaves
            ],
            "orders": [{"value": one.value, "label": one.label} for one in Order],
            "sizes": list(SIZES),
        }
