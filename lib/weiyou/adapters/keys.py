"""The keys of an installation: files that only the service's user can read. 密钥"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from weiyou.domain.keys import Keys

KEY_BYTES: Final = 32


def load(folder: Path) -> Keys:
    """Return the keys in `folder`, making those that are missing. Raises: ValueError if damaged."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Keys(*(_key(folder / f"{name}.key") for name in Keys.__dataclass_fields__))


def _key(path: Path) -> bytes:
    """Return one key. Two processes that start together end up with the same one."""
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # fails if another process was first
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"damaged key file: {path}")
    return key
