"""One's own account: who one is here, and where one is signed in. 我的账号"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from weiyou.domain import secondfactor
from weiyou.reports import home
from weiyou.store import accounts, secondfactors
from weiyou.store.look import Look
from weiyou.store.tables import Account

DOORS: Final = {"desk": "工作台", "phone": "手机端", "hub": "运维工作台"}


@dataclass(frozen=True)
class OpenSession:
    """A browser that is signed in.

    Attributes:
        is_this: The one that asks.
    """

    id: int
    door: str
    device: str
    since: datetime
    seen: datetime
    is_this: bool


@dataclass(frozen=True)
class OwnAccount:
    """What a person sees of his own account.

    Attributes:
        has_second_step: Whether a code is asked for at the sign-in.
        must_have_it: Whether he may not switch it off.
        recovery_left: How many recovery codes he can still use.
    """

    login: str
    person: home.Home
    sessions: tuple[OpenSession, ...]
    has_second_step: bool
    must_have_it: bool
    recovery_left: int


def own(look: Look, *, production: bool) -> OwnAccount:
    """Return the account of whoever looks."""
    account = look.session.get_one(Account, look.by.account_id)
    return OwnAccount(
        login=account.login,
        person=home.home(look),
        sessions=tuple(
            OpenSession(
                id=one.id,
                door=DOORS[one.door],
                device=one.device,
                since=one.created_at,
                seen=one.seen_at,
                is_this=one.id == look.by.session_id,
            )
            for one in accounts.sessions_of(look.session, account.id, look.now)
        ),
        has_second_step=secondfactors.is_on(look.session, account.id),
        must_have_it=secondfactor.is_required(look.by.role, production=production),
        recovery_left=secondfactors.recovery_left(look.session, account.id),
    )
