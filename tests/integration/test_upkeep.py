"""What the timer forgets, and what it keeps."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.factories import NOW, a_clerk, a_petition, a_street, the
from weiyou.domain.workflow import State, Step
from weiyou.errors import TooMany
from weiyou.services import intake, traces, triage, upkeep
from weiyou.services.intake import Receipt
from weiyou.services.office import RESIDENT, Office

MOBILE = "154" + "0000" + "0042"


def withdrawn(office: Office, now: datetime) -> Receipt:
    receipt = a_petition(office, name="吴小葵", phone=MOBILE, now=now)
    with office.work(RESIDENT, now) as work:
        intake.withdraw(work, token=receipt.token)
    return receipt


def test_name_and_number_are_forgotten_120_days_after_the_end_and_not_before(
    office: Office,
) -> None:
    # Given one matter that ended long ago, one that ended later, and one that never did
    a_street(office)
    old = withdrawn(office, NOW)
    younger = withdrawn(office, NOW + timedelta(days=1))
    alive = a_petition(office, name="吴小葵", phone=MOBILE)

    # When the timer comes by 120 days and an hour after the first end
    done = upkeep.tick(office, NOW + timedelta(days=120, hours=1))

    # Then only the first has forgotten who reported it, and the trail tells
    assert done["contacts"] == 1
    kept = [(the(office, r).reporter_name, the(office, r).reporter_phone) for r in (old, younger)]
    assert kept == [(None, None), ("吴小葵", MOBILE)]
    assert the(office, alive).reporter_phone == MOBILE
    assert the(office, old).state is State.WITHDRAWN
    assert traces.faults(office) == []
    assert upkeep.tick(office, NOW + timedelta(days=120, hours=2))["contacts"] == 0


@pytest.mark.parametrize(("hours", "told"), [(0, True), (14, True), (15, False)])
def test_nobody_has_called_is_said_once_a_shanghai_day(
    office: Office, hours: int, told: bool
) -> None:
    a_street(office)
    receipt = a_petition(office)
    _accept(office, receipt)
    with office.work(RESIDENT, NOW) as work:
        intake.say_no_contact(work, token=receipt.token)

    def again() -> None:
        with office.work(RESIDENT, NOW + timedelta(hours=hours)) as work:
            intake.say_no_contact(work, token=receipt.token)

    if told:
        with pytest.raises(TooMany, match="明天"):
            again()
    else:
        again()
    said = [event for event in the(office, receipt).events if event.step is Step.NO_CONTACT]
    assert len(said) == (1 if told else 2)


def _accept(office: Office, receipt: Receipt) -> None:
    petition = the(office, receipt)
    with office.work(a_clerk(office), NOW) as work:
        triage.accept(work, petition_id=petition.id, version=petition.version)
