"""Photos (照片) from a phone, made harmless: decoded elsewhere, turned upright, stripped, shrunk.

Nothing of what the phone sent is kept but the pixels. The decoding happens in processes of their
own (see `imageworker`), which talk in plain bytes, so that a photo that breaks a decoder breaks
nothing else.
"""

from __future__ import annotations

import hashlib
import queue
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from weiyou.adapters import imageworker
from weiyou.errors import BadInput, TooMany

BYTES_MAX: Final = 10 * 2**20
ANSWER_S: Final = 20.0
"""How long a worker may take for a photo, waiting for the processor included."""
START_S: Final = 30.0
QUEUE_S: Final = 30.0
"""How long an upload waits for a free worker."""
MEDIA_TYPE: Final = "image/jpeg"

_UNREADABLE: Final = "这张照片打不开，请换一张，或用手机截一张图再传"
_TOO_LARGE: Final = "这张照片太大了，请压缩或截图后再传（不超过 10 MB、4000 万像素）"


@dataclass(frozen=True)
class CleanImage:
    """A photo that may be kept.

    Attributes:
        sha256: Of `data`, in hexadecimal: the name under which it is kept.
    """

    data: bytes
    sha256: str
    media_type: str
    width_px: int
    height_px: int


class ImageCleaner:
    """Worker processes that clean photos, started when first needed. May be called from threads."""

    def __init__(self, workers: int = 2, *, answer_s: float = ANSWER_S) -> None:
        self._answer_s = answer_s
        self._places: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._places.put(None)
        self._workers = workers

    def clean(self, photo: bytes) -> CleanImage:
        """Return the photo as an upright JPEG without metadata, its long side at most 1600 px.

        Args:
            photo: JPEG, PNG or WebP, as the phone sent it.

        Raises:
            BadInput: It is no photo, or too large, or it took its worker down.
            TooMany: All workers are busy for a long time.
        """
        if len(photo) > BYTES_MAX:
            raise BadInput(_TOO_LARGE, "photo")
        if not _has_magic(photo):
            raise BadInput(_UNREADABLE, "photo")
        reply = self._ask(photo)
        verdict, width_px, height_px = imageworker.CLEAN.unpack_from(reply)
        if verdict == imageworker.TOO_LARGE:
            raise BadInput(_TOO_LARGE, "photo")
        if verdict != imageworker.DONE:
            raise BadInput(_UNREADABLE, "photo")
        jpeg = reply[imageworker.CLEAN.size :]
        return CleanImage(jpeg, hashlib.sha256(jpeg).hexdigest(), MEDIA_TYPE, width_px, height_px)

    def _ask(self, photo: bytes) -> bytes:
        worker = self._take()
        try:
            return worker.ask(photo, self._answer_s)
        except (OSError, EOFError):  # it went over its limits, or over its time
            worker.end()
            raise BadInput(_UNREADABLE, "photo") from None
        finally:
            self._places.put(worker)

    def _take(self) -> _Worker:
        """Return a worker that nobody else has, a new one if need be. Raises: TooMany."""
        try:
            worker = self._places.get(timeout=QUEUE_S)
        except queue.Empty:
            raise TooMany("现在上传照片的人多，请过一会儿再传，照片还在您的手机里") from None
        if worker is not None:
            if worker.is_alive():
                return worker
            worker.end()
        try:
            return _Worker()
        except BaseException:
            self._places.put(None)
            raise

    def close(self) -> None:
        """End the workers. A photo in hand is answered first."""
        for _ in range(self._workers):
            worker = self._places.get()
            if worker is not None:
                worker.end()
        for _ in range(self._workers):
            self._places.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Worker:
    """One process and the socket to it."""

    def __init__(self) -> None:
        self._wire, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                [sys.executable, "-I", "-m", imageworker.__name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={},  # no secret of ours goes along
                start_new_session=True,  # Ctrl-C is for us: it ends when we hang up
            )
        try:
            imageworker.receive(self._wire, len(imageworker.READY), time.monotonic() + START_S)
        except (OSError, EOFError):
            self.end()
            raise RuntimeError("the image worker did not start") from None

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, photo: bytes, seconds: float) -> bytes:
        """Return the worker's reply. Raises: OSError and EOFError when there is none in time."""
        until = time.monotonic() + seconds
        self._wire.settimeout(seconds)
        self._wire.sendall(imageworker.LENGTH.pack(len(photo)) + photo)
        head = imageworker.receive(self._wire, imageworker.LENGTH.size, until)
        (length,) = imageworker.LENGTH.unpack(head)
        return imageworker.receive(self._wire, length, until)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._wire.close()


def _has_magic(photo: bytes) -> bool:
    if photo.startswith(b"RIFF"):
        return photo[8:12] == b"WEBP"
    return photo.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
