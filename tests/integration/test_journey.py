"""One matter from the resident's phone to his rating, deed by deed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import (
    NOW,
    a_clerk,
    a_petition,
    a_street,
    a_worker,
    the,
)
from weiyou.domain.areas import Level
from weiyou.domain.figures import Figure, Period
from weiyou.domain.petitions import Grade
from weiyou.domain.workflow import State, Step
from weiyou.errors import Stale
from weiyou.reports import overview, progress
from weiyou.services import closure, handling, triage
from weiyou.services.office import RESIDENT, Office


def test_a_matter_goes_from_the_phone_to_the_count(office: Office) -> None:
    # Given a street with a clerk and a grid worker, and a resident who has reported
    a_street(office)
    clerk, worker = a_clerk(office), a_worker(office)
    receipt = a_petition(office)
    petition = the(office, receipt)

    # When the clerk hands it to the grid, the worker deals with it, the desk closes it
    with office.work(clerk, NOW + timedelta(hours=1)) as work:
        triage.assign(work, petition_id=petition.id, version=1, level=Level.GRID)
    with office.work(worker, NOW + timedelta(hours=2)) as work:
        handling.record(
            work, petition_id=petition.id, version=the(office, receipt).version, words="换了灯泡"
        )
    with office.work(worker, NOW + timedelta(hours=3)) as work:
        handling.answer(
            work,
            petition_id=petition.id,
            version=the(office, receipt).version,
            words="路灯已经换好，今晚请您看看。",
        )
    with office.work(clerk, NOW + timedelta(hours=4)) as work:
        closure.close(work, petition_id=petition.id, version=the(office, receipt).version)
    with office.work(RESIDENT, NOW + timedelta(hours=5)) as work:
        closure.rate(work, token=receipt.token, grade=Grade.VERY_GOOD, solved=True, words="谢谢")

    # Then every step is on record, the resident reads them, and the count shows one
    kept = the(office, receipt)
    assert kept.state is State.CLOSED
    assert [event.step for event in kept.events] == [
        Step.SUBMIT,
        Step.ACCEPT,
        Step.ASSIGN_GRID,
        Step.HANDLE,
        Step.ANSWER,
        Step.CLOSE,
        Step.RATE,
    ]
    with office.look(clerk, NOW + timedelta(hours=6)) as look:
        day = Period(NOW, NOW + timedelta(days=1))
        line = overview.overview(look, day).total
        assert line.satisfaction == "100%（1/1）"
        assert [row.number for row in overview.opens(look, Figure.CLOSED, day).rows] == [
            receipt.number
        ]
    with office.look(RESIDENT, NOW + timedelta(hours=6)) as look:
        seen = progress.progress(look, receipt.token)
        assert seen.grade is Grade.VERY_GOOD
        assert "路灯已经换好，今晚请您看看。" in [stage.words for stage in seen.stages]


def test_the_second_of_two_clerks_is_told_and_nothing_is_overwritten(office: Office) -> None:
    a_street(office)
    first, second = a_clerk(office), a_clerk(office)
    receipt = a_petition(office)
    petition = the(office, receipt)

    with office.work(first, NOW) as work:
        triage.accept(work, petition_id=petition.id, version=petition.version)
    with pytest.raises(Stale, match="梁青禾于 09:30“受理”"), office.work(second, NOW) as work:
        triage.refuse(
            work,
            petition_id=petition.id,
            version=petition.version,
            reason="不属本街道",
            way="12345",
        )

    assert the(office, receipt).state is State.ACCEPTED
