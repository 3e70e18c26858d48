"""Voice notes (语音) from a phone: which container it is, that it holds sound and no picture.

What comes in: WebM with Opus (Chrome, WeChat on Android), MP4 with AAC (Safari), Ogg with Opus
(Firefox), and WAV. Nothing is decoded; the browser that plays it does that in its own closed room.
Sources: RFC 8794 and the WebM container guidelines, RFC 7845 (Ogg Opus), ISO/IEC 14496-12 (MP4).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from weiyou.errors import BadInput

BYTES_MAX: Final = 5 * 2**20
HEAD_BYTES: Final = 4_096
"""Where a WebM names its kind and its tracks."""

_VIDEO: Final = re.compile(rb"V_(VP8|VP9|AV1|MPEG|THEORA|MS)")
_HANDLER: Final = re.compile(rb"hdlr.{8}(soun|vide)", re.DOTALL)
_HOLDS_BOXES: Final = frozenset({b"moov", b"trak"})
_TELLS_MORE: Final = frozenset({b"udta", b"meta", b"uuid"})
"""Boxes of an MP4 with a place, a device, a name."""


@dataclass(frozen=True)
class Sound:
    """A voice note that may be kept.

    Attributes:
        sha256: Of `data`, in hexadecimal: the name under which it is kept.
    """

    data: bytes
    sha256: str
    media_type: str


def check(note: bytes) -> Sound:
    """Return the voice note without what it says about place and device. Raises: BadInput."""
    if len(note) > BYTES_MAX:
        raise BadInput("这段语音太长了，请分成几段，每段不超过 60 秒", "voice")
    media_type = _media_type(note)
    if media_type is None:
        raise BadInput("这段语音打不开，请重新录一段，或直接写字", "voice")
    kept = _without_metadata(note) if media_type == "audio/mp4" else note
    return Sound(kept, hashlib.sha256(kept).hexdigest(), media_type)


def _media_type(note: bytes) -> str | None:
    """Return what kind of sound it is, or None if it is none that we take."""
    head = note[:HEAD_BYTES]
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        is_sound = b"webm" in head[:64] and b"A_OPUS" in head and not _VIDEO.search(head)
        return "audio/webm" if is_sound else None
    if head.startswith(b"OggS"):
        return "audio/ogg" if head[28:36] == b"OpusHead" else None
    if head[4:8] == b"ftyp":
        tracks = [_HANDLER.findall(note[a:b]) for a, b, kind in _boxes(note) if kind == b"moov"]
        return "audio/mp4" if tracks == [[b"soun"]] else None
    if head.startswith(b"RIFF"):
        return "audio/wav" if head[8:16] == b"WAVEfmt " else None
    return None


def _without_metadata(note: bytes) -> bytes:
    """Return an MP4 of the same length whose telling boxes are empty space."""
    bare = bytearray(note)
    for start, end, kind in _boxes(note):
        if kind in _TELLS_MORE:
            bare[start + 4 : start + 8] = b"free"
            bare[start + 8 : end] = bytes(end - start - 8)
    return bytes(bare)


def _boxes(note: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield begin, end and kind of each box of an MP4, those inside moov and trak too."""
    ahead = [(0, len(note))]
    while ahead:
        start, limit = ahead.pop()
        if start + 16 > limit:
            continue
        size, kind = int.from_bytes(note[start : start + 4], "big"), note[start + 4 : start + 8]
        if size == 1:  # the size is a long one and follows
            size = int.from_bytes(note[start + 8 : start + 16], "big")
        end = start + size if size else limit  # 0: as far as it goes
        if (size < 8 and size) or end > limit:
            continue
        yield start, end, kind
        ahead.append((end, limit))
        if kind in _HOLDS_BOXES:
            ahead.append((start + 8, end))
