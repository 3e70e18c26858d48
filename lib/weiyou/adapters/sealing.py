"""Sealing what must be read again but not be found by whoever copies the database. 加密保存

AES-256-GCM with a random nonce of 96 bits (NIST SP 800-38D section 8.2.2); an installation seals
some hundreds of values with a key, far below the 2**32 that the section allows.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12


class Damaged(Exception):
    """What was sealed has been changed, belongs elsewhere, or was sealed with another key."""


def seal(key: bytes, plain: bytes, place: str) -> str:
    """Return `plain` sealed, as ASCII text.

    Args:
        place: Where it is kept; it cannot be opened anywhere else.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain, place.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(key: bytes, sealed: str, place: str) -> bytes:
    """Return what was sealed. Raises: Damaged."""
    try:
        raw = base64.urlsafe_b64decode(sealed)
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
    except (InvalidTag, binascii.Error, ValueError) as fault:
        raise Damaged(f"cannot be opened: {place}") from fault
