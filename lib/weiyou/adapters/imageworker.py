"""The process that decodes photos: a closed room, because decoders have holes.

Started by `images` as `python -I -m weiyou.adapters.imageworker FD`. It reads and writes
length-prefixed bytes on one socket, and nothing else: before the first photo it gives away the
right to open a file or a connection, to write to disk, and to take more memory than a photo needs.
A photo that needs more time than allowed is ended by the kernel, together with the process.
"""

from __future__ import annotations

import io
import resource
import socket
import struct
import sys
import time
import warnings
from contextlib import suppress
from typing import Final

from PIL import Image, ImageOps, MpoImagePlugin

FORMATS: Final = ("JPEG", "PNG", "WEBP")
PIXELS_MAX: Final = 40_000_000
SIDE_MAX_PX: Final = 1_600
JPEG_QUALITY: Final = 80
MEMORY_BYTES: Final = 512 * 2**20
CPU_S: Final = 10

PIECE_BYTES: Final = 2**20
READY: Final = b"R"
LENGTH: Final = struct.Struct("!I")
CLEAN: Final = struct.Struct("!BII")
"""Verdict, width and height in pixels; the JPEG follows."""

DONE: Final = 0
UNREADABLE: Final = 1
TOO_LARGE: Final = 2


def clean(photo: bytes) -> tuple[bytes, int, int]:
    """Return the photo as a JPEG without metadata, upright, its long side at most 1600 px.

    Raises:
        Image.DecompressionBombWarning: It claims more pixels than a phone's camera has.
        Exception: Whatever a decoder says to bytes that are no picture.
    """
    with Image.open(io.BytesIO(photo), formats=FORMATS) as opened:
        if opened.width * opened.height > PIXELS_MAX:
            raise Image.DecompressionBombWarning
        opened.thumbnail((SIDE_MAX_PX, SIDE_MAX_PX))
        upright = ImageOps.exif_transpose(opened)
    bare = _on_white(upright)
    target = io.BytesIO()
    bare.save(target, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return target.getvalue(), bare.width, bare.height


def _on_white(image: Image.Image) -> Image.Image:
    """Return the bare pixels in RGB; what is transparent becomes white."""
    if not image.has_transparency_data:
        return Image.frombytes("RGB", image.size, image.convert("RGB").tobytes())
    layer = image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(layer, mask=layer)
    return paper


def answer(photo: bytes) -> bytes:
    """Return the verdict, and the cleaned photo if there is one."""
    try:
        jpeg, width_px, height_px = clean(photo)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError):
        return CLEAN.pack(TOO_LARGE, 0, 0)
    except Exception:  # a broken picture can make the decoder raise anything
        return CLEAN.pack(UNREADABLE, 0, 0)
    return CLEAN.pack(DONE, width_px, height_px) + jpeg


def main() -> None:
    """Answer photos until the other side hangs up."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    with socket.socket(fileno=int(sys.argv[1])) as wire:
        _load_decoders()
        _lock_the_door()
        wire.sendall(READY)
        with suppress(EOFError):
            while True:
                (length,) = LENGTH.unpack(receive(wire, LENGTH.size))
                photo = receive(wire, length)
                _allow_cpu()
                reply = answer(photo)
                wire.sendall(LENGTH.pack(len(reply)) + reply)


def _load_decoders() -> None:
    """Import what Pillow imports late: afterwards no file can be opened."""
    probe = Image.new("RGBA", (2, 2))
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in FORMATS:
        target = io.BytesIO()
        probe.convert("RGB").save(target, kind, exif=exif)
        clean(target.getvalue())
    target = io.BytesIO()
    pair = [probe.convert("RGB"), probe.convert("RGB")]
    pair[0].save(target, MpoImagePlugin.MpoImageFile.format, save_all=True, append_images=pair[1:])
    clean(target.getvalue())


def _lock_the_door() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _allow_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def receive(wire: socket.socket, count: int, until: float | None = None) -> bytes:
    """Return the next `count` bytes.

    Args:
        wire: A connected socket.
        count: How many bytes must come.
        until: On the monotonic clock; None waits as long as it takes.

    Raises:
        EOFError: The other side has hung up.
        TimeoutError: They did not come in time.
    """
    received = bytearray()
    while len(received) < count:
        if until is not None:
            wire.settimeout(max(until - time.monotonic(), 0.001))
        piece = wire.recv(min(count - len(received), PIECE_BYTES))
        if not piece:
            raise EOFError
        received += piece
    return bytes(received)


if __name__ == "__main__":
    main()
