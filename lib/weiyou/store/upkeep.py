"""Forgetting: rows whose time is over. 清理"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, delete, or_, select, update
from sqlalchemy.orm import Session as Db

from weiyou.store import attachments
from weiyou.store.tables import (
    Attachment,
    HalfSignIn,
    Kernel,
    Petition,
    Session,
    SignInAttempt,
    Submission,
    WrongCode,
)

BATCH = 500


def forget_submissions(db: Db, before: datetime) -> int:
    """Forget idempotency keys, and return how many."""
    return _rows(db, delete(Submission).where(Submission.at < before))


def forget_attempts(db: Db, before: datetime) -> int:
    """Forget tries to sign in, and return how many."""
    return _rows(db, delete(SignInAttempt).where(SignInAttempt.at < before))


def forget_codes(db: Db, before: datetime) -> int:
    """Forget half sign-ins and wrong codes of the second step, and return how many."""
    halves = _rows(db, delete(HalfSignIn).where(HalfSignIn.expires_at < before))
    return halves + _rows(db, delete(WrongCode).where(WrongCode.at < before))


def forget_sessions(db: Db, before: datetime) -> int:
    """Forget sessions that ran out, with their kernels, and return how many."""
    old = select(Session.id).where(Session.expires_at < before)
    db.execute(delete(Kernel).where(Kernel.session_id.in_(old)))
    return _rows(db, delete(Session).where(Session.expires_at < before))


def forget_contacts(db: Db, before: datetime) -> list[int]:
    """Forget who reported what ended before an instant, a batch at a time; return which."""
    gone = list(
        db.scalars(
            select(Petition.id)
            .where(
                Petition.closed_at < before,
                or_(Petition.reporter_phone.is_not(None), Petition.reporter_name.is_not(None)),
            )
            .order_by(Petition.closed_at)
            .limit(BATCH)
        )
    )
    if gone:
        db.execute(
            update(Petition)
            .where(Petition.id.in_(gone))
            .values(reporter_name=None, reporter_phone=None, version=Petition.version + 1)
            .execution_options(synchronize_session=False)
        )
    return gone


def forget_uploads(db: Db, before: datetime) -> list[str]:
    """Forget uploads whose matter never came, and return the files that nothing points to now."""
    gone = attachments.left_behind(db, before, BATCH)
    db.execute(delete(Attachment).where(Attachment.id.in_([upload.id for upload in gone])))
    names = {upload.sha256 for upload in gone}
    return sorted(name for name in names if not attachments.is_used(db, name))


def _rows(db: Db, statement: Delete) -> int:
    return cast("CursorResult[Any]", db.execute(statement)).rowcount
