"""What all pages of the desk have in common: looks, headers, and how they say no."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final, cast

import jinja2
from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from weiyou.desk import assets, looks
from weiyou.desk.identity import Visitor
from weiyou.desk.kernels import DeskKernels
from weiyou.errors import NotFound, NotPermitted, NotSignedIn, Refusal, TooMany
from weiyou.reports import home as home_report
from weiyou.services.office import Office

POLICY: Final[Mapping[str, str]] = {
    "default-src": "'none'",
    "script-src": "'self' 'nonce-{nonce}'",
    "script-src-attr": "'none'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'self'",
}
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(self), microphone=(self)",
    "Cache-Control": "no-store",
}
TLS_HEADERS: Final = {"Strict-Transport-Security": "max-age=31536000"}

STATUS: Final[Mapping[type[Refusal], HTTPStatus]] = {
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    NotPermitted: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
}
SENTENCES: Final[Mapping[int, str]] = {
    401: "请先登录",
    403: "您的岗位没有开通这个页面，或者页面停留太久，请从首页重新进入",
    404: "没有这个页面，请从首页重新进入",
    405: "这个地址不能这样访问，请从首页重新进入",
    429: "操作太频繁，请过一会儿再试",
}
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OUR_SITES: Final = frozenset({"same-origin", "none"})
OTHER: Final = "系统出了问题，请稍后再试；再次出现时，请把编号告诉系统管理员"
NUMBERED: Final = frozenset({403, 429})
"""Besides faults, which have their number from the log's line about them."""


def environment() -> jinja2.Environment:
    """Return the templates of the desk; whatever is put into them is escaped."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets.TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Page(JupyterHandler):
    """A page in our looks.

    Attributes:
        fault: The number under which the log knows what went wrong, if anything did.
        is_use: Whether asking for the page keeps the session alive.
    """

    fault = ""
    is_use = True

    @property
    def office(self) -> Office:
        """Return the office."""
        office: Office = self.settings["office"]
        return office

    @property
    def visitor(self) -> Visitor:
        """Return who has signed in; only for pages behind the sign-in."""
        visitor: Visitor = self.current_user
        return visitor

    @property
    def kernels(self) -> DeskKernels:
        """Return the kernels of the desk."""
        return cast("DeskKernels", self.kernel_manager)

    @cached_property
    def nonce(self) -> str:
        """Return the word that only scripts of this answer carry."""
        return secrets.token_urlsafe(16)

    @property
    def content_security_policy(self) -> str:
        """Return what the page may load and run."""
        return self.policy_with({})

    def policy_with(self, more: Mapping[str, str]) -> str:
        """Return the policy of a page that needs `more`, by directive."""
        parts = (f"{name} {rule} {more.get(name, '')}".strip() for name, rule in POLICY.items())
        return "; ".join(parts).format(nonce=self.nonce)

    def set_default_headers(self) -> None:
        """Say how the page may be used."""
        super().set_default_headers()
        self.clear_header("Server")
        secure = self.office.settings.secure_cookies
        for name, value in (HEADERS | (TLS_HEADERS if secure else {})).items():
            self.set_header(name, value)

    async def prepare(self, *, _redirect_to_login: bool = True) -> None:
        """Take nothing that another site sends in somebody's name. Raises: HTTPError."""
        if self.request.method not in READING and not self._is_our_own_form():
            raise web.HTTPError(403)
        await super().prepare(_redirect_to_login=_redirect_to_login)

    def _is_our_own_form(self) -> bool:
        """Return whether the browser says so; what is no browser says nothing, and has no proof."""
        site = self.request.headers.get("Sec-Fetch-Site", "same-origin")
        return site in OUR_SITES and bool(self.check_origin())

    async def person(self) -> home_report.Home:
        """Return who has signed in, in words."""
        return await asyncio.to_thread(self._person)

    def _person(self) -> home_report.Home:
        with self.office.look(self.visitor.who, datetime.now(UTC)) as look:
            return home_report.home(look)

    def page(self, template: str, **names: Any) -> str:
        """Return a filled-in template."""
        settings = self.office.settings
        text: str = (
            self.settings["pages"]
            .get_template(template)
            .render(
                nonce=self.nonce,
                base_url=self.base_url,
                static=self.static_url,
                street=settings.street_name,
                production=settings.production,
                looks=looks.read(self.get_cookie(looks.COOKIE)),
                xsrf=self.xsrf_token.decode(),
                **names,
            )
        )
        return text

    def refuse(self, refusal: Refusal) -> None:
        """Answer with the sentence of a refusal."""
        self.set_status(STATUS.get(type(refusal), HTTPStatus.CONFLICT))
        self.say(str(refusal))

    def say(self, sentence: str) -> None:
        """Answer with a sentence under a picture of what kind of no it is.

        Whoever is kept out gets a number too: he may have to ask why.
        """
        status = self.get_status()
        if status in NUMBERED and not self.fault:
            self.fault = secrets.token_hex(3)
            self.log.warning("[%s] %d %s", self.fault, status, self.request.path)
        self.finish(self.page("message.html", sentence=sentence, status=status, number=self.fault))

    def _handle_request_exception(self, e: BaseException) -> None:
        """Translate a refusal, once and here; everything else is a fault."""
        if isinstance(e, Refusal) and not self._headers_written and not self._finished:
            self.refuse(e)
        else:
            super()._handle_request_exception(e)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Give a fault a number that the page can show."""
        if not isinstance(value, web.HTTPError):
            self.fault = secrets.token_hex(3)
            self.log.error("[%s] %s", self.fault, self.request.path)
        super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a sentence: what went wrong, and what to do now."""
        del kwargs
        if not hasattr(self, "_jupyter_current_user"):
            self.current_user = None  # it went wrong before anybody asked who it is
        self.say(SENTENCES.get(status_code, OTHER))


class NotFoundPage(Page):
    """Every address that is not listed."""

    async def prepare(self, *, _redirect_to_login: bool = True) -> None:
        """Answer before anything else is asked."""
        raise web.HTTPError(404)


class Health(web.RequestHandler):
    """Says that the desk serves, to whoever starts or watches it."""

    def set_default_headers(self) -> None:
        """Say how the answer may be used."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def get(self) -> None:
        """Answer."""
        self.finish({"status": "ok"})
