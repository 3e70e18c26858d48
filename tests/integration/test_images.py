"""Photos: what comes out of the cleaner, and that nothing gets out of its room."""

from __future__ import annotations

import hashlib
import io
import os
import random
import signal
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from PIL import Image

from weiyou.adapters import images, imageworker
from weiyou.adapters.images import CleanImage, ImageCleaner
from weiyou.errors import BadInput, TooMany

GPS_IFD, ORIENTATION = 0x8825, 0x0112


@pytest.fixture(scope="module")
def cleaner() -> Iterator[ImageCleaner]:
    with ImageCleaner(workers=1) as opened:
        yield opened


def a_photo(kind: str = "JPEG", size: tuple[int, int] = (640, 480), **how: Any) -> bytes:
    """Return a photo whose upper left corner is red."""
    picture = Image.new("RGB", size, (40, 90, 60))
    picture.paste((250, 20, 20), (0, 0, size[0] // 2, size[1] // 2))
    target = io.BytesIO()
    picture.save(target, kind, **how)
    return target.getvalue()


def with_place(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x0110] = "WILLOW 9"
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (34.0, 18.0, 6.5), 3: "E", 4: (118.0, 0.0, 9.25)})
    return exif


def opened(clean: CleanImage) -> Image.Image:
    return Image.open(io.BytesIO(clean.data))


def is_red(pixel: Any) -> bool:
    red, green, _ = pixel
    return bool(red > 200 and green < 60)


def worker_pid(cleaner: ImageCleaner) -> int:
    """Return the process that will clean the next photo."""
    cleaner.clean(a_photo())
    (worker,) = cleaner._places.queue
    assert worker is not None
    return worker._process.pid


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "MPO"])
def test_a_photo_comes_back_as_a_jpeg_under_the_hash_of_its_content(
    cleaner: ImageCleaner, kind: str
) -> None:
    clean = cleaner.clean(a_photo(kind))
    assert clean.media_type == "image/jpeg"
    assert clean.sha256 == hashlib.sha256(clean.data).hexdigest()
    assert opened(clean).format == "JPEG"
    assert (clean.width_px, clean.height_px) == opened(clean).size == (640, 480)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_place_where_it_was_taken_is_gone(cleaner: ImageCleaner, kind: str) -> None:
    # Given a photo that says where and with what it was taken
    photo = a_photo(kind, exif=with_place())
    assert b"WILLOW 9" in photo

    # When it is cleaned
    clean = cleaner.clean(photo + b"<script>alert(1)</script>")

    # Then it says neither, nor does it carry what hung on behind
    assert not opened(clean).getexif()
    assert set(opened(clean).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"WILLOW 9" not in clean.data
    assert b"<script>" not in clean.data


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [
        pytest.param(1, (0.1, 0.1), id="upright"),
        pytest.param(3, (0.9, 0.9), id="upside down"),
        pytest.param(6, (0.9, 0.1), id="lying on its left side"),
        pytest.param(8, (0.1, 0.9), id="lying on its right side"),
    ],
)
def test_a_photo_is_turned_upright(
    cleaner: ImageCleaner, orientation: int, corner: tuple[float, float]
) -> None:
    clean = cleaner.clean(a_photo(size=(3_200, 2_400), exif=with_place(orientation)))
    size = (1_600, 1_200) if orientation in {1, 3} else (1_200, 1_600)
    assert (clean.width_px, clean.height_px) == size
    spot = (int(size[0] * corner[0]), int(size[1] * corner[1]))
    assert is_red(opened(clean).getpixel(spot))


def test_what_is_transparent_becomes_paper(cleaner: ImageCleaner) -> None:
    target = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(target, "PNG")
    assert opened(cleaner.clean(target.getvalue())).getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize(
    "photo",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xd8\xff", id="a beginning only"),
        pytest.param(a_photo()[:2_000], id="a photo cut in half"),
        pytest.param(a_photo("GIF"), id="GIF"),
        pytest.param(a_photo("TIFF"), id="TIFF"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="PostScript"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="SVG"),
        pytest.param(b"\x00\x00\x00\x18ftypheic" + bytes(99), id="HEIC"),
    ],
)
def test_what_is_no_photo_of_ours_is_refused(cleaner: ImageCleaner, photo: bytes) -> None:
    with pytest.raises(BadInput, match="这张照片打不开") as refused:
        cleaner.clean(photo)
    assert refused.value.field == "photo"


