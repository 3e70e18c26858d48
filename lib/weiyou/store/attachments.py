"""Uploads and attachments as facts. 附件查询"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weiyou.store.tables import Attachment


def uploaded(session: Session, key: str, names: Collection[str]) -> list[Attachment]:
    """Return what was uploaded under a key and belongs to no matter yet.

    Args:
        names: SHA-256 of what the phone sent.
    """
    if not names:
        return []
    return list(
        session.scalars(
            select(Attachment).where(
                Attachment.upload_key == key,
                Attachment.source_sha256.in_(names),
                Attachment.petition_id.is_(None),
            )
        )
    )


def known(session: Session, key: str, name: str) -> Attachment | None:
    """Return the upload with that name under that key."""
    return session.scalars(
        select(Attachment).where(Attachment.upload_key == key, Attachment.source_sha256 == name)
    ).one_or_none()


def count_of_key(session: Session, key: str) -> int:
    """Return how many files have been uploaded under a key."""
    return (
        session.scalar(
            select(func.count()).select_from(Attachment).where(Attachment.upload_key == key)
        )
        or 0
    )


def left_behind(session: Session, before: datetime, limit: int) -> list[Attachment]:
    """Return uploads whose matter never came."""
    return list(
        session.scalars(
            select(Attachment)
            .where(Attachment.petition_id.is_(None), Attachment.added_at < before)
            .limit(limit)
        )
    )


def is_used(session: Session, sha256: str) -> bool:
    """Return whether any row still points to a file."""
    return (
        session.scalar(select(Attachment.id).where(Attachment.sha256 == sha256).limit(1))
        is not None
    )
