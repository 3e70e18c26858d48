"""Signing in and out on a phone, and the proof that a form was ours. 登录"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from weiyou.domain import devices
from weiyou.domain.people import Actor
from weiyou.domain.secondfactor import HALF_LASTS
from weiyou.errors import BadInput, CodeNeeded, NotPermitted, NotSignedIn, Refusal, TooMany
from weiyou.phone.door import door_of
from weiyou.phone.forms import Form, check_origin
from weiyou.phone.limits import address_of
from weiyou.services import accounts, secondfactor
from weiyou.services.accounts import SignedIn
from weiyou.services.office import SessionToken
from weiyou.services.secondfactor import HalfToken

HOME: Final = "/w/"
DOOR: Final = "phone"
HALF: Final = "_half"
SET_UP_FIRST: Final = "管理员账号请先用电脑登录工作台，设置好两步登录，再到手机上登录"
SALT_CHARS: Final = 16
_NEXT: Final = re.compile(r"/w/matters/\d{1,9}")


def cookie_name(request: Request, part: str = "") -> str:
    """Return a cookie's name; over TLS it is tied to this very host."""
    secure = door_of(request).office.settings.secure_cookies
    return f"__Host-weiyou{part}" if secure else f"weiyou_phone{part}"


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
            device=devices.in_words(request.headers.get("user-agent", "")),
        )
    except CodeNeeded as needed:
        return _ask_for_code(request, needed, login, going)
    except Refusal as refusal:
        status = 429 if isinstance(refusal, TooMany) else 401
        return page(request, status=status, problem=str(refusal), login=login, going=going)
    return _take_in(request, opened, going)


def _take_in(request: Request, opened: SignedIn, going: str) -> Response:
    """Let the browser keep a fresh session; what it was signed in as before ends."""
    door = door_of(request)
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


def _ask_for_code(request: Request, needed: CodeNeeded, login: str, going: str) -> Response:
    """Lead on to the second step; whoever has yet to set it up does so at the desk."""
    if needed.is_new:
        return page(request, status=403, problem=SET_UP_FIRST, login=login)
    answer = RedirectResponse(f"/w/sign-in/code?next={quote(going)}", 303)
    answer.set_cookie(
        cookie_name(request, HALF),
        needed.token,
        max_age=int(HALF_LASTS.total_seconds()),
        secure=door_of(request).office.settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return answer


def _half(request: Request) -> HalfToken:
    return HalfToken(request.cookies.get(cookie_name(request, HALF), ""), DOOR)


def ask_code(request: Request) -> Response:
    """Answer `GET /w/sign-in/code`."""
    door, going = door_of(request), request.query_params.get("next", "")
    try:
        secondfactor.needs_code(door.office, _half(request), door.clock())
    except NotSignedIn as refusal:
        return page(request, status=401, problem=str(refusal), going=going)
    return _code_page(request, going)


def _code_page(request: Request, going: str, *, status: int = 200, problem: str = "") -> Response:
    return door_of(request).pages.show(
        request,
        "sign_in_code.html",
        status=status,
        problem=problem,
        going=going if _NEXT.fullmatch(going) else "",
    )


def give_code(request: Request, form: Form) -> Response:
    """Answer `POST /w/sign-in/code`."""
    check_origin(request)
    door, going = door_of(request), form.word("next")
    try:
        opened = secondfactor.finish(door.office, _half(request), form.word("code"), door.clock())
    except NotSignedIn as refusal:
        return page(request, status=401, problem=str(refusal), going=going)
    except (BadInput, TooMany) as refusal:
        status = 429 if isinstance(refusal, TooMany) else 422
        return _code_page(request, going, status=status, problem=str(refusal))
    answer = _take_in(request, opened, going)
    answer.delete_cookie(
        cookie_name(request, HALF), secure=door.office.settings.secure_cookies, httponly=True
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
