"""What a matter offers besides its next step depends on who has opened it."""

from __future__ import annotations

from tests.factories import GRID, NOW, STREET, a_clerk, a_petition, a_street, an_account, the
from weiyou.domain.areas import Level
from weiyou.domain.people import Actor, Role
from weiyou.services import cases, triage
from weiyou.services.cases import Tool
from weiyou.services.office import Office

PHONE = "199" + "0000" + "0001"


def tools(office: Office, actor: Actor, petition_id: int) -> frozenset[Tool]:
    with office.work(actor, NOW) as work:
        return cases.open_case(work, petition_id=petition_id).tools


def test_a_clerk_may_sort_a_matter_note_on_it_and_call_whoever_left_a_number(
    office: Office,
) -> None:
    a_street(office)
    clerk = a_clerk(office)
    silent = the(office, a_petition(office)).id
    reachable = the(office, a_petition(office, phone=PHONE)).id
    assert tools(office, clerk, silent) == {Tool.NOTE, Tool.CATEGORY, Tool.AREA}
    assert tools(office, clerk, reachable) == set(Tool)


def test_a_grid_worker_may_note_and_call_but_not_sort(office: Office) -> None:
    a_street(office)
    clerk, worker = a_clerk(office), an_account(office, Role.GRID_WORKER, GRID)
    petition = the(office, a_petition(office, phone=PHONE))
    with office.work(clerk, NOW) as work:
        triage.assign(work, petition_id=petition.id, version=1, level=Level.GRID)
    assert tools(office, worker, petition.id) == {Tool.NOTE, Tool.PHONE}


def test_a_supervisor_only_looks(office: Office) -> None:
    a_street(office)
    petition = the(office, a_petition(office, phone=PHONE))
    assert tools(office, an_account(office, Role.SUPERVISOR, STREET), petition.id) == frozenset()
