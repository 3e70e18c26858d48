"""The posters (海报) with the grids' QR codes: A5, one page a grid, one PDF for the printer.

A poster must carry the grid's name, number and extent, its worker's name and contact, and the
supervision telephone (滨州市网格化服务管理条例 art. 6). Ours also says where a true code leads and
what we never ask for, because codes are pasted over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import typst

from weiyou.adapters import qr
from weiyou.errors import Refusal

FONTS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
)
"""Families with simplified Chinese in regular and bold, the first that is installed is taken."""

NOBODY: Final = "请打监督电话"
"""Stands where a grid has no worker, or the worker no telephone."""

NAME_CHARS: Final = 36
EXTENT_CHARS: Final = 130
"""What still fits in the smallest type of its place on the page."""


class FontMissing(Refusal):
    """No Chinese font is installed on this machine."""


@dataclass(frozen=True)
class Poster:
    """What is printed on one poster.

    Attributes:
        extent: Where the grid begins and ends, in a sentence.
        worker_phone_display: As it is printed; empty prints where to call instead.
        url: The address in the code, in capitals (see `qr`).
        serial: The number of this printed code, so that it can be revoked.
    """

    grid_code: str
    grid_name: str
    village_name: str
    extent: str
    worker_name: str
    worker_phone_display: str
    supervision_phone: str
    url: str
    serial: str


def pdf(
    posters: Sequence[Poster], *, now: datetime, font_folders: Sequence[Path] | None = None
) -> bytes:
    """Return one PDF, a page a poster; the same posters and instant give the same bytes.

    Args:
        posters: In the order of the pages; none gives a Refusal.
        now: Stands in the PDF as its date.
        font_folders: Where to look for fonts; None means wherever the system keeps them.

    Raises:
        FontMissing: There is no Chinese font to print with.
        Refusal: There is nothing to print.
    """
    if not posters:
        raise Refusal("没有可打印的二维码，请先为网格生成二维码")
    fonts = _fonts(font_folders)
    printed = typst.compile(
        resources.files(__package__).joinpath("poster.typ").read_bytes(),
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"posters": json.dumps([_page(p) for p in posters]), "font": _family(fonts)},
        timestamp=int(now.timestamp()),
    )
    if not isinstance(printed, bytes):
        raise TypeError(f"typst answered {type(printed)}")
    return printed


def _fonts(folders: Sequence[Path] | None) -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=folders is None,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in folders or ()],
    )


def _family(fonts: typst.Fonts) -> str:
    installed = set(fonts.families())
    for family in FONTS:
        if family in installed:
            return family
    raise FontMissing("这台机器没有中文字体，海报无法打印。请先安装：apt install fonts-noto-cjk")


def _page(poster: Poster) -> dict[str, str]:
    """Return the fields of a page. They are no markup: the template shows them as they are."""
    return {
        "grid_code": poster.grid_code,
        "grid_name": _shown(poster.grid_name, NAME_CHARS),
        "village_name": _shown(poster.village_name, NAME_CHARS),
        "extent": _shown(poster.extent, EXTENT_CHARS),
        "worker_name": _shown(poster.worker_name, NAME_CHARS),
        "worker_phone": _shown(poster.worker_phone_display, NAME_CHARS) or NOBODY,
        "supervision_phone": _shown(poster.supervision_phone, NAME_CHARS),
        "domain": urlsplit(poster.url.lower()).netloc,
        "url": poster.url,
        "serial": poster.serial,
        "code": qr.svg(poster.url),
    }


def _shown(words: str, chars: int) -> str:
    """Return `words` on one line, cut where they would no longer fit on the paper."""
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return line if len(line) <= chars else line[: chars - 1] + "…"
