"""Walls around a matter: whoever may not see it cannot tell it from one that does not exist."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    OTHER_GRID,
    OTHER_VILLAGE,
    STREET,
    VILLAGE,
    a_clerk,
    a_street,
    a_worker,
    an_account,
    the,
)
from tests.journeys import a_report, an_attachment, department, hand_to, opened, traces
from weiyou.domain.areas import Level
from weiyou.domain.people import Actor, Role
from weiyou.domain.petitions import AttachmentKind
from weiyou.domain.workflow import Step
from weiyou.errors import NotFound, Refusal
from weiyou.services import cases, closure, handling, intake, triage
from weiyou.services.office import CLOCK, RESIDENT, Office, Work


def strangers(office: Office) -> list[Actor]:
    """Return everybody to whom a matter of `GRID`, fresh at the desk, is no matter at all."""
    return [
        a_worker(office, GRID),
        a_worker(office, OTHER_GRID),
        a_worker(office, FAR_GRID),
        an_account(office, Role.VILLAGE, VILLAGE),
        an_account(office, Role.VILLAGE, OTHER_VILLAGE),
        an_account(office, Role.CADRE, STREET, department="jianshe"),
        an_account(office, Role.CADRE, STREET),
        an_account(office, Role.LEADER, STREET),
        an_account(office, Role.ANALYST, STREET),
        an_account(office, Role.SYSTEM_ADMIN, STREET),
        an_account(office, Role.SECURITY_ADMIN, STREET),
        an_account(office, Role.AUDITOR, STREET),
        a_clerk(office, "320382004"),
        an_account(office, Role.SUPERVISOR, "320382004"),
        RESIDENT,
    ]


DEEDS: dict[str, Callable[[Work, int], object]] = {
    "open": lambda work, n: cases.open_case(work, petition_id=n),
    "reveal": lambda work, n: cases.reveal_phone(work, petition_id=n, purpose="办理事项"),
    "accept": lambda work, n: triage.accept(work, petition_id=n, version=1),
    "refuse": lambda work, n: triage.refuse(work, petition_id=n, version=1, reason="1", way="2"),
    "ask": lambda work, n: triage.ask(work, petition_id=n, version=1, question="在哪里？"),
    "assign": lambda work, n: triage.assign(work, petition_id=n, version=1, level=Level.STREET),
    "classify": lambda work, n: triage.classify(work, petition_id=n, version=1, category="A01"),
    "relocate": lambda work, n: triage.relocate(work, petition_id=n, version=1, area=FAR_GRID),
    "reopen": lambda work, n: triage.reopen(work, petition_id=n, version=1, reason="再看看"),
    "note": lambda work, n: triage.add_note(work, petition_id=n, note="记一笔"),
    "record": lambda work, n: handling.record(work, petition_id=n, version=1, words="看过"),
    "escalate": lambda work, n: handling.escalate(work, petition_id=n, version=1, tried="试过"),
    "give back": lambda work, n: handling.give_back(work, petition_id=n, version=1, reason="不是"),
    "answer": lambda work, n: handling.answer(work, petition_id=n, version=1, words="答复"),
    "close": lambda work, n: closure.close(work, petition_id=n, version=1),
}


def said_to(office: Office, actor: Actor, deed: Callable[[Work, int], object], n: int) -> Refusal:
    with pytest.raises(Refusal) as caught, office.work(actor, NOW) as work:
        deed(work, n)
    return caught.value


def test_a_matter_of_others_and_one_that_does_not_exist_are_never_told_apart(
    office: Office,
) -> None:
    a_street(office)
    there = the(office, a_report(office)).id
    for actor, name in itertools.product(strangers(office), DEEDS):
        hidden = said_to(office, actor, DEEDS[name], there)
        missing = said_to(office, actor, DEEDS[name], there + 1_000)
        assert type(hidden) is type(missing) is NotFound, (actor.role, name)
        assert str(hidden) == str(missing), (actor.role, name)
    assert traces(office, "read") == []
    assert [event.step for event in the_only(office).events] == [Step.SUBMIT]


def the_only(office: Office) -> cases.Case:
    with office.work(CLOCK, NOW) as work:
        return cases.open_case(work, petition_id=1)


def test_a_file_of_others_and_one_that_does_not_exist_are_never_told_apart(office: Office) -> None:
    a_street(office)
    receipt = a_report(office)
    photo = an_attachment(office, receipt, AttachmentKind.PHOTO)
    for actor in strangers(office):
        words = set()
        for number in (photo, photo + 1_000):
            with pytest.raises(NotFound) as caught, office.work(actor, NOW) as work:
                cases.attachment(work, attachment_id=number)
            words.add(str(caught.value))
        assert len(words) == 1, actor.role


def test_what_is_offered_can_be_done_and_what_is_not_is_refused(office: Office) -> None:
    """Try every step on every state for everybody who has it, as the screens offer them."""
    a_street(office)
    clerk, worker = a_clerk(office), a_worker(office)
    village = an_account(office, Role.VILLAGE, VILLAGE)
    cadre = an_account(office, Role.CADRE, STREET, department="jianshe")
    office_steps: dict[Step, Callable[[Work, int, int], object]] = {
        Step.ACCEPT: lambda w, n, v: triage.accept(w, petition_id=n, version=v),
        Step.REFUSE: lambda w, n, v: triage.refuse(
            w, petition_id=n, version=v, reason="不属", way="12345"
        ),
        Step.ASK: lambda w, n, v: triage.ask(w, petition_id=n, version=v, question="在哪里？"),
        Step.ASSIGN_GRID: lambda w, n, v: triage.assign(
            w, petition_id=n, version=v, level=Level.GRID
        ),
        Step.HANDLE: lambda w, n, v: handling.record(w, petition_id=n, version=v, words="看过"),
        Step.ANSWER: lambda w, n, v: handling.answer(w, petition_id=n, version=v, words="好了"),
        Step.RETURN: lambda w, n, v: handling.give_back(w, petition_id=n, version=v, reason="不是"),
        Step.CLOSE: lambda w, n, v: closure.close(w, petition_id=n, version=v),
        Step.REOPEN: lambda w, n, v: triage.reopen(w, petition_id=n, version=v, reason="再看"),
    }
    tried = 0
    for level in (None, *Level):
        receipt = a_report(office)
        if level is not None:
            hand_to(office, clerk, receipt, level)
        for actor in (clerk, worker, village, cadre):
            found = the(office, receipt)
            offered = cases.allowed(actor, found)
            for step, deed in office_steps.items():
                tried += 1
                done = _tried(office, actor, deed, found.id, found.version)
                assert done == (step in offered or _by_assigning(actor, level, step)), (
                    actor.role,
                    level,
                    step,
                )
    assert tried == 5 * 4 * 9


def _by_assigning(actor: Actor, level: Level | None, step: Step) -> bool:
    """Assigning a matter that was just received accepts it on the way."""
    return level is None and actor.role is Role.TRIAGE and step is Step.ASSIGN_GRID


def _tried(
    office: Office, actor: Actor, deed: Callable[[Work, int, int], object], n: int, version: int
) -> bool:
    """Return whether a deed could be done; it is undone again."""
    try:
        with office.work(actor, NOW) as work:
            deed(work, n, version)
            raise _UndoneError
    except _UndoneError:
        return True
    except Refusal:
        return False


class _UndoneError(Exception):
    """The deed was possible."""


def test_a_department_that_has_no_such_matter_reads_nothing(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    water = an_account(office, Role.CADRE, STREET, department="shuiwu")
    receipt = a_report(office)
    hand_to(office, clerk, receipt, Level.DEPARTMENT, code="jianshe")
    with pytest.raises(NotFound):
        opened(office, water, the(office, receipt).id)
    assert department(office, "shuiwu") == water.department_id


def test_a_resident_opens_his_own_link_and_no_case(office: Office) -> None:
    a_street(office)
    receipt = a_report(office)
    with pytest.raises(NotFound):
        opened(office, RESIDENT, the(office, receipt).id)
    with pytest.raises(NotFound), office.work(a_clerk(office), NOW) as work:
        intake.add_message(work, token=receipt.token, words="我是办公室的")
