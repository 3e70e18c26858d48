"""The main job on one running system, with three people: resident, clerk, grid worker."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chromium import chromium
from tests.installation import Installation, up

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GRID = "320382003205001"  # 戴圩村第 1 网格, the demo account `wangge` works there
PICTURES = os.environ.get("WEIYOU_PICTURES", "")
ANSWER = "路灯修好了，今晚请您看看亮不亮。"
WORDS = "村卫生室东边那盏路灯不亮了，已经三个晚上，老人走路看不见。"


@dataclass
class World:
    """A running installation and a browser to look at it."""

    place: Installation
    browser: Browser

    def phone(self) -> BrowserContext:
        """Return a cheap phone."""
        return self.browser.new_context(
            viewport={"width": 390, "height": 844},
            device_scale_factor=2,
            is_mobile=True,
            has_touch=True,
            locale="zh-CN",
        )

    def desk(self, login: str) -> Page:
        """Return a signed-in browser on a desktop."""
        page = self.browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="zh-CN"
        ).new_page()
        page.goto(self.place.desk)
        page.get_by_label("账号").fill(login)
        page.get_by_label("密码").fill(self.place.password)
        page.get_by_role("button", name=re.compile(r"登\s*录")).click()
        page.wait_for_url(f"{self.place.desk}/")
        return page


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("installation")
    with up(home) as place, chromium() as browser:
        yield World(place, browser)


def picture(page: Page, name: str) -> None:
    """Keep a picture where the environment names a folder for them."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=False)


def a_photo(folder: Path) -> Path:
    path = folder / "lamp.jpg"
    Image.new("RGB", (1600, 1200), (90, 110, 130)).save(path, exif=Image.Exif())
    return path


def figure(page: Page, key: str) -> int:
    """Return a figure of the count page."""
    return int(page.locator(f".wy-figures .{key}").inner_text().split("\n")[-2].replace(",", ""))


def counted(world: World) -> tuple[int, int]:
    """Return how many matters the leader sees as received and closed this week."""
    page = world.desk("lingdao")
    page.goto(f"{world.place.desk}/app/overview")
    expect(page.locator(".wy-figures")).to_be_visible(timeout=60_000)
    picture(page, "overview")
    numbers = figure(page, "received"), figure(page, "closed")
    page.context.close()
    return numbers


def test_the_whole_journey_of_a_matter(world: World, tmp_path: Path) -> None:
    received, closed = counted(world)
    photo = a_photo(tmp_path)

    resident = world.phone().new_page()
    number = hand_in_without_a_signal(world, resident, photo)
    assign_to_the_grid(world, number)
    handle_and_answer(world, photo)
    close_after_ringing_back(world, number)
    rate(resident)

    assert counted(world) == (received + 1, closed + 1)


def hand_in_without_a_signal(world: World, page: Page, photo: Path) -> str:
    """Scan the code, lose the signal in the middle, write all the same; return the number."""
    page.goto(world.place.poster(GRID))
    expect(page.get_by_role("heading", level=1)).to_contain_text("戴圩村")
    page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
    page.locator("#text").fill(WORDS)
    page.locator("#photos").set_input_files(photo)
    expect(page.locator("#thumbs img")).to_have_count(1)
    picture(page, "resident-form")
    page.context.set_offline(True)
    page.locator("#send").click()
    expect(page.locator("#outcome")).to_contain_text("还没有发出")
    picture(page, "resident-offline")
    page.context.set_offline(False)
    expect(page.locator("#outcome")).to_contain_text("收到了", timeout=30_000)
    number = page.locator("#outcome .number").inner_text().strip()
    picture(page, "resident-sent")
    page.get_by_role("link", name="看进度").click()
    expect(page.get_by_text("办理经过")).to_be_visible()
    return number


def assign_to_the_grid(world: World, number: str) -> None:
    """Find the matter as a clerk, read it, see its photo, hand it to the grid."""
    desk = world.desk("fenbo")
    search(world, desk, number)
    expect(desk.locator(".wy-text")).to_contain_text(WORDS)
    expect(desk.locator(".wy-files img")).to_have_count(1, timeout=20_000)
    desk.locator(".wy-actions").get_by_role("button", name="分派").click()
    desk.locator(".wy-levels label", has_text="网格").first.click()
    picture(desk, "desk-assign")
    desk.locator(".wy-deed button[type=submit]").click()
    expect(desk.locator(".wy-rows > *", has_text=number).locator(".wy-chip")).to_have_text(
        "网格处置", timeout=15_000
    )
    desk.context.close()


def handle_and_answer(world: World, photo: Path) -> None:
    """See the matter as the grid worker, write down what was done, answer."""
    page = world.phone().new_page()
    page.goto(f"{world.place.phone}/w/")
    page.get_by_label("账号").fill("wangge")
    page.get_by_label("密码").fill(world.place.password)
    page.get_by_role("button", name="登录").click()
    picture(page, "worker-list")
    page.locator(".matter", has_text=WORDS[:10]).click()
    picture(page, "worker-matter")
    page.locator("#did").fill("换了灯泡和保险，试亮正常。")
    page.locator("#photos").set_input_files(photo)
    expect(page.locator("#thumbs img")).to_have_count(1)
    page.get_by_role("button", name="保存处置记录").click()
    expect(page.locator(".flash")).to_be_visible(timeout=20_000)
    page.locator("#words").fill(ANSWER)
    page.get_by_role("button", name="答复", exact=True).click()
    expect(page.locator(".flash")).to_be_visible()
    picture(page, "worker-answered")
    page.context.close()


def close_after_ringing_back(world: World, number: str) -> None:
    """Read the answer as the clerk, and close the matter."""
    desk = world.desk("fenbo")
    search(world, desk, number)
    expect(desk.locator(".wy-history")).to_contain_text(ANSWER)
    desk.locator(".wy-actions").get_by_role("button", name="办结").click()
    desk.locator(".wy-deed button[type=submit]").click()
    expect(desk.locator(".wy-rows > *", has_text=number).locator(".wy-chip")).to_have_text(
        "已办结", timeout=15_000
    )
    picture(desk, "desk-closed")
    desk.context.close()


def rate(page: Page) -> None:
    """Read the answer as the resident, and say that it is solved."""
    page.reload()
    expect(page.get_by_text(ANSWER).first).to_be_visible()
    page.get_by_role("radio", name="解决了", exact=True).check()
    page.get_by_role("radio", name="非常满意", exact=True).check()
    picture(page, "resident-rating")
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator(".flash")).to_be_visible()
    picture(page, "resident-rated")


def search(world: World, desk: Page, number: str) -> None:
    """Find a matter by its number, whatever its state, and open it."""
    desk.goto(f"{world.place.desk}/app/triage")
    expect(desk.locator(".wy-list")).to_be_visible(timeout=60_000)
    desk.locator(".wy-queues button", has_text="全部").click()
    box = desk.locator(".wy-search input")
    box.fill(number.replace(" ", ""))
    box.press("Enter")
    row = desk.locator(".wy-rows > *", has_text=number)
    expect(row).to_have_count(1, timeout=15_000)
    row.click()
    expect(desk.locator(".wy-case-number")).to_have_text(number)
