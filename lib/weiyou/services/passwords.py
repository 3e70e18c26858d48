"""Passwords: kept as argon2id hashes, never more than four worked on at once. 密码"""

from __future__ import annotations

import secrets
import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from weiyou.errors import BadInput

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id with OWASP's smallest recommended parameters, for office machines."""

AT_ONCE: Final = threading.Semaphore(4)
"""4 × 19 MiB: many sign-ins must not eat the memory."""

MIN_CHARS: Final = 12
_NOBODY: Final = HASHER.hash(secrets.token_hex(16))


def fits(kept: str | None, password: str) -> bool:
    """Return whether the password fits; an unknown account costs the same time.

    Whoever asks holds a place of `AT_ONCE`.
    """
    try:
        return HASHER.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def hashed(password: str) -> str:
    """Return what is kept of a password.

    A door where many come at once holds a place of `AT_ONCE`, and takes it before it writes:
    signing in does so in that order.
    """
    return HASHER.hash(password)


def check(password: str, login: str, field: str = "password") -> None:
    """Refuse what can be guessed. Raises: BadInput."""
    if len(password) < MIN_CHARS:
        raise BadInput(f"密码至少 {MIN_CHARS} 个字符，建议用几个词连成一句", field)
    if login.lower() in password.lower() or len(set(password)) < 5:
        raise BadInput("密码太容易猜：不要包含账号，也不要重复同一字符", field)
