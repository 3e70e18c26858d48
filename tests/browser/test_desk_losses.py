"""What a clerk is told when a page is taken away, and that what he had typed is still there."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import desk as desks
from tests.chromium import chromium
from tests.desk import Desk
from tests.factories import PASSWORD, a_petition, the
from weiyou.services.office import open_office
from weiyou.settings import REPOSITORY, Settings

pytestmark = [pytest.mark.slow, pytest.mark.browser]

MOODY: Final = """
import signal
from weiyou.desk import seats
signal.signal(signal.SIGUSR1, lambda *_: setattr(seats, "IDLE_S", 1.0))
signal.signal(signal.SIGUSR2, lambda *_: setattr(seats, "IDLE_S", 1200.0))
from weiyou.desk.__main__ import main
main()
"""
"""A desk that puts pages away after a second without a hand, once it is told to."""

DRAFT: Final = "请补充是哪一盏路灯"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("losses") / "home"
    desks.a_world(folder)
    return folder


@pytest.fixture(scope="module")
def number(home: Path) -> int:
    """Hand in one matter and return its row."""
    office = open_office(Settings(home=home))
    petition = the(office, a_petition(office, now=datetime.now(UTC)))
    office.close()
    return petition.id


@pytest.fixture
def context() -> Iterator[Any]:
    with chromium() as browser:
        yield browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")


def signed_in(context: BrowserContext, desk: Desk) -> Page:
    page = context.new_page()
    page.goto(f"{desk.address}/login")
    page.fill("input[name=login]", "liang")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{desk.address}/")
    return page


def triage(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/app/triage")
    page.wait_for_selector(".wy-list", timeout=60_000)


def test_a_page_that_was_put_away_says_so_and_brings_the_draft_back(
    context: BrowserContext, home: Path, number: int
) -> None:
    with desks.running(home, REPOSITORY / "apps", serve=MOODY) as desk:
        page = signed_in(context, desk)
        triage(page, desk)
        page.locator(f"#wy-row-{number}").click()
        expect(page.locator(".wy-text")).to_be_visible()
        page.keyboard.press("q")
        page.locator("#wy-field-question").fill(DRAFT)

        desk.process.send_signal(signal.SIGUSR1)
        card = page.locator(".stopped-box")
        expect(card).to_contain_text("您有一阵没有操作", timeout=40_000)
        desk.process.send_signal(signal.SIGUSR2)
        card.get_by_role("button", name="重新打开").click()

        page.wait_for_selector(".wy-list", timeout=60_000)
        expect(page.locator("#wy-field-question")).to_have_value(DRAFT, timeout=15_000)


def test_whoever_has_too_many_pages_open_is_told_what_to_do(
    context: BrowserContext, home: Path, number: int
) -> None:
    limits = {"WEIYOU_DESK_KERNELS_EACH": "1"}
    with desks.running(home, REPOSITORY / "apps", limits) as desk:
        first = signed_in(context, desk)
        triage(first, desk)
        second = context.new_page()
        answer = second.goto(f"{desk.address}/app/triage")

        assert answer is not None
        assert answer.status == 429
        expect(second.locator("body")).to_contain_text("您已打开 1 个页面，请先关闭不用的")
        expect(first.locator(f"#wy-row-{number}")).to_be_visible()


def test_a_moment_without_network_costs_no_draft(
    context: BrowserContext, home: Path, number: int
) -> None:
    with desks.running(home, REPOSITORY / "apps") as desk:
        page = signed_in(context, desk)
        triage(page, desk)
        page.locator(f"#wy-row-{number}").click()
        expect(page.locator(".wy-text")).to_be_visible()
        page.keyboard.press("q")
        page.locator("#wy-field-question").fill(DRAFT)

        context.set_offline(True)
        page.wait_for_timeout(1_500)
        context.set_offline(False)

        expect(page.locator("#wy-field-question")).to_have_value(DRAFT)
        page.keyboard.press("Control+Enter")
        expect(page.locator(".v-snackbar")).to_contain_text("已请群众补充", timeout=30_000)
