"""Signing in and out, passwords, and the kernels that act for a session. 登录"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from weiyou.domain import secondfactor, throttle
from weiyou.domain.addresses import neighbourhood
from weiyou.domain.people import Actor, Role
from weiyou.domain.petitions import plain
from weiyou.domain.throttle import Failures
from weiyou.errors import BadInput, CodeNeeded, NotSignedIn
from weiyou.services import passwords
from weiyou.services.office import RESIDENT, Office, SessionToken, Work, digest
from weiyou.store import accounts, secondfactors
from weiyou.store.engine import Db
from weiyou.store.tables import Account, HalfSignIn, Kernel, Session, SignInAttempt

LOGIN_MAX_CHARS: Final = 60
ADDRESS_MAX_CHARS: Final = 45  # of an IPv6 address that holds an IPv4 one
DEVICE_MAX_CHARS: Final = 60
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
FIRST: Final = {"desk": IDLE, "phone": timedelta(days=7), "hub": IDLE}
"""How long a session lasts without a sign of life, by door."""

SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """A fresh session. The token goes into a cookie and is kept nowhere else."""

    token: str
    actor: Actor
    expires_at: datetime


@dataclass(frozen=True)
class Browser:
    """What a session is opened on.

    Attributes:
        door: Where it was opened: `desk`, `phone` or `hub` (deploy/jupyterhub).
        address: Where it was opened from, as it is counted.
        device: In the words of `domain.devices`.
    """

    door: str
    address: str
    device: str


def sign_in(  # noqa: PLR0913 (what comes through the door, one by one)
    office: Office,
    *,
    login: str,
    password: str,
    address: str,
    door: str,
    now: datetime,
    device: str = "",
) -> SignedIn:
    """Open a session.

    Raises: CodeNeeded if a second step must follow; TooMany; NotSignedIn (never saying which of
    the two was wrong).
    """
    login = plain(login)[:LOGIN_MAX_CHARS]
    browser = Browser(door, counted(address), plain(device)[:DEVICE_MAX_CHARS])
    with passwords.AT_ONCE:  # counted, tried and noted in one go: no gain in guessing in parallel
        with office.look(RESIDENT, now) as look:
            throttle.check(failures(look.session, login, browser.address, now))
            account = accounts.by_login(look.session, login)
            kept = account.password_hash if account else None
        right = passwords.fits(kept, password)
        with office.work(RESIDENT, now) as work:
            outcome = _admit(work, account, browser) if right and account is not None else None
            if outcome is None:
                note_failure(work, login, browser.address)
    if outcome is None:
        raise NotSignedIn("账号或密码不对，请重试；忘记密码请联系系统管理员")
    if isinstance(outcome, CodeNeeded):
        raise outcome
    return outcome


def counted(address: str) -> str:
    """Return an address as the throttle knows it."""
    return neighbourhood(plain(address))[:ADDRESS_MAX_CHARS]


def failures(session: Db, login: str, address: str, now: datetime) -> Failures:
    """Return what has failed lately, for a try of `login` from `address`."""
    since, fails = now - throttle.WINDOW, accounts.failures_since
    last = accounts.last_failure(session, login)
    return Failures(
        pair=fails(session, since, login=login, address=address),
        address=fails(session, since, address=address),
        all=fails(session, since),
        login=fails(session, since, login=login),
        since_last=None if last is None else now - last,
        is_known=accounts.is_known(session, login, address, now - throttle.KNOWN_FOR),
    )


def note_failure(work: Work, login: str, address: str) -> None:
    """Put a wrong password on record."""
    work.session.add(SignInAttempt(login=login, address=address, at=work.now, succeeded=False))
    work.remember("sign_in_refused", "login", digest(login)[:16])


def _admit(work: Work, account: Account, browser: Browser) -> SignedIn | CodeNeeded:
    """Return a session, or what stands for half of one if a second step must follow."""
    production = work.office.settings.production
    is_on = secondfactors.is_on(work.session, account.id)
    if not is_on and not secondfactor.is_required(account.role, production=production):
        return welcome(work, account, browser)
    token = secrets.token_urlsafe(32)
    work.session.add(
        HalfSignIn(
            token_hash=digest(token),
            account_id=account.id,
            door=browser.door,
            address=browser.address,
            device=browser.device,
            created_at=work.now,
            expires_at=work.now + secondfactor.HALF_LASTS,
        )
    )
    work.remember("sign_in_half", "account", account.id)
    return CodeNeeded(token, is_new=not is_on)


def welcome(work: Work, account: Account, browser: Browser) -> SignedIn:
    """Open a session for somebody who has shown all that is asked for."""
    work.session.add(
        SignInAttempt(login=account.login, address=browser.address, at=work.now, succeeded=True)
    )
    work.remember("sign_in", "login", digest(account.login)[:16])
    return open_session(work, account, browser)


def open_session(work: Work, account: Account, browser: Browser) -> SignedIn:
    """Open a session with a secret of its own."""
    token = secrets.token_urlsafe(32)
    session = Session(
        token_hash=digest(token),
        account_id=account.id,
        door=browser.door,
        device=browser.device,
        created_at=work.now,
        seen_at=work.now,
        expires_at=work.now + FIRST[browser.door],
    )
    work.session.add(session)
    work.session.flush()
    return SignedIn(token, accounts.actor(account, session.id), session.expires_at)


def renew(work: Work, account: Account, browser: Browser) -> SignedIn:
    """End all sessions of an account and open a fresh one: what it takes to sign in has changed."""
    accounts.end_sessions(work.session, account.id, work.now)
    return open_session(work, account, browser)


def recheck(
    office: Office, who: SessionToken, *, password: str, address: str, now: datetime
) -> None:
    """Have the person at the screen say the password again.

    Raises: NotSignedIn, TooMany; BadInput for a wrong one.
    """
    address = counted(address)
    with passwords.AT_ONCE:
        with office.look(who, now) as look:
            account = look.session.get_one(Account, look.by.account_id)
            throttle.check(failures(look.session, account.login, address, now))
        if passwords.fits(account.password_hash, password):
            return
        with office.work(who, now) as work:
            note_failure(work, account.login, address)
    raise BadInput("密码不对，请重试", "password")


def who(
    office: Office, token: str, now: datetime, *, door: str | None = None, is_use: bool = True
) -> Actor:
    """Return who a cookie belongs to, and keep a desk session alive. Raises: NotSignedIn.

    Args:
        door: Where the cookie was shown; a session of another door does not count there.
        is_use: Whether a person's hand has asked; what a page asks by itself keeps nothing alive.
    """
    with office.look(SessionToken(token), now) as look:
        session = look.session.get_one(Session, look.by.session_id)
        if door not in (None, session.door):
            raise NotSignedIn("登录已失效，请重新登录")
        stale = now - session.seen_at >= SEEN_EVERY
        actor = look.by
    if stale and is_use:
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


def standing(office: Office, session_ids: Iterable[int], now: datetime) -> dict[int, Role | None]:
    """Return what the person of each session is at this instant; None where it has ended.

    One query, however many they are: it is asked twice a second for every open page.
    """
    wanted, production = set(session_ids), office.settings.production
    with office.store.read() as session:
        found = {
            one: role
            for one, role, is_on in accounts.roles(session, wanted, now)
            if is_on or not secondfactor.is_required(role, production=production)
        }
    return {one: found.get(one) for one in wanted}


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
