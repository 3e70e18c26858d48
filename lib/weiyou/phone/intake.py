"""Handing a matter in by script: the files first, one by one, then the words. 提交接口"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from weiyou.domain.petitions import AttachmentKind, Draft, Source
from weiyou.errors import TooMany
from weiyou.phone import bodies, forms
from weiyou.phone.door import Door, door_of
from weiyou.services.intake import Handed, Receipt
from weiyou.services.uploads import Sent

KEY_HEADER: Final = "idempotency-key"
WORDS_BYTES: Final = 96 * 2**10
FILE_BYTES: Final = 10 * 2**20 + 1
ANSWER_S: Final = 60.0
"""How long a phone waits at the counter; its key finds the matter again if it was taken in."""


def hand_in(door: Door, *, token: str, key: str, draft: Draft) -> Future[Receipt]:
    """Return the receipt to come. This is the one way in for residents."""
    return door.counter.hand_in(
        Handed(key=key, draft=draft, source=Source.QR, at=door.clock(), poster=token.upper())
    )


def crowded() -> TooMany:
    """Return what is said when the counter does not answer in time."""
    return TooMany("现在提交的人多，请稍等一会儿再试；您填写的内容还在")


async def submit(request: Request) -> Response:
    """Answer `POST /api/g/{token}/petitions`. The same key and body get the same receipt."""
    door, token = door_of(request), request.path_params["token"]
    door.limits.submission(request, token)
    draft = bodies.from_json(await forms.body(request, WORDS_BYTES))
    key = request.headers.get(KEY_HEADER, "")
    answer = asyncio.wrap_future(hand_in(door, token=token, key=key, draft=draft))
    try:
        receipt = await asyncio.wait_for(asyncio.shield(answer), ANSWER_S)
    except TimeoutError:
        raise crowded() from None
    link = f"/r/{receipt.token}"
    return JSONResponse({"number": receipt.number, "link": link}, 201, {"Location": link})


async def upload(request: Request) -> Response:
    """Answer `PUT /api/uploads/{sha256}`: 201 when it is new, 200 when it is known."""
    door = door_of(request)
    door.limits.file(request)
    data = await forms.body(request, FILE_BYTES)
    sent = Sent(
        key=request.headers.get(KEY_HEADER, ""),
        name=request.path_params["sha256"],
        kind=_kind(request.headers.get("content-type", "")),
        data=data,
    )
    kept = await anyio.to_thread.run_sync(door.uploads.keep, sent, door.clock(), limiter=door.slow)
    return JSONResponse({"sha256": kept.name, "kind": kept.kind.value}, 201 if kept.is_new else 200)


def _kind(media_type: str) -> AttachmentKind:
    is_sound = media_type.strip().lower().startswith("audio/")
    return AttachmentKind.VOICE if is_sound else AttachmentKind.PHOTO
