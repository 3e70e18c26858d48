"""A screen learns what has happened without loading its list again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    OTHER_VILLAGE,
    STREET,
    VILLAGE,
    a_clerk,
    a_petition,
    a_street,
    an_account,
    the,
)
from weiyou.domain.people import Role
from weiyou.domain.workflow import Step
from weiyou.errors import NotPermitted
from weiyou.reports import pulse
from weiyou.services import intake, triage
from weiyou.services.office import RESIDENT, Office

LATER = NOW + timedelta(minutes=5)


def test_nothing_has_happened_in_an_empty_office(office: Office) -> None:
    a_street(office)
    with office.look(a_clerk(office), NOW) as look:
        assert pulse.newest(look) == 0
        assert pulse.since(look, 0) == ()


def test_a_clerk_learns_who_did_what_and_when_since_she_looked(office: Office) -> None:
    # Given a clerk who has looked at a matter
    a_street(office)
    clerk, colleague = a_clerk(office), an_account(office, Role.TRIAGE, STREET, name="郑远")
    receipt = a_petition(office)
    with office.look(clerk, NOW) as look:
        seen = pulse.newest(look)

    # When a colleague accepts it and the resident adds a word
    with office.work(colleague, LATER) as work:
        triage.accept(work, petition_id=the(office, receipt).id, version=1)
    with office.work(RESIDENT, LATER) as work:
        intake.add_message(work, token=receipt.token, words="今晚还是不亮")

    # Then she is told both, oldest first, and neither was hers
    with office.look(clerk, LATER) as look:
        changes = pulse.since(look, seen)
    assert [(c.step, c.by, c.at, c.mine) for c in changes] == [
        (Step.ACCEPT, "郑远", LATER, False),
        (Step.MESSAGE, "反映人", LATER, False),
    ]
    assert {c.petition_id for c in changes} == {the(office, receipt).id}


def test_ones_own_step_is_marked_as_ones_own(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office)
    with office.work(clerk, LATER) as work:
        triage.accept(work, petition_id=the(office, receipt).id, version=1)
    with office.look(clerk, LATER) as look:
        assert [c.mine for c in pulse.since(look, 0)] == [False, True]


def test_nobody_learns_of_matters_outside_his_duty(office: Office) -> None:
    a_street(office)
    clerk_there = a_clerk(office, OTHER_VILLAGE)
    village = an_account(office, Role.VILLAGE, VILLAGE)
    a_petition(office, GRID)
    far = a_petition(office, FAR_GRID)
    with office.look(clerk_there, NOW) as look:
        assert [c.petition_id for c in pulse.since(look, 0)] == [the(office, far).id]
    with office.look(village, NOW) as look:  # nothing has been with the village yet
        assert pulse.since(look, 0) == ()


def test_who_keeps_the_accounts_learns_nothing_of_matters(office: Office) -> None:
    a_street(office)
    keeper = an_account(office, Role.SYSTEM_ADMIN, STREET)
    with pytest.raises(NotPermitted), office.look(keeper, NOW) as look:
        pulse.since(look, 0)
