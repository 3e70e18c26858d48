"""No real person's number and no key stands in any file of the repository."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.house import tracked

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])", re.ASCII)
MOBILE = re.compile(r"(?<![0-9A-Za-z.])(?:\+?86[- ]?)?1[3-9]\d{9}(?![0-9A-Za-z])", re.ASCII)
PRIVATE_KEY = re.compile("-----BEGIN [A-Z ]*PRIVATE " + "KEY-----")


def is_valid_id(number: str) -> bool:
    """Return whether the check digit is right (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[-1].upper()


def ids(text: str) -> list[str]:
    return [number for number in ID_NUMBER.findall(text) if is_valid_id(number)]


LOOKS: dict[str, Callable[[str], list[str]]] = {
    "an identity number": ids,
    "a mobile number": MOBILE.findall,
    "a private key": PRIVATE_KEY.findall,
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_no_file_holds(look: Callable[[str], list[str]]) -> None:
    found = {path: look(text) for path, text in tracked.texts() if look(text)}
    assert found == {}


def test_every_file_is_looked_at() -> None:
    names = {path for path, _ in tracked.texts()}
    assert {"README.md", "pyproject.toml", "apps/triage.ipynb"} <= names
    assert any(name.startswith("data/") and name.endswith(".csv") for name in names)
    assert len(names) > 200


def test_the_looks_would_notice() -> None:
    """Put together from parts, as they may stand here in no other way."""
    number = "110101" + "19900307" + "001"
    full = next(number + digit for digit in "0123456789X" if is_valid_id(number + digit))
    wrong = next(number + digit for digit in "0123456789X" if not is_valid_id(number + digit))
    mobile = "154" + "0000" + "0001"
    assert ids(f"证件 {full}，") == [full]
    assert ids(f"证件 {wrong}，") == []
    assert ids(f"a{full} {full}0") == [], "a hash is no number"
    assert MOBILE.findall(f"打{mobile}。") == [mobile]
    assert MOBILE.findall(f"+86 {mobile}") == [f"+86 {mobile}"]
    assert MOBILE.findall(f"0.{mobile} {mobile}5 a{mobile}") == []
    assert PRIVATE_KEY.search("-----BEGIN RSA PRIVATE " + "KEY-----")
