"""Attachments on disk, each under the hash of its content. 附件存放"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import Final

from weiyou.errors import NotFound

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600


class FileStore:
    """A folder of files named by their SHA-256; a file is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Keep `data` and return its SHA-256. Kept twice, it is kept once."""
        name = hashlib.sha256(data).hexdigest()
        path = self._path(name)
        if path.exists():
            return name
        self._make_folders(path.parent)
        fresh = path.with_name(f".{name}.{secrets.token_hex(6)}")
        try:
            _write(fresh, data)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)  # still there only if the disk was full
        _sync_folder(path.parent)
        return name

    def get(self, name: str) -> bytes:
        """Return the content. Raises: NotFound; ValueError if the disk changed it."""
        path = self._path(name)
        if not path.is_file():
            raise NotFound("附件不在了，请联系系统管理员")
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != name:
            raise ValueError(f"damaged attachment: {name}")
        return data

    def remove(self, name: str) -> None:
        """Remove a file; one that is gone already is no fault."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", name):
            raise ValueError(f"not a content hash: {name!r}")
        return self.root / name[:2] / name[2:4] / name

    def _make_folders(self, leaf: Path) -> None:
        """Make the two levels, closed to others; a new name is on disk before what it holds."""
        self.root.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        for folder in (leaf.parent, leaf):
            if not folder.exists():
                folder.mkdir(exist_ok=True, mode=FOLDER_MODE)
                _sync_folder(folder.parent)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
