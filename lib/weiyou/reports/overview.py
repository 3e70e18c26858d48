"""The count page: how many came in, are open, late, closed, and what residents thought. 总览

Every figure can be opened: `opens` returns the matters that it was counted from, by the same
conditions that counted it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from weiyou.adapters import spreadsheets
from weiyou.domain import people
from weiyou.domain.areas import AreaKind
from weiyou.domain.figures import Figure, Period
from weiyou.domain.people import Action, Subject, View
from weiyou.reports import queue
from weiyou.store import areas, figures, petitions
from weiyou.store.look import Look
from weiyou.store.petitions import Slice


@dataclass(frozen=True)
class Line:
    """The figures of one village, or of all."""

    area: str
    name: str
    figures: dict[Figure, int]

    @property
    def satisfaction(self) -> str:
        """Return the rate with its denominator, or a dash where nobody has rated."""
        rated = self.figures[Figure.RATED]
        if rated == 0:
            return "—"
        satisfied = self.figures[Figure.SATISFIED]
        return f"{satisfied / rated:.0%}（{satisfied}/{rated}）"


@dataclass(frozen=True)
class Overview:
    """The count page."""

    total: Line
    lines: tuple[Line, ...]


VILLAGES: Final = (AreaKind.VILLAGE, AreaKind.COMMUNITY)


def overview(look: Look, period: Period) -> Overview:
    """Return the figures of the person's area, by village. Raises: NotPermitted."""
    scope = people.scope(look.by, Action.READ, Subject.STATISTICS)
    inside = petitions.within(scope.areas)
    counted = {
        figure: figures.by_village(
            look.session, [inside, *figures.counted(figure, period, look.now)]
        )
        for figure in Figure
    }
    villages = [
        area
        for area in areas.valid(look.session, look.today, VILLAGES)
        if any(area.code.startswith(code[:12]) for code in scope.areas)
    ]
    lines = tuple(
        Line(area.code, area.name, {figure: counted[figure].get(area.code, 0) for figure in Figure})
        for area in villages
    )
    sums = {figure: sum(counted[figure].values()) for figure in Figure}
    return Overview(Line("", "合计", sums), lines)


def totals(look: Look, period: Period, wanted: Collection[Figure]) -> dict[Figure, int]:
    """Return some figures of the person's whole area. Raises: NotPermitted."""
    scope = people.scope(look.by, Action.READ, Subject.STATISTICS)
    inside = petitions.within(scope.areas)
    return {
        figure: sum(
            figures.by_village(
                look.session, [inside, *figures.counted(figure, period, look.now)]
            ).values()
        )
        for figure in wanted
    }


def opens(
    look: Look, figure: Figure, period: Period, *, area: str = "", number: int = 1, size: int = 25
) -> queue.Page:
    """Return the matters that a figure was counted from, without their words.

    Raises: BadInput; NotPermitted, also to whoever reads those matters only that he has had in
        hand: that there is another one, where and about what, is not for him to know.
    """
    scope = people.scope(look.by, Action.READ, Subject.STATISTICS)
    for code in scope.areas:
        people.require(look.by, Action.READ, Subject.PETITION, code)
    rules = [
        petitions.seen_by(look.by, scope, area),
        *figures.counted(figure, period, look.now),
    ]
    size = min(max(size, 1), queue.PAGE_MAX)
    cut = Slice(queue.Order.RECEIVED, True, size, (max(number, 1) - 1) * size)
    found = petitions.page(look.session, rules, cut, look.today)
    rows = queue.lines(look, found, View.AGGREGATE)
    return queue.Page(rows, petitions.count(look.session, rules))


def workbook(look: Look, period: Period) -> bytes:
    """Return the count page as an Excel workbook: one line a village, then all of them.

    Raises: NotPermitted.
    """
    counted = overview(look, period)
    names = ["村（社区）", *(figure.label for figure in Figure), "满意度（满意/评价）"]
    lines: list[tuple[spreadsheets.Cell, ...]] = [
        (line.name, *(line.figures[figure] for figure in Figure), line.satisfaction)
        for line in (*counted.lines, counted.total)
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder, "overview.xlsx")
        spreadsheets.write_xlsx(path, names, lines)
        return path.read_bytes()
