"""What a scanned code opens, and the plain form for phones where no script runs. 扫码页"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from weiyou.domain.petitions import AttachmentKind
from weiyou.errors import BadInput, KeyReused, NotFound, Refusal, TooMany
from weiyou.phone import bodies, intake
from weiyou.phone.door import Door, door_of
from weiyou.phone.forms import Form, public_host
from weiyou.phone.intake import ANSWER_S, FILE_BYTES
from weiyou.reports import welcome as report
from weiyou.reports.welcome import Welcome
from weiyou.services.office import RESIDENT
from weiyou.services.uploads import Sent

FIELDS: Final = ("text", "category", "name", "phone", "place")
KEEPING: Final = "x-keep"
"""Sent when a phone fetches the page only to keep it: nobody has opened it."""


def home(request: Request) -> Response:
    """Answer `/`: how to get in, and nothing to guess at."""
    return door_of(request).pages.show(request, "home.html", offices=offices(door_of(request)))


def show(request: Request) -> Response:
    """Answer `GET /g/{token}`. Raises: NotFound."""
    door, token, now = door_of(request), _token(request), door_of(request).clock()
    welcome = _welcome(door, token, now)
    if KEEPING not in request.headers:
        door.scans.note(token, now)
    answer = _page(request, welcome)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def send(request: Request, form: Form) -> Response:
    """Answer `POST /g/{token}`: keep the files, hand in, go to the receipt.

    What cannot be taken comes back in the form, with the reason beside it.
    """
    door, token = door_of(request), _token(request)
    key, kept = form.word("key"), list(form.words("kept"))
    try:
        welcome = _welcome(door, token, door.clock())
    except NotFound:
        return wrong(request, typed=form.word("text"))
    try:
        door.limits.submission(request, token)
        keep_photos(request, key, form.files("photos"), kept)
        fields = {name: form.word(name) for name in FIELDS}
        draft = bodies.from_fields(
            {**fields, "photos": kept, "notice_version": form.word("notice_version")}
        )
        receipt = intake.hand_in(door, token=token, key=key, draft=draft).result(ANSWER_S)
    except (BadInput, KeyReused, TooMany) as refusal:
        return _again(request, welcome, form, kept, refusal)
    except TimeoutError:
        return _again(request, welcome, form, kept, intake.crowded())
    return RedirectResponse(f"/r/{receipt.token}?done=sent", 303)


def keep_photos(request: Request, key: str, photos: Iterable[UploadFile], kept: list[str]) -> None:
    """Keep photos that came with a form, and add their names to `kept`.

    Raises: BadInput, TooMany; what was kept before stays in the list.
    """
    door = door_of(request)
    for photo in photos:
        door.limits.file(request)
        data = photo.file.read(FILE_BYTES)
        name = hashlib.sha256(data).hexdigest()
        door.uploads.keep(Sent(key, name, AttachmentKind.PHOTO, data), door.clock())
        kept.append(name)


def wrong(request: Request, *, typed: str = "") -> Response:
    """Return the page for a code that is made up or replaced: the same for all of them."""
    door = door_of(request)
    return door.pages.show(
        request, "wrong_code.html", status=404, offices=offices(door), typed=typed
    )


def offices(door: Door) -> tuple[tuple[str, str], ...]:
    """Return name and telephone of the sub-districts."""
    with door.office.look(RESIDENT, door.clock()) as look:
        return report.offices(look)


def _token(request: Request) -> str:
    return str(request.path_params["token"]).upper()


def _welcome(door: Door, token: str, now: datetime) -> Welcome:
    with door.office.look(RESIDENT, now) as look:
        return report.welcome(look, token)


def _again(
    request: Request, welcome: Welcome, form: Form, kept: list[str], refusal: Refusal
) -> Response:
    """Return the form as it was filled in, with the reason; a used-up key is replaced."""
    used_up = isinstance(refusal, KeyReused)
    return _page(
        request,
        welcome,
        status=429 if isinstance(refusal, TooMany) else 422,
        key="" if used_up else form.word("key"),
        kept=[] if used_up else kept,
        values={name: form.word(name) for name in FIELDS},
        problem=str(refusal),
        problem_field=refusal.field if isinstance(refusal, BadInput) else "",
    )


def _page(
    request: Request,
    welcome: Welcome,
    *,
    status: int = 200,
    key: str = "",
    **filled: Any,
) -> Response:
    facts: dict[str, Any] = {
        "kept": [],
        "values": dict.fromkeys(FIELDS, ""),
        "problem": "",
        "problem_field": "",
        **filled,
    }
    return door_of(request).pages.show(
        request,
        "grid.html",
        status=status,
        welcome=welcome,
        key=key or secrets.token_hex(16),
        host=public_host(door_of(request)),
        **facts,
    )
