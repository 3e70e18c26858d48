"""Posters: every page carries what it must, and its code leads where it should."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pymupdf
import pytest

from weiyou.adapters import posters
from weiyou.adapters.posters import FontMissing, Poster
from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import Refusal

NOW = datetime(2026, 11, 24, 17, 30, 0, 123_456, tzinfo=SHANGHAI)
GRIDS = 209
READER: Any = pymupdf  # it carries no types
HOSTILE = [
    '#image("/etc/passwd")',
    "$ x^2 $",
    "*粗* _斜_ `码` <标签> @引用 // 注释",
    '"); #panic("x',
    "\\u{0041} \\ ~ -- ... ]]] }}} #let",
    "</svg><script>",
]


def a_poster(place: int = 1) -> Poster:
    return Poster(
        grid_code=f"3203820032{15 + place // 10:02d}{place % 10 + 1:03d}",
        grid_name=f"第 {place % 10 + 1} 网格",
        village_name="柳塘村",
        extent="东至大沟，西至圩堤，南至小学，北至省道，共 86 户。",
        worker_name="王小圩",
        worker_phone_display=f"199 0000 {place:04d}",
        supervision_phone="0516-8600 0000",
        url=f"HTTPS://XNB.EXAMPLE.GOV.CN/G/{place:08d}-7ZQ2M8K4T0WXYVBD",
        serial=f"{place:08d}",
    )


def _print(*wanted: Poster) -> Any:
    return READER.open(stream=posters.pdf(wanted, now=NOW), filetype="pdf")


def _scan(page: Any, *, gray: bool = False) -> tuple[str, ...]:
    """Return what an independent reader finds on the page."""
    return tuple(cv2.wechat_qrcode.WeChatQRCode().detectAndDecode(_picture(page, gray=gray))[0])


def _picture(page: Any, *, gray: bool = False) -> npt.NDArray[np.uint8]:
    pixels = page.get_pixmap(dpi=90, colorspace=READER.csGRAY if gray else READER.csRGB)
    return np.frombuffer(pixels.samples, np.uint8).reshape(pixels.h, pixels.w, pixels.n)


def _words(page: Any) -> str:
    return "".join(page.get_text().split())


def test_every_one_of_209_pages_carries_a_code_that_leads_to_its_grid() -> None:
    # Given a poster for each grid of a sub-district
    wanted = [a_poster(place) for place in range(GRIDS)]

    # When they are printed
    document = _print(*wanted)

    # Then an independent reader finds the right address on each page, in order
    assert [_scan(page) for page in document] == [(poster.url,) for poster in wanted]


def test_a_page_tells_what_the_law_wants_posted_and_what_we_never_ask_for() -> None:
    poster = a_poster()
    document = _print(poster)
    words = _words(document[0])
    for fact in (
        "圩您办",
        "有事扫一扫",
        poster.village_name,
        poster.grid_name,
        poster.grid_code,
        poster.extent,
        poster.worker_name,
        poster.worker_phone_display,
        poster.supervision_phone,
        "12345",
        "xnb.example.gov.cn",
        "我们不收费，不要身份证号、银行卡号、验证码",
        "码破损、被贴住、扫不开",
        poster.serial,
    ):
        assert "".join(fact.split()) in words, fact
    size = document[0].rect
    assert (round(size.width / 72 * 25.4), round(size.height / 72 * 25.4)) == (148, 210)


def test_a_black_and_white_print_can_still_be_scanned() -> None:
    assert _scan(_print(a_poster())[0], gray=True) == (a_poster().url,)


def test_the_fonts_travel_with_the_file() -> None:
    document = _print(a_poster())
    fonts = document[0].get_fonts()
    assert len(fonts) == 2  # regular and bold
    for xref, *_ in fonts:
        name, extension, _, content = document.extract_font(xref)
        assert "+" in name, "a subset is marked by its prefix"
        assert extension != "n/a", "a font that is only named, not embedded"
        assert content


@pytest.mark.parametrize("name", HOSTILE)
def test_what_people_wrote_is_printed_and_never_obeyed(name: str) -> None:
    poster = replace(a_poster(), grid_name=name, worker_name=name, extent=name)
    assert _words(_print(poster)[0]).count("".join(name.split())) == 3


@pytest.mark.parametrize("letter", ["很", "W", "长\n", "\u202e", "𠮷"])
def test_a_name_without_end_stays_on_its_page_and_leaves_the_code_alone(letter: str) -> None:
    long = letter * 2_000
    poster = replace(
        a_poster(),
        grid_name=long,
        village_name=long,
        extent=long,
        worker_name=long,
        worker_phone_display=long,
        supervision_phone=long,
    )
    document = _print(poster, a_poster(2))
    assert [_scan(page) for page in document] == [(poster.url,), (a_poster(2).url,)]


def test_a_grid_without_a_worker_says_where_to_call() -> None:
    poster = replace(a_poster(), worker_name="", worker_phone_display="")
    assert "请打监督电话" in _words(_print(poster)[0])


def test_the_same_posters_and_instant_give_the_same_bytes() -> None:
    assert posters.pdf([a_poster()], now=NOW) == posters.pdf([a_poster()], now=NOW)


def test_a_machine_without_chinese_fonts_is_told_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(FontMissing, match="apt install fonts-noto-cjk"):
        posters.pdf([a_poster()], now=NOW, font_folders=[tmp_path])


def test_no_grids_no_poster() -> None:
    with pytest.raises(Refusal, match="没有可打印的二维码"):
        posters.pdf([], now=NOW)
