"""Five hundred ways to smuggle markup into words, on every page that shows words of people."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

import openpyxl
import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect

from tests import desk as desks
from tests.chromium import chromium
from tests.desk import Desk
from tests.factories import GRID, PASSWORD, VILLAGE, a_petition, an_account, poster, the
from tests.payloads import matters, payloads
from tests.running import Phone
from weiyou.domain import figures
from weiyou.domain.areas import Level
from weiyou.domain.figures import Span
from weiyou.domain.people import Actor, Role
from weiyou.domain.petitions import Grade, plain
from weiyou.reports import overview
from weiyou.services import closure, handling, intake, triage
from weiyou.services.intake import Receipt
from weiyou.services.office import RESIDENT, Office, open_office
from weiyou.services.passwords import HASHER
from weiyou.settings import REPOSITORY, Settings
from weiyou.store import accounts
from weiyou.store.tables import Account, Area, Category, Department

pytestmark = [pytest.mark.slow, pytest.mark.browser]

HOSTILE: Final = payloads()
TEXTS: Final = matters(HOSTILE, 4_900)
CHUNKS: Final = matters(HOSTILE, 1_900)
TRAP: Final = """
const told = (what) => window.wyTold(String(what));
let kept;
Object.defineProperty(window, "stolen", {
  get: () => kept,
  set: (it) => { kept = it; told(`stolen ${it}`); },
});
for (const name of ["alert", "confirm", "prompt", "open", "print"]) {
  window[name] = (words) => told(`${name} ${words}`);
}
document.addEventListener("securitypolicyviolation", (it) => {
  told(`policy ${it.violatedDirective} ${it.blockedURI} ${it.sample}`);
});
"""
FREE: Final = """
(texts) => texts.forEach((text) => {
  document.body.insertAdjacentHTML("beforeend", `<section>${text}</section>`);
})
"""


@dataclass
class Place:
    """A desk and a phone service full of hostile words."""

    desk: Desk
    phone: str
    office: Office
    long: list[Receipt]
    short: list[Receipt]


@dataclass
class Watch:
    """A browser that notes whatever a page does beyond showing words."""

    context: BrowserContext
    own: tuple[str, ...]
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.expose_function("wyTold", self._told)
        self.context.add_init_script(TRAP)
        self.context.on("request", self._requested)
        self.context.on("console", self._said)
        self.context.on("page", lambda page: page.on("dialog", lambda it: self._asked(it.message)))
        self.context.route("**/*evil.example/**", lambda route: route.abort())

    def _told(self, what: str) -> None:
        self.seen.append(what)

    def _asked(self, words: str) -> None:
        self.seen.append(f"dialog {words}")

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((*self.own, "blob:", "data:font", "data:image/png")):
            self.seen.append(f"request {request.url[:200]}")

    def _said(self, said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text or "Content-Security-Policy" in said.text:
            self.seen.append(f"console {said.text[:200]}")


def rename(office: Office) -> None:
    """Give places, departments, categories and people names that no office would print."""
    short = [one for one in HOSTILE if len(one) <= 40]
    with office.store.write() as session:
        for area, words in zip(session.query(Area), HOSTILE, strict=False):
            area.name = plain(words)[:80]
        for department, words in zip(session.query(Department), HOSTILE[9:], strict=False):
            department.name = plain(words)[:80]
        for category, words in zip(session.query(Category), short, strict=False):
            category.name, category.group_name = words, short[-1]
            category.hotline_domain = short[-2]
        session.query(Area).filter_by(code=VILLAGE).one().name = '=HYPERLINK("x")<img src=x>'
        for account, words in zip(session.query(Account), short[5:], strict=False):
            account.name = words


def clerk(office: Office, login: str) -> Actor:
    with office.store.read() as session:
        found = accounts.by_login(session, login)
        assert found is not None
        return accounts.actor(found)


def fill(office: Office) -> tuple[list[Receipt], list[Receipt]]:
    """Hand in every payload as the text of a matter; and some as names, places, notes, answers."""
    now = datetime.now(UTC)
    names = [one for one in HOSTILE if len(plain(one)) <= 40]
    long = [a_petition(office, text=text, now=now) for text in TEXTS]
    short = [
        a_petition(
            office,
            text=HOSTILE[place],
            name=names[place % len(names)],
            place=plain(HOSTILE[-place - 1])[:120],
            category=("A01", "A02", "A03")[place % 3],
            now=now,
        )
        for place in range(60)
    ]
    told, handed = long[0], short[0]
    desk, worker = clerk(office, "liang"), clerk(office, "worker")
    for words in CHUNKS:
        with office.work(desk, now) as work:
            triage.add_note(work, petition_id=the(office, told).id, note=words)
        with office.work(RESIDENT, now) as work:
            intake.add_message(work, token=told.token, words=words)
    _go_through(office, handed, desk, worker, now)
    return long, short


def _go_through(
    office: Office,
    receipt: Receipt,
    desk: Actor,
    worker: Actor,
    now: datetime,
) -> None:
    number = the(office, receipt).id
    with office.work(desk, now) as work:
        triage.assign(work, petition_id=number, version=1, level=Level.GRID, note=CHUNKS[0])
    for words in CHUNKS:
        found = the(office, receipt)
        with office.work(worker, now) as work:
            handling.record(work, petition_id=number, version=found.version, words=words)
    found = the(office, receipt)
    with office.work(worker, now) as work:
        handling.answer(work, petition_id=number, version=found.version, words=CHUNKS[1])
    with office.work(RESIDENT, now) as work:
        closure.rate(work, token=receipt.token, grade=Grade.POOR, solved=False, words=CHUNKS[2])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("hostile") / "home"
    desks.a_world(home)
    office = open_office(Settings(home=home))
    hashed = HASHER.hash(PASSWORD)
    an_account(office, Role.GRID_WORKER, GRID, login="worker", password_hash=hashed)
    rename(office)
    long, short = fill(office)
    phone = Phone(home, "", settings={"WEIYOU_STREET_NAME": HOSTILE[3]})
    phone.start()
    with desks.running(
        home,
        REPOSITORY / "apps",
        {"WEIYOU_STREET_NAME": HOSTILE[3], "WEIYOU_SUPERVISION_PHONE": ""},
    ) as desk:
        yield Place(desk, f"http://127.0.0.1:{phone.port}", office, long, short)
    phone.stop()
    office.close()


@pytest.fixture
def watch(place: Place) -> Iterator[Watch]:
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        own = (place.desk.address, f"ws://127.0.0.1:{place.desk.port}", place.phone)
        yield Watch(context, own)


def signed_in(watch: Watch, place: Place, login: str) -> Page:
    page = watch.context.new_page()
    page.goto(f"{place.desk.address}/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{place.desk.address}/")
    return page


def shows(page: Page, words: str, where: str = "body") -> bool:
    """Return whether a page shows words as they are, blanks aside."""
    shown = page.evaluate("(where) => document.querySelector(where).textContent", where)
    return "".join(plain(words).split()) in "".join(str(shown).split())


def test_there_are_five_hundred_and_they_are_alive_where_nothing_escapes_them(watch: Watch) -> None:
    assert len(set(HOSTILE)) == 500
    free = "http://127.0.0.1:9/free"
    watch.context.route(free, lambda route: route.fulfill(body="", content_type="text/html"))
    for start in range(0, len(HOSTILE), 20):  # some of them lead the page away from the others
        page = watch.context.new_page()
        page.goto(free)
        page.evaluate(FREE, HOSTILE[start : start + 20])
        page.wait_for_timeout(100)
        page.close()

    alive = {one.split()[1] for one in watch.seen if one.startswith(("stolen", "alert"))}
    assert len(alive) > 30
    assert sum("evil.example" in one for one in watch.seen) > 10


def test_on_the_clerks_screen_all_of_them_are_words(watch: Watch, place: Place) -> None:
    page = signed_in(watch, place, "liang")
    page.goto(f"{place.desk.address}/app/triage")
    page.wait_for_selector(".wy-list", timeout=60_000)
    page.locator(".wy-queues button", has_text="全部").click()
    page.locator(".wy-pages select").select_option("100")
    expect(page.locator(".wy-rows > *")).to_have_count(len(place.long) + len(place.short))
    for receipt, text in zip(place.long, TEXTS, strict=True):
        lay_open(page, place, receipt)
        assert page.locator(".wy-text").text_content() == plain(text)
    lay_open(page, place, place.long[0])
    for chunk in CHUNKS:
        assert shows(page, chunk, ".wy-history")
    for receipt in place.short[:12]:
        lay_open(page, place, receipt)
        kept = the(place.office, receipt)
        assert shows(page, kept.text, ".wy-text")
        assert shows(page, kept.reporter_name or "", ".wy-facts")
        assert shows(page, kept.place or "", ".wy-facts")
    for key in ("a", "x", "q", "c"):
        page.keyboard.press(key)
        page.wait_for_timeout(150)
        page.keyboard.press("Escape")
    box = page.locator(".wy-search input")
    for words in (HOSTILE[0], HOSTILE[55], HOSTILE[4]):
        box.fill(words)
        box.press("Enter")
        page.wait_for_timeout(300)
    assert watch.seen == []


def lay_open(page: Page, place: Place, receipt: Receipt) -> None:
    number = the(place.office, receipt).id
    page.evaluate("(row) => document.querySelector(row).click()", f"#wy-row-{number}")
    expect(page.locator(f"#wy-row-{number}.open")).to_have_count(1, timeout=15_000)
    expect(page.locator(".wy-case-number")).to_contain_text(receipt.number[:3])
    expect(page.locator(".wy-text")).to_contain_text(plain(the(place.office, receipt).text)[:9])


def test_on_the_leaders_screen_all_of_them_are_words(watch: Watch, place: Place) -> None:
    page = signed_in(watch, place, "zhou")
    assert shows(page, clerk(place.office, "zhou").name)
    page.goto(f"{place.desk.address}/app/overview")
    page.wait_for_selector(".wy-figures", timeout=60_000)
    assert shows(page, '=HYPERLINK("x")<img src=x>')
    page.click(".wy-figures .received")
    page.wait_for_timeout(800)

    assert watch.seen == []


def test_a_workbook_holds_no_formula(place: Place) -> None:
    leader = clerk(place.office, "zhou")
    now = datetime.now(UTC)
    with place.office.look(leader, now) as look:
        data = overview.workbook(look, figures.period(Span.WEEK, now))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert '=HYPERLINK("x")<img src=x>' in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_on_pages_that_say_no_all_of_them_are_words(watch: Watch, place: Place) -> None:
    page = watch.context.new_page()
    for words in HOSTILE[::10]:
        page.goto(f"{place.desk.address}/login?{urlencode({'next': words})}")
    for words in HOSTILE[:80:20]:
        page.fill("input[name=login]", words.replace("\n", " "))
        page.fill("input[name=password]", words.replace("\n", " "))
        page.click("button[type=submit]")
        page.wait_for_load_state()
        assert page.url.startswith(f"{place.desk.address}/login")
    page = signed_in(watch, place, "liang")
    for words in HOSTILE[::25]:
        for address in ("", "app/", "seat/", "static/"):
            page.goto(f"{place.desk.address}/{address}{quote(words.replace('.', '·'), safe='')}")
    assert watch.seen == []


def test_on_the_phone_all_of_them_are_words(watch: Watch, place: Place) -> None:
    page = watch.context.new_page()
    for receipt in (place.long[0], place.short[0], place.short[7]):
        page.goto(f"{place.phone}/r/{receipt.token}")
        assert shows(page, the(place.office, receipt).text)
    page.goto(f"{place.phone}/r/{place.long[0].token}")
    assert all(shows(page, chunk) for chunk in CHUNKS)
    page.goto(f"{place.phone}/g/{poster(place.office)}")
    for address in ("", "g/x", "r/x", "w/x", "nowhere"):
        page.goto(f"{place.phone}/{address}")
    work_at(page, place)
    assert watch.seen == []


def work_at(page: Page, place: Place) -> None:
    """Look at the lists and at a matter as the grid worker."""
    page.goto(f"{place.phone}/w/sign-in")
    page.get_by_label("账号").fill("worker")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{place.phone}/w/")
    page.goto(f"{place.phone}/w/matters/{the(place.office, place.short[0]).id}")
    assert all(shows(page, chunk) for chunk in CHUNKS[1:])
    for address in ("", "done"):
        page.goto(f"{place.phone}/w/{address}")
