"""A record of handling that is sent twice is kept once."""

from __future__ import annotations

import pytest

from tests.factories import GRID, NOW, a_clerk, a_petition, a_street, a_worker, the
from weiyou.domain.areas import Level
from weiyou.domain.workflow import Step
from weiyou.errors import Stale
from weiyou.services import handling, triage
from weiyou.services.office import Office


def test_a_record_sent_again_after_a_lost_answer_is_told_and_not_doubled(office: Office) -> None:
    # Given a matter in the hands of a grid worker, who writes down what he did
    a_street(office)
    worker, receipt = a_worker(office, GRID), a_petition(office)
    petition = the(office, receipt)
    with office.work(a_clerk(office), NOW) as work:
        triage.assign(work, petition_id=petition.id, version=1, level=Level.GRID)
    seen = the(office, receipt).version
    with office.work(worker, NOW) as work:
        handling.record(work, petition_id=petition.id, version=seen, words="换了灯泡")

    # When the answer was lost on the way and his phone sends the same once more
    with pytest.raises(Stale, match="石大川于 09:30“处置记录”"), office.work(worker, NOW) as work:
        handling.record(work, petition_id=petition.id, version=seen, words="换了灯泡")

    # Then it is on record once
    steps = [event.step for event in the(office, receipt).events]
    assert steps.count(Step.HANDLE) == 1
