"""One's own account at the desk: password, second step, where one is signed in. 我的账号"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar

from tornado import web

from weiyou.desk import cookies
from weiyou.desk.halfway import picture, show_codes
from weiyou.desk.identity import DOOR
from weiyou.desk.pages import Page
from weiyou.desk.seats import Reason
from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import BadInput, NotFound, NotPermitted, Refusal, TooMany, WrongStep
from weiyou.reports import account as report
from weiyou.services import ownaccount, secondfactor
from weiyou.services.accounts import SignedIn
from weiyou.services.office import SessionToken

DONE: Final = {
    "password": "密码已更换，其他设备上的登录已全部结束",
    "off": "两步登录已关闭，其他设备上的登录已全部结束",
    "ended": "那个登录已结束",
}
SAID_HERE: Final = (BadInput, NotFound, NotPermitted, TooMany, WrongStep)
"""Refusals that are said beside the form that they are about."""

STATUS: Final = {
    NotFound: HTTPStatus.NOT_FOUND,
    NotPermitted: HTTPStatus.FORBIDDEN,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    WrongStep: HTTPStatus.CONFLICT,
}
Result = TypeVar("Result")


class OwnPage(Page):
    """A page about the account of whoever has signed in."""

    @property
    def who(self) -> SessionToken:
        """Return what the person has signed in with; each deed looks it up again."""
        return SessionToken(self.visitor.token, DOOR)

    def field(self, name: str) -> str:
        """Return what was typed, as it is."""
        return str(self.get_body_argument(name, "", strip=False))

    async def carefully(self, deed: Callable[..., Result], **words: Any) -> Result:
        """Return what a deed with the person's password returns."""
        address = self.request.remote_ip or ""
        done = partial(deed, self.office, self.who, address=address, now=datetime.now(UTC), **words)
        return await self.settings["careful"].do(done)  # type: ignore[no-any-return]

    async def show(self, place: str = "", refusal: Refusal | None = None) -> None:
        """Answer with the account; a refusal is said at its place."""
        if refusal is not None:
            self.set_status(STATUS.get(type(refusal), HTTPStatus.UNPROCESSABLE_ENTITY))
        own = await asyncio.to_thread(self._own)
        self.finish(
            self.page(
                "account.html",
                own=own,
                person=own.person,
                moment=moment,
                place=place,
                refusal=refusal,
                done=DONE.get(self.get_query_argument("done", ""), ""),
            )
        )

    def _own(self) -> report.OwnAccount:
        with self.office.look(self.who, datetime.now(UTC)) as look:
            return report.own(look, production=self.office.settings.production)

    async def take_over(self, signed_in: SignedIn) -> None:
        """Go on with a fresh session; what the former ones have opened is closed."""
        cookies.keep_session(self, signed_in.token)
        account_id = self.visitor.who.account_id
        await self.kernels.end_where(lambda seat: seat.account_id == account_id, Reason.SIGNED_OUT)

    def done(self, what: str) -> None:
        """Lead back to the account, and say what was done."""
        self.redirect(f"/account?done={what}", status=HTTPStatus.SEE_OTHER)


class AccountPage(OwnPage):
    """The account."""

    @web.authenticated
    async def get(self) -> None:
        """Show it."""
        await self.show()


class PasswordForm(OwnPage):
    """Takes a new password."""

    @web.authenticated
    async def post(self) -> None:
        """Take it, or say why not."""
        try:
            if self.field("new") != self.field("again"):
                raise BadInput("两次输入的新密码不一样", "again")
            signed_in = await self.carefully(
                ownaccount.change_password, old=self.field("old"), new=self.field("new")
            )
        except SAID_HERE as refusal:
            await self.show("password", refusal)
        else:
            await self.take_over(signed_in)
            self.done("password")


class SessionForm(OwnPage):
    """Ends one of one's own sessions."""

    @web.authenticated
    async def post(self) -> None:
        """End it, with all that it has opened."""
        given = self.field("session")
        session_id = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
        try:
            await asyncio.to_thread(self._end, session_id)
        except SAID_HERE as refusal:
            await self.show("sessions", refusal)
        else:
            await self.kernels.end_where(
                lambda seat: seat.session_id == session_id, Reason.SIGNED_OUT
            )
            self.done("ended")

    def _end(self, session_id: int) -> None:
        with self.office.work(self.who, datetime.now(UTC)) as work:
            ownaccount.end_session(work, session_id)


class BeginForm(OwnPage):
    """Begins to set the second step up."""

    @web.authenticated
    async def post(self) -> None:
        """Make a secret, and lead to where it is shown."""
        try:
            await self.carefully(secondfactor.begin, password=self.field("password"))
        except SAID_HERE as refusal:
            await self.show("begin", refusal)
        else:
            self.redirect("/account/two-step", status=HTTPStatus.SEE_OTHER)


class SecondStep(OwnPage):
    """Shows what the app must be told, and takes its first code."""

    @web.authenticated
    async def get(self) -> None:
        """Show it, while there is something to show."""
        await self._show_begun()

    @web.authenticated
    async def post(self) -> None:
        """Let the second step count, and show the recovery codes."""
        confirm = partial(
            secondfactor.confirm, self.office, self.who, self.field("code"), datetime.now(UTC)
        )
        try:
            confirmed = await asyncio.to_thread(confirm)
        except (BadInput, TooMany) as refusal:
            self.set_status(STATUS.get(type(refusal), HTTPStatus.UNPROCESSABLE_ENTITY))
            await self._show_begun(refusal)
        except WrongStep as refusal:
            await self.show("begin", refusal)
        else:
            await self.take_over(confirmed.signed_in)
            show_codes(self, confirmed.recovery, "/account")

    async def _show_begun(self, refusal: Refusal | None = None) -> None:
        begun = await asyncio.to_thread(
            secondfactor.begun, self.office, self.who, datetime.now(UTC)
        )
        if begun is None:
            self.redirect("/account")
            return
        person = await self.person()
        shown = {"begun": begun, "picture": picture(begun), "refusal": refusal}
        self.finish(self.page("account_two_step.html", person=person, **shown))


class OffForm(OwnPage):
    """Switches the second step off."""

    @web.authenticated
    async def post(self) -> None:
        """Switch it off, or say why not."""
        try:
            signed_in = await self.carefully(
                secondfactor.switch_off, password=self.field("password"), code=self.field("code")
            )
        except SAID_HERE as refusal:
            await self.show("off", refusal)
        else:
            await self.take_over(signed_in)
            self.done("off")


class RecoveryForm(OwnPage):
    """Makes fresh recovery codes."""

    @web.authenticated
    async def post(self) -> None:
        """Show them, once."""
        make = partial(
            secondfactor.new_recovery_codes,
            self.office,
            self.who,
            self.field("code"),
            datetime.now(UTC),
        )
        try:
            codes = await asyncio.to_thread(make)
        except SAID_HERE as refusal:
            await self.show("recovery", refusal)
        else:
            show_codes(self, codes, "/account")


def moment(at: datetime) -> str:
    """Return an instant as people read it here."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
