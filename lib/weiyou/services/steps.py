"""Taking a step: what every deed on a matter has in common. 办理步骤"""

from __future__ import annotations

from typing import Any

from weiyou.domain import numbers, people, workflow
from weiyou.domain.areas import Level
from weiyou.domain.people import Action, Actor, Role, Subject, View
from weiyou.domain.petitions import plain
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.errors import BadInput, NotFound, NotPermitted, Stale
from weiyou.services.office import Work
from weiyou.store import accounts, petitions
from weiyou.store.tables import Petition, PetitionEvent

WORDS_MAX_CHARS = 2_000


def assigned(actor: Actor, petition: Petition) -> bool:
    """Return whether the matter has come through the person's hands.

    The same rule as `store.petitions.assigned_to`, for one matter; a test compares the two.
    """
    if actor.role is Role.GRID_WORKER:
        return petition.been_with_grid
    if actor.role is Role.VILLAGE:
        return petition.been_with_village
    if actor.role is Role.CADRE:
        return actor.department_id is not None and petition.department_id == actor.department_id
    return actor.role is Role.TRIAGE


def seen(actor: Actor, subject: Subject, petition: Petition) -> View:
    """Return how much of a matter the person may read.

    Raises: NotFound, in the same words as for a matter that does not exist.
    """
    hand = assigned(actor, petition)
    view = people.view(actor, Action.READ, subject, petition.area, assigned=hand)
    if view is None or view is View.AGGREGATE:
        raise NotFound(petitions.NO_SUCH_MATTER)
    return view


def take_up(
    work: Work, petition_id: int, action: Action, *, version: int | None = None
) -> Petition:
    """Return the matter for a deed; nobody else can take a step on it until the deed is done.

    Args:
        version: What the person had before his eyes; None where he could not have seen any.

    Raises: NotFound, also where he may not read it; NotPermitted; Stale.
    """
    petition = petitions.get(work.session, petition_id, locked=True)
    seen(work.by, Subject.PETITION, petition)
    people.require(
        work.by, action, Subject.PETITION, petition.area, assigned=assigned(work.by, petition)
    )
    if version is not None and version != petition.version:
        raise Stale(_who_was_faster(work, petition))
    return petition


def own(work: Work, token: str) -> Petition:
    """Return the matter that a resident's private link opens. Raises: NotFound."""
    number = numbers.open_receipt_token(work.office.keys.receipt, token)
    if number is None or work.by.role is not Role.RESIDENT:
        raise NotFound("链接不完整或已失效，请核对短信或回执上的链接")
    return petitions.by_number(work.session, number, locked=True)


def in_hand(work: Work, petition_id: int, *, version: int | None = None) -> Petition:
    """Return a matter that the person has in hand now. Raises: NotFound, NotPermitted, Stale."""
    petition = take_up(work, petition_id, Action.UPDATE, version=version)
    desk = work.by.role is Role.TRIAGE
    if not desk and people.HOLDS.get(work.by.role) is not workflow.LEVEL.get(petition.state):
        raise NotPermitted(f"这件事项现在是“{petition.state.label}”，不在您手上")
    return petition


def _who_was_faster(work: Work, petition: Petition) -> str:
    last = petition.events[-1]
    name = accounts.names(work.session, [last.by]).get(last.by, "") if last.by else "居民"
    moment = last.at.astimezone(SHANGHAI).strftime("%H:%M")
    return (
        f"这件事项已由{name}于 {moment}“{last.step.label}”，现在是“{petition.state.label}”。"
        "请看过最新情况再办，您填写的内容还在"
    )


def take(
    work: Work,
    petition: Petition,
    step: Step,
    *,
    words: str = "",
    note: str = "",
    details: dict[str, Any] | None = None,
) -> PetitionEvent:
    """Take a step: the new state, one event, one audit row. Raises: WrongStep.

    Args:
        words: What the resident reads.
        note: What only the office reads.
    """
    petition.state = workflow.after(petition.state, step)
    _keep_times(work, petition, step)
    event = PetitionEvent(
        petition=petition,
        step=step,
        state=petition.state,
        at=work.now,
        by=work.by.account_id,
        role=work.by.role,
        words=words,
        note=note,
        details=details or {},
    )
    work.session.add(event)
    work.session.flush()
    work.remember(step.value, "petition", petition.id)
    return event


def said(text: str, *, what: str, field: str) -> str:
    """Return words that a step needs. Raises: BadInput."""
    words = plain(text)
    if not words:
        raise BadInput(f"请填写{what}", field)
    if len(words) > WORDS_MAX_CHARS:
        raise BadInput(f"{what}太长（最多 {WORDS_MAX_CHARS} 字）", field)
    return words


def aside(text: str) -> str:
    """Return words that may be left out, cut to what is kept."""
    return plain(text)[:WORDS_MAX_CHARS]


def tell_holders(work: Work, petition: Petition, event: PetitionEvent) -> None:
    """Tell those who now have the matter in hand; the message carries none of its text."""
    level = workflow.LEVEL.get(petition.state)
    if level is Level.GRID:
        people_there = accounts.workers_of(work.session, petition.area, Role.GRID_WORKER)
    elif level is Level.VILLAGE:
        people_there = accounts.workers_of(work.session, petition.area[:12], Role.VILLAGE)
    else:
        people_there = []
    recipients = [f"account:{account.id}" for account in people_there]
    if level is Level.DEPARTMENT:
        recipients.append(f"department:{petition.department_id}")
    for recipient in recipients:
        work.tell(
            f"event:{event.id}:{recipient}", recipient, "assigned", {"number": petition.number}
        )


def _keep_times(work: Work, petition: Petition, step: Step) -> None:
    """Keep the columns that lists are cut and sorted by in step with the state."""
    if petition.state is State.WITH_GRID:
        petition.been_with_grid = True
    if petition.state is State.WITH_VILLAGE:
        petition.been_with_village = True
    if step is Step.ANSWER:
        petition.answered_at = work.now
    if step in {Step.REDO, Step.REOPEN}:
        petition.round += 1
        petition.answered_at = petition.closed_at = None
    if step in {Step.CONFIRM, Step.CLOSE, Step.REFUSE, Step.WITHDRAW}:
        petition.closed_at = work.now
