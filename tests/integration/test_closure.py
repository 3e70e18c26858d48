"""The end of a matter: closing, the resident's words afterwards, and what nobody objects to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import NOW, STREET, a_clerk, a_petition, a_street, an_account, the
from tests.journeys import answer, close, hand_to
from weiyou.domain.areas import Level
from weiyou.domain.people import Actor, Role
from weiyou.domain.petitions import Grade
from weiyou.domain.workflow import State, Step
from weiyou.errors import NotFound, NotPermitted, TooMany, WrongStep
from weiyou.services import closure, intake, upkeep
from weiyou.services.intake import Receipt
from weiyou.services.office import CLOCK, RESIDENT, Office

DAY = timedelta(days=1)


def an_answered(office: Office, clerk: Actor) -> Receipt:
    receipt = a_petition(office)
    hand_to(office, clerk, receipt, Level.STREET)
    answer(office, clerk, receipt)
    return receipt


def test_closing_ends_a_matter_now_and_the_note_stays_in_the_office(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = an_answered(office, clerk)
    found = the(office, receipt)
    with office.work(clerk, NOW + DAY) as work:
        closure.close(work, petition_id=found.id, version=found.version, note=" 已电话回访 ")
    kept = the(office, receipt)
    assert (kept.state, kept.closed_at, kept.answered_at) == (State.CLOSED, NOW + DAY, NOW)
    assert (kept.events[-1].words, kept.events[-1].note) == ("", "已电话回访")


def test_what_has_not_been_answered_is_not_closed(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office)
    hand_to(office, clerk, receipt, Level.STREET)
    with pytest.raises(WrongStep, match="“街道办理”的事项不能“办结”"):
        close(office, clerk, receipt)
    assert the(office, receipt).closed_at is None


def test_a_rating_keeps_grade_words_and_round(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = an_answered(office, clerk)
    words = "\x00没修好" + "。" * 3_000
    with office.work(RESIDENT, NOW + DAY) as work:
        closure.rate(work, token=receipt.token, grade=Grade.POOR, solved=False, words=words)
    kept = the(office, receipt)
    (rating,) = kept.ratings
    assert (rating.grade, rating.solved, rating.round, rating.at) == (
        Grade.POOR,
        False,
        1,
        NOW + DAY,
    )
    assert rating.words == "没修好" + "。" * 1997
    assert [(event.step, event.details) for event in kept.events[-2:]] == [
        (Step.RATE, {"grade": "poor", "solved": False}),
        (Step.REDO, {}),
    ]
    assert (kept.state, kept.round, kept.answered_at) == (State.ACCEPTED, 2, None)


def test_each_round_has_its_own_rating(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = an_answered(office, clerk)
    for grade, solved in ((Grade.POOR, False), (Grade.GOOD, True)):
        with office.work(RESIDENT, NOW + DAY) as work:
            closure.rate(work, token=receipt.token, grade=grade, solved=solved)
        if not solved:
            answer(office, clerk, receipt)
    kept = the(office, receipt)
    assert [(rating.round, rating.grade) for rating in kept.ratings] == [
        (1, Grade.POOR),
        (2, Grade.GOOD),
    ]
    assert kept.state is State.CLOSED


def test_what_is_still_being_worked_on_is_not_rated(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    with pytest.raises(WrongStep), office.work(RESIDENT, NOW) as work:
        closure.rate(work, token=receipt.token, grade=Grade.GOOD, solved=True)
    assert the(office, receipt).ratings == []


@pytest.mark.parametrize(
    ("waited", "state"),
    [
        (timedelta(days=10), State.ANSWERED),
        (timedelta(days=10, seconds=1), State.CLOSED),
    ],
    ids=["ten days to the second", "a second more"],
)
def test_the_timer_closes_what_nobody_has_objected_to(
    office: Office, waited: timedelta, state: State
) -> None:
    a_street(office)
    receipt = an_answered(office, a_clerk(office))
    done = upkeep.tick(office, NOW + waited)
    kept = the(office, receipt)
    assert (kept.state, done["closed"]) == (state, int(state is State.CLOSED))
    if state is State.CLOSED:
        event = kept.events[-1]
        assert (event.step, event.by, event.role) == (Step.CLOSE, None, Role.TRIAGE)
        assert "按期办结" in event.note
        assert kept.closed_at == NOW + waited


def test_the_timer_takes_the_oldest_first_and_not_too_many_at_once(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipts = [a_petition(office) for _ in range(3)]
    for n, receipt in enumerate(reversed(receipts)):
        hand_to(office, clerk, receipt, Level.STREET)
        answer(office, clerk, receipt, now=NOW + n * DAY)
    for left in (2, 1, 0):
        with office.work(CLOCK, NOW + 30 * DAY) as work:
            assert closure.close_unanswered(work, answered_before=NOW + 20 * DAY, limit=1) == 1
        states = [the(office, receipt).state for receipt in receipts]
        assert states == [State.ANSWERED] * left + [State.CLOSED] * (3 - left)


def test_only_the_timer_closes_everywhere(office: Office) -> None:
    a_street(office)
    for actor in (a_clerk(office), an_account(office, Role.LEADER, STREET), RESIDENT):
        with pytest.raises(NotPermitted), office.work(actor, NOW) as work:
            closure.close_unanswered(work, answered_before=NOW)


def test_the_resident_takes_his_matter_back_with_or_without_a_word(office: Office) -> None:
    a_street(office)
    for words, kept_words in (("", ""), (" 邻居已经修了 " + "好" * 3_000, "邻居已经修了 ")):
        receipt = a_petition(office)
        with office.work(RESIDENT, NOW + DAY) as work:
            intake.withdraw(work, token=receipt.token, words=words)
        kept = the(office, receipt)
        assert (kept.state, kept.closed_at) == (State.WITHDRAWN, NOW + DAY)
        assert kept.events[-1].words.startswith(kept_words)
        assert len(kept.events[-1].words) <= 2_000
        for deed in (intake.withdraw, intake.urge, intake.say_no_contact):
            with pytest.raises(WrongStep), office.work(RESIDENT, NOW) as work:
                deed(work, token=receipt.token)


def test_urging_counts_once_a_shanghai_day(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    evening = NOW.replace(hour=23, minute=59)
    for moment, is_taken in (
        (NOW, True),
        (evening, False),
        (evening + timedelta(minutes=1), True),
        (evening + timedelta(hours=20), False),
    ):
        if is_taken:
            with office.work(RESIDENT, moment) as work:
                intake.urge(work, token=receipt.token)
        else:
            with pytest.raises(TooMany), office.work(RESIDENT, moment) as work:
                intake.urge(work, token=receipt.token)
    assert the(office, receipt).urged == 2


def test_nobody_having_called_is_said_of_what_has_been_taken_up(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    with pytest.raises(WrongStep), office.work(RESIDENT, NOW) as work:
        intake.say_no_contact(work, token=receipt.token)
    hand_to(office, a_clerk(office), receipt, Level.STREET)
    with office.work(RESIDENT, NOW) as work:
        intake.say_no_contact(work, token=receipt.token)
    assert the(office, receipt).events[-1].step is Step.NO_CONTACT


def test_a_link_that_is_made_up_or_of_another_office_opens_nothing(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    other = a_petition(office)
    mixed = receipt.token[:10] + other.token[10:]
    for token in ("", mixed, receipt.token[:-1], "圩" * 36):
        with pytest.raises(NotFound), office.work(RESIDENT, NOW) as work:
            intake.add_message(work, token=token, words="在吗")
    assert the(office, receipt).events[-1].step is Step.SUBMIT