def _png(width: int, height: int) -> bytes:
    """Return a small file that claims, and holds, a large white picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))

    rows = zlib.compressobj(9)
    line = b"\x00" + b"\xff" * (width // 8)
    packed = b"".join(rows.compress(line * 100) for _ in range(height // 100)) + rows.flush()
    head = pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_a_bomb_is_refused_before_it_is_unpacked(cleaner: ImageCleaner) -> None:
    # Given 30 kB that unpack to 400 million pixels, and a picture just below the limit
    bomb, large = _png(20_000, 20_000), _png(8_000, 5_000)
    assert len(bomb) < 100_000

    # Then one is refused, the other is not, and the worker never grew beyond its room
    with pytest.raises(BadInput, match="太大"):
        cleaner.clean(bomb)
    assert cleaner.clean(large).width_px == 1_600
    with pytest.raises(BadInput, match="太大"):
        cleaner.clean(_png(8_000, 5_100))
    assert _peak_kib(worker_pid(cleaner)) <= imageworker.MEMORY_BYTES // 1024


def _peak_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmPeak:")[1].split()[0])


def test_more_than_ten_megabytes_are_refused_unread(cleaner: ImageCleaner) -> None:
    with pytest.raises(BadInput, match="太大"):
        cleaner.clean(a_photo() + bytes(images.BYTES_MAX))


def test_three_hundred_damaged_files_are_cleaned_or_refused_and_nothing_else(
    cleaner: ImageCleaner,
) -> None:
    chance = random.Random(20260302)
    samples = [a_photo(kind, exif=with_place(6)) for kind in ("JPEG", "PNG", "WEBP")]
    cleaned = refused = 0
    for turn in range(300):
        photo = bytearray(samples[turn % 3])
        for _ in range(chance.randrange(1, 30)):
            photo[chance.randrange(12, len(photo))] = chance.randrange(256)
        if turn % 5 == 0:
            del photo[chance.randrange(12, len(photo)) :]
        try:
            cleaner.clean(bytes(photo))
        except BadInput:
            refused += 1
        else:
            cleaned += 1
    assert cleaned + refused == 300
    assert refused > 30, "the damage was too small to say anything"
    assert _peak_kib(worker_pid(cleaner)) <= imageworker.MEMORY_BYTES // 1024


def test_a_worker_that_is_killed_is_replaced(cleaner: ImageCleaner) -> None:
    # Given a worker that is stopped in the middle of things, and then killed
    pid = worker_pid(cleaner)
    os.kill(pid, signal.SIGSTOP)
    killer = threading.Timer(0.2, os.kill, (pid, signal.SIGKILL))
    killer.start()

    # Then the photo in hand is refused in words
    with pytest.raises(BadInput, match="这张照片打不开"):
        cleaner.clean(a_photo())
    killer.join()

    # And the next one is cleaned, by another process
    assert cleaner.clean(a_photo()).width_px == 640
    assert worker_pid(cleaner) != pid


def test_a_worker_that_died_between_two_photos_is_replaced(cleaner: ImageCleaner) -> None:
    pid = worker_pid(cleaner)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert cleaner.clean(a_photo()).width_px == 640
    assert worker_pid(cleaner) != pid


def test_a_worker_that_takes_too_long_is_ended() -> None:
    with ImageCleaner(workers=1, answer_s=0.3) as impatient:
        pid = worker_pid(impatient)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(BadInput, match="这张照片打不开"):
            impatient.clean(a_photo())
        assert not Path(f"/proc/{pid}").exists()
        assert impatient.clean(a_photo()).width_px == 640


def test_the_worker_cannot_open_a_file_or_a_connection(cleaner: ImageCleaner) -> None:
    limits = Path(f"/proc/{worker_pid(cleaner)}/limits").read_text(encoding="utf-8")
    allowed = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    assert allowed["Max open files"] == "0"
    assert allowed["Max file size"] == "0"
    assert allowed["Max address space"] == str(imageworker.MEMORY_BYTES)
    assert allowed["Max cpu time"].isdigit()
    assert Path(f"/proc/{worker_pid(cleaner)}/environ").read_bytes() == b""


def test_many_threads_share_few_workers() -> None:
    photos = [a_photo(size=(300 + n, 200)) for n in range(24)]
    with ImageCleaner(workers=2) as pair, ThreadPoolExecutor(8) as threads:
        widths = [clean.width_px for clean in threads.map(pair.clean, photos)]
    assert widths == [300 + n for n in range(24)]


def test_closing_leaves_no_process_behind() -> None:
    cleaner = ImageCleaner(workers=1)
    pid = worker_pid(cleaner)
    cleaner.close()
    assert not Path(f"/proc/{pid}").exists()


def test_when_all_workers_are_busy_for_long_the_phone_is_told_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "QUEUE_S", 0.05)
    with ImageCleaner(workers=1) as cleaner:
        busy = cleaner._take()
        with pytest.raises(TooMany, match="过一会儿再传"):
            cleaner.clean(a_photo())
        cleaner._places.put(busy)
        assert cleaner.clean(a_photo()).width_px == 640


def test_a_worker_that_cannot_start_is_a_fault_and_not_a_bad_photo(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ImageCleaner(workers=1) as cleaner:
        with monkeypatch.context() as broken:
            broken.setattr("weiyou.adapters.images.sys.executable", "/bin/false")
            with pytest.raises(RuntimeError, match="did not start"):
                cleaner.clean(a_photo())
        assert cleaner.clean(a_photo()).width_px == 640


@pytest.mark.parametrize(
    ("photo", "verdict"),
    [
        pytest.param(a_photo(), imageworker.DONE, id="a photo"),
        pytest.param(b"no photo", imageworker.UNREADABLE, id="no photo"),
        pytest.param(_png(8_000, 5_100), imageworker.TOO_LARGE, id="too many pixels"),
    ],
)
def test_a_worker_answers_with_a_verdict(photo: bytes, verdict: int) -> None:
    assert imageworker.CLEAN.unpack_from(imageworker.answer(photo))[0] == verdict
