"""Steps of matters as facts: what has happened since. 办理记录查询"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from weiyou.store.tables import Petition, PetitionEvent


def newest(session: Session) -> int:
    """Return the id of the newest step of any matter, 0 where there is none."""
    return session.scalar(select(func.max(PetitionEvent.id))) or 0


def after(
    session: Session, event_id: int, rules: Sequence[ColumnElement[bool]], limit: int
) -> list[PetitionEvent]:
    """Return the steps after `event_id` of the matters that fit, the oldest first."""
    return list(
        session.scalars(
            select(PetitionEvent)
            .join(Petition, Petition.id == PetitionEvent.petition_id)
            .where(PetitionEvent.id > event_id, *rules)
            .order_by(PetitionEvent.id)
            .limit(limit)
        )
    )
