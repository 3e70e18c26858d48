"""What the desk does with a matter: accept, refuse, ask, hand on, sort."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    OTHER_GRID,
    STREET,
    VILLAGE,
    a_clerk,
    a_petition,
    a_street,
    a_worker,
    an_account,
    the,
)
from tests.journeys import answer, department, hand_to
from weiyou.domain.areas import Level
from weiyou.domain.people import Actor, Role
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.errors import BadInput, NotFound, WrongStep
from weiyou.services import cases, intake, triage
from weiyou.services.intake import Receipt
from weiyou.services.office import RESIDENT, Office
from weiyou.store.tables import OutboxMessage, Petition

LATER = NOW + timedelta(hours=2)


def told(office: Office) -> list[tuple[str, dict[str, str]]]:
    """Return who was told of what, in order."""
    with office.store.read() as session:
        messages = session.query(OutboxMessage).order_by(OutboxMessage.id)
        return [(message.recipient, message.payload) for message in messages]


def classified(office: Office, clerk: Actor, receipt: Receipt, category: str) -> Petition:
    found = the(office, receipt)
    with office.work(clerk, LATER) as work:
        triage.classify(work, petition_id=found.id, version=found.version, category=category)
    return the(office, receipt)


def test_accepting_says_when_and_by_whom_and_moves_no_deadline(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office)
    before = the(office, receipt)
    with office.work(clerk, LATER) as work:
        triage.accept(work, petition_id=before.id, version=1, note=" 属本街道职权 ")
    kept = the(office, receipt)
    assert (kept.state, kept.accepted_at, kept.accepted_by) == (
        State.ACCEPTED,
        LATER,
        clerk.account_id,
    )
    assert (kept.due_at, kept.version) == (before.due_at, 2)
    event = kept.events[-1]
    assert (event.step, event.at, event.by, event.role) == (
        Step.ACCEPT,
        LATER,
        clerk.account_id,
        Role.TRIAGE,
    )
    assert (event.words, event.note) == ("", "属本街道职权")


def test_a_refusal_tells_the_resident_why_and_where_to_go(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    with office.work(a_clerk(office), LATER) as work:
        triage.refuse(
            work,
            petition_id=the(office, receipt).id,
            version=1,
            reason="已进入诉讼程序",
            way="请向邳州市人民法院提出",
        )
    kept = the(office, receipt)
    assert (kept.state, kept.closed_at) == (State.REFUSED, LATER)
    assert kept.events[-1].words == "已进入诉讼程序\n可以这样办：请向邳州市人民法院提出"
    assert kept.events[-1].details == {"reason": "已进入诉讼程序", "way": "请向邳州市人民法院提出"}


@pytest.mark.parametrize(
    ("reason", "way", "field"),
    [(" ", "12345", "reason"), ("不属", "", "way"), ("字" * 2_001, "12345", "reason")],
)
def test_no_refusal_without_a_reason_and_a_way(
    office: Office, reason: str, way: str, field: str
) -> None:
    a_street(office)
    receipt = a_petition(office)
    with pytest.raises(BadInput) as caught, office.work(a_clerk(office), LATER) as work:
        triage.refuse(work, petition_id=the(office, receipt).id, version=1, reason=reason, way=way)
    assert caught.value.field == field
    assert the(office, receipt).state is State.RECEIVED


def test_who_is_asked_answers_and_the_matter_is_back_at_the_desk(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    due = the(office, receipt).due_at
    with office.work(a_clerk(office), LATER) as work:
        triage.ask(work, petition_id=the(office, receipt).id, version=1, question="是哪一盏灯？")
    assert the(office, receipt).state is State.WAITING
    with office.work(RESIDENT, LATER) as work:
        intake.add_message(work, token=receipt.token, words="村口第二盏")
    kept = the(office, receipt)
    assert (kept.state, kept.due_at) == (State.RECEIVED, due), "waiting does not stop the clock"
    assert [(event.step, event.words) for event in kept.events[1:]] == [
        (Step.ASK, "是哪一盏灯？"),
        (Step.SUPPLY, "村口第二盏"),
    ]


def test_words_lose_what_no_database_keeps(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    with office.work(a_clerk(office), LATER) as work:
        triage.ask(
            work, petition_id=the(office, receipt).id, version=1, question="\x00哪里\ud800？\x00"
        )
    assert the(office, receipt).events[-1].words == "哪里？"


@pytest.mark.parametrize(
    ("level", "step", "state"),
    [
        (Level.GRID, Step.ASSIGN_GRID, State.WITH_GRID),
        (Level.VILLAGE, Step.ASSIGN_VILLAGE, State.WITH_VILLAGE),
        (Level.STREET, Step.ASSIGN_STREET, State.WITH_STREET),
        (Level.DEPARTMENT, Step.ASSIGN_DEPARTMENT, State.WITH_DEPARTMENT),
    ],
)
def test_a_fresh_matter_is_accepted_and_handed_on_in_one_deed_and_the_holder_is_told(
    office: Office, level: Level, step: Step, state: State
) -> None:
    a_street(office)
    clerk, worker = a_clerk(office), a_worker(office)
    village = an_account(office, Role.VILLAGE, VILLAGE)
    an_account(office, Role.VILLAGE, GRID)
    a_worker(office, OTHER_GRID)
    receipt = a_petition(office)
    due = the(office, receipt).due_at

    kept = hand_to(office, clerk, receipt, level, now=LATER)

    assert (kept.state, kept.due_at, kept.accepted_at) == (state, due, LATER)
    assert [event.step for event in kept.events] == [Step.SUBMIT, Step.ACCEPT, step]
    holders = {
        Level.GRID: [f"account:{worker.account_id}"],
        Level.VILLAGE: [f"account:{village.account_id}"],
        Level.STREET: [],
        Level.DEPARTMENT: [f"department:{department(office, 'jianshe')}"],
    }[level]
    assert told(office) == [(holder, {"number": receipt.number}) for holder in holders]
    chosen = department(office, "jianshe") if level is Level.DEPARTMENT else None
    assert kept.department_id == chosen
    assert kept.events[-1].details == ({"department_id": chosen} if chosen else {})


def test_handing_on_once_more_takes_the_department_back(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office)
    hand_to(office, clerk, receipt, Level.DEPARTMENT)
    kept = hand_to(office, clerk, receipt, Level.STREET)
    assert (kept.state, kept.department_id) == (State.WITH_STREET, None)
    assert [event.step for event in kept.events].count(Step.ACCEPT) == 1


@pytest.mark.parametrize(
    ("area", "level", "code", "field"),
    [
        pytest.param(GRID, Level.DEPARTMENT, None, "department", id="no department"),
        pytest.param(GRID, Level.DEPARTMENT, 9_999, "department", id="an unknown department"),
        pytest.param(GRID, Level.GRID, 1, "department", id="a department for a grid"),
        pytest.param(VILLAGE, Level.GRID, None, "level", id="a village's matter for a grid"),
        pytest.param(STREET, Level.VILLAGE, None, "level", id="a street's matter for a village"),
    ],
)
def test_a_matter_is_not_handed_to_where_nobody_could_have_it(
    office: Office, area: str, level: Level, code: int | None, field: str
) -> None:
    a_street(office)
    receipt = a_petition(office, area)
    with pytest.raises(BadInput) as caught, office.work(a_clerk(office), LATER) as work:
        triage.assign(
            work,
            petition_id=the(office, receipt).id,
            version=1,
            level=level,
            department_id=code,
        )
    assert caught.value.field == field
    kept = the(office, receipt)
    assert (kept.state, kept.accepted_at, told(office)) == (State.RECEIVED, None, [])


@pytest.mark.parametrize(
    ("category", "due"),
    [
        ("A01", datetime(2026, 3, 24, tzinfo=SHANGHAI)),
        ("A02", datetime(2026, 3, 6, tzinfo=SHANGHAI)),
        ("A03", NOW + timedelta(hours=24)),
    ],
)
def test_the_limit_follows_the_category_and_counts_from_receipt(
    office: Office, category: str, due: datetime
) -> None:
    a_street(office)
    receipt = a_petition(office)
    before = the(office, receipt)
    kept = classified(office, a_clerk(office), receipt, category)
    assert (kept.category, kept.due_at, kept.received_at) == (category, due, NOW)
    event = kept.events[-1]
    assert event.step is Step.NOTE
    assert event.details == {
        "before": None,
        "after": category,
        "due_before": before.due_at.isoformat(),
    }


def test_sorting_an_answered_matter_does_not_change_whether_it_was_late(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office, category="A03")
    hand_to(office, clerk, receipt, Level.STREET)
    late = answer(office, clerk, receipt, now=NOW + timedelta(days=2))
    kept = classified(office, clerk, receipt, "A01")
    assert (kept.category, kept.due_at) == ("A01", late.due_at)


def test_an_unknown_category_is_refused(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    with pytest.raises(BadInput, match="没有这个类别"):
        classified(office, a_clerk(office), receipt, "Z99")
    assert the(office, receipt).category is None


def moved(office: Office, clerk: Actor, receipt: Receipt, area: str) -> Petition:
    found = the(office, receipt)
    with office.work(clerk, LATER) as work:
        triage.relocate(work, petition_id=found.id, version=found.version, area=area)
    return the(office, receipt)


def can_open(office: Office, actor: Actor, receipt: Receipt) -> bool:
    try:
        with office.work(actor, LATER) as work:
            cases.open_case(work, petition_id=the(office, receipt).id)
    except NotFound:
        return False
    return True


def test_a_matter_that_moves_is_read_by_those_who_have_it_now_and_by_nobody_else(
    office: Office,
) -> None:
    a_street(office)
    clerk, here, there = a_clerk(office), a_worker(office), a_worker(office, OTHER_GRID)
    receipt = a_petition(office)
    hand_to(office, clerk, receipt, Level.GRID)
    moved(office, clerk, receipt, OTHER_GRID)
    assert [can_open(office, worker, receipt) for worker in (here, there)] == [False, True]


def test_whoever_never_had_a_matter_does_not_get_to_read_it_by_its_moving(
    office: Office,
) -> None:
    a_street(office)
    clerk, there = a_clerk(office), a_worker(office, FAR_GRID)
    village = an_account(office, Role.VILLAGE, FAR_GRID[:12])
    receipt = a_petition(office)
    hand_to(office, clerk, receipt, Level.GRID)
    hand_to(office, clerk, receipt, Level.VILLAGE)
    hand_to(office, clerk, receipt, Level.STREET)
    kept = moved(office, clerk, receipt, FAR_GRID)
    assert (kept.been_with_grid, kept.been_with_village) == (False, False)
    assert not can_open(office, there, receipt)
    assert not can_open(office, village, receipt)


def test_moving_within_a_village_leaves_it_to_the_village(office: Office) -> None:
    a_street(office)
    clerk, village = a_clerk(office), an_account(office, Role.VILLAGE, VILLAGE)
    receipt = a_petition(office)
    hand_to(office, clerk, receipt, Level.VILLAGE)
    hand_to(office, clerk, receipt, Level.GRID)
    kept = moved(office, clerk, receipt, OTHER_GRID)
    assert (kept.been_with_grid, kept.been_with_village) == (True, True)
    assert can_open(office, village, receipt)
    assert moved(office, clerk, receipt, OTHER_GRID).been_with_grid, "not moved at all"


@pytest.mark.parametrize(
    ("level", "area"), [(Level.GRID, VILLAGE), (Level.VILLAGE, STREET)], ids=["grid", "village"]
)
def test_a_matter_does_not_move_to_where_nobody_would_have_it(
    office: Office, level: Level, area: str
) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office)
    hand_to(office, clerk, receipt, level)
    with pytest.raises(BadInput):
        moved(office, clerk, receipt, area)
    assert the(office, receipt).area == GRID


def test_a_refused_matter_is_taken_up_again_with_a_reason(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office)
    n = the(office, receipt).id
    with office.work(clerk, NOW) as work:
        triage.refuse(work, petition_id=n, version=1, reason="不属", way="12345")
    with pytest.raises(BadInput), office.work(clerk, LATER) as work:
        triage.reopen(work, petition_id=n, version=2, reason="")
    with office.work(clerk, LATER) as work:
        triage.reopen(work, petition_id=n, version=2, reason="属本街道，退错了")
    kept = the(office, receipt)
    assert (kept.state, kept.closed_at, kept.round) == (State.RECEIVED, None, 2)
    with pytest.raises(WrongStep), office.work(clerk, LATER) as work:
        triage.reopen(work, petition_id=n, version=3, reason="再来一次")


def test_a_note_is_left_without_moving_anything(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office)
    n = the(office, receipt).id
    with pytest.raises(BadInput), office.work(clerk, LATER) as work:
        triage.add_note(work, petition_id=n, note=" \x00 ")
    with office.work(clerk, LATER) as work:
        triage.add_note(work, petition_id=n, note="先问村里")
    kept = the(office, receipt)
    assert (kept.state, kept.version) == (State.RECEIVED, 1)
    assert (kept.events[-1].words, kept.events[-1].note) == ("", "先问村里")
