"""The clerk's screen: queues, list, opened matter; forty an hour. 受理分拨"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final

import traitlets as t

from weiyou.domain import numbers
from weiyou.domain.workflow import Step
from weiyou.errors import NotFound, NotSignedIn, Refusal, Stale
from weiyou.reports import pulse, queue
from weiyou.reports.pulse import Change
from weiyou.reports.queue import Filter, Order, Queue
from weiyou.services.office import Look
from weiyou.widgets import shown
from weiyou.widgets.casework import CaseModel
from weiyou.widgets.door import Desk
from weiyou.widgets.listing import ListModel
from weiyou.widgets.screen import Screen

OVERLAP: Final = 50
"""So many ids are read again: on PostgreSQL a smaller one may appear after a bigger one."""


class TriageModel(t.HasTraits):
    """What the screen knows. It can be driven, and tested, without a browser.

    Attributes:
        list: The page of matters, its queues and filters.
        case: The matter that lies open.
        who: Name and role of the person.
        message: The last thing to be said: `text`, `tone` (done or late), and a running `n`.
        signed_out: The session has ended: nothing more can be done, what was typed stays.
        refused: Why there is no list at all.
        fresh: How many matters have come in since the list was read.
    """

    who: t.Dict[str, Any] = t.Dict()
    message: t.Dict[str, Any] = t.Dict({"n": 0, "text": "", "tone": ""})
    signed_out = t.Bool()
    refused = t.Unicode()
    fresh = t.Int()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.list = ListModel()
        self.case = CaseModel(desk)
        self._newest = 0
        self._known: frozenset[int] = frozenset()
        self.refresh()

    def refresh(self) -> None:
        """Read the list and its counts anew; the opened matter stays as it is."""
        with self._saying(), self._desk.look() as look:
            self.who = {"id": look.by.account_id, **shown.person(look.by.name, look.by.role)}
            try:
                self.list.load(look)
            except Refusal as refusal:
                self.refused = str(refusal)
                return
            self.refused, self.fresh = "", 0
            self._newest = pulse.newest(look)
            recent = pulse.since(look, max(self._newest - OVERLAP, 0))
            self._known = frozenset(change.event_id for change in recent)

    def choose(self, tab: str) -> None:
        """Turn to a queue."""
        self.list.choose(Queue.of(tab))
        self.refresh()

    def narrow(self, filters: Mapping[str, object]) -> None:
        """Set the filters."""
        self.list.narrow(filters)
        self.refresh()

    def reset(self) -> None:
        """Take away all filters."""
        self.list.reset()
        self.refresh()

    def search(self, words: str) -> None:
        """Look for words."""
        self.list.search(words)
        self.refresh()

    def sort(self, order: str, *, descending: bool) -> None:
        """Sort the list."""
        self.list.sort(Order.of(order), descending=descending)
        self.refresh()

    def turn(self, page: int, size: int) -> None:
        """Turn to another page."""
        self.list.turn(page, size)
        self.refresh()

    def show_fresh(self) -> None:
        """Go where the matters that have come in stand."""
        if self.list.tab in {Queue.NEW, Queue.ALL}:
            self.list.page = 1
            self.refresh()
        else:
            self.choose(Queue.NEW)

    def open(self, petition_id: int) -> None:
        """Open a matter; if it cannot be opened, the one before stays."""
        with self._saying():
            self.case.open(petition_id, self.list.choices)

    def find(self, asked: str) -> None:
        """Open the matter whose number stands in the address of the page."""
        number = numbers.parse_number(asked)
        if number is None or self.refused:
            return
        with self._saying(), self._desk.look() as look:
            found = queue.page(look, Filter(words=number), size=1).rows
            if not found:
                raise NotFound(f"没有找到编号 {numbers.spoken(number)} 的事项")
            self.open(found[0].id)

    def do(self, key: str, words: Mapping[str, str]) -> None:
        """Do a deed with the opened matter, say so, and open the next one if it has left."""
        petition_id = int(self.case.shown.get("id", 0))
        with self._saying():
            try:
                deed = self.case.do(key, words)
            except NotSignedIn:
                raise
            except Refusal as refusal:  # the form says it, beside what was typed
                if isinstance(refusal, Stale):
                    self.case.moved = str(refusal)
                return
            place = self.list.place_of(petition_id)
            self._say(self.case.sentence(deed, words), "done")
            self.refresh()
            self._go_on(petition_id, place, leaves=deed.leaves)

    def _go_on(self, petition_id: int, place: int | None, *, leaves: bool) -> None:
        """Open what follows: the next line if the matter has left, else the matter anew."""
        if not leaves or place is None:
            self.open(petition_id)
            return
        still = self.list.place_of(petition_id)
        following = self.list.at(place) if still is None else self.list.beside(petition_id, 1)
        if following is None:
            self.case.close()
        else:
            self.open(following)

    def reveal_phone(self, purpose: str) -> None:
        """Show the reporter's number for a minute."""
        with self._saying():
            self.case.reveal_phone(purpose)

    def file(self, attachment_id: int) -> tuple[bytes, str] | None:
        """Return a file of the opened matter, or nothing where it is refused."""
        with self._saying():
            return self.case.file(attachment_id)
        return None

    def tick(self) -> bool:
        """Notice what has happened, without moving anything; return whether to go on."""
        with self._saying(), self._desk.look() as look:
            self.case.hide_phone(look.now)
            if not self.refused:
                changes = pulse.since(look, max(self._newest - OVERLAP, 0))
                self._notice(look, [c for c in changes if c.event_id not in self._known])
            self.list.show(look.now)
        return not self.signed_out

    def _notice(self, look: Look, news: list[Change]) -> None:
        if not news:
            return
        self._newest = max(self._newest, *(change.event_id for change in news))
        self._known |= {change.event_id for change in news}
        self.fresh += sum(change.step is Step.SUBMIT for change in news)
        for change in news:
            self.case.notice(change)
        self.list.mark({one.petition_id: f"{one.by}刚刚“{one.step.label}”" for one in news})
        self.list.count(look)

    @contextmanager
    def _saying(self) -> Iterator[None]:
        """Say a refusal once, in its own words."""
        try:
            yield
        except NotSignedIn:
            self.signed_out = True
        except Refusal as refusal:
            self._say(str(refusal), "late")

    def _say(self, text: str, tone: str) -> None:
        self.message = {"n": self.message["n"] + 1, "text": text, "tone": tone}


