"""Signing in at the hub: the accounts of the house, by the house's own function.

Password, second step and throttle are those of `weiyou.services`; nothing is decided here but that
only a system administrator has anything to do at the hub. A session of the hub has a door of its
own, so that it is worth nothing at a desk or on a phone, and the other way round.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Any, Final

from jupyterhub.auth import Authenticator
from jupyterhub.handlers.login import LogoutHandler
from tornado import web

from weiyou.domain.people import Role
from weiyou.errors import BadInput, CodeNeeded, NotSignedIn, Refusal, TooMany
from weiyou.services import accounts, secondfactor
from weiyou.services.accounts import SignedIn
from weiyou.services.office import Office, open_office
from weiyou.services.secondfactor import HalfToken
from weiyou.settings import Settings

DOOR: Final = "hub"
OPERATORS: Final = "operators"
PERSON: Final = "account-"
NOT_YET: Final = "这个账号还没有设置两步登录：请先在工作台登录一次，按提示设置，再到这里登录"
NOT_HERE: Final = "这里只供系统管理员使用，请到您的工作台登录"
STATUS: Final = {TooMany: 429, NotSignedIn: 401, CodeNeeded: 401, BadInput: 401}


def refused(sentence: str, status: int) -> web.HTTPError:
    """Return an error whose sentence the sign-in page shows."""
    error = web.HTTPError(status, "sign-in refused")
    error.jupyterhub_message = sentence  # type: ignore[attr-defined]  # as the hub reads it
    return error


class SignOut(LogoutHandler):  # type: ignore[misc]  # the hub carries no types
    """Ends the session of the house with the hub's."""

    async def handle_logout(self) -> None:
        """End it."""
        if self.current_user is not None:
            await self.authenticator.forget(self.current_user.name)


class HouseAuthenticator(Authenticator):  # type: ignore[misc]  # the hub carries no types
    """The accounts of an installation."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._office: Office | None = None
        self._tokens: dict[str, str] = {}

    @property
    def office(self) -> Office:
        """Return the office, opened when somebody comes."""
        if self._office is None:
            self._office = open_office(Settings())
        return self._office

    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        """Return the hub's own pages, with our way out."""
        return [*super().get_handlers(app), (r"/logout", SignOut)]

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any]:
        """Return who has signed in. Raises: HTTPError with a sentence for the page."""
        address = handler.request.remote_ip or ""
        try:
            signed_in = await asyncio.to_thread(self._sign_in, data, address)
        except CodeNeeded as refusal:
            raise refused(NOT_YET if refusal.is_new else str(refusal), 401) from None
        except Refusal as refusal:
            raise refused(str(refusal), STATUS.get(type(refusal), 409)) from None
        name = f"{PERSON}{signed_in.actor.account_id}"
        if signed_in.actor.role is not Role.SYSTEM_ADMIN:
            await self._end(signed_in.token)
            raise refused(NOT_HERE, 403)
        await self.forget(name)
        self._tokens[name] = signed_in.token
        return {"name": name, "groups": [OPERATORS]}

    def _sign_in(self, data: dict[str, str], address: str) -> SignedIn:
        now = datetime.now(UTC)
        code = data.get("otp", "").strip()
        try:
            return accounts.sign_in(
                self.office,
                login=data.get("username", ""),
                password=data.get("password", ""),
                address=address,
                door=DOOR,
                now=now,
                device="JupyterHub",
            )
        except CodeNeeded as needed:
            if needed.is_new or not code:
                raise
            return secondfactor.finish(self.office, HalfToken(needed.token, DOOR), code, now)

    async def refresh_user(self, user: Any, handler: Any = None, **_: Any) -> bool:
        """Return whether the session behind the hub's cookie still stands, in the same role."""
        del handler
        token = self._tokens.get(user.name)
        if token is None:
            return False
        try:
            actor = await asyncio.to_thread(
                accounts.who, self.office, token, datetime.now(UTC), door=DOOR
            )
        except NotSignedIn:
            self._tokens.pop(user.name, None)
            return False
        return actor.role is Role.SYSTEM_ADMIN

    async def forget(self, name: str) -> None:
        """End the session that a person of the hub has, if there is one."""
        if (token := self._tokens.pop(name, None)) is not None:
            await self._end(token)

    async def _end(self, token: str) -> None:
        with contextlib.suppress(NotSignedIn):  # it has ended by itself: as wanted
            await asyncio.to_thread(accounts.sign_out, self.office, token, datetime.now(UTC))
