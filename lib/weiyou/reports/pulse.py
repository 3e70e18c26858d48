"""What has happened since somebody last looked: cheap enough to ask every few seconds. 新动态"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from weiyou.domain import people
from weiyou.domain.people import Action, Role, Subject
from weiyou.domain.workflow import Step
from weiyou.store import accounts, events, petitions
from weiyou.store.look import Look
from weiyou.store.tables import PetitionEvent

CHANGES_MAX: Final = 500


@dataclass(frozen=True)
class Change:
    """One step that somebody took.

    Attributes:
        by: As it is read: the name of a member of staff, or what he is.
        mine: The person who looks took it himself.
    """

    event_id: int
    petition_id: int
    step: Step
    at: datetime
    by: str
    mine: bool


def newest(look: Look) -> int:
    """Return the id of the newest step, to ask `since` with. One index look-up."""
    return events.newest(look.session)


def since(look: Look, event_id: int) -> tuple[Change, ...]:
    """Return what happened after a step to the matters that the person may see, oldest first.

    No more than `CHANGES_MAX`. Ids are given out before a transaction is kept: on PostgreSQL a
    smaller id can appear after a bigger one, so ask with some ids less than the last you saw.

    Raises: NotPermitted.
    """
    scope = people.scope(look.by, Action.READ, Subject.PETITION)
    seen = petitions.seen_by(look.by, scope)
    found = events.after(look.session, event_id, [seen], CHANGES_MAX)
    names = accounts.names(look.session, [event.by for event in found if event.by])
    return tuple(_change(look, event, names) for event in found)


def _change(look: Look, event: PetitionEvent, names: dict[int, str]) -> Change:
    resident = "反映人" if event.role is Role.RESIDENT else "系统"
    return Change(
        event_id=event.id,
        petition_id=event.petition_id,
        step=event.step,
        at=event.at,
        by=names.get(event.by, "") if event.by else resident,
        mine=event.by is not None and event.by == look.by.account_id,
    )
