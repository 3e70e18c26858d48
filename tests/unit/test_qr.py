"""QR codes, read back by a decoder that shares no code with the one that wrote them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from weiyou.adapters import qr

URL = "HTTPS://XNB.EXAMPLE.GOV.CN/G/00000017-7ZQ2M8K4T0WXYVBD"


def _read(picture: bytes) -> str:
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    found, _ = cv2.wechat_qrcode.WeChatQRCode().detectAndDecode(image)
    return str(found[0]) if found else ""


@pytest.mark.parametrize("url", [URL, "https://desk.example.gov.cn/leader?room=Ab_9"])
def test_a_picture_reads_back_as_the_address_it_was_made_of(url: str) -> None:
    assert _read(qr.png(url)) == url


def test_capitals_make_a_smaller_code_than_small_letters() -> None:
    assert _modules(qr.svg(URL)) < _modules(qr.svg(URL.lower()))


def test_a_drawing_leaves_four_modules_of_quiet_zone() -> None:
    # Given the same code with and without its quiet zone
    with_zone, without = qr.svg(URL), qr.svg(URL, quiet_zone_modules=0)

    # Then it is four modules wider on either side
    assert _modules(with_zone) == _modules(without) + 8
    assert with_zone.count("M4 4h7") == 1  # the corner mark begins after the zone


def _modules(svg: str) -> int:
    return int(svg.split('viewBox="0 0 ')[1].split(maxsplit=1)[0])
