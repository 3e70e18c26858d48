"""Lists of matters: who finds what, in which order, and counts that equal the lists they open."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

import pytest
from sqlalchemy import select

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
    the,
)
from tests.journeys import answer, close, department, hand_to
from weiyou.domain import numbers
from weiyou.domain.areas import Level
from weiyou.domain.people import Action, Actor, Role, Subject, scope
from weiyou.domain.workflow import State
from weiyou.errors import BadInput, NotPermitted
from weiyou.reports import queue
from weiyou.reports.queue import Filter, Order, Queue
from weiyou.services import steps, triage
from weiyou.services.office import RESIDENT, Office
from weiyou.store import petitions
from weiyou.store.tables import Petition

MOBILE = "154" + "0000" + "0042"


def found(office: Office, actor: Actor, wanted: Filter, **how: object) -> list[str]:
    with office.look(actor, NOW) as look:
        return [row.number for row in queue.page(look, wanted, **how).rows]  # type: ignore[arg-type]


def a_crowd(office: Office, seed: int = 7, size: int = 40) -> list[Petition]:
    """Put random matters in random states into the store, as if all that had happened to them."""
    dice = random.Random(seed)
    ids = [department(office, "jianshe"), department(office, "shuiwu"), None]
    with office.store.write() as session:
        crowd = [
            Petition(
                number=numbers.petition_number(dice.getrandbits(64)),
                area=dice.choice([GRID, OTHER_GRID, FAR_GRID, VILLAGE, STREET]),
                category=dice.choice([None, "A01", "A02", "A03"]),
                source="qr",
                title=f"第{n}件",
                text=f"第{n}件事",
                state=dice.choice(list(State)),
                department_id=dice.choice(ids),
                been_with_grid=dice.random() < 0.5,
                been_with_village=dice.random() < 0.5,
                received_at=NOW - timedelta(hours=dice.randrange(400)),
                due_at=NOW + timedelta(hours=dice.randrange(-200, 200)),
                closed_at=None,
                version=1,
            )
            for n in range(size)
        ]
        session.add_all(crowd)
    return crowd


def a_cast(office: Office) -> list[Actor]:
    return [
        a_clerk(office),
        a_clerk(office, VILLAGE),
        a_worker(office),
        a_worker(office, OTHER_GRID, FAR_GRID),
        an_account(office, Role.VILLAGE, VILLAGE),
        an_account(office, Role.VILLAGE, OTHER_VILLAGE),
        an_account(office, Role.CADRE, STREET, department="jianshe"),
        an_account(office, Role.CADRE, STREET, department="shuiwu"),
        an_account(office, Role.CADRE, STREET),
        an_account(office, Role.SUPERVISOR, STREET),
        an_account(office, Role.LEADER, STREET),
        an_account(office, Role.ANALYST, STREET),
    ]


def test_a_list_holds_exactly_what_could_be_opened_one_by_one(office: Office) -> None:
    """The rule in SQL and the rule in Python, for every matter and everybody."""
    a_street(office)
    crowd, cast = a_crowd(office), a_cast(office)
    for actor in cast:
        cut = scope(actor, Action.READ, Subject.PETITION)
        with office.look(actor, NOW) as look:
            listed = set(
                look.session.scalars(select(Petition.number).where(petitions.seen_by(actor, cut)))
            )
        wanted = {
            matter.number
            for matter in crowd
            if actor.covers(matter.area)
            and (steps.assigned(actor, matter) or not cut.assigned_only)
        }
        assert listed == wanted, actor


def test_in_sql_and_in_python_the_same_matters_have_been_in_hand(office: Office) -> None:
    a_street(office)
    crowd = a_crowd(office)
    for actor in a_cast(office):
        if actor.role is Role.TRIAGE:
            continue  # whatever lies in its area is in the desk's hands
        with office.look(actor, NOW) as look:
            in_hand = set(
                look.session.scalars(select(Petition.number).where(petitions.assigned_to(actor)))
            )
        assert in_hand == {m.number for m in crowd if steps.assigned(actor, m)}, actor


FILTERS = [
    Filter(),
    Filter(area=VILLAGE),
    Filter(area=GRID, category="A0"),
    Filter(category="A03"),
    Filter(states=frozenset({State.RECEIVED, State.CLOSED})),
    Filter(states=frozenset({State.WITHDRAWN})),
    Filter(not_states=frozenset({State.RECEIVED})),
    Filter(words="第1"),
    Filter(received_from=NOW - timedelta(days=5), received_to=NOW),
]


def test_every_count_equals_the_list_that_it_opens(office: Office) -> None:
    a_street(office)
    a_crowd(office)
    for actor, wanted in itertools.product(a_cast(office)[::3], FILTERS):
        with office.look(actor, NOW) as look:
            for one, number in queue.counts(look, wanted).items():
                page = queue.page(look, queue.in_queue(one, wanted, NOW), size=200)
                assert number == page.total == len(page.rows), (actor.role, one, wanted)


def test_a_view_holds_what_it_says(office: Office) -> None:
    a_street(office)
    a_crowd(office)
    running = {"received", "waiting", "accepted"} | {s for s in State if s.startswith("with_")}
    with office.look(a_clerk(office), NOW) as look:
        rows = {
            one: queue.page(look, queue.in_queue(one, Filter(), NOW), size=200).rows
            for one in Queue
        }
    assert len(rows[Queue.ALL]) == 40
    assert {row.state for row in rows[Queue.NEW]} == {State.RECEIVED}
    assert {row.state for row in rows[Queue.TO_ASSIGN]} == {State.ACCEPTED}
    assert {row.state for row in rows[Queue.WAITING]} == {State.WAITING}
    assert {row.state for row in rows[Queue.ANSWERED]} == {State.ANSWERED}
    assert {row.state for row in rows[Queue.CLOSED]} == {State.CLOSED}
    assert {row.state for row in rows[Queue.REFUSED]} == {State.REFUSED}
    assert {row.state.value[:5] for row in rows[Queue.HANDLING]} == {"with_"}
    late = {row.number for row in rows[Queue.ALL] if row.state in running and row.due_at <= NOW}
    assert {row.number for row in rows[Queue.LATE]} == late
    assert all(row.late for row in rows[Queue.LATE])
    assert all(NOW < row.due_at < NOW + timedelta(days=1) for row in rows[Queue.SOON])
    assert not {row.number for row in rows[Queue.SOON]} & late


@pytest.mark.parametrize(
    ("due", "view"),
    [
        (timedelta(microseconds=-1), {Queue.LATE}),
        (timedelta(0), {Queue.LATE}),
        (timedelta(microseconds=1), {Queue.SOON}),
        (timedelta(hours=24) - timedelta(microseconds=1), {Queue.SOON}),
        (timedelta(hours=24), set()),
    ],
    ids=["just past", "this instant", "just ahead", "just within a day", "in a day"],
)
def test_a_matter_is_either_soon_due_or_late_and_never_both(
    office: Office, due: timedelta, view: set[Queue]
) -> None:
    a_street(office)
    kept = the(office, a_petition(office))
    with office.store.write() as session:
        session.get_one(Petition, kept.id).due_at = NOW + due
    with office.look(a_clerk(office), NOW) as look:
        numbers = queue.counts(look, Filter())
        (row,) = queue.page(look, Filter()).rows
    assert {one for one in (Queue.SOON, Queue.LATE) if numbers[one]} == view
    assert row.late == (view == {Queue.LATE})


def test_pages_follow_each_other_without_a_gap_or_a_repetition(office: Office) -> None:
    a_street(office)
    a_crowd(office)
    clerk = a_clerk(office)
    for order, descending in itertools.product(Order, (False, True)):
        how = {"order": order, "descending": descending}
        pages = [found(office, clerk, Filter(), number=n, size=7, **how) for n in range(1, 8)]
        assert [len(page) for page in pages] == [7, 7, 7, 7, 7, 5, 0]
        whole = list(itertools.chain.from_iterable(pages))
        assert len(set(whole)) == 40
        assert whole == found(office, clerk, Filter(), size=200, **how)


def test_a_list_is_in_the_order_that_was_asked_for(office: Office) -> None:
    a_street(office)
    a_crowd(office)
    with office.look(a_clerk(office), NOW) as look:
        for order, key in ((Order.DUE, "due_at"), (Order.RECEIVED, "received_at")):
            rows = queue.page(look, Filter(), order=order, size=200).rows
            assert rows == tuple(sorted(rows, key=lambda row: (getattr(row, key), row.id)))
            turned = queue.page(look, Filter(), order=order, descending=True, size=200).rows
            assert turned == tuple(reversed(rows))


def test_odd_page_numbers_and_sizes_are_put_right(office: Office) -> None:
    a_street(office)
    a_crowd(office, size=3)
    for number, size in ((0, 25), (-3, 25), (1, 0), (1, -1), (1, 10_000)):
        with office.look(a_clerk(office), NOW) as look:
            page = queue.page(look, Filter(), number=number, size=size)
        assert (len(page.rows), page.total) == (1 if size < 1 else 3, 3)


def test_titles_are_masked_in_lists_and_absent_where_only_sums_are_seen(office: Office) -> None:
    a_street(office)
    a_petition(office, text=f"打{MOBILE}找我")
    for role, title in (
        (Role.TRIAGE, "打154****0042找我"),
        (Role.SUPERVISOR, "打154****0042找我"),
        (Role.ANALYST, ""),
    ):
        with office.look(an_account(office, role, STREET), NOW) as look:
            (row,) = queue.page(look, Filter()).rows
        assert row.title == title


def test_what_is_no_area_is_refused_and_no_fault(office: Office) -> None:
    a_street(office)
    for area in ("abc", "3203820032150011", "32038200321500x", "戴圩", "320", "320382003x"):
        with office.look(a_clerk(office), NOW) as look:
            for asked in (queue.page, queue.counts):
                with pytest.raises(BadInput):
                    asked(look, Filter(area=area))


def test_asking_for_a_wider_area_shows_ones_own_and_for_another_nothing(office: Office) -> None:
    a_street(office)
    mine, others = a_petition(office), a_petition(office, FAR_GRID)
    clerk = a_clerk(office, VILLAGE)
    assert found(office, clerk, Filter(area=STREET)) == [mine.number]
    assert found(office, clerk, Filter(area=OTHER_VILLAGE)) == []
    assert found(office, a_clerk(office), Filter(area=OTHER_VILLAGE)) == [others.number]


@pytest.mark.parametrize(
    ("role", "area", "level"),
    [
        (Role.GRID_WORKER, GRID, Level.GRID),
        (Role.VILLAGE, VILLAGE, Level.VILLAGE),
        (Role.CADRE, STREET, Level.DEPARTMENT),
        (Role.TRIAGE, STREET, Level.STREET),
    ],
)
def test_what_is_in_hand_and_what_is_done_with_are_told_apart(
    office: Office, role: Role, area: str, level: Level
) -> None:
    a_street(office)
    clerk = a_clerk(office)
    code = "jianshe" if role is Role.CADRE else None
    actor = an_account(office, role, area, department=code)
    late, soon, done = (
        a_petition(office, category="A01"),
        a_petition(office, category="A03"),
        a_petition(office),
    )
    for receipt in (late, soon, done):
        hand_to(office, clerk, receipt, level)
    answer(office, clerk, done)
    close(office, clerk, done)
    with office.look(actor, NOW) as look:
        mine, past = queue.in_hand(look), queue.in_hand(look, done=True)
    assert [row.number for row in mine.rows] == [soon.number, late.number], "the next due first"
    assert [row.number for row in past.rows] == [done.number]
    assert (mine.total, past.total) == (2, 1)


def test_who_handles_nothing_has_no_list(office: Office) -> None:
    a_street(office)
    for role in (Role.SUPERVISOR, Role.LEADER, Role.ANALYST, Role.AUDITOR, Role.SYSTEM_ADMIN):
        with (
            pytest.raises(NotPermitted),
            office.look(an_account(office, role, STREET), NOW) as look,
        ):
            queue.in_hand(look)
    for actor in (RESIDENT, an_account(office, Role.AUDITOR, STREET)):
        with office.look(actor, NOW) as look:
            for asked in (queue.page, queue.counts):
                with pytest.raises(NotPermitted):
                    asked(look, Filter())


def test_a_line_names_places_categories_and_the_time_that_is_left(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    a_petition(office, category="A03", now=NOW - timedelta(hours=20))
    village = a_petition(office, VILLAGE)
    with office.look(clerk, NOW) as look:
        first, second = queue.page(look, Filter()).rows
    assert (first.village, first.grid, first.category) == ("连渊村", "第 1 网格", "积水与排水")
    assert (first.time_left, first.late, first.urged, first.round) == ("还剩 4 小时", False, 0, 1)
    assert (second.village, second.grid, second.category) == ("连渊村", "", "未分类")
    with office.work(clerk, NOW) as work:
        triage.refuse(
            work, petition_id=the(office, village).id, version=1, reason="不属", way="12345"
        )
    with office.look(clerk, NOW + timedelta(days=99)) as look:
        ended = queue.page(look, Filter(states=frozenset({State.REFUSED}))).rows[0]
    assert (ended.time_left, ended.late) == ("", False), "no clock runs any more"


def test_a_department_and_spans_of_time_cut_the_list(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt, other = a_petition(office), a_petition(office, now=NOW + timedelta(days=1))
    hand_to(office, clerk, receipt, Level.DEPARTMENT)
    answer(office, clerk, receipt)
    close(office, clerk, receipt, now=NOW + timedelta(days=2))
    day = timedelta(days=1)
    for wanted, numbers_found in (
        (Filter(department_id=department(office, "jianshe")), [receipt.number]),
        (Filter(department_id=department(office, "shuiwu")), []),
        (Filter(received_from=NOW, received_to=NOW + day), [receipt.number]),
        (Filter(received_from=NOW + day), [other.number]),
        (Filter(closed_from=NOW + 2 * day, closed_to=NOW + 3 * day), [receipt.number]),
        (Filter(closed_to=NOW + 2 * day), []),
    ):
        assert found(office, clerk, wanted) == numbers_found, wanted
