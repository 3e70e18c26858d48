"""Short ways through the second step of signing in: an app on a phone, and who has one."""

from __future__ import annotations

from datetime import datetime

import pyotp

from tests.factories import NOW, PASSWORD
from weiyou.errors import CodeNeeded
from weiyou.services import accounts, secondfactor
from weiyou.services.accounts import SignedIn
from weiyou.services.office import Office, SessionToken
from weiyou.services.secondfactor import Confirmed, HalfToken

ADDRESS = "10.1.2.3"


class App:
    """An authenticator app that has been told one secret."""

    def __init__(self, secret: str) -> None:
        self._generator = pyotp.TOTP(secret.replace(" ", ""))

    def code(self, now: datetime, *, off: int = 0) -> str:
        """Return what it shows, `off` half minutes later."""
        return self._generator.at(now, counter_offset=off)

    def wrong(self, now: datetime) -> str:
        """Return six digits that no clock near this one shows."""
        near = {self.code(now, off=off) for off in range(-3, 4)}
        return next(code for n in range(10) if (code := f"{n:06d}") not in near)


def half(
    office: Office, login: str = "liang", *, now: datetime = NOW, door: str = "desk"
) -> HalfToken:
    """Say the right password, and return what that is worth."""
    try:
        accounts.sign_in(
            office, login=login, password=PASSWORD, address=ADDRESS, door=door, now=now
        )
    except CodeNeeded as needed:
        return HalfToken(needed.token, door)
    raise AssertionError("no code was asked for")


def sign_in(office: Office, login: str = "liang", *, now: datetime = NOW) -> SignedIn:
    """Sign in with the password alone."""
    return accounts.sign_in(
        office, login=login, password=PASSWORD, address=ADDRESS, door="desk", now=now
    )


def switch_on(
    office: Office, login: str = "liang", *, now: datetime = NOW
) -> tuple[App, Confirmed]:
    """Set the second step up as the account's page does."""
    who = SessionToken(sign_in(office, login, now=now).token)
    secondfactor.begin(office, who, password=PASSWORD, address=ADDRESS, now=now)
    begun = secondfactor.begun(office, who, now)
    assert begun is not None
    app = App(begun.secret)
    return app, secondfactor.confirm(office, who, app.code(now), now)
