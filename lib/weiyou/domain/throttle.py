"""How often one may err at signing in, so that guessing fails and nobody is locked out. 试错限制

Whoever guesses must not be able to keep the person himself out. So the tight limit counts a login
together with an address. What is counted for a login from everywhere binds strangers only, and
only slows them; an address where this login has signed in within the last month is no stranger.
Source: OWASP ASVS 5.0 6.3.1, 6.1.1; the counts of PyPI's own site (warehouse).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from weiyou.errors import TooMany

WINDOW: Final = timedelta(minutes=5)
KNOWN_FOR: Final = timedelta(days=30)
OF_PAIR: Final = 10
OF_ADDRESS: Final = 50  # a whole office sits behind one address
OF_ALL: Final = 1_000
OF_LOGIN: Final = 10
"""From here on, counted over all addresses, strangers are slowed down."""

OF_STRANGER: Final = 3
BETWEEN_STRANGERS: Final = timedelta(seconds=1)

_WAIT: Final = "试错次数太多，请 5 分钟后再登录"
_SLOW: Final = "有人正在试这个账号的密码。请等几秒再试，或者到您平时登录的电脑、手机上登录"


@dataclass(frozen=True)
class Failures:
    """What has failed within the window.

    Attributes:
        pair: Of this login from this address.
        address: From this address, whatever the login.
        all: Of everybody.
        login: Of this login, from anywhere.
        since_last: How long ago this login failed last, from anywhere; None if it did not.
        is_known: Whether this login has signed in from this address within `KNOWN_FOR`.
    """

    pair: int
    address: int
    all: int
    login: int
    since_last: timedelta | None
    is_known: bool


def check(failures: Failures) -> None:
    """Let a password be tried. Raises: TooMany."""
    if failures.pair >= OF_PAIR or failures.address >= OF_ADDRESS or failures.all >= OF_ALL:
        raise TooMany(_WAIT)
    if failures.is_known or failures.login < OF_LOGIN:
        return
    if failures.pair >= OF_STRANGER:
        raise TooMany(_WAIT)
    if failures.since_last is not None and failures.since_last < BETWEEN_STRANGERS:
        raise TooMany(_SLOW)
