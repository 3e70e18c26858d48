"""The second step of signing in: the code, or its first set-up. 两步登录"""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from jupyter_server.auth.decorator import allow_unauthenticated

from weiyou.desk import cookies
from weiyou.desk.identity import DOOR
from weiyou.desk.pages import Page
from weiyou.desk.signing import SigningPage
from weiyou.errors import BadInput, NotSignedIn, Refusal, TooMany, WrongStep
from weiyou.services import secondfactor
from weiyou.services.secondfactor import Begun, Confirmed, HalfToken

STATUS: Final = {
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
}


def picture(begun: Begun) -> str:
    """Return a QR code as an address that a page can show."""
    return "data:image/svg+xml;base64," + base64.b64encode(begun.picture.encode()).decode()


def show_codes(page: Page, confirmed: tuple[str, ...], onward: str) -> None:
    """Answer with the recovery codes; they are never shown again."""
    page.finish(page.page("recovery_codes.html", codes=confirmed, onward=onward))


class HalfPage(SigningPage):
    """A page for whoever has said the right password, and nothing more."""

    @property
    def half(self) -> HalfToken:
        """Return what the browser shows for it."""
        return HalfToken(cookies.half(self), DOOR)

    async def _start_again(self, refusal: Refusal) -> None:
        """Answer with the page for signing in, and say why."""
        cookies.drop_half(self)
        self.set_status(HTTPStatus.UNAUTHORIZED)
        await self._show("", refusal)

    def _way(self, address: str) -> str:
        onward = self._next()
        return address if onward == "/" else f"{address}?{urlencode({'next': onward})}"


class CodePage(HalfPage):
    """Asks for the code."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Show the field, or lead to where this browser belongs."""
        try:
            wanted = await asyncio.to_thread(
                secondfactor.needs_code, self.office, self.half, datetime.now(UTC)
            )
        except NotSignedIn:
            self.redirect(self._way("/login"))
            return
        if wanted:
            self._ask()
        else:
            self.redirect(self._way("/login/set-up"))

    @allow_unauthenticated
    async def post(self) -> None:
        """Try it, and say plainly if it did not work."""
        code = self.get_body_argument("code", "")
        try:
            signed_in = await asyncio.to_thread(
                secondfactor.finish, self.office, self.half, code, datetime.now(UTC)
            )
        except (BadInput, TooMany) as refusal:
            self._ask(refusal)
        except NotSignedIn as refusal:
            await self._start_again(refusal)
        else:
            await self._take_in(signed_in.token)
            self.redirect(self._next())

    def _ask(self, refusal: Refusal | None = None) -> None:
        if refusal is not None:
            self.set_status(STATUS[type(refusal)])
        self.finish(self.page("login_code.html", refusal=refusal, next_page=self._next()))


class SetUpPage(HalfPage):
    """Where an administrator sets the second step up, before anything else is open to him."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Show what the app must be told."""
        try:
            await self._show_set_up()
        except NotSignedIn:
            self.redirect(self._way("/login"))

    @allow_unauthenticated
    async def post(self) -> None:
        """Take the first code, and show the recovery codes."""
        try:
            confirmed = await asyncio.to_thread(self._confirm)
        except (NotSignedIn, WrongStep) as refusal:
            await self._start_again(refusal)
        except (BadInput, TooMany) as refusal:
            self.set_status(STATUS[type(refusal)])
            await self._show_set_up(refusal)
        else:
            await self._take_in(confirmed.signed_in.token)
            show_codes(self, confirmed.recovery, self._next())

    def _confirm(self) -> Confirmed:
        code = self.get_body_argument("code", "")
        return secondfactor.confirm(self.office, self.half, code, datetime.now(UTC))

    async def _show_set_up(self, refusal: Refusal | None = None) -> None:
        begun = await asyncio.to_thread(
            secondfactor.begun, self.office, self.half, datetime.now(UTC)
        )
        if begun is None:
            raise NotSignedIn("二维码已过期，请重新登录")
        self.finish(
            self.page(
                "login_set_up.html",
                begun=begun,
                picture=picture(begun),
                refusal=refusal,
                next_page=self._next(),
            )
        )
