"""The desk's screens in a real browser, on a real desk: what a clerk and a leader do with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import desk as desks
from tests.chromium import chromium
from tests.desk import Desk
from tests.factories import PASSWORD, a_petition, the
from weiyou.domain.numbers import spoken
from weiyou.domain.workflow import State
from weiyou.services import triage
from weiyou.services.office import Office, open_office
from weiyou.settings import REPOSITORY, Settings
from weiyou.store import accounts
from weiyou.store.tables import Petition, Session

pytestmark = [pytest.mark.slow, pytest.mark.browser]

HOSTILE: Final = (
    "<script>window.stolen=1</script><img src=x onerror='window.stolen=2'>"
    "{{ constructor.constructor('window.stolen=3')() }} 路灯坏了"
)
OPENS_WITHIN_MS: Final = 60_000
WIDTHS: Final = (390, 1366, 1920)


@dataclass
class World:
    """A desk that is served, and the office behind it."""

    desk: Desk
    office: Office
    browser: Browser

    def petition(self, text: str = "村口的路灯坏了三天。", **draft: Any) -> Petition:
        return the(self.office, a_petition(self.office, text=text, now=datetime.now(UTC), **draft))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("screens") / "home"
    desks.a_world(home)
    office = open_office(Settings(home=home))
    with desks.running(home, REPOSITORY / "apps") as desk, chromium() as browser:
        yield World(desk, office, browser)
    office.close()


@pytest.fixture
def context(world: World) -> Iterator[BrowserContext]:
    fresh = world.browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    yield fresh
    fresh.close()


def sign_in(page: Page, login: str) -> None:
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")


def opened(
    context: BrowserContext, world: World, app: str = "triage", login: str = "liang"
) -> Page:
    page = context.new_page()
    page.goto(f"{world.desk.address}/login")
    sign_in(page, login)
    page.wait_for_url(f"{world.desk.address}/")
    page.goto(f"{world.desk.address}/app/{app}")
    page.wait_for_selector(".wy-list, .wy-figures", timeout=OPENS_WITHIN_MS)
    return page


def row(page: Page, petition: Petition) -> Any:
    return page.locator(f"#wy-row-{petition.id}")


def lay_open(page: Page, petition: Petition) -> None:
    row(page, petition).click()
    expect(page.locator(".wy-case-number")).to_have_text(spoken(petition.number))


def test_a_clerk_hands_on_one_matter_after_the_other_without_the_mouse(
    world: World, context: BrowserContext
) -> None:
    first = world.petition("第一盏路灯不亮", category="A02")
    second = world.petition("第二盏路灯不亮", category="A02")
    page = opened(context, world)
    lay_open(page, first)

    page.keyboard.press("f")  # the suggestion: the village
    expect(page.locator(".wy-levels label.chosen")).to_contain_text("连渊村")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".wy-case-number")).to_have_text(spoken(second.number))
    expect(page.locator(".v-snackbar")).to_contain_text("已分派给村（社区）：连渊村")
    assert f"number={second.number}" in page.url
    with world.office.store.read() as session:
        assert session.get_one(Petition, first.id).state is State.WITH_VILLAGE


def test_what_a_resident_wrote_is_shown_as_he_wrote_it_and_nothing_runs_or_leaves(
    world: World, context: BrowserContext
) -> None:
    petition = world.petition(HOSTILE, place=HOSTILE[:100], name="<b>王</b>")
    page = opened(context, world)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    row(page, petition).click()

    expect(page.locator(".wy-text")).to_have_text(HOSTILE)
    expect(page.locator(".wy-facts")).to_contain_text("<b>王</b>")
    assert page.evaluate("window.stolen") is None
    foreign = [url for url in asked if not url.startswith((world.desk.address, "blob:", "data:"))]
    assert foreign == []


def test_what_is_missing_is_said_beside_the_field_and_what_was_typed_stays(
    world: World, context: BrowserContext
) -> None:
    petition = world.petition()
    page = opened(context, world)
    lay_open(page, petition)
    page.keyboard.press("x")
    page.locator("#wy-field-reason").fill("不属于本街道")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".wy-wrong")).to_have_text("请填写应当向谁提出、怎么提出")
    expect(page.locator("#wy-field-reason")).to_have_value("不属于本街道")
    page.keyboard.press("Escape")
    expect(page.locator(".wy-deed")).to_have_count(0)
    page.keyboard.press("x")
    expect(page.locator("#wy-field-reason")).to_have_value("不属于本街道")


def test_new_matters_and_faster_colleagues_are_announced_without_a_reload(
    world: World, context: BrowserContext
) -> None:
    petition = world.petition()
    page = opened(context, world)
    lay_open(page, petition)
    page.keyboard.press("q")
    page.locator("#wy-field-question").fill("是哪一盏")

    fresh = world.petition("刚来的一件")
    with world.office.store.read() as session:
        found = accounts.by_login(session, "jiang")
        assert found is not None
        colleague = accounts.actor(found)
    with world.office.work(colleague, datetime.now(UTC)) as work:
        triage.accept(work, petition_id=petition.id, version=1)

    expect(page.locator(".wy-moved")).to_contain_text("江见山", timeout=15_000)
    expect(page.locator(".wy-fresh")).to_contain_text("有 1 件新事项")
    expect(page.locator("#wy-field-question")).to_have_value("是哪一盏")
    expect(row(page, fresh)).to_have_count(0)
    page.click(".wy-fresh")
    expect(row(page, fresh)).to_be_visible()


def test_after_signing_in_again_the_words_are_where_they_were(
    world: World, context: BrowserContext
) -> None:
    petition = world.petition()
    page = opened(context, world)
    lay_open(page, petition)
    page.keyboard.press("c")
    page.locator("#wy-field-note").fill("先打电话问一问")
    with world.office.store.write() as session:
        for one in session.query(Session):
            one.ended_at = datetime.now(UTC)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".wy-banner")).to_contain_text("登录已失效")
    expect(page.locator("#wy-field-note")).to_have_value("先打电话问一问")

    page.reload()
    sign_in(page, "liang")
    page.wait_for_selector(".wy-list", timeout=OPENS_WITHIN_MS)

    expect(page.locator("#wy-field-note")).to_have_value("先打电话问一问")
    expect(page.locator(".wy-case-number")).to_have_text(spoken(petition.number))


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_at_any_width(world: World, context: BrowserContext, width: int) -> None:
    petition = world.petition("字" * 80, place="很长的地名" * 20, category="A02")
    page = opened(context, world)
    page.set_viewport_size({"width": width, "height": 800})
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) == width
    lay_open(page, petition)
    page.keyboard.press("a")
    assert page.evaluate(wide) == width
    button = page.locator(".wy-deed button[type=submit]").bounding_box()
    assert button is not None
    assert button["y"] + button["height"] <= 800
    expect(page.locator(".wy-list")).to_be_visible(visible=width > 900)


def test_a_leader_opens_what_a_number_was_counted_from(
    world: World, context: BrowserContext
) -> None:
    petition = world.petition("不该让领导看到的话", category="A02")
    page = opened(context, world, "overview", "zhou")
    number = page.locator(".wy-figures .received strong").inner_text()

    page.click(".wy-figures .received")

    expect(page.locator(".wy-dialog header")).to_contain_text(f"合计 · 收到{number} 件")
    expect(page.locator(".wy-behind-rows")).to_contain_text(spoken(petition.number))
    assert "不该让领导看到的话" not in page.content()
    page.keyboard.press("Escape")
    expect(page.locator(".wy-dialog")).to_have_count(0)
    with page.expect_download() as saving:
        page.click("text=下载表格")
    assert saving.value.suggested_filename.endswith(".xlsx")
    assert Path(saving.value.path()).read_bytes().startswith(b"PK")
