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
from weiyou.domain.petitions import check_phone, plain
from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import BadInput, NotFound, NotSignedIn, TooMany
from weiyou.services.office import RESIDENT, Office, SessionToken, Work, digest
from weiyou.store import accounts, bulk
from weiyou.store.areas import names
from weiyou.store.engine import Db
from weiyou.store.tables import Account, Kernel, Post, Session, SignInAttempt

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id with OWASP's smallest recommended parameters, for office machines."""

LOGIN_MAX_CHARS: Final = 60
NAME_MAX_CHARS: Final = 40
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


@dataclass(frozen=True)
class NewAccount:
    """Who is to get an account, and for what.

    Attributes:
        department: The code of a cadre's department; empty for every other role.
        leads: Named on the posters of these areas.
    """

    login: str
    name: str
    role: Role
    areas: tuple[str, ...]
    department: str = ""
    telephone: str = ""
    leads: bool = False


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
        session = look.session.get_one(Session, look.by.session_id)
        if door not in (None, session.door):
            raise NotSignedIn("登录已失效，请重新登录")
        stale = now - session.seen_at >= SEEN_EVERY
        actor = look.by
    if stale:
        touch(office, token, now)
    return actor


def touch(office: Office, token: str, now: datetime) -> None:
    """Note that the browser is in use: the idle limit counts from now. Raises: NotSignedIn."""
    with office.work(SessionToken(token), now) as work:
        session = work.session.get_one(Session, work.by.session_id)
        session.seen_at = now
        if session.door == "desk":
            session.expires_at = min(now + IDLE, session.created_at + LONGEST)


def sign_out(office: Office, token: str, now: datetime, *, everywhere: bool = False) -> None:
    """End the session, or all sessions of its account. Raises: NotSignedIn."""
    with office.work(SessionToken(token), now) as work:
        session = work.session.get_one(Session, work.by.session_id)
        if everywhere:
            accounts.end_sessions(work.session, session.account_id, now)
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


def add(work: Work, new: NewAccount, password: str) -> Account:
    """Add an account. Raises: NotPermitted; BadInput for a weak password or what cannot be."""
    areas = tuple(dict.fromkeys(new.areas))
    for area in areas or ("",):
        people.require(work.by, Action.CREATE, Subject.ACCOUNT, area)
    login, name = _named(work, new)
    if new.role is Role.RESIDENT or not areas:
        raise BadInput("账号要有工作人员的角色，并至少负责一个辖区", "role")
    _check_areas(work, areas)
    check_password(password, login)
    account = Account(
        login=login,
        name=name,
        role=new.role,
        department_id=_department(work, new),
        telephone=check_phone(new.telephone),
        password_hash=HASHER.hash(password),
        created_at=work.now,
        posts=[Post(area=area, leads=new.leads) for area in areas],
    )
    work.session.add(account)
    work.session.flush()
    work.remember("create", "account", account.id)
    return account


def _named(work: Work, new: NewAccount) -> tuple[str, str]:
    """Return the login and the name as they are kept. Raises: BadInput."""
    login, name = plain(new.login), plain(new.name)
    if not 0 < len(login) <= LOGIN_MAX_CHARS:
        raise BadInput(f"账号名应为 1 至 {LOGIN_MAX_CHARS} 个字符", "login")
    if not 0 < len(name) <= NAME_MAX_CHARS:
        raise BadInput(f"姓名应为 1 至 {NAME_MAX_CHARS} 个字", "name")
    if accounts.is_taken(work.session, login):
        raise BadInput("这个账号名已经有人用了，请换一个", "login")
    return login, name


def _check_areas(work: Work, codes: tuple[str, ...]) -> None:
    """Raises: BadInput for a code that no area has today."""
    known = names(work.session, work.now.astimezone(SHANGHAI).date())
    for code in codes:
        if check_code(code) not in known:
            raise BadInput(f"没有代码为 {code} 的辖区，请核对辖区代码", "area")


def _department(work: Work, new: NewAccount) -> int | None:
    """Return the department that a cadre belongs to, None for others. Raises: BadInput."""
    if new.role is not Role.CADRE:
        if new.department:
            raise BadInput(f"只有“{Role.CADRE.label}”的账号才写部门", "department")
        return None
    found = bulk.department_ids(work.session).get(new.department)
    if found is None:
        missing = f"没有代码为 {new.department} 的部门" if new.department else "没有写部门"
        raise BadInput(f"“{Role.CADRE.label}”的账号要写部门代码：{missing}", "department")
    return found


def set_password(work: Work, login: str, password: str) -> None:
    """Give an account a new password and end all its sessions.

    Raises: NotPermitted, NotFound; BadInput for a weak password.
    """
    account = _account(work, login, Action.CREATE)
    check_password(password, account.login)
    account.password_hash = HASHER.hash(password)
    accounts.end_sessions(work.session, account.id, work.now)
    work.remember("set_password", "account", account.id)


def set_active(work: Work, login: str, active: bool) -> None:
    """Let an account sign in again, or no more: then all its sessions end at once.

    Raises: NotPermitted, NotFound.
    """
    account = _account(work, login, Action.CREATE if active else Action.DELETE)
    account.active = active
    if not active:
        accounts.end_sessions(work.session, account.id, work.now)
    work.remember("enable" if active else "disable", "account", account.id)


def _account(work: Work, login: str, action: Action) -> Account:
    """Return the account, if all its areas lie in the person's duty.

    Raises: NotPermitted, NotFound.
    """
    people.scope(work.by, action, Subject.ACCOUNT)
    found = accounts.named(work.session, plain(login))
    areas = [post.area for post in found.posts] if found is not None else []
    if found is None or not all(work.by.covers(area) for area in areas or ("",)):
        raise NotFound("没有这个账号，请核对账号名")
    return found


def check_password(password: str, login: str) -> None:
    """Refuse what can be guessed. Raises: BadInput."""
    if len(password) < PASSWORD_MIN_CHARS:
        raise BadInput(f"密码至少 {PASSWORD_MIN_CHARS} 个字符，建议用几个词连成一句", "password")
    if login.lower() in password.lower() or len(set(password)) < 5:
        raise BadInput("密码太容易猜：不要包含账号，也不要重复同一字符", "password")
