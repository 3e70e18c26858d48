"""What a person may hand in, and how it is checked. 诉求"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from weiyou.domain.words import Word
from weiyou.errors import BadInput

TEXT_MAX_CHARS: Final = 5_000
TITLE_CHARS: Final = 30
PHOTOS_MAX: Final = 9
NOTICE_VERSION: Final = "2026-11"
"""Version of the notice that the resident sees before he writes (PIPL art. 17)."""

_PHONE: Final = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,80}")


class Source(Word):
    """By which way a matter came in. 来源"""

    QR = "qr", "扫码"
    PHONE = "phone", "电话"
    VISIT = "visit", "来访"
    WORKER = "worker", "网格员代报"
    IMPORT = "import", "导入"


class AttachmentKind(Word):
    """What a file is. 附件类型"""

    PHOTO = "photo", "照片"
    VOICE = "voice", "语音"


class Grade(Word):
    """The five grades of a resident's rating. 评价"""

    VERY_GOOD = "very_good", "非常满意"
    GOOD = "good", "满意"
    FAIR = "fair", "基本满意"
    POOR = "poor", "不满意"
    VERY_POOR = "very_poor", "非常不满意"


SATISFIED: Final = frozenset({Grade.VERY_GOOD, Grade.GOOD, Grade.FAIR})
"""The grades that count as satisfied; every rate shows its denominator. 满意"""


@dataclass(frozen=True)
class Location:
    """Where the resident stood or pointed, WGS-84.

    Attributes:
        lon: Degrees east.
        lat: Degrees north.
        accuracy_m: Radius in metres, as the device says.
    """

    lon: float
    lat: float
    accuracy_m: float | None = None


@dataclass(frozen=True)
class Draft:
    """What a person hands in, checked. Only the text is needed."""

    text: str
    category: str | None = None
    name: str | None = None
    phone: str | None = None
    place: str | None = None
    location: Location | None = None
    photos: tuple[str, ...] = ()  # SHA-256 of what the phone uploaded
    voice: str | None = None
    notice_version: str = NOTICE_VERSION


def title(text: str) -> str:
    """Return the first words of a matter, for lists."""
    first = re.split(r"[\n。！？!?]", text.strip(), maxsplit=1)[0].strip() or text.strip()
    return first if len(first) <= TITLE_CHARS else first[: TITLE_CHARS - 1] + "…"


def plain(text: str) -> str:
    """Return the text without edge blanks and without what no database keeps.

    That is NUL, and halves of characters (lone surrogates).
    """
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()


def check_key(key: str | None) -> str:
    """Return an idempotency key. Raises: BadInput."""
    if key is None or not _KEY.fullmatch(key):
        raise BadInput("提交凭据无效，请刷新页面后重新提交（内容不会丢失）", "key")
    return key


def check_text(text: str, *, voice: bool = False) -> str:
    """Return the text without edge blanks; with a voice note it may be empty. Raises: BadInput."""
    words = plain(text)
    if not words and not voice:
        raise BadInput("请写下您要反映的事情，或录一段语音", "text")
    if len(words) > TEXT_MAX_CHARS:
        raise BadInput(f"内容太长（最多 {TEXT_MAX_CHARS} 字），请精简后再提交", "text")
    return words or "（语音留言）"


def check_phone(phone: str | None) -> str | None:
    """Return a telephone number, or None if none is given. Raises: BadInput."""
    digits = (phone or "").strip().replace(" ", "")
    if not digits:
        return None
    if not _PHONE.fullmatch(digits):
        raise BadInput("电话号码不对，请检查；不想留电话可以不填", "phone")
    return digits


def check_location(lon: float, lat: float, accuracy_m: float | None = None) -> Location:
    """Return a place on earth. Raises: BadInput."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise BadInput("位置无效，请重新定位，或不附位置直接提交", "location")
    return Location(lon, lat, accuracy_m)


def check_photos(photos: tuple[str, ...]) -> tuple[str, ...]:
    """Return the photos' names. Raises: BadInput."""
    if len(photos) > PHOTOS_MAX:
        raise BadInput(f"最多 {PHOTOS_MAX} 张照片，请去掉几张", "photos")
    return photos
