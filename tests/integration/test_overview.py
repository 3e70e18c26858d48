"""The count page: every figure is as long as the list that it opens, and counted by hand."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    OTHER_GRID,
    OTHER_VILLAGE,
    STREET,
    VILLAGE,
    a_clerk,
    a_petition,
    a_street,
    a_worker,
    an_account,
)
from weiyou.domain import numbers
from weiyou.domain.figures import Figure, Period
from weiyou.domain.people import Actor, Role
from weiyou.domain.petitions import Grade
from weiyou.domain.workflow import State
from weiyou.errors import BadInput, NotPermitted
from weiyou.reports import overview
from weiyou.services.office import Office
from weiyou.store.tables import Petition, Rating

MONTH = Period(NOW - timedelta(days=20), NOW + timedelta(days=11))
RUNNING = {
    "received", "waiting", "accepted", "with_grid", "with_village", "with_street",
    "with_department",
}  # fmt: skip
CONTENT = {"very_good", "good", "fair"}


def a_year(office: Office, seed: int, size: int = 60) -> list[Petition]:
    """Put random matters with random ratings into the store."""
    dice = random.Random(seed)

    def moment() -> datetime:
        edges = [MONTH.start, MONTH.end, NOW, MONTH.end - timedelta(microseconds=1)]
        return dice.choice([*edges, NOW + timedelta(hours=dice.randrange(-900, 600))])

    with office.store.write() as session:
        year = []
        for n in range(size):
            state = dice.choice(list(State))
            rounds = dice.randrange(1, 4)
            ended = state in {State.CLOSED, State.REFUSED, State.WITHDRAWN}
            matter = Petition(
                number=numbers.petition_number(dice.getrandbits(64)),
                area=dice.choice([GRID, OTHER_GRID, FAR_GRID, VILLAGE, STREET]),
                source="qr",
                title=f"第{n}件",
                text=f"第{n}件",
                state=state,
                received_at=moment(),
                due_at=moment(),
                closed_at=moment() if ended else None,
                round=rounds,
                version=1,
                ratings=[],
            )
            for rated in range(1, rounds + 1):
                if dice.random() < 0.5:
                    matter.ratings.append(
                        Rating(
                            round=rated, grade=dice.choice(list(Grade)), solved=True, at=moment()
                        )
                    )
            year.append(matter)
        session.add_all(year)
    return year


def by_hand(matter: Petition) -> set[str]:
    """Return in which figures a matter is to be counted."""
    last = next((r for r in matter.ratings if r.round == matter.round), None)
    rated = last is not None and MONTH.start <= last.at < MONTH.end
    closed = matter.closed_at
    claims = {
        "received": MONTH.start <= matter.received_at < MONTH.end,
        "open": matter.state in RUNNING,
        "late": matter.state in RUNNING and matter.due_at <= NOW,
        "closed": matter.state == "closed"
        and closed is not None
        and MONTH.start <= closed < MONTH.end,
        "rated": rated,
        "satisfied": rated and last is not None and last.grade.value in CONTENT,
    }
    return {figure for figure, is_so in claims.items() if is_so}


def viewers(office: Office) -> list[Actor]:
    return [
        a_clerk(office),
        a_clerk(office, VILLAGE),
        an_account(office, Role.SUPERVISOR, STREET),
        an_account(office, Role.LEADER, OTHER_VILLAGE, GRID),
        an_account(office, Role.ANALYST, STREET),
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_is_as_long_as_the_list_it_opens(office: Office, seed: int) -> None:
    a_street(office)
    a_year(office, seed)
    for actor in viewers(office):
        with office.look(actor, NOW) as look:
            seen = overview.overview(look, MONTH)
            for line in (seen.total, *seen.lines):
                for figure, number in line.figures.items():
                    page = overview.opens(look, figure, MONTH, area=line.area, size=200)
                    assert number == page.total == len(page.rows), (actor, line.area, figure)


def test_every_figure_is_what_counting_by_hand_gives(office: Office) -> None:
    a_street(office)
    year = a_year(office, seed=3)
    for actor in viewers(office):
        mine = [matter for matter in year if actor.covers(matter.area)]
        with office.look(actor, NOW) as look:
            seen = overview.overview(look, MONTH)
        counted = Counter(figure for matter in mine for figure in by_hand(matter))
        assert seen.total.figures == {figure: counted[figure] for figure in Figure}
        for line in seen.lines:
            counted = Counter(
                figure
                for matter in mine
                if matter.area.startswith(line.area)
                for figure in by_hand(matter)
            )
            assert line.figures == {figure: counted[figure] for figure in Figure}, line.name


def test_a_figure_of_its_own_equals_that_of_the_page(office: Office) -> None:
    a_street(office)
    a_year(office, seed=4)
    with office.look(a_clerk(office), NOW) as look:
        whole = overview.overview(look, MONTH).total.figures
        assert overview.totals(look, MONTH, list(Figure)) == whole
        assert overview.totals(look, MONTH, [Figure.LATE]) == {Figure.LATE: whole[Figure.LATE]}


def test_everybody_sees_the_villages_that_he_answers_for(office: Office) -> None:
    a_street(office)
    for areas, villages in (
        ((STREET,), [VILLAGE, OTHER_VILLAGE]),
        ((VILLAGE,), [VILLAGE]),
        ((FAR_GRID,), [OTHER_VILLAGE]),
        ((GRID, FAR_GRID), [VILLAGE, OTHER_VILLAGE]),
        (("320382004",), []),
    ):
        with office.look(an_account(office, Role.LEADER, *areas), NOW) as look:
            assert [line.area for line in overview.overview(look, MONTH).lines] == villages


def test_satisfaction_shows_its_denominator_and_nothing_where_nobody_rated(
    office: Office,
) -> None:
    a_street(office)
    with office.look(a_clerk(office), NOW) as look:
        assert overview.overview(look, MONTH).total.satisfaction == "—"
    line = overview.Line("", "合计", {Figure.RATED: 8, Figure.SATISFIED: 7})
    assert line.satisfaction == "88%（7/8）"


def test_an_opened_figure_has_no_words_and_pages_that_follow_each_other(office: Office) -> None:
    a_street(office)
    a_year(office, seed=5)
    with office.look(a_clerk(office), NOW) as look:
        pages = [
            overview.opens(look, Figure.OPEN, MONTH, number=n, size=7).rows for n in range(1, 20)
        ]
        rows = [row for page in pages for row in page]
        whole = overview.opens(look, Figure.OPEN, MONTH, size=10_000)
        assert rows == list(whole.rows)
        assert len(rows) == whole.total > 14
        assert {row.title for row in rows} == {""}
        assert overview.opens(look, Figure.OPEN, MONTH, number=0, size=0).rows == whole.rows[:1]


def test_whoever_reads_only_what_he_had_in_hand_counts_but_opens_nothing(office: Office) -> None:
    """A matter about the village must not show itself there by a line in an opened figure."""
    a_street(office)
    a_petition(office)
    for actor in (
        a_worker(office),
        an_account(office, Role.VILLAGE, VILLAGE),
        an_account(office, Role.CADRE, STREET, department="jianshe"),
    ):
        with office.look(actor, NOW) as look:
            assert overview.overview(look, MONTH).total.figures[Figure.RECEIVED] == 1
            with pytest.raises(NotPermitted):
                overview.opens(look, Figure.RECEIVED, MONTH)


def test_who_may_count_nothing_is_told_so_and_no_area_is_no_fault(office: Office) -> None:
    a_street(office)
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR):
        with office.look(an_account(office, role, STREET), NOW) as look:
            for asked in (overview.overview, overview.workbook):
                with pytest.raises(NotPermitted):
                    asked(look, MONTH)
            with pytest.raises(NotPermitted):
                overview.opens(look, Figure.OPEN, MONTH)
            with pytest.raises(NotPermitted):
                overview.totals(look, MONTH, [Figure.OPEN])
    with office.look(a_clerk(office), NOW) as look, pytest.raises(BadInput):
        overview.opens(look, Figure.OPEN, MONTH, area="连渊村")
