"""The second step of signing in as facts. 两步登录查询"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session as Db

from weiyou.store.tables import HalfSignIn, RecoveryCode, SecondFactor, WrongCode


def is_on(db: Db, account_id: int) -> bool:
    """Return whether an account has a second step that was confirmed."""
    found = db.scalar(
        select(SecondFactor.account_id).where(
            SecondFactor.account_id == account_id, SecondFactor.confirmed_at.is_not(None)
        )
    )
    return found is not None


def of(db: Db, account_id: int) -> SecondFactor | None:
    """Return the second step of an account, confirmed or not."""
    return db.get(SecondFactor, account_id, populate_existing=True)


def half(db: Db, token_hash: str, now: datetime, door: str) -> HalfSignIn | None:
    """Return a half sign-in that still waits at that door, as it is at this very moment."""
    return db.scalars(
        select(HalfSignIn)
        .where(
            HalfSignIn.token_hash == token_hash,
            HalfSignIn.door == door,
            HalfSignIn.ended_at.is_(None),
            HalfSignIn.expires_at > now,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()


def wrong_since(db: Db, account_id: int, since: datetime) -> list[datetime]:
    """Return when wrong codes were given for an account since an instant."""
    return list(
        db.scalars(
            select(WrongCode.at).where(WrongCode.account_id == account_id, WrongCode.at > since)
        )
    )


def use_recovery(db: Db, account_id: int, code_hash: str, now: datetime) -> bool:
    """Use up a recovery code, and return whether there was one."""
    done = db.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash == code_hash,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return cast("CursorResult[Any]", done).rowcount > 0


def recovery_left(db: Db, account_id: int) -> int:
    """Return how many recovery codes can still be used."""
    unused = (RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return db.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def put_recovery(db: Db, account_id: int, hashes: list[str]) -> None:
    """Put fresh recovery codes in the place of whatever there was."""
    db.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    db.add_all(RecoveryCode(account_id=account_id, code_hash=one) for one in hashes)


def forget(db: Db, account_id: int) -> None:
    """Forget the second step of an account, with all that belongs to it."""
    for table in (RecoveryCode, WrongCode, SecondFactor):
        db.execute(delete(table).where(table.account_id == account_id))
