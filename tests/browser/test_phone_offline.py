"""The scanned page in a real browser: what is written is never lost, and sent once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chromium import chromium
from tests.factories import a_petition, a_street, a_worker, poster
from tests.running import Phone
from tests.wire import Wire, wired
from weiyou.services.office import Office, open_office
from weiyou.settings import Settings
from weiyou.store.tables import Account, Petition

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SMALL: Final = {"width": 360, "height": 740}
NUMBER: Final = re.compile(r"\d{3} \d{3} \d{3}")
WITHIN_MS: Final = 30_000
LARGE_TEXT_PX: Final = 18
LARGE_TARGET_PX: Final = 60
"""Source of both: 移动互联网应用（APP）适老化通用设计规范, MIIT 2021."""


TOO_SMALL: Final = """([text, target]) => {
  const all = (names) => [...document.querySelectorAll(names)].filter(
    (e) => e.getClientRects().length && e.checkVisibility() && e.type !== "file");
  const targets = all("a, button, summary, label.tick, label.tool, .field > input, textarea");
  const words = all("p, li, label, small, b, span, a, button, summary, time");
  const size = (e) => parseFloat(getComputedStyle(e).fontSize);
  return [
    ...targets.filter((e) => e.getBoundingClientRect().height < target),
    ...words.filter((e) => e.textContent.trim() && size(e) < text),
  ].map((e) => e.outerHTML);
}"""


@dataclass
class World:
    """A running phone service behind a line, and its store."""

    office: Office
    wire: Wire
    browser: Browser

    @property
    def address(self) -> str:
        """Return what the poster of the first grid opens."""
        return f"http://localhost:{self.wire.port}/g/{poster(self.office)}"

    def texts(self) -> list[str]:
        """Return what was handed in."""
        with self.office.store.read() as session:
            return [petition.text for petition in session.query(Petition).order_by(Petition.id)]

    def files(self, text: str) -> list[tuple[str, str]]:
        """Return kind and media type of what came with a matter."""
        with self.office.store.read() as session:
            petition = session.query(Petition).filter_by(text=text).one()
            return [(file.kind.value, file.media_type) for file in petition.attachments]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("phone")
    office = open_office(Settings(home=home, database_url=""))
    a_street(office)
    a_worker(office)
    with office.store.write() as session:
        session.query(Account).one().telephone = "199" + "0000" + "0007"
    service = Phone(home, "")
    service.start()
    with wired(service.port) as wire, chromium() as browser:
        yield World(office, wire, browser)
    service.stop()
    office.close()


@pytest.fixture
def phone(world: World) -> Iterator[BrowserContext]:
    world.wire.is_down, world.wire.swallow = False, 0
    context = world.browser.new_context(viewport=SMALL, has_touch=True, locale="zh-CN")  # type: ignore[arg-type]
    yield context
    world.wire.is_down = False
    context.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "large.jpg"
    Image.new("RGB", (3_000, 2_000), "olive").save(path)
    return path


def opened(phone: BrowserContext, world: World, *, kept: bool = False) -> Page:
    """Open the scanned page, and if wanted wait until the phone has kept it."""
    page = phone.new_page()
    page.goto(world.address)
    expect(page.locator("#where")).to_be_visible()
    if kept:
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        expect_true(page, "caches.match(location.pathname).then(Boolean)")
    return page


def expect_true(page: Page, script: str) -> None:
    """Wait until a script says yes; the page's policy forbids the usual way."""
    for _ in range(100):
        if page.evaluate(script):
            return
        page.wait_for_timeout(100)
    raise AssertionError(script)


def write(page: Page, text: str) -> None:
    page.fill("#text", text)
    expect(page.locator("#saved")).to_contain_text("已存在手机里")


