"""Showing what people sent: it is looked at and heard, and runs nothing. 附件"""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from weiyou.phone.guards import FILE_POLICY, NO_STORE

ENDINGS: Final = {
    "image/jpeg": "jpg",
    "audio/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
}
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def shown(request: Request, data: bytes, media_type: str) -> Response:
    """Return a file, or the part of it that a player asks for (RFC 9110, section 14)."""
    ending = ENDINGS.get(media_type, "bin")
    headers = {
        "Content-Security-Policy": FILE_POLICY,
        "Cache-Control": NO_STORE,
        "Content-Disposition": f'inline; filename="attachment.{ending}"',
        "Accept-Ranges": "bytes",
    }
    part = _part(request.headers.get("range", ""), len(data))
    if part is None:
        return Response(data, headers=headers, media_type=media_type)
    start, end = part
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
    return Response(data[start:end], 206, headers=headers, media_type=media_type)


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """Return begin and end of one range that can be given, or None for the whole."""
    found = _RANGE.fullmatch(wanted)
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(size - int(found[2]), 0), size
    start, end = int(found[1]), min(int(found[2] or size) + 1, size)
    return (start, end) if start < end else None
