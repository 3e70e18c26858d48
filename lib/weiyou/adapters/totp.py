"""The codes that an authenticator app on a phone shows. 动态验证码

Source: RFC 6238 with SHA-1, the only kind that every app knows; the address is Google's
"Key Uri Format".
"""

from __future__ import annotations

import base64
from typing import Final

import pyotp

from weiyou.domain.secondfactor import PERIOD_S

DIGITS: Final = 6


def code(secret: bytes, step: int) -> str:
    """Return the code of one half minute."""
    return _generator(secret).at(step * PERIOD_S)


def address(secret: bytes, *, login: str, issuer: str) -> str:
    """Return what the QR code says to the app."""
    return _generator(secret).provisioning_uri(name=login, issuer_name=issuer)


def written(secret: bytes) -> str:
    """Return the secret as people type it into the app."""
    return base64.b32encode(secret).decode()


def _generator(secret: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(written(secret), digits=DIGITS, interval=PERIOD_S)
