"""The phone service: residents' pages and the grid worker's. 手机端

Refusals of the house become answers here, once: JSON for scripts, a page for people.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from math import ceil
from typing import Final, cast

from starlette.applications import Starlette
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from weiyou.errors import (
    BadInput,
    CalendarMissing,
    Collision,
    KeyReused,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Refusal,
    Stale,
    TooMany,
    WrongStep,
)
from weiyou.phone import deeds, intake, receipt, resident, sessions, worker
from weiyou.phone.door import Clock, door_of, now, open_door
from weiyou.phone.forms import FILES_BYTES, posted
from weiyou.phone.guards import Guards
from weiyou.phone.limits import Busy
from weiyou.phone.pages import SHEET
from weiyou.phone.shelf import Shelf
from weiyou.services.office import Office

log = logging.getLogger("weiyou.phone")

STATUS: Final[dict[type[Exception], int]] = {
    BadInput: 422,
    CalendarMissing: 503,
    Collision: 409,
    KeyReused: 422,
    NotFound: 404,
    NotPermitted: 403,
    NotSignedIn: 401,
    Stale: 409,
    TooMany: 429,
    WrongStep: 409,
}
PLAIN: Final = {
    400: "提交的内容不完整，请返回重试（内容不会丢失）",
    404: "没有这个页面，请检查网址",
    405: "不能这样打开这个页面，请返回重试",
    413: "内容太大了，请减少照片或文字后再试",
}
WAIT_S: Final = 30


class RowId(IntegerConvertor):
    """The id of a row: no more figures than any id has, so that each can be read as a number."""

    regex = "[0-9]{1,10}"


register_url_convertor("row", RowId())


def create_app(office: Office, clock: Clock = now) -> ASGIApp:
    """Return the service of an office; it opens and closes with its lifespan."""
    shelf = Shelf.load()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        door = open_door(office, shelf, clock)
        app.state.door = door
        writing = asyncio.create_task(door.scans.keep_writing(clock))
        yield
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        await asyncio.to_thread(door.close)

    app = Starlette(
        routes=routes(),
        middleware=[Middleware(GZipMiddleware, minimum_size=500, compresslevel=6)],
        exception_handlers={Refusal: refused, HTTPException: failed, Exception: broken},
        lifespan=lifespan,
    )
    return Guards(app, style=shelf.hash(SHEET), is_secure=office.settings.secure_cookies)


def routes() -> list[Route]:
    """Return what is answered."""
    post = ["POST"]
    return [
        Route("/", resident.home),
        Route("/health", health),
        Route("/sw.js", service_worker),
        Route("/sw-sync.js", service_worker),
        Route("/static/{version}/{name}", static),
        Route("/api/uploads/{sha256}", intake.upload, methods=["PUT"]),
        Route("/api/g/{token}/petitions", intake.submit, methods=post),
        *(
            route
            for path in ("/g/{token}", "/G/{token}")
            for route in (
                Route(path, resident.show),
                Route(path, posted(resident.send, body_bytes=FILES_BYTES), methods=post),
            )
        ),
        Route("/r/{token}", receipt.show),
        Route("/r/{token}/photos/{id:row}", receipt.photo),
        Route("/r/{token}/messages", receipt.add_message, methods=post),
        Route("/r/{token}/withdrawal", receipt.withdraw, methods=post),
        Route("/r/{token}/urge", receipt.urge, methods=post),
        Route("/r/{token}/no-contact", receipt.say_no_contact, methods=post),
        Route("/r/{token}/rating", receipt.rate, methods=post),
        *staff_routes(),
    ]


def staff_routes() -> list[Route]:
    """Return what is answered to those who sign in."""
    post = ["POST"]
    return [
        Route("/w", to_hand),
        Route("/w/", worker.hand),
        Route("/w/done", worker.hand),
        Route("/w/sign-in", sessions.ask),
        Route("/w/sign-in", posted(sessions.sign_in, careful=True), methods=post),
        Route("/w/sign-in/code", sessions.ask_code),
        Route("/w/sign-in/code", posted(sessions.give_code), methods=post),
        Route("/w/sign-out", posted(sessions.sign_out), methods=post),
        Route("/w/files/{id:row}", worker.attachment),
        Route("/w/matters/{id:row}", worker.matter),
        Route("/w/matters/{id:row}/records", deeds.record, methods=post),
        Route("/w/matters/{id:row}/answers", deeds.answer, methods=post),
        Route("/w/matters/{id:row}/escalation", deeds.escalate, methods=post),
        Route("/w/matters/{id:row}/return", deeds.give_back, methods=post),
        Route("/w/matters/{id:row}/call", posted(deeds.call), methods=post),
    ]


def health(request: Request) -> Response:
    """Answer `/health`: 200 when the database answers."""
    door = door_of(request)
    try:
        resident.offices(door)
    except Exception:  # whatever it is, we are not well, and say so
        log.exception("the database does not answer")
        return PlainTextResponse("database", 503)
    return PlainTextResponse("ok")


def static(request: Request) -> Response:
    """Answer `/static/…`."""
    return door_of(request).shelf.file(request)


def service_worker(request: Request) -> Response:
    """Answer the service workers."""
    return door_of(request).shelf.worker(request)


def to_hand(_: Request) -> Response:
    """Answer `/w`."""
    return RedirectResponse(sessions.HOME)


def refused(request: Request, refusal: Exception) -> Response:
    """Return a refusal as an answer."""
    status = next((STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS), 409)
    headers = _wait(refusal)
    if _is_api(request):
        field = {"field": refusal.field} if isinstance(refusal, BadInput) else {}
        code = {"code": type(refusal).__name__}
        return JSONResponse({"message": str(refusal), **code, **field}, status, headers)
    if isinstance(refusal, NotSignedIn):
        return _not_signed_in(request, refusal)
    if isinstance(refusal, NotFound) and request.url.path.lower().startswith("/g/"):
        return resident.wrong(request)
    if isinstance(refusal, NotFound) and request.url.path.startswith("/r/"):
        return receipt.wrong(request)
    return _page(request, status, str(refusal), headers)


def _is_api(request: Request) -> bool:
    wants = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or wants == "application/json"


def _wait(refusal: Exception) -> dict[str, str]:
    if not isinstance(refusal, TooMany):
        return {}
    seconds = ceil(refusal.wait_s) if isinstance(refusal, Busy) else WAIT_S
    return {"Retry-After": str(seconds)}


def _not_signed_in(request: Request, refusal: Refusal) -> Response:
    if request.method in {"GET", "HEAD"}:
        return RedirectResponse(f"/w/sign-in?next={request.url.path}", 303)
    return sessions.page(request, status=401, problem=str(refusal))


def failed(request: Request, fault: Exception) -> Response:
    """Return what the framework refuses, in the looks of the house."""
    error = cast(HTTPException, fault)
    words = PLAIN.get(error.status_code, HTTPStatus(error.status_code).phrase)
    headers = dict(error.headers or {})
    if _is_api(request):
        return JSONResponse({"message": words}, error.status_code, headers)
    return _page(request, error.status_code, words, headers)


def broken(request: Request, fault: Exception) -> Response:
    """Return the answer to a fault of ours: its number is in the log, its text is not shown."""
    number = secrets.token_hex(4)
    log.error("fault %s at %s", number, request.scope.get("route"), exc_info=fault)
    words = f"系统出了点问题（编号 {number}），您填写的内容还在，请稍后再试"
    if _is_api(request):
        return JSONResponse({"message": words}, 500)
    return _page(request, 500, words, {})


def _page(request: Request, status: int, words: str, headers: dict[str, str]) -> Response:
    answer = door_of(request).pages.show(
        request,
        "refused.html",
        status=status,
        words=words,
        is_missing=status == 404,
        is_worker=request.url.path.startswith("/w"),
    )
    answer.headers.update(headers)
    return answer
