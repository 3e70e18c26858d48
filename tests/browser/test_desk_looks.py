"""How the desk looks: on a phone, in the dark, in large type, by keyboard, on paper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests import desk as desks
from tests import factories
from tests.chromium import chromium
from tests.desk import Desk
from tests.factories import OTHER_VILLAGE, PASSWORD, STREET, VILLAGE, a_petition
from weiyou.domain.people import Role
from weiyou.services.office import open_office
from weiyou.services.passwords import HASHER
from weiyou.settings import REPOSITORY, Settings
from weiyou.store.tables import Area

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PHONE: Final = {"width": 390, "height": 844}
OPENS_WITHIN_MS: Final = 60_000
LONG_NAME: Final = "买买提江·阿卜杜热合曼·吾斯曼"
LONG_WORD: Final = "http" + "x" * 180
CORNERS: Final = {
    VILLAGE: [[118.0, 34.3], [118.1, 34.3], [118.0, 34.4], [118.0, 34.3]],
    OTHER_VILLAGE: [[118.1, 34.3], [118.1, 34.4], [118.0, 34.4], [118.1, 34.3]],
}
PAGES: Final = ("/", "/app/triage", "/app/triage?queue=all", "/app/overview", "/nowhere")
HARD_TO_READ: Final = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
GROUNDS: Final = """
window.grounds = new Set();
const look = () => {
  const seen = getComputedStyle(document.documentElement).backgroundColor;
  if (document.body) window.grounds.add(seen);
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
DARK_GROUND: Final = "rgb(17, 25, 23)"


@dataclass
class World:
    """A desk that is served, and a browser."""

    desk: Desk
    browser: Browser


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("looks") / "home"
    desks.a_world(home)
    office = open_office(Settings(home=home))
    hashed = HASHER.hash(PASSWORD)
    factories.an_account(
        office, Role.TRIAGE, STREET, login="long", name=LONG_NAME, password_hash=hashed
    )
    factories.a_worker(office)
    for number in range(60):
        text = f"第 {number} 件：{LONG_WORD}" if number % 3 else f"第 {number} 盏路灯坏了。" * 12
        a_petition(office, category="A02", text=text, now=datetime.now(UTC))
    with office.store.write() as session:
        for area in session.query(Area).filter(Area.code.in_(CORNERS)):
            outline = {"type": "Polygon", "coordinates": [CORNERS[area.code]]}
            area.polygon = json.dumps(outline)
    office.close()
    with desks.running(home, REPOSITORY / "apps") as desk, chromium() as browser:
        yield World(desk, browser)


@pytest.fixture
def context(world: World) -> Iterator[BrowserContext]:
    fresh = world.browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    yield fresh
    fresh.close()


def looking(context: BrowserContext, world: World, looks: str) -> None:
    """Choose looks as the menu does."""
    context.add_cookies([{"name": "weiyou_look", "value": looks, "url": world.desk.address}])


def signed_in(context: BrowserContext, world: World, login: str = "liang") -> Page:
    page = context.new_page()
    page.goto(f"{world.desk.address}/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{world.desk.address}/")
    return page


def turn_to(page: Page, world: World, path: str) -> None:
    page.goto(f"{world.desk.address}{path}")
    if path.startswith("/app/"):
        page.wait_for_selector("body.shown", timeout=OPENS_WITHIN_MS)
        page.wait_for_selector(".wy-rows li, .wy-villages td", timeout=OPENS_WITHIN_MS)
        page.wait_for_timeout(500)


def size_of(page: Page, selector: str) -> float:
    size: str = page.locator(selector).first.evaluate("at => getComputedStyle(at).fontSize")
    return float(size.removesuffix("px"))


@pytest.mark.parametrize("looks", ["light", "light.large"])
def test_on_a_phone_no_page_scrolls_sideways(
    world: World, context: BrowserContext, looks: str
) -> None:
    looking(context, world, looks)
    page = signed_in(context, world, "long")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]

    for path in PAGES:
        turn_to(page, world, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path

    turn_to(page, world, "/app/triage")
    page.locator(".wy-rows li").nth(1).click()
    page.wait_for_selector(".wy-case")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_on_a_phone_every_menu_of_the_bar_is_on_the_screen(
    world: World, context: BrowserContext
) -> None:
    page = signed_in(context, world, "long")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]

    for menu in ("apps-menu", "bell-menu", "who-menu"):
        page.click(f"[data-opens={menu}]")
        box = page.locator(f"#{menu}").bounding_box()
        assert box is not None
        assert box["x"] >= 0, menu
        assert box["x"] + box["width"] <= PHONE["width"], menu
        page.keyboard.press("Escape")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/login", *PAGES])
