"""The leaders' count page: five figures, a line a village, and the matters behind each. 一屏总览"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import traitlets as t
from ipywidgets import widget_serialization

from weiyou.domain import figures, numbers
from weiyou.domain.figures import BEFORE, Figure, Period, Span
from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import NotSignedIn, Refusal
from weiyou.reports import maps, overview, pulse, queue
from weiyou.reports.maps import Shape
from weiyou.reports.overview import Line, Overview
from weiyou.services.office import Look
from weiyou.widgets import shown
from weiyou.widgets.door import Desk
from weiyou.widgets.listing import a_day
from weiyou.widgets.screen import Screen
from weiyou.widgets.streetmap import StreetMap

PAGE: Final = 25
COMPARED: Final = (Figure.RECEIVED, Figure.CLOSED)
AGAIN: Final = timedelta(seconds=30)
"""New matters are counted in after so long at the earliest."""

CLOSED_LIST: Final[dict[str, Any]] = {"figure": "", "rows": []}


class OverviewModel(t.HasTraits):
    """What the screen knows.

    Attributes:
        span: The name of the span, or `own` for days of one's own choice.
        first: The first day of one's own span, as a date field holds it; `last` the last.
        total: The figures of all villages; each line is one village.
        headline: What a leader with one minute must know, as a sentence.
        opened: The matters that a figure was counted from, or `CLOSED_LIST`.
    """

    span = t.Unicode(Span.WEEK.value)
    first = t.Unicode()
    last = t.Unicode()
    total: t.Dict[str, Any] = t.Dict()
    lines: t.List[Any] = t.List()
    elsewhere: t.Dict[str, Any] = t.Dict()
    earlier: t.Dict[str, Any] = t.Dict()
    headline = t.Unicode()
    as_of = t.Unicode()
    opened: t.Dict[str, Any] = t.Dict(CLOSED_LIST)
    message = t.Unicode()
    refused = t.Unicode()
    signed_out = t.Bool()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._newest = 0
        self._counted_at: datetime | None = None
        self.shapes: tuple[Shape, ...] = ()
        with self._saying(), desk.look() as look:
            self.shapes = maps.villages(look)
        self.refresh()

    def refresh(self) -> None:
        """Count anew."""
        with self._saying(), self._desk.look() as look:
            counted = overview.overview(look, self._period(look.now))
            self._newest, self._counted_at = pulse.newest(look), look.now
            self.refused = ""
            self._show(counted, look)

    def choose(self, span: str) -> None:
        """Count over a span that has a name."""
        self.span = Span.of(span).value
        self.refresh()

    def choose_days(self, first: str, last: str) -> None:
        """Count over days of one's own choice; half-typed ones are left alone."""
        if a_day(first) is None or a_day(last) is None:
            self.message = "请选择开始和结束日期"
            return
        self.span, self.first, self.last, self.message = "own", first, last, ""
        self.refresh()

    def open(self, figure: str, area: str = "", page: int = 1) -> None:
        """Open the matters that a figure was counted from."""
        wanted = Figure.of(figure)
        with self._saying("message"), self._desk.look() as look:
            found = overview.opens(
                look, wanted, self._period(look.now), area=area, number=max(page, 1), size=PAGE
            )
            name = next((line["name"] for line in self.lines if line["area"] == area), "合计")
            self.opened = {
                "figure": wanted.value,
                "title": f"{name} · {wanted.label}",
                "area": area,
                "page": max(page, 1),
                "pages": max(-(-found.total // PAGE), 1),
                "total": queue.shown(found.total),
                "rows": [_row(row, look.now) for row in found.rows],
            }

    def close(self) -> None:
        """Put the list away."""
        self.opened = dict(CLOSED_LIST)

    def workbook(self) -> bytes:
        """Return the table as an Excel workbook, or nothing where it is refused."""
        with self._saying("message"), self._desk.look() as look:
            return overview.workbook(look, self._period(look.now))
        return b""

    def tick(self) -> bool:
        """Count anew if something has happened; return whether to go on."""
        stale = False
        with self._saying(), self._desk.look() as look:
            waited = self._counted_at is None or look.now - self._counted_at >= AGAIN
            stale = waited and pulse.newest(look) != self._newest
        if stale:
            self.refresh()
        return not self.signed_out

    def _period(self, now: datetime) -> Period:
        first, last = a_day(self.first), a_day(self.last)
        if self.span == "own" and first is not None and last is not None:
            return figures.days(first, last)
        return figures.period(Span.of(self.span), now)

    def _show(self, counted: Overview, look: Look) -> None:
        self.total = _line(counted.total)
        self.lines = [_line(line) for line in counted.lines]
        self.elsewhere = _elsewhere(counted)
        self.earlier = self._earlier(look)
        self.headline = headline(counted)
        self.as_of = f"{look.now.astimezone(SHANGHAI):%H:%M}"

    def _earlier(self, look: Look) -> dict[str, Any]:
        """Return how many came in and were closed in the span before, where there is one."""
        if self.span == "own":
            return {}
        span = Span.of(self.span)
        then = overview.totals(look, figures.before(span, look.now), COMPARED)
        return {"label": BEFORE[span], **{one.value: number for one, number in then.items()}}

    @contextmanager
    def _saying(self, place: str = "refused") -> Iterator[None]:
        """Say a refusal in its own words: in place of the whole page, or beside it."""
        try:
            yield
        except NotSignedIn:
            self.signed_out = True
        except Refusal as refusal:
            setattr(self, place, str(refusal))


def _line(line: Line) -> dict[str, Any]:
    return {
        "area": line.area,
        "name": line.name,
        "satisfaction": line.satisfaction,
        **{figure.value: number for figure, number in line.figures.items()},
    }


def _elsewhere(counted: Overview) -> dict[str, Any]:
    """Return what is in the total and in no village's line: the sums must be seen to be right."""
    rest = {
        figure: counted.total.figures[figure] - sum(line.figures[figure] for line in counted.lines)
        for figure in Figure
    }
    return _line(Line("", "未定位到村（社区）", rest)) if any(rest.values()) else {}


def headline(counted: Overview) -> str:
    """Return the one sentence for somebody in a hurry."""
    total = counted.total.figures
    if not total[Figure.OPEN]:
        return "没有在办的事项。"
    if not total[Figure.LATE]:
        return f"在办 {total[Figure.OPEN]} 件，没有超期的。"
    worst = sorted(counted.lines, key=lambda line: line.figures[Figure.LATE], reverse=True)[:3]
    named = "、".join(
        f"{line.name} {line.figures[Figure.LATE]} 件" for line in worst if line.figures[Figure.LATE]
    )
    most = f"，最多的是{named}" if named else ""
    return f"在办 {total[Figure.OPEN]} 件，其中 {total[Figure.LATE]} 件已超期{most}。"


def _row(row: queue.Row, now: datetime) -> dict[str, Any]:
    """Return a matter without a word of its text."""
    return {
        "id": row.id,
        "number": numbers.spoken(row.number),
        "place": shown.place(row.village, row.grid),
        "category": row.category,
        "state": row.state.label,
        "tone": shown.TONES[row.state],
        "received": shown.moment(row.received_at, now),
        "due": shown.deadline(row.due_at, now),
        "left": row.time_left,
        "late": row.late,
    }


class OverviewScreen(Screen):
    """What the screen shows."""

    template_file = (__file__, "vue/overview.vue")
    pieces: ClassVar = ("frame", "dialog", "villages", "behind")
    of_model: ClassVar[Sequence[str]] = (
        "span", "first", "last", "total", "lines", "elsewhere", "earlier", "headline", "as_of",
        "opened", "message", "refused", "signed_out",
    )  # fmt: skip

    span = t.Unicode().tag(sync=True)
    spans: t.List[Any] = t.List().tag(sync=True)
    first = t.Unicode().tag(sync=True)
    last = t.Unicode().tag(sync=True)
    total = t.Dict().tag(sync=True)
    lines: t.List[Any] = t.List().tag(sync=True)
    elsewhere = t.Dict().tag(sync=True)
    earlier = t.Dict().tag(sync=True)
    headline = t.Unicode().tag(sync=True)
    as_of = t.Unicode().tag(sync=True)
    opened = t.Dict().tag(sync=True)
    message = t.Unicode().tag(sync=True)
    refused = t.Unicode().tag(sync=True)
    signed_out = t.Bool().tag(sync=True)
    synthetic = t.Bool().tag(sync=True)
    map = t.Any(None, allow_none=True).tag(sync=True, **widget_serialization)

    def __init__(self, model: OverviewModel) -> None:
        super().__init__()
        self._model = model
        self.spans = [{"value": span.value, "label": span.label} for span in Span]
        for name in self.of_model:
            t.dlink((model, name), (self, name))
        if model.shapes:
            self._map = StreetMap(model.shapes, self._open_village)
            self.map = self._map.widget
            self.synthetic = any(shape.synthetic for shape in model.shapes)
            model.observe(self._shade, names="lines")
            self._shade(None)
        self.watch(model.tick)

    def _shade(self, _: object) -> None:
        lines = self._model.lines
        self._map.show(
            {line["area"]: line[Figure.OPEN.value] for line in lines},
            {line["area"]: line[Figure.LATE.value] for line in lines},
        )

    def _open_village(self, area: str) -> None:
        self._own_up(lambda: self._model.open(Figure.OPEN.value, area))

    def vue_choose(self, span: str) -> None:
        self._model.choose(span)

    def vue_days(self, days: dict[str, str]) -> None:
        self._model.choose_days(str(days["first"]), str(days["last"]))

    def vue_refresh(self, _: object) -> None:
        self._model.refresh()

    def vue_open(self, what: dict[str, Any]) -> None:
        self._model.open(str(what["figure"]), str(what["area"]), int(what["page"]))

    def vue_frame(self, frame: dict[str, float]) -> None:
        """Fit the villages into the room that the page has for them."""
        self._map.fit(float(frame["width"]), float(frame["height"]))

    def vue_close(self, _: object) -> None:
        self._model.close()

    def vue_save(self, _: object) -> None:
        """Send the workbook to the page, which offers it as a download."""
        data = self._model.workbook()
        if data:
            name = f"圩您办-一屏总览-{self._model.as_of.replace(':', '')}.xlsx"
            self.send({"method": "save", "args": [name]}, buffers=[data])
