"""What imported matters are known by, so that nothing comes in twice. 导入查询"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weiyou.domain.petitions import Source
from weiyou.store.tables import Petition

ONE_AT_A_TIME: Final = 0x77_65_69_79_6F_75
"""Names the lock on PostgreSQL; SQLite has one writer anyway."""


def take_turn(session: Session) -> None:
    """Wait until no other import is writing; the turn ends with the transaction."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


def known(session: Session, external_ids: Collection[str]) -> dict[str, str]:
    """Return the texts of those matters that came in before, by external id."""
    rows = session.execute(
        select(Petition.external_id, Petition.text).where(
            Petition.source == Source.IMPORT, Petition.external_id.in_(external_ids)
        )
    )
    return {external_id: text for external_id, text in rows if external_id is not None}