def test_every_text_can_be_read(
    world: World, context: BrowserContext, path: str, theme: str
) -> None:
    looking(context, world, theme)
    page = context.new_page() if path == "/login" else signed_in(context, world)
    turn_to(page, world, path)
    if path == "/app/triage":
        page.locator(".wy-rows li").nth(1).click()
        page.wait_for_selector(".wy-case")
        page.keyboard.press("a")
        page.wait_for_selector(".wy-deed")

    assert page.evaluate(HARD_TO_READ) == []


def test_the_measure_of_what_can_be_read_would_notice(
    world: World, context: BrowserContext
) -> None:
    page = context.new_page()
    turn_to(page, world, "/login")
    page.add_style_tag(content=".signing-card footer { color: #aaa !important; }")

    (found,) = page.evaluate(HARD_TO_READ)

    assert found.startswith("请勿在公用电脑上")


@pytest.mark.parametrize(
    ("looks", "system"), [("dark", "light"), ("auto", "dark"), ("auto.large", "dark")]
)
def test_the_dark_has_no_flash_of_light(
    world: World, context: BrowserContext, looks: str, system: Any
) -> None:
    looking(context, world, looks)
    page = signed_in(context, world)
    page.emulate_media(color_scheme=system)
    page.add_init_script(GROUNDS)

    for path in ("/", "/app/triage", "/nowhere"):
        turn_to(page, world, path)
        assert page.evaluate("[...window.grounds]") == [DARK_GROUND], path


def test_the_library_of_controls_goes_dark_too(world: World, context: BrowserContext) -> None:
    looking(context, world, "dark")
    page = signed_in(context, world)
    turn_to(page, world, "/app/triage")

    page.locator(".wy-filters .v-field").first.click()
    page.wait_for_selector(".v-overlay .v-list")

    ground = page.locator(".v-overlay .v-list").evaluate(
        "at => getComputedStyle(at).backgroundColor"
    )
    assert ground == "rgb(26, 36, 33)"


@pytest.mark.parametrize(("theme", "most"), [("light", "217, 138, 28"), ("dark", "134, 101, 27")])
def test_the_map_names_its_villages_and_goes_dark_too(
    world: World, context: BrowserContext, theme: str, most: str
) -> None:
    looking(context, world, theme)
    page = signed_in(context, world)
    turn_to(page, world, "/app/overview")

    expect(page.locator(".wy-streetmap .leaflet-div-icon")).to_contain_text(["连渊村", "王场村"])
    fills = page.locator(".wy-streetmap path").evaluate_all(
        "paths => paths.map((path) => getComputedStyle(path).fill)"
    )
    assert f"rgb({most})" in fills


def test_looks_are_chosen_in_the_menu_and_kept(world: World, context: BrowserContext) -> None:
    page = signed_in(context, world)

    page.click(".who")
    page.click("#who-menu [data-theme-choice=dark]")
    page.click("#who-menu [data-type-choice=large]")

    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(root).to_have_attribute("data-type", "large")
    expect(page.locator("#who-menu [data-theme-choice=dark]")).to_have_attribute(
        "aria-pressed", "true"
    )
    other = context.new_page()
    other.goto(world.desk.address)
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    other.click(".who")
    other.click("#who-menu [data-theme-choice=auto]")
    expect(other.locator("html")).to_have_attribute("data-theme", "light")


@pytest.mark.parametrize(
    ("path", "selector"),
    [
        ("/", ".card-open"),
        ("/", ".tallies a"),
        ("/app/triage", ".wy-row-title"),
        ("/app/triage", ".wy-chip"),
        ("/app/triage", ".wy-queues button"),
        ("/app/overview", ".wy-villages td"),
        ("/app/overview", ".wy-figures strong"),
    ],
)
def test_large_type_is_a_quarter_larger(
    world: World, context: BrowserContext, path: str, selector: str
) -> None:
    page = signed_in(context, world)
    turn_to(page, world, path)
    before = size_of(page, selector)

    looking(context, world, "light.large")
    turn_to(page, world, path)

    assert size_of(page, selector) == pytest.approx(1.25 * before)


