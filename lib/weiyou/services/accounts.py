"""Signing in and out, passwords, and the kernels that act for a session. 登录"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from weiyou.domain import people
from weiyou.domain.addresses import neighbourhood
from weiyou.domain.areas import check_code
from weiyou.domain.people import Action, Actor, Role, Subject
from weiyou.domain.petitions import plain
from weiyou.errors import BadInput, NotSignedIn, TooMany
from weiyou.services.office import RESIDENT, Office, SessionToken, Work, digest
from weiyou.store import accounts
from weiyou.store.engine import Db
from weiyou.store.tables import Account, Kernel, Post, Session, SignInAttempt

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id with OWASP's smallest recommended parameters, for office machines."""

LOGIN_MAX_CHARS: Final = 60
ADDRESS_MAX_CHARS: Final = 45  # of an IPv6 address that holds an IPv4 one
_AT_ONCE: Final = threading.Semaphore(4)  # 4 × 19 MiB: many sign-ins must not eat the memory
WINDOW: Final = timedelta(minutes=5)
FAILURES_OF_LOGIN: Final = 10
FAILURES_OF_ADDRESS: Final = 50  # a whole office sits behind one address
FAILURES_OF_ALL: Final = 1_000
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
FIRST: Final = {"desk": IDLE, "phone": timedelta(days=7)}
"""How long a session lasts without a sign of life, by door."""

PASSWORD_MIN_CHARS: Final = 12
SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """A fresh session. The token goes into a cookie and is kept nowhere else."""

    token: str
    actor: Actor
    expires_at: datetime


def sign_in(
    office: Office, *, login: str, password: str, address: str, door: str, now: datetime
) -> SignedIn:
    """Open a session. Raises: TooMany, NotSignedIn (never saying which of the two was wrong)."""
    login = plain(login)[:LOGIN_MAX_CHARS]
    address = neighbourhood(plain(address))[:ADDRESS_MAX_CHARS]
    with _AT_ONCE:  # counted, tried and noted in one go: guessing in parallel gains nothing
        with office.look(RESIDENT, now) as look:
            _throttle(look.session, login, address, now)
            account = accounts.by_login(look.session, login)
            kept = account.password_hash if account else None
        right = _verify(kept, password)
        with office.work(RESIDENT, now) as work:
            work.session.add(SignInAttempt(login=login, address=address, at=now, succeeded=right))
            work.remember("sign_in" if right else "sign_in_refused", "login", digest(login)[:16])
            if right and account is not None:
                return _open(work, account, door)
    raise NotSignedIn("账号或密码不对，请重试；忘记密码请联系系统管理员")


def _throttle(session: Db, login: str, address: str, now: datetime) -> None:
    since = now - WINDOW
    fails = accounts.failures_since
    if (
        fails(session, since, login=login) >= FAILURES_OF_LOGIN
        or fails(session, since, address=address) >= FAILURES_OF_ADDRESS
        or fails(session, since) >= FAILURES_OF_ALL
    ):
        raise TooMany("试错次数太多，请 5 分钟后再登录")


def _verify(kept: str | None, password: str) -> bool:
    """Return whether the password fits; an unknown account costs the same time."""
    try:
        return HASHER.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


_NOBODY: Final = HASHER.hash(secrets.token_hex(16))


def _open(work: Work, account: Account, door: str) -> SignedIn:
    token = secrets.token_urlsafe(32)
    session = Session(
        token_hash=digest(token),
        account_id=account.id,
        door=door,
        created_at=work.now,
        seen_at=work.now,
        expires_at=work.now + FIRST[door],
    )
    work.session.add(session)
    work.session.flush()
    return SignedIn(token, accounts.actor(account, session.id), session.expires_at)


def who(office: Office, token: str, now: datetime, *, door: str | None = None) -> Actor:
    """Return who a cookie belongs to, and keep a desk session alive. Raises: NotSignedIn.

    Args:
        door: Where the cookie was shown; a session of another door does not count there.
    """
    with office.look(SessionToken(token), now) as look:
        session = accounts.live_session(look.session, digest(token), now)
        if session is not None and door not in (None, session.door):
            raise NotSignedIn("登录已失效，请重新登录")
        stale = session is not None and now - session.seen_at >= SEEN_EVERY
        actor = look.by
    if stale:
        touch(office, token, now)
    return actor


def touch(office: Office, token: str, now: datetime) -> None:
    """Note that the browser is in use: the idle limit counts from now. Raises: NotSignedIn."""
    with office.work(SessionToken(token), now) as work:
        session = accounts.live_session(work.session, digest(token), now)
        if session is not None:
            session.seen_at = now
            if session.door == "desk":
                longest = session.created_at + LONGEST
                session.expires_at = min(now + IDLE, longest)


def sign_out(office: Office, token: str, now: datetime, *, everywhere: bool = False) -> None:
    """End the session, or all sessions of its account. Raises: NotSignedIn."""
    with office.work(SessionToken(token), now) as work:
        if everywhere and work.by.account_id is not None:
            accounts.end_sessions(work.session, work.by.account_id, now)
        elif (session := accounts.live_session(work.session, digest(token), now)) is not None:
            session.ended_at = now
        work.remember("sign_out", "session", work.by.session_id)


def open_kernel(office: Office, *, token: str, kernel_id: str, app: str, now: datetime) -> str:
    """Return the pass of a kernel that acts for the session. Raises: NotSignedIn."""
    kernel_pass = secrets.token_urlsafe(32)
    with office.work(SessionToken(token), now) as work:
        work.session.add(
            Kernel(
                id=kernel_id,
                pass_hash=digest(kernel_pass),
                session_id=work.by.session_id,
                app=app,
                started_at=now,
            )
        )
        work.remember("open", "app", app)
    return kernel_pass


def end_kernel(office: Office, *, kernel_id: str, now: datetime) -> None:
    """Let a kernel's pass run out."""
    with office.work(RESIDENT, now) as work:
        kernel = work.session.get(Kernel, kernel_id)
        if kernel is not None and kernel.ended_at is None:
            kernel.ended_at = now


def add(
    work: Work, *, login: str, name: str, role: Role, areas: tuple[str, ...], password: str
) -> Account:
    """Add an account. Raises: NotPermitted; BadInput for a weak password or what cannot be."""
    for area in areas or ("",):
        people.require(work.by, Action.CREATE, Subject.ACCOUNT, area)
    if role is Role.RESIDENT or not areas:
        raise BadInput("账号要有工作人员的角色，并至少负责一个辖区", "role")
    for area in areas:
        check_code(area)
    if accounts.is_taken(work.session, login):
        raise BadInput("这个账号名已经有人用了，请换一个", "login")
    check_password(password, login)
    account = Account(
        login=login,
        name=name,
        role=role,
        password_hash=HASHER.hash(password),
        created_at=work.now,
        posts=[Post(area=area) for area in areas],
    )
    work.session.add(account)
    work.session.flush()
    work.remember("create", "account", account.id)
    return account


def check_password(password: str, login: str) -> None:
    """Refuse what can be guessed. Raises: BadInput."""
    if len(password) < PASSWORD_MIN_CHARS:
        raise BadInput(f"密码至少 {PASSWORD_MIN_CHARS} 个字符，建议用几个词连成一句", "password")
    if login.lower() in password.lower() or len(set(password)) < 5:
        raise BadInput("密码太容易猜：不要包含账号，也不要重复同一字符", "password")
