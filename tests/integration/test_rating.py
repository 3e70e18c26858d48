"""What the resident's word does to a matter."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.factories import NOW, a_clerk, a_petition, a_street, the
from weiyou.domain.areas import Level
from weiyou.domain.petitions import Grade
from weiyou.domain.workflow import REOPEN_WITHIN, State
from weiyou.services import closure, handling, triage
from weiyou.services.intake import Receipt
from weiyou.services.office import RESIDENT, Office


def answered(office: Office) -> Receipt:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office)
    petition = the(office, receipt)
    with office.work(clerk, NOW) as work:
        triage.assign(work, petition_id=petition.id, version=1, level=Level.STREET)
    with office.work(clerk, NOW) as work:
        version = the(office, receipt).version
        handling.answer(work, petition_id=petition.id, version=version, words="已经办好，请看看。")
    return receipt


def closed(office: Office) -> Receipt:
    receipt = answered(office)
    clerk = a_clerk(office)
    petition = the(office, receipt)
    with office.work(clerk, NOW) as work:
        closure.close(work, petition_id=petition.id, version=petition.version)
    return receipt


def say(office: Office, receipt: Receipt, now: datetime, *, solved: bool) -> None:
    with office.work(RESIDENT, now) as work:
        grade = Grade.GOOD if solved else Grade.POOR
        closure.rate(work, token=receipt.token, grade=grade, solved=solved)


@pytest.mark.parametrize(
    ("solved", "state", "round_"),
    [(True, State.CLOSED, 1), (False, State.ACCEPTED, 2)],
)
def test_an_answer_is_confirmed_or_sent_back(
    office: Office, solved: bool, state: State, round_: int
) -> None:
    receipt = answered(office)
    say(office, receipt, NOW + timedelta(days=1), solved=solved)
    kept = the(office, receipt)
    assert (kept.state, kept.round, len(kept.ratings)) == (state, round_, 1)


@pytest.mark.parametrize(
    ("after", "solved", "state"),
    [
        (timedelta(days=1), True, State.CLOSED),
        (timedelta(days=1), False, State.ACCEPTED),
        (REOPEN_WITHIN, False, State.CLOSED),
    ],
    ids=["solved stays closed", "not solved opens it again", "too late to open, still a rating"],
)
def test_a_closed_matter_is_opened_again_by_a_no(
    office: Office, after: timedelta, solved: bool, state: State
) -> None:
    receipt = closed(office)
    say(office, receipt, NOW + after, solved=solved)
    kept = the(office, receipt)
    assert (kept.state, len(kept.ratings)) == (state, 1)
    assert (kept.closed_at is None) == (state is State.ACCEPTED)


def test_a_second_word_replaces_the_first(office: Office) -> None:
    receipt = closed(office)
    say(office, receipt, NOW + timedelta(days=1), solved=True)
    with office.work(RESIDENT, NOW + timedelta(days=2)) as work:
        closure.rate(work, token=receipt.token, grade=Grade.FAIR, solved=True, words="慢了点")
    (rating,) = the(office, receipt).ratings
    assert (rating.grade, rating.words) == (Grade.FAIR, "慢了点")