def test_apps_are_switched_by_keyboard(world: World, context: BrowserContext) -> None:
    page = signed_in(context, world)

    page.keyboard.press("Alt+2")
    page.wait_for_url("**/app/overview")
    page.keyboard.press("Alt+1")  # the frame answers while the app is still opening
    page.wait_for_url("**/app/triage")
    page.keyboard.press("Alt+9")  # there is no ninth
    page.keyboard.press("Alt+0")
    page.wait_for_url(f"{world.desk.address}/")


def test_a_menu_is_walked_with_the_arrows_and_its_keys_are_its_own(
    world: World, context: BrowserContext
) -> None:
    page = signed_in(context, world)
    turn_to(page, world, "/app/triage")
    opener = page.locator("[data-opens=apps-menu]")
    opener.focus()

    page.keyboard.press("ArrowDown")
    expect(page.locator("#apps-menu a").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#apps-menu a").last).to_be_focused()
    page.keyboard.press("Home")
    expect(page.locator("#apps-menu a").first).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.locator("#apps-menu")).to_be_hidden()
    expect(opener).to_be_focused()
    expect(page.locator(".wy-rows li.cursor")).to_have_count(0)


def test_the_bell_leads_to_the_list_that_it_counted(world: World, context: BrowserContext) -> None:
    page = signed_in(context, world)
    turn_to(page, world, "/app/overview")
    expect(page.locator("#bell-count")).to_have_text("60")

    page.click("#bell")
    page.locator("#bell-menu a", has_text="待受理").click()

    page.wait_for_url("**/app/triage?queue=new")
    page.wait_for_selector(".wy-rows li", timeout=OPENS_WITHIN_MS)
    expect(page.locator(".wy-pages")).to_contain_text("待受理60 件")


def test_a_number_of_the_first_page_opens_the_matters_behind_it(
    world: World, context: BrowserContext
) -> None:
    page = signed_in(context, world)

    page.locator(".tallies a", has_text="在办").click()

    page.wait_for_url("**/app/overview?figure=open")
    expect(page.locator(".wy-dialog")).to_contain_text("60 件", timeout=OPENS_WITHIN_MS)


@pytest.mark.parametrize("path", ["/app/triage", "/app/overview"])
def test_paper_is_white_without_the_bar_and_says_when_and_by_whom(
    world: World, context: BrowserContext, path: str
) -> None:
    looking(context, world, "dark")
    page = signed_in(context, world)
    turn_to(page, world, path)

    page.emulate_media(media="print")

    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator(".print-line")).to_contain_text("打印人：梁青禾（受理分拨员）")
    expect(page.locator(".print-line time")).to_contain_text(f"{datetime.now(UTC):%Y}年")
    for selector in ("html", "body", ".wy"):
        ground = page.locator(selector).evaluate("at => getComputedStyle(at).backgroundColor")
        assert ground == "rgb(255, 255, 255)", selector
    assert page.locator(".wy").evaluate("at => getComputedStyle(at).overflowY") == "visible"


def test_whoever_wants_calm_sees_nothing_move(world: World, context: BrowserContext) -> None:
    page = signed_in(context, world)
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{world.desk.address}/app/triage", wait_until="commit")
    page.wait_for_selector(".bone", state="attached")

    moving = page.locator(".bone").first.evaluate("at => getComputedStyle(at).animationName")

    assert moving == "none"


def test_the_loading_page_has_the_shape_of_the_app(world: World, context: BrowserContext) -> None:
    page = signed_in(context, world)

    page.goto(f"{world.desk.address}/app/overview", wait_until="commit")

    expect(page.locator(".skeleton.overview .tile")).to_have_count(5)


def test_no_page_asks_anybody_else(world: World, context: BrowserContext) -> None:
    requests: list[str] = []

    def note(request: Request) -> None:
        requests.append(request.url)

    context.on("request", note)
    page = signed_in(context, world)
    for path in PAGES:
        turn_to(page, world, path)

    own = (f"{world.desk.address}/", "data:", f"blob:{world.desk.address}")
    assert [url for url in requests if not url.startswith(own)] == []
    assert f"{world.desk.address}/bell" in requests
