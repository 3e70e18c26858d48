"""The posters of a street: who may print which, and what stands on them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pymupdf
import pytest
import typer
from typer.testing import CliRunner

from tests.factories import (
    GRID,
    NAMES,
    NOW,
    OTHER_GRID,
    STREET,
    VILLAGE,
    a_clerk,
    a_street,
    an_account,
)
from weiyou.adapters.posters import Poster
from weiyou.cli import qr
from weiyou.domain import numbers
from weiyou.domain.areas import AreaKind
from weiyou.domain.people import Actor, Role
from weiyou.errors import BadInput, NotFound, NotPermitted
from weiyou.reports import posters
from weiyou.services.office import OPERATOR, Office
from weiyou.store.tables import Account, Area, Household, QrCode

READER: Any = pymupdf  # it carries no types
URL = "https://xnb.example.gov.cn"


def wanted(office: Office, by: Actor = OPERATOR, area: str = "", **how: str) -> list[Poster]:
    with office.look(by, NOW) as look:
        return posters.posters(look, area, **{"public_url": URL, **how})


def test_every_code_in_force_gets_a_poster(office: Office) -> None:
    # Given three grids, the code of one of which has been revoked
    a_street(office)
    with office.store.write() as session:
        session.query(QrCode).filter_by(area=OTHER_GRID).one().revoked_at = NOW

    # Then the other two are printed, each leading to its own grid
    printed = wanted(office)
    assert [poster.grid_code for poster in printed] == [GRID, "320382003216001"]
    for poster in printed:
        assert poster.url.startswith("HTTPS://XNB.EXAMPLE.GOV.CN/G/")
        token = poster.url.rpartition("/")[2]
        assert numbers.open_poster_token(office.keys.poster, token) == poster.serial


def test_a_poster_names_the_grid_its_worker_and_where_it_lies(office: Office) -> None:
    # Given a grid with a worker and three households in two natural villages
    a_street(office)
    worker = an_account(office, Role.GRID_WORKER, GRID, name="石大川")
    with office.store.write() as session:
        session.get_one(Account, worker.account_id).telephone = "199" + "0000" + "0001"
        for n, name in enumerate(("前石庄", "后石庄"), start=901):
            session.add(
                Area(
                    code=f"{VILLAGE}{n}",
                    kind=AreaKind.NATURAL_VILLAGE,
                    name=name,
                    valid_from=date(2020, 1, 1),
                )
            )
        for n in (901, 901, 902):
            session.add(
                Household(
                    area=GRID,
                    natural_village=f"{VILLAGE}{n}",
                    door="1 号",
                    house_use="own",
                    created_at=NOW,
                )
            )

    # Then all of it stands on its poster
    (poster,) = wanted(office, area=GRID, supervision_phone="0516-8600 0000")
    assert (poster.village_name, poster.grid_name) == (NAMES[VILLAGE][1], NAMES[GRID][1])
    assert (poster.worker_name, poster.worker_phone_display) == ("石大川", "199 0000 0001")
    assert poster.extent == "前石庄、后石庄，共 3 户"
    assert poster.supervision_phone == "0516-8600 0000"


def test_what_is_not_known_is_not_made_up(office: Office) -> None:
    a_street(office)
    (poster,) = wanted(office, area=GRID)
    assert (poster.worker_name, poster.worker_phone_display) == ("", "")
    assert poster.extent == "见村（社区）公示的网格图"
    assert poster.supervision_phone == "12345"

    with office.store.write() as session:
        session.query(Area).filter_by(code=STREET).one().telephone = "0516-8611 0000"
    (poster,) = wanted(office, area=GRID)
    assert poster.supervision_phone == "0516-8611 0000"


def test_who_may_print_which(office: Office) -> None:
    a_street(office)
    secretary = an_account(office, Role.VILLAGE, VILLAGE)
    assert [poster.grid_code for poster in wanted(office, secretary)] == [GRID, OTHER_GRID]
    assert len(wanted(office, secretary, VILLAGE)) == 2
    with pytest.raises(NotPermitted):
        wanted(office, secretary, "320382003216")
    with pytest.raises(NotPermitted):
        wanted(office, a_clerk(office))
    with pytest.raises(NotFound, match="没有可打印的二维码"):
        wanted(office, area="320382003999")


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("http://10.0.0.5:8000", "HTTP://10.0.0.5:8000/G/1-ABC"),
        ("https://Xnb.example.gov.cn/", "HTTPS://XNB.EXAMPLE.GOV.CN/G/1-ABC"),
        ("https://x.gov.cn/weiyou/", "HTTPS://X.GOV.CN/weiyou/G/1-ABC"),
    ],
)
def test_an_address_is_in_capitals_as_far_as_it_still_leads_there(
    public_url: str, expected: str
) -> None:
    assert posters.address(public_url, "1-ABC") == expected


@pytest.mark.parametrize("public_url", ["", "xnb.example.gov.cn", "ftp://x.gov.cn"])
def test_an_address_that_no_phone_opens_is_not_printed(public_url: str) -> None:
    with pytest.raises(BadInput, match="WEIYOU_PUBLIC_URL"):
        posters.address(public_url, "1-ABC")


def _command(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *words: str
) -> tuple[str, Path]:
    monkeypatch.setenv("WEIYOU_HOME", str(office.settings.home))
    monkeypatch.setenv("WEIYOU_DATABASE_URL", office.settings.database_url)
    monkeypatch.setenv("WEIYOU_PUBLIC_URL", URL)
    out = tmp_path / "posters.pdf"
    command = typer.Typer()
    command.command()(qr.qr)
    done = CliRunner().invoke(command, ["--out", str(out), *words], catch_exceptions=False)
    return done.output, out


def test_the_command_prints_what_a_phone_can_scan(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a_street(office)
    said, out = _command(office, monkeypatch, tmp_path, "--village", VILLAGE)
    assert "2 张海报已写到" in said
    found: list[str] = []
    for page in READER.open(out):
        pixels = page.get_pixmap(dpi=90)
        picture = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.h, pixels.w, pixels.n)
        found += cv2.wechat_qrcode.WeChatQRCode().detectAndDecode(picture)[0]
    assert found == [poster.url for poster in wanted(office, area=VILLAGE)]
    assert [path.name for path in tmp_path.glob("*.pdf")] == ["posters.pdf"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--village", "3203"), "12 位"),
        (("--grid", "3203"), "15 位"),
        (("--village", VILLAGE, "--grid", "320382003216001"), "不在这个村"),
    ],
)
def test_the_command_says_which_code_is_wrong(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: tuple[str, ...],
    reason: str,
) -> None:
    a_street(office)
    with pytest.raises(BadInput, match=reason):
        _command(office, monkeypatch, tmp_path, *words)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="写不到"):
        qr._write(tmp_path / "nowhere" / "posters.pdf", b"")
