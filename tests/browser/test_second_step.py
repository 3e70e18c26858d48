"""Setting the second step up in a real browser: the picture is read as a phone would read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import desk as desks
from tests.chromium import chromium
from tests.desk import Desk
from tests.factories import PASSWORD
from tests.secondsteps import App

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SIZES: Final = ((1440, 900), (390, 844))
OVERFLOW: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("second-step")
    desks.a_notebook(folder / "apps", "triage", "1 + 1")
    desks.a_world(folder / "home", demo=False)
    settings = {"WEIYOU_PRODUCTION": "true"}
    with desks.running(folder / "home", folder / "apps", settings) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    fresh = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    yield fresh
    fresh.close()


def say_who(page: Page, desk: Desk, login: str) -> None:
    page.goto(f"{desk.address}/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")


def give(page: Page, code: str) -> None:
    page.fill("input.code", code)
    page.locator("form", has=page.locator("input.code")).locator("button").click()


def read(page: Page) -> str:
    """Return what the picture on the screen says, read from its pixels."""
    shot = page.locator(".secret img").screenshot()
    pixels = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    larger = cv2.resize(pixels, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)
    said, _, _ = cv2.QRCodeDetector().detectAndDecode(larger)
    return str(said)


def fits(page: Page) -> bool:
    """Return whether the page needs no scrolling sideways on any screen."""
    wide = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        wide.append(page.evaluate(OVERFLOW))
    return wide == [0] * len(SIZES)


def test_an_administrator_scans_types_and_is_in(context: BrowserContext, production: Desk) -> None:
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda fault: said.append(str(fault)))
    say_who(page, production, "chen")
    page.wait_for_url("**/login/set-up*")
    address = urlsplit(read(page))
    secret = parse_qs(address.query)["secret"][0]
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == "/圩您办:chen"
    assert secret == page.inner_text(".secret code").replace(" ", "")
    assert fits(page)

    app = App(secret)
    give(page, app.wrong(datetime.now(UTC)))
    expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    give(page, app.code(datetime.now(UTC)))
    expect(page.locator(".codes li")).to_have_count(8)
    recovery = page.inner_text(".codes li >> nth=0")
    assert fits(page)
    page.click("text=我已抄好")
    page.wait_for_url(f"{production.address}/")
    page.goto(f"{production.address}/account")
    expect(page.locator(".state")).to_have_text("已开启")
    assert fits(page)

    context.clear_cookies()
    say_who(page, production, "chen")
    page.wait_for_url("**/login/code*")
    assert fits(page)
    page.click("text=手机不在身边")
    page.fill("details input[name=code]", recovery)
    page.click("text=用恢复码登录")
    page.wait_for_url(f"{production.address}/")
    assert said == []


def test_a_person_ends_another_device_and_changes_the_password(
    context: BrowserContext, production: Desk
) -> None:
    other = production.visitor("liang")
    page = context.new_page()
    say_who(page, production, "liang")
    page.wait_for_url(f"{production.address}/")
    page.goto(f"{production.address}/account")
    assert fits(page)
    page.click("text=结束登录")
    expect(page.get_by_role("status")).to_contain_text("那个登录已结束")
    assert other.http.get("/").status_code == 302

    for name, value in (("old", PASSWORD), ("new", "river-and-heron-31"), ("again", "x")):
        page.fill(f"input[name={name}]", value)
    page.click("button:has-text('换密码')")
    expect(page.get_by_role("alert")).to_contain_text("两次输入的新密码不一样")
    for name, value in (("old", PASSWORD), ("new", "river-and-heron-31")):
        page.fill(f"input[name={name}]", value)
    page.fill("input[name=again]", "river-and-heron-31")
    page.click("button:has-text('换密码')")
    expect(page.get_by_role("status")).to_contain_text("密码已更换")