def test_a_draft_survives_reload_without_network_and_is_sent_once(
    world: World, phone: BrowserContext, photo: Path
) -> None:
    page = opened(phone, world, kept=True)
    write(page, "断网时写的事")
    page.set_input_files("#photos", photo)
    expect(page.locator("#thumbs img")).to_have_count(1)

    world.wire.is_down = True
    phone.set_offline(True)
    page.reload()
    expect(page.locator("#text")).to_have_value("断网时写的事")
    expect(page.locator("#thumbs img")).to_have_count(1)
    page.click("#send")
    expect(page.locator("#outcome")).to_contain_text("还没有发出")
    page.reload()
    expect(page.locator("#mine")).to_contain_text("还没有发出，有网后自动发送")
    expect(page.locator("#text")).to_have_value("")
    assert "断网时写的事" not in world.texts()

    world.wire.is_down = False
    phone.set_offline(False)
    expect(page.locator("#mine")).to_contain_text(
        re.compile(r"\d{3} \d{3} \d{3}"), timeout=WITHIN_MS
    )
    page.reload()
    page.wait_for_timeout(1_000)
    assert world.texts().count("断网时写的事") == 1
    assert world.files("断网时写的事") == [("photo", "image/jpeg")]


def test_an_answer_that_is_lost_after_the_deed_makes_no_second_matter(
    world: World, phone: BrowserContext
) -> None:
    page = opened(phone, world)
    page.fill("#text", "回执丢了的事")
    before = world.wire.lost
    world.wire.swallow = 1_000
    page.click("#send")
    expect(page.locator("#outcome")).to_contain_text("还没有发出", timeout=WITHIN_MS)
    assert world.wire.lost > before
    assert world.texts().count("回执丢了的事") == 1

    world.wire.swallow = 0
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#outcome")).to_contain_text("收到了", timeout=WITHIN_MS)
    assert world.texts().count("回执丢了的事") == 1


def test_two_tabs_with_one_draft_hand_in_once(world: World, phone: BrowserContext) -> None:
    first = opened(phone, world)
    write(first, "两个标签页的事")
    second = opened(phone, world)
    expect(second.locator("#text")).to_have_value("两个标签页的事")
    first.evaluate("document.getElementById('send').click()")
    second.evaluate("document.getElementById('send').click()")
    for page in (first, second):
        expect(page.locator("#outcome")).to_contain_text("收到了", timeout=WITHIN_MS)
    numbers = {page.locator("#outcome .number").inner_text() for page in (first, second)}
    assert len(numbers) == 1
    assert world.texts().count("两个标签页的事") == 1


def test_a_tab_left_behind_does_not_bring_a_sent_draft_back(
    world: World, phone: BrowserContext
) -> None:
    first = opened(phone, world)
    write(first, "先发的事")
    second = opened(phone, world)
    first.click("#send")
    expect(first.locator("#outcome")).to_contain_text("收到了", timeout=WITHIN_MS)
    second.locator("#text").press_sequentially("，又加了一句")
    expect(second.locator("#outcome")).to_contain_text("收到了", timeout=WITHIN_MS)
    assert [text for text in world.texts() if text.startswith("先发的事")] == ["先发的事"]


def test_the_service_is_away_and_comes_back(world: World, phone: BrowserContext) -> None:
    page = opened(phone, world)
    page.fill("#text", "服务器重启时的事")
    world.wire.is_down = True
    page.click("#send")
    expect(page.locator("#outcome")).to_contain_text("还没有发出")
    world.wire.is_down = False
    expect(page.locator("#outcome")).to_contain_text("收到了", timeout=WITHIN_MS)
    assert world.texts().count("服务器重启时的事") == 1


def test_the_line_is_cut_before_the_rest_of_the_page_has_come(
    world: World, phone: BrowserContext
) -> None:
    phone.route("**/outcome.js", lambda route: route.abort())
    page = phone.new_page()
    page.goto(world.address)
    expect_true(page, "performance.getEntriesByName('interactive').length > 0")
    page.fill("#text", "页面没来全的事")
    page.click("#send")
    expect(page.locator(".general")).to_contain_text("有网后再打开这个页面，会自动发送")
    phone.unroute("**/outcome.js")
    page.reload()
    expect(page.locator("#mine")).to_contain_text(NUMBER, timeout=WITHIN_MS)
    assert world.texts().count("页面没来全的事") == 1


def test_what_waits_is_sent_with_the_page_closed(world: World, phone: BrowserContext) -> None:
    page = opened(phone, world, kept=True)
    page.fill("#text", "关掉页面的事")
    phone.set_offline(True)
    page.click("#send")
    expect(page.locator("#outcome")).to_contain_text("还没有发出")
    page.close()
    assert "关掉页面的事" not in world.texts()

    phone.set_offline(False)
    wake_the_worker(phone, world)
    assert world.texts().count("关掉页面的事") == 1


