"""The second step of signing in: setting it up, asking for it, switching it off. 两步登录

A wrong code is put on record although the deed is refused, so each deed opens its own work. The
account is locked while a code is tried: trying in parallel gains nothing, and a code counts
once.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from weiyou.adapters import qr, sealing, totp
from weiyou.domain import secondfactor as rules
from weiyou.domain.people import Action
from weiyou.errors import BadInput, NotPermitted, NotSignedIn, WrongStep
from weiyou.services import accounts, staff
from weiyou.services.accounts import Browser, SignedIn
from weiyou.services.office import RESIDENT, Look, Office, SessionToken, Work, digest
from weiyou.store import accounts as facts
from weiyou.store import secondfactors
from weiyou.store.engine import Db
from weiyou.store.tables import Account, HalfSignIn, SecondFactor, Session, WrongCode

ISSUER: Final = "圩您办"
OVER: Final = "验证时间已过，请重新登录"
WRONG: Final = "验证码不对或已用过。请看手机上最新的 6 位数字；手机时间要准"


@dataclass(frozen=True)
class HalfToken:
    """The secret of a browser whose password was right. It is good for the second step only.

    Attributes:
        door: Where it was shown; that of another door does not count.
    """

    value: str
    door: str


Holder = SessionToken | HalfToken
"""Who sets the second step up: somebody signed in, or an administrator who cannot do so yet."""


@dataclass(frozen=True)
class Begun:
    """What the app must be told.

    Attributes:
        secret: In groups, for typing.
        picture: The QR code, as an SVG drawing.
    """

    login: str
    secret: str
    picture: str


@dataclass(frozen=True)
class Confirmed:
    """A second step that counts from now on, and a fresh session.

    Attributes:
        recovery: Shown once, kept nowhere.
    """

    signed_in: SignedIn
    recovery: tuple[str, ...]


def finish(office: Office, half: HalfToken, code: str, now: datetime) -> SignedIn:
    """Open the session that the password asked for. Raises: NotSignedIn, TooMany, BadInput."""
    with _work(office, half, now) as (work, account, browser):
        factor = secondfactors.of(work.session, account.id)
        if factor is None or factor.confirmed_at is None:
            raise NotSignedIn(OVER)
        if _is_right(work, factor, code):
            _end_half(work, half)
            return accounts.welcome(work, account, browser)
    raise BadInput(WRONG, "code")


def needs_code(office: Office, half: HalfToken, now: datetime) -> bool:
    """Return whether a code is wanted, not a first set-up. Raises: NotSignedIn."""
    with office.look(RESIDENT, now) as look:
        return secondfactors.is_on(look.session, _half(look.session, half, now).account_id)


def begin(office: Office, who: SessionToken, *, password: str, address: str, now: datetime) -> None:
    """Make a secret for the account of a session. Raises: BadInput, TooMany, WrongStep."""
    accounts.recheck(office, who, password=password, address=address, now=now)
    _begin(office, who, now)


def begin_half(office: Office, half: HalfToken, now: datetime) -> None:
    """Make a secret for an account that must have one. Raises: NotSignedIn, WrongStep."""
    _begin(office, half, now)


def _begin(office: Office, holder: Holder, now: datetime) -> None:
    with _work(office, holder, now) as (work, account, _):
        former = secondfactors.of(work.session, account.id)
        if former is not None and former.confirmed_at is not None:
            raise WrongStep("两步登录已经开启")
        factor = former or SecondFactor(account_id=account.id)
        secret = secrets.token_bytes(rules.SECRET_BYTES)
        key = work.office.keys.second_factor
        factor.secret_sealed = sealing.seal(key, secret, _place(account.id))
        factor.begun_at, factor.last_step = now, 0
        work.session.add(factor)
        work.remember("second_factor_begin", "account", account.id)


def begun(office: Office, holder: Holder, now: datetime) -> Begun | None:
    """Return what was begun and waits to be confirmed, None if nothing. Raises: NotSignedIn."""
    with office.look(holder if isinstance(holder, SessionToken) else RESIDENT, now) as look:
        account = _account_of(look, holder)
        factor = secondfactors.of(look.session, account.id)
        if factor is None or not _waits(factor, now):
            return None
        secret = _secret(office, factor)
        address = totp.address(secret, login=account.login, issuer=ISSUER)
        return Begun(account.login, rules.in_groups(totp.written(secret)), qr.svg(address))


def confirm(office: Office, holder: Holder, code: str, now: datetime) -> Confirmed:
    """Let the second step count, end all other sessions, and open a fresh one.

    Raises: NotSignedIn, WrongStep, TooMany, BadInput.
    """
    with _work(office, holder, now) as (work, account, browser):
        factor = secondfactors.of(work.session, account.id)
        if factor is None or not _waits(factor, now):
            raise WrongStep("二维码已过期，请重新开始设置")
        if _is_right(work, factor, code):
            factor.confirmed_at = now
            recovery = _put_recovery(work, account.id)
            work.remember("second_factor_on", "account", account.id)
            if isinstance(holder, HalfToken):
                facts.end_sessions(work.session, account.id, now)
                return Confirmed(accounts.welcome(work, account, browser), recovery)
            return Confirmed(accounts.renew(work, account, browser), recovery)
    raise BadInput(WRONG, "code")


def switch_off(
    office: Office, who: SessionToken, *, password: str, code: str, address: str, now: datetime
) -> SignedIn:
    """Take the second step away from one's own account, and open a fresh session.

    Raises: NotPermitted where it is required; NotSignedIn, WrongStep, TooMany, BadInput.
    """
    accounts.recheck(office, who, password=password, address=address, now=now)
    with _work(office, who, now) as (work, account, browser):
        if rules.is_required(account.role, production=office.settings.production):
            raise NotPermitted("管理员账号必须使用两步登录，不能关闭")
        if _is_right(work, _confirmed(work, account.id), code):
            secondfactors.forget(work.session, account.id)
            work.remember("second_factor_off", "account", account.id)
            return accounts.renew(work, account, browser)
    raise BadInput(WRONG, "code")


def new_recovery_codes(
    office: Office, who: SessionToken, code: str, now: datetime
) -> tuple[str, ...]:
    """Return fresh recovery codes; the former ones count no more.

    Raises: NotSignedIn, WrongStep, TooMany, BadInput.
    """
    with _work(office, who, now) as (work, account, _):
        if _is_right(work, _confirmed(work, account.id), code):
            work.remember("second_factor_recovery", "account", account.id)
            return _put_recovery(work, account.id)
    raise BadInput(WRONG, "code")


def reset(work: Work, login: str) -> None:
    """Take the second step away from somebody who has lost it, and end all his sessions.

    Raises: NotPermitted, NotFound.
    """
    account = facts.locked(work.session, staff.one(work, login, Action.CREATE).id)
    secondfactors.forget(work.session, account.id)
    facts.end_sessions(work.session, account.id, work.now)
    work.remember("second_factor_reset", "account", account.id)


@contextmanager
def _work(office: Office, holder: Holder, now: datetime) -> Iterator[tuple[Work, Account, Browser]]:
    """Yield a work in the holder's name, his account, and what he sits at. Raises: NotSignedIn."""
    if isinstance(holder, SessionToken):
        with office.work(holder, now) as work:
            session = work.session.get_one(Session, work.by.session_id)
            account = facts.locked(work.session, session.account_id)
            yield work, account, Browser(session.door, "", session.device)
        return
    with office.work(RESIDENT, now) as work:
        facts.locked(work.session, _half(work.session, holder, now).account_id)
        half = _half(work.session, holder, now)  # once more: it may have been used up meanwhile
        account = _active(work.session, half)
        work.by = facts.actor(account)
        yield work, account, Browser(half.door, half.address, half.device)


