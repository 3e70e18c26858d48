"""What a person does with his own account. 我的账号"""

from __future__ import annotations

from datetime import datetime

from weiyou.errors import BadInput, NotFound
from weiyou.services import accounts, passwords
from weiyou.services.accounts import Browser, SignedIn
from weiyou.services.office import Office, SessionToken, Work
from weiyou.store.tables import Account, Session


def change_password(
    office: Office, who: SessionToken, *, old: str, new: str, address: str, now: datetime
) -> SignedIn:
    """Take a new password, end all sessions of the account, and open a fresh one.

    Raises: NotSignedIn, TooMany; BadInput for a wrong old or a weak new one.
    """
    accounts.recheck(office, who, password=old, address=address, now=now)
    if new == old:
        raise BadInput("新密码不能和原密码一样", "new")
    with passwords.AT_ONCE:  # taken before writing, as signing in does
        kept = passwords.hashed(new)
        with office.work(who, now) as work:
            session = work.session.get_one(Session, work.by.session_id)
            account = work.session.get_one(Account, session.account_id)
            passwords.check(new, account.login, "new")
            account.password_hash = kept
            work.remember("set_password", "account", account.id)
            return accounts.renew(work, account, Browser(session.door, "", session.device))


def end_session(work: Work, session_id: int) -> None:
    """End one of one's own sessions; ending it twice is no matter. Raises: NotFound."""
    session = work.session.get(Session, session_id)
    if session is None or session.account_id != work.by.account_id:
        raise NotFound("没有这个登录，可能已经结束了")
    if session.ended_at is None:
        session.ended_at = work.now
        work.remember("sign_out", "session", session.id)