class TriageScreen(Screen):
    """What the screen shows: every part is tied to a trait of the model, and holds no rule."""

    template_file = (__file__, "vue/triage.vue")
    pieces: ClassVar = (
        "frame", "dialog", "queues", "filters", "search", "matters", "case", "facts", "files",
        "history", "deed", "keys",
    )  # fmt: skip
    of_model: ClassVar = ("who", "message", "signed_out", "refused", "fresh")
    of_list: ClassVar = (
        "words", "filters", "descending", "page", "size", "rows", "total", "total_words",
        "queues", "offered", "as_of",
    )  # fmt: skip
    of_case: ClassVar = ("moved", "form", "phone")

    who = t.Dict().tag(sync=True)
    message = t.Dict().tag(sync=True)
    signed_out = t.Bool().tag(sync=True)
    refused = t.Unicode().tag(sync=True)
    fresh = t.Int().tag(sync=True)
    tab = t.Unicode().tag(sync=True)
    words = t.Unicode().tag(sync=True)
    filters = t.Dict().tag(sync=True)
    order = t.Unicode().tag(sync=True)
    descending = t.Bool().tag(sync=True)
    page = t.Int().tag(sync=True)
    size = t.Int().tag(sync=True)
    rows: t.List[Any] = t.List().tag(sync=True)
    total = t.Int().tag(sync=True)
    total_words = t.Unicode().tag(sync=True)
    queues: t.List[Any] = t.List().tag(sync=True)
    offered = t.Dict().tag(sync=True)
    as_of = t.Unicode().tag(sync=True)
    matter = t.Dict().tag(sync=True)
    moved = t.Unicode().tag(sync=True)
    form = t.Dict().tag(sync=True)
    phone = t.Unicode().tag(sync=True)

    def __init__(self, model: TriageModel) -> None:
        super().__init__()
        self._model = model
        for part, names in (
            (model, self.of_model), (model.list, self.of_list), (model.case, self.of_case),
        ):  # fmt: skip
            for name in names:
                t.dlink((part, name), (self, name))
        t.dlink((model.list, "tab"), (self, "tab"), lambda tab: tab.value)
        t.dlink((model.list, "order"), (self, "order"), lambda order: order.value)
        t.dlink((model.case, "shown"), (self, "matter"))
        self.watch(model.tick)

    def vue_choose(self, tab: str) -> None:
        self._model.choose(tab)

    def vue_narrow(self, filters: dict[str, object]) -> None:
        self._model.narrow(filters)

    def vue_reset(self, _: object) -> None:
        self._model.reset()

    def vue_search(self, words: str) -> None:
        self._model.search(words)

    def vue_sort(self, by: dict[str, Any]) -> None:
        self._model.sort(by["order"], descending=by["descending"] is True)

    def vue_turn(self, to: dict[str, Any]) -> None:
        self._model.turn(int(to["page"]), int(to["size"]))

    def vue_refresh(self, _: object) -> None:
        self._model.refresh()

    def vue_show_fresh(self, _: object) -> None:
        self._model.show_fresh()

    def vue_open(self, petition_id: int) -> None:
        self._model.open(int(petition_id))

    def vue_find(self, number: str) -> None:
        self._model.find(str(number))

    def vue_close(self, _: object) -> None:
        self._model.case.close()

    def vue_do(self, deed: dict[str, Any]) -> None:
        words = {str(name): str(value or "") for name, value in deed["words"].items()}
        self._model.do(str(deed["key"]), words)

    def vue_reveal(self, purpose: str) -> None:
        self._model.reveal_phone(str(purpose))

    def vue_hide(self, _: object) -> None:
        self._model.case.hide_phone()

    def vue_fetch(self, attachment_id: int) -> None:
        """Send the bytes of one file to the page, beside the traits: they are kept nowhere."""
        found = self._model.file(int(attachment_id))
        if found is not None:
            data, media_type = found
            self.send({"method": "file", "args": [attachment_id, media_type]}, buffers=[data])
