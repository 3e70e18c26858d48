"""The desk in a real browser: how an app opens, what it loads, and what is said when it stops."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
)

from tests import desk as desks
from tests.chromium import chromium
from tests.desk import Desk
from tests.factories import PASSWORD

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SCREEN: Final = """
import os
import ipyvuetify, traitlets
class Screen(ipyvuetify.VuetifyTemplate):
    count = traitlets.Int(0).tag(sync=True)
    pid = traitlets.Int(os.getpid()).tag(sync=True)
    template = traitlets.Unicode('''
        <template><v-app><v-main><v-container fluid id="screen">
          <v-icon id="icon" icon="mdi-magnify"></v-icon>
          <v-btn id="more" @click="more(1)">受理</v-btn>
          <v-btn id="fail" @click="fail(1)">出错</v-btn>
          <span id="count">{{ count }}</span><span id="pid">{{ pid }}</span>
        </v-container></v-main></v-app></template>
    ''').tag(sync=True)
    def vue_more(self, step):
        self.count += step
    def vue_fail(self, _):
        raise ValueError("a detail that no browser shall see")
Screen()
"""
POISON: Final = """
from IPython.display import HTML, Markdown
import ipywidgets
text = "<img src=x onerror='window.stolen=1'><script>window.stolen=2</script>"
display(HTML(text), Markdown(text), ipywidgets.HTML(text))
import ipyleaflet
ipyleaflet.Map(center=(34.3, 118), zoom=9, basemap=ipyleaflet.TileLayer(url=""))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    desks.a_notebook(folder / "apps", "triage", SCREEN)
    desks.a_notebook(folder / "apps", "overview", POISON)
    desks.a_world(folder / "home")
    return folder


@pytest.fixture(scope="module")
def desk(home: Path) -> Iterator[Desk]:
    with desks.running(home / "home", home / "apps") as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def context(browser: Any) -> Iterator[BrowserContext]:
    fresh = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    yield fresh
    fresh.close()


def signed_in(context: BrowserContext, desk: Desk, login: str = "liang") -> Page:
    page = context.new_page()
    page.goto(desk.address)
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{desk.address}/")
    return page


def opened(context: BrowserContext, desk: Desk, app: str = "triage") -> Page:
    page = signed_in(context, desk)
    page.click(f"main a.card-open[href='/app/{app}']")
    page.wait_for_selector("body.shown", timeout=60_000)
    return page


def end_its_process(page: Page) -> None:
    os.kill(int(page.inner_text("#pid")), signal.SIGKILL)


def test_an_app_opens_over_its_loading_screen_and_answers_a_click(
    context: BrowserContext, desk: Desk
) -> None:
    page = signed_in(context, desk)
    page.goto(f"{desk.address}/app/triage", wait_until="commit")
    expect(page.locator("#opening")).to_contain_text("正在打开“受理分拨”")
    assert page.locator("#screen").count() == 0

    page.wait_for_selector("body.shown", timeout=60_000)
    page.click("#more")

    expect(page.locator("#count")).to_have_text("1")
    assert page.locator("#opening").count() == 0
    assert page.title() == "受理分拨 · 圩您办 戴圩街道"


def test_the_app_has_the_whole_width_and_no_second_scroll_bar(
    context: BrowserContext, desk: Desk
) -> None:
    page = opened(context, desk)

    box = page.locator("#rendered_cells").bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 1440, 900)
    assert page.evaluate("document.documentElement.scrollHeight") == 900