def wake_the_worker(phone: BrowserContext, world: World) -> None:
    """Do what the browser does when the network is back: tell the service worker to sync."""
    page = phone.new_page()
    page.goto(f"http://localhost:{world.wire.port}/")
    tools = phone.new_cdp_session(page)
    found: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    tools.send("ServiceWorker.enable")
    page.wait_for_timeout(500)
    tools.send(
        "ServiceWorker.dispatchSyncEvent",
        {
            "origin": f"http://localhost:{world.wire.port}",
            "registrationId": found[0],
            "tag": "outbox",
            "lastChance": False,
        },
    )
    page.wait_for_timeout(2_000)


def test_a_refused_draft_is_kept_and_the_field_pointed_at(
    world: World, phone: BrowserContext
) -> None:
    page = opened(phone, world)
    page.fill("#text", "电话写错的事")
    page.fill("#phone", "12")
    page.click("#send")
    expect(page.locator("#outcome")).to_contain_text("没有提交成功")
    page.reload()
    page.click("#mine [data-do=act]")
    expect(page.locator("#text")).to_have_value("电话写错的事")
    expect(page.locator("#phone")).to_be_focused()
    expect(page.locator("[data-problem=phone]")).to_contain_text("电话号码不对")
    page.fill("#phone", "")
    page.click("#send")
    expect(page.locator("#outcome")).to_contain_text("收到了", timeout=WITHIN_MS)
    assert world.texts().count("电话写错的事") == 1


def test_a_voice_note_is_recorded_heard_again_and_sent(world: World, phone: BrowserContext) -> None:
    phone.grant_permissions(["microphone"])
    page = opened(phone, world)
    page.click("#record")
    expect(page.locator("#record")).to_contain_text("停止")
    page.wait_for_timeout(1_500)
    page.click("#record")
    expect(page.locator("#note audio")).to_be_visible()
    page.reload()
    expect(page.locator("#note audio")).to_be_visible()
    page.click("#send")
    expect(page.locator("#outcome")).to_contain_text("收到了", timeout=WITHIN_MS)
    page.click("#outcome a.primary")
    expect(page.locator("audio")).to_be_visible()
    assert ("voice", "audio/webm") in world.files("（语音留言）")


def test_the_place_is_sent_only_when_ticked(world: World, phone: BrowserContext) -> None:
    phone.grant_permissions(["geolocation"])
    phone.set_geolocation({"longitude": 117.95, "latitude": 34.32, "accuracy": 18})
    for text, ticked in (("带位置的事", True), ("不带位置的事", False)):
        page = opened(phone, world)
        page.fill("#text", text)
        if ticked:
            page.check("#locate")
            expect(page.locator("#located")).to_contain_text("误差约 18 米")
        page.click("#send")
        expect(page.locator("#outcome")).to_contain_text("收到了", timeout=WITHIN_MS)
        page.close()
    with world.office.store.read() as session:
        found = session.query(Petition).filter(Petition.text.like("%带位置的事"))
        places = {petition.text: petition.lon for petition in found}
    assert places == {"带位置的事": 117.95, "不带位置的事": None}


def test_without_scripts_the_form_still_hands_in(world: World, photo: Path) -> None:
    context = world.browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(world.address)
    page.fill("#text", "不开脚本的事")
    page.set_input_files("#photos", photo)
    page.click("#send")
    expect(page.locator(".flash")).to_contain_text("已经收到")
    context.close()
    assert world.files("不开脚本的事") == [("photo", "image/jpeg")]


def test_large_type_keeps_the_promised_sizes(world: World, phone: BrowserContext) -> None:
    page = opened(phone, world)
    page.click("#type")
    link = a_petition(world.office).token
    root = world.address.split("/g/")[0]
    for address in (world.address, f"{root}/r/{link}", f"{root}/", f"{root}/g/x", f"{root}/w/"):
        page.goto(address)
        page.wait_for_timeout(500)
        assert page.evaluate(TOO_SMALL, [LARGE_TEXT_PX, LARGE_TARGET_PX]) == []


def test_nothing_is_wider_than_a_small_phone(world: World, phone: BrowserContext) -> None:
    page = opened(phone, world)
    for large in (False, True):
        if large:
            page.click("#type")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width == SMALL["width"]
