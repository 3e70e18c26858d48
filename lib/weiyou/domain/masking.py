"""Masking of personal data for display. 脱敏

The rules are vectors of the project's privacy design; masked records are still personal data.
"""

from __future__ import annotations

import re
from typing import Final

COMPOUND_SURNAMES: Final = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 "  # noqa: SIM905
    "宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐".split()
)
MOBILE: Final = re.compile(r"(?<!\d)((?:\+?86[- ]?)?1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})(?!\d)")
LANDLINE: Final = re.compile(r"(?<!\d)((?:010|02\d|0[3-9]\d\d)[- ]?)\d{4}(\d{3,4})(?!\d)")
ID_NUMBER: Final = re.compile(r"(?<!\d)(\d)(?:[- ]?\d){16}[- ]?([\dXx])(?![\dXx])")
BANK_CARD: Final = re.compile(r"(?<!\d)(\d{4})(?:[- ]?\d){8,11}[- ]?(\d{4})(?!\d)")
DOOR: Final = re.compile(
    r"(?:[0-9]|[一二三四五六七八九十百]+\s*(?:号|栋|幢|单元|室|组)).*", re.DOTALL
)
"""Where the door begins in an address: the first figure, or a counted house, flat or group."""

PLATE_CHARS: Final = 7
_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９", "0123456789")


def phone(number: str) -> str:
    """Return a mobile as `138****1234`, a landline as `0516-****1234`, anything else as stars."""
    digits = number.strip().translate(_FULL_WIDTH)
    for pattern in (MOBILE, LANDLINE):
        if pattern.fullmatch(digits):
            return pattern.sub(r"\1****\2", digits)
    return "*" * len(digits)


def id_number(number: str) -> str:
    """Return first and last character only: region, birth and last four would identify."""
    return number[:1] + "*" * (len(number) - 2) + number[-1:] if len(number) > 2 else "*"


def name(full: str) -> str:
    """Return the surname's first character and a star for each further one.

    Compound surnames and names with a dot get three stars, so that they do not stand out by length.
    `张三` gives `张*`, `欧阳建国` gives `欧***`, `古丽·阿依` gives `古***`.
    """
    text = full.strip()
    if not text:
        return ""
    if "·" in text or text[:2] in COMPOUND_SURNAMES:
        return text[0] + "***"
    return text[0] + "*" * (len(text) - 1)


def plate(number: str) -> str:
    """Return a number plate as `苏C***45`; what is too short to be one becomes stars."""
    if len(number) < PLATE_CHARS:
        return "***"
    return f"{number[:2]}***{number[-2:]}"


def age_band(age_years: int) -> str:
    """Return the band that stands for an age in full years."""
    for limit, band in ((14, "<14"), (18, "14–17"), (60, "18–59"), (80, "60–79")):
        if age_years < limit:
            return band
    return "80+"


def address(words: str) -> str:
    """Return an address down to the natural village or estate, without house and flat."""
    return DOOR.sub("", words.translate(_FULL_WIDTH)).strip()


def text(words: str) -> str:
    """Return free text with phone, ID and bank numbers masked, also where they are spaced out."""
    masked = ID_NUMBER.sub(lambda m: m[1] + "*" * 16 + m[2], words.translate(_FULL_WIDTH))
    masked = BANK_CARD.sub(r"\1****\2", masked)
    masked = MOBILE.sub(r"\1****\2", masked)
    return LANDLINE.sub(r"\1****\2", masked)