@pytest.mark.parametrize("app", ["triage", "overview"])
def test_nothing_is_fetched_from_elsewhere_and_nothing_is_blocked(
    context: BrowserContext, desk: Desk, app: str
) -> None:
    requests: list[Request] = []
    complaints: list[str] = []

    def complain(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    def note(request: Request) -> None:
        requests.append(request)

    context.on("request", note)
    context.on("console", complain)
    context.on("weberror", lambda error: complaints.append(str(error.error)))

    opened(context, desk, app).wait_for_timeout(1_500)

    own = (f"{desk.address}/", f"ws://127.0.0.1:{desk.port}/", "data:", f"blob:{desk.address}")
    elsewhere = [one.url for one in requests if not one.url.startswith(own)]
    assert elsewhere == []
    poison = ("inline", "404") if app == "overview" else ()
    assert [text for text in complaints if not any(word in text for word in poison)] == []


def test_the_icons_come_with_us(context: BrowserContext, desk: Desk) -> None:
    page = opened(context, desk)

    drawn = page.locator("#icon svg path").get_attribute("d")
    assert drawn is not None
    assert drawn.startswith("M9.5,3")


def test_what_a_resident_wrote_cannot_run_in_the_page(context: BrowserContext, desk: Desk) -> None:
    page = opened(context, desk, "overview")
    page.wait_for_timeout(1_000)

    assert page.locator("#rendered_cells img").count() > 0
    assert page.evaluate("window.stolen ?? null") is None


def test_a_failing_click_is_answered_with_a_sentence_and_a_number(
    context: BrowserContext, desk: Desk
) -> None:
    page = opened(context, desk)

    page.click("#fail")

    toast = page.locator(".toast")
    expect(toast).to_contain_text("这一步没有完成（编号")
    expect(toast).not_to_contain_text("detail")
    page.click(".toast button")
    page.click("#more")
    expect(page.locator("#count")).to_have_text("1")


def test_a_page_whose_process_died_says_so_and_opens_again(
    context: BrowserContext, desk: Desk
) -> None:
    page = opened(context, desk)

    end_its_process(page)

    card = page.locator(".stopped-box")
    expect(card).to_contain_text("后台程序意外停止", timeout=20_000)
    card.get_by_role("button", name="重新打开").click()
    page.wait_for_selector("body.shown", timeout=60_000)
    page.click("#more")
    expect(page.locator("#count")).to_have_text("1")


def test_what_was_typed_can_still_be_copied_from_a_stopped_page(
    context: BrowserContext, desk: Desk
) -> None:
    page = opened(context, desk)
    end_its_process(page)

    page.locator(".stopped-box .quiet").click(timeout=20_000)

    expect(page.locator(".stopped")).to_have_count(0)
    expect(page.locator("#banner")).to_contain_text("重新打开")
    expect(page.locator("#count")).to_have_text("0")


def test_signing_out_in_one_tab_is_told_in_the_other(context: BrowserContext, desk: Desk) -> None:
    page = opened(context, desk)
    other = context.new_page()
    other.goto(desk.address)

    other.get_by_role("button", name="退出", exact=True).click()

    card = page.locator(".stopped-box")
    expect(card).to_contain_text("登录已结束", timeout=20_000)
    expect(page.locator("#screen")).to_have_count(0)
    card.get_by_role("button", name="重新登录").click()
    page.wait_for_url("**/login?next=%2Fapp%2Ftriage")


def test_leaving_the_page_ends_its_process(context: BrowserContext, desk: Desk) -> None:
    page = opened(context, desk)
    pid = int(page.inner_text("#pid"))

    page.click("a.brand")
    page.wait_for_url(f"{desk.address}/")

    page.wait_for_timeout(4_000)
    assert not Path(f"/proc/{pid}").exists()


def test_a_lost_connection_is_told_and_a_new_desk_asks_to_open_again(
    context: BrowserContext, home: Path
) -> None:
    with desks.running(home / "home", home / "apps") as first:
        page = opened(context, first)
    expect(page.locator("#banner, .stopped-box").first).to_be_visible(timeout=20_000)

    with desks.running(home / "home", home / "apps", port=first.port):
        card = page.locator(".stopped-box")
        expect(card).to_be_visible(timeout=30_000)
        card.get_by_role("button", name="重新打开").click()
        page.wait_for_selector("#screen", timeout=60_000)
