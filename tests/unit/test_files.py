"""Attachments on disk: whole or not at all, closed to others, and never silently changed."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from weiyou.adapters.files import FileStore
from weiyou.errors import NotFound

PHOTO = b"a photo of a broken lamp"


@pytest.fixture
def kept(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "home" / "attachments")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_put_comes_back_under_the_hash_of_its_content(kept: FileStore) -> None:
    name = kept.put(PHOTO)
    assert name == hashlib.sha256(PHOTO).hexdigest()
    assert kept.get(name) == PHOTO


def test_the_same_content_is_kept_once(kept: FileStore) -> None:
    # Given twenty uploads of one photo at the same time
    with ThreadPoolExecutor(8) as threads:
        names = set(threads.map(kept.put, [PHOTO] * 20))

    # Then there is one file, two folders deep, and nothing half-written beside it
    files = [path for path in kept.root.rglob("*") if path.is_file()]
    (name,) = names
    assert files == [kept.root / name[:2] / name[2:4] / name]


def test_only_the_service_may_read_it(kept: FileStore) -> None:
    previous = os.umask(0)
    try:
        kept.put(PHOTO)
    finally:
        os.umask(previous)
    modes = {path.is_dir(): _mode(path) for path in [kept.root, *kept.root.rglob("*")]}
    assert modes == {True: 0o700, False: 0o600}


def test_a_file_that_the_disk_changed_is_not_handed_out(kept: FileStore) -> None:
    name = kept.put(PHOTO)
    (kept.root / name[:2] / name[2:4] / name).write_bytes(PHOTO[:-1] + b"!")
    with pytest.raises(ValueError, match="damaged"):
        kept.get(name)


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "g" * 64, "a" * 64 + "\n", "a" * 65]
)
def test_an_odd_name_is_never_looked_for(kept: FileStore, name: str) -> None:
    for touch in (kept.get, kept.remove):
        with pytest.raises(ValueError, match="not a content hash"):
            touch(name)


def test_a_file_that_is_gone_is_said_to_be_gone(kept: FileStore) -> None:
    name = kept.put(PHOTO)
    kept.remove(name)
    kept.remove(name)
    with pytest.raises(NotFound, match="附件不在了"):
        kept.get(name)


def test_a_full_disk_leaves_nothing_behind(
    kept: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a disk that takes no more bytes
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr("weiyou.adapters.files.os.fsync", full)
    kept.root.mkdir(parents=True)

    # Then the upload fails aloud, and there is no half of it
    with pytest.raises(OSError, match="no space"):
        kept.put(PHOTO)
    assert not [path for path in kept.root.rglob("*") if path.is_file()]
