"""What a worker does to a matter from the phone: record, answer, send up, give back, call. 办理"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from weiyou.errors import BadInput, NotFound, NotPermitted, NotSignedIn, Refusal, TooMany
from weiyou.phone import resident, sessions, worker
from weiyou.phone.door import door_of
from weiyou.phone.forms import FILES_BYTES, Endpoint, Form, posted
from weiyou.services import cases, handling
from weiyou.services.office import Work

Act: TypeAlias = Callable[[Work, int, Form, list[str]], object]

STAYS: Final = "recorded"
"""After this the matter is still in hand; after the others it is somebody else's."""


def _deed(place: str, done: str, act: Act, *, body_bytes: int = FILES_BYTES) -> Endpoint:
    """Return the endpoint of a deed: do it and say so, or show why not, the words still there.

    Args:
        place: Which form of the page it is, so that a refusal is said there.
        done: What is said afterwards.
        act: The deed.
        body_bytes: How large the form may be.
    """

    def answer(request: Request, form: Form) -> Response:
        door, petition_id = door_of(request), worker.identity(request)
        kept = list(form.words("kept"))
        try:
            sessions.check_proof(request, form)
            sessions.person(request)
            resident.keep_photos(request, form.word("key"), form.files("photos"), kept)
            with door.office.work(sessions.token_of(request), door.clock()) as work:
                act(work, petition_id, form, kept)
        except NotFound:
            raise
        except NotSignedIn as refusal:
            return sessions.page(
                request,
                status=401,
                problem=str(refusal),
                going=f"/w/matters/{petition_id}",
                typed=form.word("words"),
            )
        except Refusal as refusal:
            return worker.page(
                request,
                status=_status(refusal),
                problem=str(refusal),
                problem_at=place,
                typed=form.word("words"),
                kept=kept,
                key=form.word("key"),
            )
        target = f"/w/matters/{petition_id}" if done == STAYS else sessions.HOME
        return RedirectResponse(f"{target}?done={done}", 303)

    return posted(answer, body_bytes=body_bytes)


def _status(refusal: Refusal) -> int:
    if isinstance(refusal, BadInput):
        return 422
    if isinstance(refusal, NotPermitted):
        return 403
    return 429 if isinstance(refusal, TooMany) else 409


def _record(work: Work, petition_id: int, form: Form, kept: list[str]) -> object:
    return handling.record(
        work,
        petition_id=petition_id,
        version=form.number("version"),
        words=form.word("words"),
        upload_key=form.word("key"),
        photos=kept,
    )


def _answer(work: Work, petition_id: int, form: Form, _: list[str]) -> object:
    return handling.answer(
        work, petition_id=petition_id, version=form.number("version"), words=form.word("words")
    )


def _escalate(work: Work, petition_id: int, form: Form, _: list[str]) -> object:
    return handling.escalate(
        work, petition_id=petition_id, version=form.number("version"), tried=form.word("words")
    )


def _give_back(work: Work, petition_id: int, form: Form, _: list[str]) -> object:
    return handling.give_back(
        work, petition_id=petition_id, version=form.number("version"), reason=form.word("words")
    )


record = _deed("record", STAYS, _record)
answer = _deed("answer", "answered", _answer)
escalate = _deed("escalate", "escalated", _escalate)
give_back = _deed("give_back", "returned", _give_back)


def call(request: Request, form: Form) -> Response:
    """Answer `POST /w/matters/{id}/call`: the number in full, once, for a purpose, on record."""
    sessions.check_proof(request, form)
    door, purpose = door_of(request), form.word("purpose")
    if purpose not in worker.PURPOSES:
        raise BadInput("请先选择为什么打电话", "purpose")
    with door.office.work(sessions.token_of(request), door.clock()) as work:
        phone = cases.reveal_phone(
            work, petition_id=worker.identity(request), purpose=f"办理事项：{purpose}"
        )
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"phone": phone})
    return door.pages.show(
        request, "call.html", phone=phone, purpose=purpose, back=worker.identity(request)
    )
