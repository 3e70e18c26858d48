"""A matter that was reported in the wrong place is moved to the right one."""

from __future__ import annotations

import pytest

from tests.factories import (
    FAR_GRID,
    NOW,
    OTHER_GRID,
    VILLAGE,
    a_clerk,
    a_petition,
    a_street,
    a_worker,
    the,
)
from weiyou.domain.areas import Level
from weiyou.errors import BadInput, NotFound
from weiyou.services import triage
from weiyou.services.office import Office
from weiyou.store.tables import OutboxMessage


def test_the_history_says_where_it_was_moved(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    with office.work(a_clerk(office), NOW) as work:
        triage.relocate(work, petition_id=the(office, receipt).id, version=1, area=FAR_GRID)
    kept = the(office, receipt)
    assert (kept.area, kept.village) == (FAR_GRID, FAR_GRID[:12])
    assert kept.events[-1].note == "辖区改为“王场村第 1 网格”"


def test_whoever_has_it_in_hand_there_is_told(office: Office) -> None:
    a_street(office)
    clerk, there = a_clerk(office), a_worker(office, OTHER_GRID)
    receipt = a_petition(office)
    petition = the(office, receipt)
    with office.work(clerk, NOW) as work:
        triage.assign(work, petition_id=petition.id, version=1, level=Level.GRID)
    with office.work(clerk, NOW) as work:
        triage.relocate(
            work,
            petition_id=petition.id,
            version=the(office, receipt).version,
            area=OTHER_GRID,
        )
    with office.store.read() as session:
        told = [message.recipient for message in session.query(OutboxMessage)]
    assert told == [f"account:{there.account_id}"]


@pytest.mark.parametrize("nowhere", ["320382003215777", "320382003xyz"])
def test_it_cannot_be_moved_to_an_area_that_does_not_exist(office: Office, nowhere: str) -> None:
    a_street(office)
    receipt = a_petition(office)
    with pytest.raises(NotFound), office.work(a_clerk(office), NOW) as work:
        triage.relocate(work, petition_id=the(office, receipt).id, version=1, area=nowhere)


def test_it_cannot_be_moved_out_of_the_clerks_reach(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    clerk = a_clerk(office, VILLAGE)
    with pytest.raises(BadInput), office.work(clerk, NOW) as work:
        triage.relocate(work, petition_id=the(office, receipt).id, version=1, area=FAR_GRID)
    assert the(office, receipt).area.startswith(VILLAGE)
