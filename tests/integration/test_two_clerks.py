"""Two people, one matter, the same moment: one wins, the other is told, nothing is lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from tests.factories import (
    GRID,
    NOW,
    a_clerk,
    a_petition,
    a_street,
    a_worker,
    the,
)
from tests.journeys import answer, hand_to
from weiyou.domain.areas import Level
from weiyou.domain.people import Actor
from weiyou.domain.petitions import Grade
from weiyou.domain.workflow import State, Step
from weiyou.errors import Refusal, Stale
from weiyou.services import closure, handling, intake, traces, triage
from weiyou.services.office import CLOCK, RESIDENT, Office, Work

Deed = Callable[[Work], object]
ROUNDS = 6


def at_once(office: Office, deeds: list[tuple[Actor, Deed]]) -> list[Refusal | None]:
    """Do all deeds at the same moment, each in a thread of its own; return what was refused."""
    gate = threading.Barrier(len(deeds))

    def one(actor: Actor, deed: Deed) -> Refusal | None:
        gate.wait()
        try:
            with office.work(actor, NOW + timedelta(hours=1)) as work:
                deed(work)
        except Refusal as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [done.result() for done in [pool.submit(one, *pair) for pair in deeds]]


def test_of_two_clerks_one_wins_and_the_other_is_told_who_was_faster(office: Office) -> None:
    a_street(office)
    clerks = [a_clerk(office), a_clerk(office)]
    for _ in range(ROUNDS):
        receipt = a_petition(office)
        n = the(office, receipt).id
        accepted, refused = at_once(
            office,
            [
                (clerks[0], partial(triage.accept, petition_id=n, version=1)),
                (
                    clerks[1],
                    partial(triage.refuse, petition_id=n, version=1, reason="不属", way="12345"),
                ),
            ],
        )
        kept = the(office, receipt)
        assert [accepted, refused].count(None) == 1
        loser = accepted or refused
        assert type(loser) is Stale
        assert "梁青禾于 10:30“" in str(loser)
        won = Step.ACCEPT if accepted is None else Step.REFUSE
        assert [event.step for event in kept.events] == [Step.SUBMIT, won]
        assert kept.state is (State.ACCEPTED if accepted is None else State.REFUSED)
    assert traces.faults(office) == []


def test_of_eight_clerks_one_wins(office: Office) -> None:
    a_street(office)
    clerks = [a_clerk(office) for _ in range(8)]
    receipt = a_petition(office)
    n = the(office, receipt).id
    assign = partial(triage.assign, petition_id=n, version=1, level=Level.GRID)
    done = at_once(office, [(clerk, assign) for clerk in clerks])
    assert sorted(str(type(one)) for one in done).count(str(Stale)) == 7
    assert [event.step for event in the(office, receipt).events] == [
        Step.SUBMIT,
        Step.ACCEPT,
        Step.ASSIGN_GRID,
    ]


def test_a_worker_answers_while_the_desk_takes_the_matter_away(office: Office) -> None:
    a_street(office)
    clerk, worker = a_clerk(office), a_worker(office)
    for _ in range(ROUNDS):
        receipt = a_petition(office)
        before = hand_to(office, clerk, receipt, Level.GRID)
        n, v = before.id, before.version
        done = at_once(
            office,
            [
                (worker, partial(handling.answer, petition_id=n, version=v, words="修好了")),
                (clerk, partial(triage.assign, petition_id=n, version=v, level=Level.VILLAGE)),
            ],
        )
        assert done.count(None) == 1
        assert {type(one) for one in done} == {type(None), Stale}
        assert len(the(office, receipt).events) == len(before.events) + 1


def test_a_rating_that_is_sent_twice_at_once_is_one_rating(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    for _ in range(ROUNDS):
        receipt = a_petition(office)
        hand_to(office, clerk, receipt, Level.STREET)
        answer(office, clerk, receipt)
        rate = partial(closure.rate, token=receipt.token, grade=Grade.GOOD, solved=True)
        assert at_once(office, [(RESIDENT, rate), (RESIDENT, rate)]) == [None, None]
        kept = the(office, receipt)
        assert (kept.state, len(kept.ratings)) == (State.CLOSED, 1)


def test_no_message_is_lost_among_many_at_once(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    said = [f"第 {n} 条" for n in range(10)]
    deeds = [partial(intake.add_message, token=receipt.token, words=words) for words in said]
    done = at_once(office, [(RESIDENT, deed) for deed in deeds])
    assert done == [None] * 10
    assert sorted(event.words for event in the(office, receipt).events[1:]) == sorted(said)


def test_a_day_is_urged_once_however_often_the_button_is_pressed(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    done = at_once(office, [(RESIDENT, partial(intake.urge, token=receipt.token))] * 6)
    assert done.count(None) == 1
    assert the(office, receipt).urged == 1


def test_many_people_on_many_matters_never_wait_for_each_other_forever(office: Office) -> None:
    """Deeds lock one matter and then the audit chains in order; the timer locks many matters."""
    a_street(office)
    clerk = a_clerk(office)
    receipts = [a_petition(office) for _ in range(8)]
    for receipt in receipts[:4]:
        hand_to(office, clerk, receipt, Level.STREET)
        answer(office, clerk, receipt)
    ids = [the(office, receipt).id for receipt in receipts]

    def busy(seed: int) -> list[BaseException]:
        dice, faults = random.Random(seed), list[BaseException]()
        for _ in range(12):
            chosen = dice.choice(ids)
            try:
                if seed == 0:
                    with office.work(CLOCK, NOW + timedelta(days=12)) as work:
                        closure.close_unanswered(work, answered_before=NOW + timedelta(days=2))
                else:
                    with office.work(clerk, NOW + timedelta(days=12)) as work:
                        triage.add_note(work, petition_id=chosen, note=f"{seed}")
            except Refusal as refusal:
                faults.append(refusal)
        return faults

    with ThreadPoolExecutor(5) as pool:
        assert [fault for faults in pool.map(busy, range(5)) for fault in faults] == []
    assert [the(office, receipt).state for receipt in receipts[:4]] == [State.CLOSED] * 4
    assert sum(len(the(office, receipt).events) for receipt in receipts) == 8 + 3 * 4 + 4 + 4 * 12
    assert traces.faults(office) == []


def test_the_timer_passes_over_what_somebody_has_in_hand_at_this_moment(office: Office) -> None:
    if office.store.engine.dialect.name == "sqlite":
        pytest.skip("on SQLite the timer waits for its turn")
    a_street(office)
    clerk = a_clerk(office)
    receipts = [a_petition(office), a_petition(office)]
    for receipt in receipts:
        hand_to(office, clerk, receipt, Level.STREET)
        answer(office, clerk, receipt)
    later = NOW + timedelta(days=20)
    with office.work(clerk, later) as held:
        triage.add_note(held, petition_id=the(office, receipts[0]).id, note="正在核实")
        with office.work(CLOCK, later) as work:
            assert closure.close_unanswered(work, answered_before=later) == 1
    assert [the(office, receipt).state for receipt in receipts] == [State.ANSWERED, State.CLOSED]
    assert the(office, receipts[0]).area == GRID
