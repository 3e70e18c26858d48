"""Signing in and out, and the first page after it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from datetime import UTC, datetime
from functools import partial
from typing import Final
from urllib.parse import urlencode

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado import web

from weiyou.desk import bell, cookies
from weiyou.desk.identity import DOOR
from weiyou.desk.pages import STATUS, Page
from weiyou.desk.seats import Reason
from weiyou.domain import devices
from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import CodeNeeded, NotSignedIn, Refusal, TooMany
from weiyou.reports import home as home_report
from weiyou.services import accounts, secondfactor
from weiyou.services.accounts import SignedIn
from weiyou.services.office import RESIDENT
from weiyou.services.secondfactor import HalfToken

OURS: Final = re.compile(
    r"/(account|app/[a-z_]{1,40}(\?[a-z]{1,10}=[a-z0-9_]{1,20}(&[a-z]{1,10}=[a-z0-9_]{1,20})?)?)?"
)
"""Where signing in may lead: our own pages, and the matter or list that one asked for."""


class SigningPage(Page):
    """What the pages for signing in have in common."""

    async def _show(self, login: str = "", refusal: Refusal | None = None) -> None:
        demo = await asyncio.to_thread(self._has_demo)
        self.finish(
            self.page("login.html", login=login, refusal=refusal, demo=demo, next_page=self._next())
        )

    def _has_demo(self) -> bool:
        if self.office.settings.production:
            return False
        with self.office.look(RESIDENT, datetime.now(UTC)) as look:
            return home_report.has_demo(look)

    def _next(self) -> str:
        wanted = self.get_argument("next", "/")
        return wanted if OURS.fullmatch(wanted) else "/"

    async def _take_in(self, token: str) -> None:
        """End what this browser was signed in as: a session never changes its person."""
        if self.current_user is not None:
            await _end(self, everywhere=False)
        cookies.keep_session(self, token)


class SignIn(SigningPage):
    """The page for signing in."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Show it, or go on if that has happened already."""
        if self.current_user is not None:
            self.redirect(self._next())
            return
        await self._show()

    @allow_unauthenticated
    async def post(self) -> None:
        """Try, and say plainly if it did not work."""
        login = self.get_body_argument("login", "").strip()
        try:
            signed_in = await self.settings["careful"].do(partial(self._try, login))
        except (NotSignedIn, TooMany) as refusal:
            self.set_status(STATUS[type(refusal)])
            await self._show(login, refusal)
        except CodeNeeded as needed:
            await self._ask_for_more(needed)
        else:
            await self._take_in(signed_in.token)
            self.redirect(self._next())

    def _try(self, login: str) -> SignedIn:
        return accounts.sign_in(
            self.office,
            login=login,
            password=self.get_body_argument("password", "", strip=False),
            address=self.request.remote_ip or "",
            door=DOOR,
            now=datetime.now(UTC),
            device=devices.in_words(self.request.headers.get("User-Agent", "")),
        )

    async def _ask_for_more(self, needed: CodeNeeded) -> None:
        """Lead on to the second step; until that is done this browser is nobody."""
        cookies.keep_half(self, needed.token)
        if needed.is_new:
            half = HalfToken(needed.token, DOOR)
            await asyncio.to_thread(secondfactor.begin_half, self.office, half, datetime.now(UTC))
        onward = urlencode({"next": self._next()})
        self.redirect(f"/login/{'set-up' if needed.is_new else 'code'}?{onward}")


class SignOut(Page):
    """Ends the session, or with `everywhere` all sessions of the account."""

    @web.authenticated
    async def post(self) -> None:
        """End it, with all that it has opened."""
        await _end(self, everywhere=bool(self.get_body_argument("everywhere", "")))
        cookies.drop_session(self)
        self.redirect("/login")


class Home(Page):
    """The first page: who you are, and what you may open."""

    @web.authenticated
    async def get(self) -> None:
        """Show it."""
        first = await asyncio.to_thread(self._read)
        self.finish(
            self.page(
                "home.html",
                person=first.person,
                cards=first.cards,
                phone=first.phone,
                greeting=greeting(datetime.now(UTC).astimezone(SHANGHAI).hour),
                opens=lambda tally: bell.opens(tally, self.office.settings.public_url),
            )
        )

    def _read(self) -> home_report.FirstPage:
        with self.office.look(self.visitor.who, datetime.now(UTC)) as look:
            return home_report.first_page(look, self.office.settings.public_url)


def greeting(hour: int) -> str:
    """Return how one greets at that hour of the day."""
    if 5 <= hour < 11:
        return "早上好"
    if 11 <= hour < 13:
        return "中午好"
    return "下午好" if 13 <= hour < 18 else "晚上好"


async def _end(page: Page, *, everywhere: bool) -> None:
    who = page.visitor.who
    with contextlib.suppress(NotSignedIn):  # it has ended by itself a moment ago: as wanted
        await asyncio.to_thread(
            accounts.sign_out,
            page.office,
            page.visitor.token,
            datetime.now(UTC),
            everywhere=everywhere,
        )
    await page.kernels.end_where(
        lambda seat: (
            seat.account_id == who.account_id if everywhere else seat.session_id == who.session_id
        ),
        Reason.SIGNED_OUT,
    )
