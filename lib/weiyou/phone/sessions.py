"""Signing in and out on a phone, and the proof that a form was ours. 登录"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from weiyou.domain.people import Actor
from weiyou.errors import NotPermitted, NotSignedIn, Refusal, TooMany
from weiyou.phone.door import door_of
from weiyou.phone.forms import Form, check_origin
from weiyou.phone.limits import address_of
from weiyou.services import accounts
from weiyou.services.office import SessionToken

HOME: Final = "/w/"
DOOR: Final = "phone"
SALT_CHARS: Final = 16
_NEXT: Final = re.compile(r"/w/matters/\d{1,9}")


def cookie_name(request: Request) -> str:
    """Return the cookie's name; over TLS it is tied to this very host."""
    secure = door_of(request).office.settings.secure_cookies
    return "__Host-weiyou" if secure else "weiyou_phone"


def token_of(request: Request) -> SessionToken:
    """Return the secret of the signed-in browser. Raises: NotSignedIn."""
    value = request.cookies.get(cookie_name(request), "")
    if not value or not value.isascii():
        raise NotSignedIn("请先登录")
    return SessionToken(value, DOOR)


def person(request: Request) -> Actor:
    """Return who is signed in, and keep the session alive. Raises: NotSignedIn."""
    door = door_of(request)
    return accounts.who(door.office, token_of(request).value, door.clock(), door=DOOR)


def proof(request: Request) -> str:
    """Return a form's proof: it shows that the page it stands in was made for this session.

    It differs each time, so that it cannot be guessed from the size of squeezed pages.
    """
    return proof_of(token_of(request))


def proof_of(token: SessionToken) -> str:
    """Return a proof for the forms of a session."""
    salt = secrets.token_hex(SALT_CHARS // 2)
    return salt + _mac(token, salt)


def check_proof(request: Request, form: Form) -> None:
    """Refuse a form that was not made for this session. Raises: NotPermitted, NotSignedIn."""
    check_origin(request)
    given = form.word("proof")
    salt, mac = given[:SALT_CHARS], given[SALT_CHARS:]
    if not hmac.compare_digest(mac.encode(), _mac(token_of(request), salt).encode()):
        raise NotPermitted("页面已过期，请返回上一页刷新后再试（填写的内容请先复制）")


def _mac(token: SessionToken, salt: str) -> str:
    return hmac.new(token.value.encode(), f"form:{salt}".encode(), hashlib.sha256).hexdigest()


def ask(request: Request) -> Response:
    """Answer `GET /w/sign-in`."""
    return page(request, going=request.query_params.get("next", ""))


def page(
    request: Request,
    *,
    status: int = 200,
    problem: str = "",
    login: str = "",
    going: str = "",
    typed: str = "",
) -> Response:
    """Return the page that asks who it is."""
    return door_of(request).pages.show(
        request,
        "sign_in.html",
        status=status,
        problem=problem,
        login=login,
        going=going if _NEXT.fullmatch(going) else "",
        typed=typed,
    )


def sign_in(request: Request, form: Form) -> Response:
    """Answer `POST /w/sign-in`."""
    check_origin(request)
    door, login, going = door_of(request), form.word("login").strip(), form.word("next")
    try:
        opened = accounts.sign_in(
            door.office,
            login=login,
            password=form.word("password"),
            address=address_of(request)[:45],
            door=DOOR,
            now=door.clock(),
        )
    except Refusal as refusal:
        status = 429 if isinstance(refusal, TooMany) else 401
        return page(request, status=status, problem=str(refusal), login=login, going=going)
    _end_former_session(request)
    answer = RedirectResponse(going if _NEXT.fullmatch(going) else HOME, 303)
    answer.set_cookie(
        cookie_name(request),
        opened.token,
        max_age=int((opened.expires_at - door.clock()).total_seconds()),
        secure=door.office.settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )
    return answer


def _end_former_session(request: Request) -> None:
    """End what this browser was signed in as: nobody could sign it out any more."""
    door = door_of(request)
    with suppress(NotSignedIn):  # there was none, or it has ended by itself
        accounts.sign_out(door.office, token_of(request).value, door.clock())


def sign_out(request: Request, form: Form) -> Response:
    """Answer `POST /w/sign-out`: here, or on every device."""
    check_proof(request, form)
    door = door_of(request)
    accounts.sign_out(
        door.office,
        token_of(request).value,
        door.clock(),
        everywhere=form.word("everywhere") == "yes",
    )
    answer = RedirectResponse("/w/sign-in", 303)
    answer.delete_cookie(
        cookie_name(request), secure=door.office.settings.secure_cookies, httponly=True
    )
    return answer
