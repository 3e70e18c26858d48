"""Accounts, sessions and kernels as facts. 账号查询"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session as Db

from weiyou.domain.people import Actor, Role
from weiyou.store.tables import (
    Account,
    HalfSignIn,
    Kernel,
    Post,
    SecondFactor,
    Session,
    SignInAttempt,
)


def by_login(db: Db, login: str) -> Account | None:
    """Return the active account with `login`."""
    return db.scalars(
        select(Account).where(Account.login == login, Account.active.is_(True))
    ).one_or_none()


def named(db: Db, login: str) -> Account | None:
    """Return the account with `login`, active or not."""
    return db.scalars(select(Account).where(Account.login == login)).one_or_none()


def locked(db: Db, account_id: int | None) -> Account:
    """Return an account; whoever else wants it locked waits until this work is done.

    Rows that only point at it can still be written.
    """
    return db.get_one(
        Account, account_id, with_for_update={"key_share": True}, populate_existing=True
    )


def listed(db: Db, areas: Sequence[str]) -> list[Account]:
    """Return the accounts, active or not, that have a post in one of `areas`, by login."""
    inside = or_(*(Post.area.startswith(area, autoescape=True) for area in areas))
    return list(
        db.scalars(select(Account).where(Account.posts.any(inside)).order_by(Account.login))
    )


def is_taken(db: Db, login: str) -> bool:
    """Return whether any account, active or not, has that login."""
    return db.scalar(select(Account.id).where(Account.login == login)) is not None


def actor(account: Account, session_id: int | None = None) -> Actor:
    """Return the account as the one who acts."""
    return Actor(
        account_id=account.id,
        name=account.name,
        role=account.role,
        areas=tuple(sorted(post.area for post in account.posts)),
        department_id=account.department_id,
        session_id=session_id,
    )


def live_session(db: Db, token_hash: str, now: datetime, door: str = "") -> Session | None:
    """Return the session of a cookie, unless it has ended, run out, or is of another door."""
    found = db.scalars(
        select(Session).where(
            Session.token_hash == token_hash, Session.ended_at.is_(None), Session.expires_at > now
        )
    ).one_or_none()
    return found if found is not None and door in ("", found.door) else None


def kernel_session(db: Db, pass_hash: str, now: datetime) -> Session | None:
    """Return the session that a kernel acts for, unless either has ended."""
    return db.scalars(
        select(Session)
        .join(Kernel, Kernel.session_id == Session.id)
        .where(
            Kernel.pass_hash == pass_hash,
            Kernel.ended_at.is_(None),
            Session.ended_at.is_(None),
            Session.expires_at > now,
        )
    ).one_or_none()


def failures_since(
    db: Db, since: datetime, *, login: str | None = None, address: str | None = None
) -> int:
    """Return how many tries to sign in have failed since an instant."""
    statement = (
        select(func.count())
        .select_from(SignInAttempt)
        .where(SignInAttempt.at > since, SignInAttempt.succeeded.is_(False))
    )
    if login is not None:
        statement = statement.where(SignInAttempt.login == login)
    if address is not None:
        statement = statement.where(SignInAttempt.address == address)
    return db.scalar(statement) or 0


def last_failure(db: Db, login: str) -> datetime | None:
    """Return when a try to sign in with `login` failed last."""
    return db.scalar(
        select(SignInAttempt.at)
        .where(SignInAttempt.login == login, SignInAttempt.succeeded.is_(False))
        .order_by(SignInAttempt.at.desc())
        .limit(1)
    )


def is_known(db: Db, login: str, address: str, since: datetime) -> bool:
    """Return whether `login` has signed in from that address since an instant."""
    found = db.scalar(
        select(SignInAttempt.id)
        .where(
            SignInAttempt.login == login,
            SignInAttempt.address == address,
            SignInAttempt.at > since,
            SignInAttempt.succeeded.is_(True),
        )
        .limit(1)
    )
    return found is not None


def end_sessions(db: Db, account_id: int, now: datetime) -> None:
    """End every session of an account, and what is half of one."""
    for table in (Session, HalfSignIn):
        db.execute(
            update(table)
            .where(table.account_id == account_id, table.ended_at.is_(None))
            .values(ended_at=now)
        )


def sessions_of(db: Db, account_id: int, now: datetime) -> list[Session]:
    """Return the sessions of an account that are open, the one used last first."""
    return list(
        db.scalars(
            select(Session)
            .where(
                Session.account_id == account_id,
                Session.ended_at.is_(None),
                Session.expires_at > now,
            )
            .order_by(Session.seen_at.desc(), Session.id.desc())
        )
    )


def roles(db: Db, session_ids: Collection[int], now: datetime) -> list[tuple[int, Role, bool]]:
    """Return of each session that is open: its id, the person's role, whether a factor is on."""
    rows = db.execute(
        select(Session.id, Account.role, SecondFactor.confirmed_at)
        .join(Account, Account.id == Session.account_id)
        .outerjoin(SecondFactor, SecondFactor.account_id == Account.id)
        .where(
            Session.id.in_(session_ids),
            Session.ended_at.is_(None),
            Session.expires_at > now,
            Account.active.is_(True),
        )
    )
    return [(one, role, confirmed_at is not None) for one, role, confirmed_at in rows]


def workers_of(db: Db, area: str, role: Role) -> list[Account]:
    """Return the active accounts that answer for exactly `area`, the leading one first."""
    return list(
        db.scalars(
            select(Account)
            .join(Post)
            .where(Post.area == area, Account.role == role, Account.active.is_(True))
            .order_by(Post.leads.desc(), Account.id)
        )
    )


def names(db: Db, ids: Sequence[int]) -> dict[int, str]:
    """Return the names of accounts by id."""
    if not ids:
        return {}
    rows = db.execute(select(Account.id, Account.name).where(Account.id.in_(set(ids))))
    return {account_id: name for account_id, name in rows}  # noqa: C416


def has_demo(db: Db) -> bool:
    """Return whether there are active demonstration accounts."""
    found = db.scalar(
        select(Account.id).where(Account.demo.is_(True), Account.active.is_(True)).limit(1)
    )
    return found is not None
