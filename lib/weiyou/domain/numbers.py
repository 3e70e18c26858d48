"""Numbers and tokens that are spoken, printed and scanned: the matter's number, the links. 编号

A matter's number is random, so that nobody can tell from it how many others there are, and carries
a check digit, so that one misheard digit is noticed on the telephone. A link carries a MAC, so that
none can be guessed.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

NUMBER_DIGITS: Final = 9
"""Eight random digits and a check digit (Luhn, ISO/IEC 7812-1)."""

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: upper-case, so that a QR code stays small, without I, L, O and U."""

POSTER_MAC_CHARS: Final = 16  # 80 bits
RECEIPT_MAC_CHARS: Final = 26  # 130 bits
_LOOKALIKES: Final = str.maketrans("ILO", "110")


def check_digit(digits: str) -> str:
    """Return the Luhn digit that completes `digits`."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def petition_number(entropy: int) -> str:
    """Return a nine-digit number made from a random integer."""
    body = f"{entropy % 10 ** (NUMBER_DIGITS - 1):0{NUMBER_DIGITS - 1}d}"
    return body + check_digit(body)


def parse_number(text: str) -> str | None:
    """Return the number in `text` without blanks and dashes, or None if it cannot be one."""
    digits = text.replace(" ", "").replace("-", "").strip()
    if len(digits) != NUMBER_DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    return digits if check_digit(digits[:-1]) == digits[-1] else None


def spoken(number: str) -> str:
    """Return a number in groups of three, as it is shown and read aloud: `482 719 364`."""
    return " ".join(number[place : place + 3] for place in range(0, len(number), 3))


def _base32(raw: bytes, chars: int) -> str:
    bits = int.from_bytes(raw, "big")
    width = len(raw) * 8
    return "".join(ALPHABET[bits >> (width - 5 * (n + 1)) & 31] for n in range(chars))


def _mac(key: bytes, purpose: str, body: str, chars: int) -> str:
    digest = hmac.new(key, f"{purpose}:{body}".encode(), hashlib.sha256).digest()
    return _base32(digest, chars)


def _sign(key: bytes, purpose: str, body: str, chars: int) -> str:
    return f"{body}-{_mac(key, purpose, body, chars)}"


def _open(key: bytes, purpose: str, token: str, chars: int) -> str | None:
    if not token.isascii():
        return None
    body, _, mac = token.upper().translate(_LOOKALIKES).partition("-")
    right = hmac.compare_digest(mac.encode(), _mac(key, purpose, body, chars).encode())
    return body if right else None


def poster_token(key: bytes, serial: str) -> str:
    """Return the token printed in a grid's QR code. `serial` is digits."""
    return _sign(key, "poster", serial, POSTER_MAC_CHARS)


def open_poster_token(key: bytes, token: str) -> str | None:
    """Return the serial of a poster's token, or None for a made-up one. Any case is accepted."""
    return _open(key, "poster", token, POSTER_MAC_CHARS)


def receipt_token(key: bytes, number: str) -> str:
    """Return the private token of a matter's progress page."""
    return _sign(key, "receipt", number, RECEIPT_MAC_CHARS)


def open_receipt_token(key: bytes, token: str) -> str | None:
    """Return the matter's number of a private token, or None for a made-up one."""
    return _open(key, "receipt", token, RECEIPT_MAC_CHARS)
