"""The second step of signing in: whose it is, which code counts, how often one may err. 两步登录

Source: RFC 6238 (30 seconds, six digits; section 5.2: one step of drift, a code counts once);
OWASP ASVS 5.0 6.5.1, 6.6.3.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from weiyou.domain.people import Role
from weiyou.errors import TooMany

REQUIRED: Final = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})
"""三员: they cannot sign in without it where it counts."""

PERIOD_S: Final = 30
DRIFT_STEPS: Final = 1
SECRET_BYTES: Final = 20
"""As long as the hash that it is used with. Source: RFC 4226 section 4, R6."""

RECOVERY_CODES: Final = 8
RECOVERY_CHARS: Final = 16
"""Of base 32, so 80 bits: enough to be kept as a plain hash."""

HALF_LASTS: Final = timedelta(minutes=5)
"""So long a right password waits for its code."""

BEGUN_LASTS: Final = timedelta(minutes=15)
"""So long a secret that was shown waits to be confirmed."""

WRONG_MOST: Final = (
    (timedelta(minutes=5), 5),
    (timedelta(hours=1), 20),
    (timedelta(days=1), 50),
)
"""Wrong codes of one account. They only delay: each span lets go again."""

LONGEST_SPAN: Final = max(span for span, _ in WRONG_MOST)


def is_required(role: Role, *, production: bool) -> bool:
    """Return whether an account of that role may not be without the second step."""
    return production and role in REQUIRED


def step_of(now: datetime) -> int:
    """Return the number of the half minute."""
    return int(now.timestamp()) // PERIOD_S


def steps_around(now: datetime) -> tuple[int, ...]:
    """Return the half minutes whose code counts at this instant: clocks drift a little."""
    middle = step_of(now)
    return tuple(range(middle - DRIFT_STEPS, middle + DRIFT_STEPS + 1))


def fitting_step(given: str, codes: Mapping[int, str], last_step: int) -> int | None:
    """Return the half minute whose code was given, or None.

    Args:
        given: What was typed, tidied up.
        codes: The code of each half minute that counts now.
        last_step: The half minute whose code was used last; it and those before count no more.
    """
    right = [
        step for step, code in codes.items() if hmac.compare_digest(given.encode(), code.encode())
    ]
    return next((step for step in right if step > last_step), None)


def tidy(given: str) -> str:
    """Return a code as it is compared: half-width, capital, without blanks and dashes."""
    plain = unicodedata.normalize("NFKC", given[:100]).upper()
    return "".join(sign for sign in plain if sign.isascii() and sign.isalnum())


def is_recovery(code: str) -> bool:
    """Return whether a tidied code has the length of a recovery code."""
    return len(code) == RECOVERY_CHARS


def in_groups(text: str) -> str:
    """Return `text` in groups of four, for eyes and fingers."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def check_tries(wrong_at: Sequence[datetime], now: datetime) -> None:
    """Let a further code be tried. Raises: TooMany.

    Args:
        wrong_at: When wrong codes were given, of the last `LONGEST_SPAN` at least.
    """
    for span, most in WRONG_MOST:
        within = sorted(at for at in wrong_at if at > now - span)
        if len(within) >= most:
            wait = within[-most] + span - now
            raise TooMany(f"验证码错的次数太多，请 {_in_words(wait)}后再试（账号没有被锁）")


def _in_words(wait: timedelta) -> str:
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return f"{minutes} 分钟" if minutes < 100 else f"{-(-minutes // 60)} 小时"
