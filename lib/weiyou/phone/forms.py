"""Reading what is posted, within limits, and working on it outside the event loop. 表单"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from weiyou.errors import NotPermitted
from weiyou.phone.door import Door, door_of

FIELD_BYTES: Final = 64 * 2**10
WORDS_BYTES: Final = 256 * 2**10
"""A form of words only."""

FILES_BYTES: Final = 100 * 2**20
"""A form with nine photos straight from a camera, for phones where scripts do not run."""

FILES_MAX: Final = 12


@dataclass(frozen=True)
class Form:
    """What was typed and chosen."""

    data: FormData

    def word(self, name: str) -> str:
        """Return a field, empty if it did not come. What no database keeps is left out."""
        value = self.data.get(name)
        return printable(value) if isinstance(value, str) else ""

    def words(self, name: str) -> tuple[str, ...]:
        """Return every value of a field."""
        return tuple(printable(v) for v in self.data.getlist(name) if isinstance(v, str))

    def files(self, name: str) -> tuple[UploadFile, ...]:
        """Return the files of a field; an empty choice is none."""
        found = (v for v in self.data.getlist(name) if isinstance(v, UploadFile))
        return tuple(file for file in found if file.filename and file.size)

    @property
    def has_files(self) -> bool:
        """Return whether there is a file among the fields."""
        return any(isinstance(v, UploadFile) and v.size for _, v in self.data.multi_items())

    def number(self, name: str) -> int:
        """Return a whole number, 0 for anything else."""
        value = self.word(name)
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


Posted: TypeAlias = Callable[[Request, Form], Response]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def printable(text: str) -> str:
    """Return `text` without control characters other than line ends and tabs."""
    return "".join(c for c in text.replace("\r\n", "\n") if c >= " " or c in "\n\t")


def posted(deed: Posted, *, body_bytes: int = WORDS_BYTES, careful: bool = False) -> Endpoint:
    """Return an endpoint that reads a form and does the deed in a thread.

    Args:
        deed: What is done with the form.
        body_bytes: How large the whole may be.
        careful: The deed is slow on purpose, and has threads of its own.
    """

    async def endpoint(request: Request) -> Response:
        check_site(request)
        door = door_of(request)
        counted = Request(request.scope, limited(request, body_bytes))
        async with counted.form(
            max_files=FILES_MAX, max_fields=100, max_part_size=FIELD_BYTES
        ) as data:
            form = Form(data)
            limiter = door.careful if careful else door.slow if form.has_files else None
            return await anyio.to_thread.run_sync(deed, request, form, limiter=limiter)

    return endpoint


def limited(request: Request, body_bytes: int) -> Receive:
    """Return the request's body as it comes, cut off where it becomes too much."""
    come = 0

    async def receive() -> Message:
        nonlocal come
        message = await request.receive()
        come += len(message.get("body", b""))
        if come > body_bytes:
            raise HTTPException(413)
        return message

    return receive


async def body(request: Request, body_bytes: int) -> bytes:
    """Return the whole body. Raises: HTTPException 413 for one that is too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > body_bytes:
        raise HTTPException(413)
    return await Request(request.scope, limited(request, body_bytes)).body()


def public_host(door: Door) -> str:
    """Return the host that is printed on the posters."""
    return urlsplit(door.office.settings.public_url).netloc


def check_site(request: Request) -> None:
    """Refuse a form that another site sends in the person's name. Raises: NotPermitted."""
    if request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        raise NotPermitted("这次提交来自别的网站，已拦下；请从我们的页面提交")


def check_origin(request: Request) -> None:
    """As `check_site`, for browsers that say only whence. Raises: NotPermitted."""
    check_site(request)
    origin = request.headers.get("origin")
    ours = {request.headers.get("host"), public_host(door_of(request))}
    if origin is not None and urlsplit(origin).netloc not in ours:
        raise NotPermitted("这次提交来自别的网站，已拦下；请从我们的页面提交")