def _account_of(look: Look, holder: Holder) -> Account:
    if isinstance(holder, SessionToken):
        return look.session.get_one(Account, look.by.account_id)
    return _active(look.session, _half(look.session, holder, look.now))


def _half(session: Db, token: HalfToken, now: datetime) -> HalfSignIn:
    found = secondfactors.half(session, digest(token.value), now, token.door)
    if found is None:
        raise NotSignedIn(OVER)
    return found


def _active(session: Db, half: HalfSignIn) -> Account:
    account = session.get_one(Account, half.account_id)
    if not account.active:
        raise NotSignedIn(OVER)
    return account


def _end_half(work: Work, token: HalfToken) -> None:
    _half(work.session, token, work.now).ended_at = work.now


def _confirmed(work: Work, account_id: int) -> SecondFactor:
    factor = secondfactors.of(work.session, account_id)
    if factor is None or factor.confirmed_at is None:
        raise WrongStep("两步登录还没有开启")
    return factor


def _waits(factor: SecondFactor, now: datetime) -> bool:
    return factor.confirmed_at is None and now - factor.begun_at < rules.BEGUN_LASTS


def _is_right(work: Work, factor: SecondFactor, given: str) -> bool:
    """Return whether a code counts, and use it up; a wrong one is noted. Raises: TooMany."""
    since = work.now - rules.LONGEST_SPAN
    wrong_at = secondfactors.wrong_since(work.session, factor.account_id, since)
    rules.check_tries(wrong_at, work.now)
    right = _use(work, factor, rules.tidy(given))
    if not right:
        work.session.add(WrongCode(account_id=factor.account_id, at=work.now))
        work.remember("second_factor_refused", "account", factor.account_id)
    return right


def _use(work: Work, factor: SecondFactor, code: str) -> bool:
    if rules.is_recovery(code):
        used = secondfactors.use_recovery(work.session, factor.account_id, digest(code), work.now)
        if used:
            work.remember("recovery_code", "account", factor.account_id)
        return used
    secret = _secret(work.office, factor)
    codes = {step: totp.code(secret, step) for step in rules.steps_around(work.now)}
    step = rules.fitting_step(code, codes, factor.last_step)
    if step is not None:
        factor.last_step = step
    return step is not None


def _secret(office: Office, factor: SecondFactor) -> bytes:
    return sealing.unseal(
        office.keys.second_factor, factor.secret_sealed, _place(factor.account_id)
    )


def _place(account_id: int) -> str:
    return f"second_factor:{account_id}"


def _put_recovery(work: Work, account_id: int) -> tuple[str, ...]:
    """Return fresh recovery codes in groups, and keep their hashes."""
    plain = [
        base64.b32encode(secrets.token_bytes(rules.RECOVERY_CHARS * 5 // 8)).decode()
        for _ in range(rules.RECOVERY_CODES)
    ]
    secondfactors.put_recovery(work.session, account_id, [digest(code) for code in plain])
    return tuple(rules.in_groups(code) for code in plain)
