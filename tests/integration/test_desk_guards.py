"""What another site sends in somebody's name is not done, and what only looks changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from tornado.web import RequestHandler

from tests import desk as desks
from tests.desk import Desk, OpenApp, Visitor
from tests.factories import PASSWORD
from tests.secondsteps import half, switch_on
from weiyou.desk.server import DeskServer
from weiyou.services.office import Office, open_office
from weiyou.settings import Settings
from weiyou.store.tables import Table

pytestmark = pytest.mark.slow

POSTS: Final[Mapping[str, dict[str, str]]] = {
    "/login": {"login": "jiang", "password": PASSWORD},
    "/login/code": {"code": "123456"},
    "/login/set-up": {"code": "123456"},
    "/logout": {"everywhere": "1"},
    "/account/password": {
        "old": PASSWORD, "new": "river-and-heron-31", "again": "river-and-heron-31",
    },
    "/account/sessions": {"session": "1"},
    "/account/two-step": {"code": "123456"},
    "/account/two-step/begin": {"password": PASSWORD},
    "/account/two-step/off": {"password": PASSWORD, "code": "123456"},
    "/account/two-step/recovery": {"code": "123456"},
    "/seat/{kernel}/leave": {},
}  # fmt: skip
"""Every address that takes a form, and what its own page would send there."""

EVIL: Final = "https://evil.example"
FOREIGN: Final[Mapping[str, dict[str, str]]] = {
    "another origin": {"Origin": EVIL},
    "another origin, our referer": {"Origin": EVIL, "Referer": "{desk}/account"},
    "an origin that begins like ours": {"Origin": "{desk}.evil.example"},
    "an origin that ends like ours": {"Origin": "http://evil.example#{host}"},
    "our host on another port": {"Origin": "http://127.0.0.1:1"},
    "our host under another name": {"Origin": "http://localhost:{port}"},
    "a sandboxed frame": {"Origin": "null"},
    "no origin of a kind": {"Origin": ""},
    "a browser that says cross-site": {"Sec-Fetch-Site": "cross-site"},
    "a browser that says same-site": {"Sec-Fetch-Site": "same-site", "Origin": "{desk}"},
    "a browser that says nonsense": {"Sec-Fetch-Site": "same-origin, cross-site"},
    "cross-site, said twice": {"Origin": "{desk}", "Sec-Fetch-Site": "cross-site"},
}
"""What browsers say of a form on another site, with a proof that is right all the same."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guards")
    desks.a_notebook(folder / "apps", "triage", desks.WIDGETS)
    desks.a_world(folder / "home")
    return folder


@pytest.fixture(scope="module")
def desk(home: Path) -> Iterator[Desk]:
    with desks.running(home / "home", home / "apps") as served:
        yield served


@pytest.fixture(scope="module")
def house(home: Path, desk: Desk) -> Iterator[Office]:
    opened = open_office(Settings(home=home / "home"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def opened(desk: Desk) -> OpenApp:
    """Give an app that liang has open, and must keep."""
    return desk.visitor("liang").open("triage")


def facts(office: Office, *but: str) -> dict[str, list[Any]]:
    """Return all that the database holds, without when a browser was seen last."""
    with office.store.read() as session:
        return {
            table.name: sorted(
                tuple(row)
                for row in session.execute(
                    table.select().with_only_columns(
                        *(c for c in table.c if c.name not in {"seen_at", "expires_at"})
                    )
                )
            )
            for table in Table.metadata.sorted_tables
            if table.name not in but
        }


def takes(handler: type[RequestHandler], method: str) -> bool:
    return getattr(handler, method) is not getattr(RequestHandler, method)


def addresses() -> list[tuple[str, type[RequestHandler]]]:
    listed = DeskServer.init_handlers(SimpleNamespace(base_url="/"))  # type: ignore[arg-type]
    return [(str(one[0]), one[1]) for one in listed]


def test_the_list_of_what_takes_a_form_is_complete() -> None:
    patterns = {pattern for pattern, handler in addresses() if takes(handler, "post")}
    kernel = "01234567-0123-0123-0123-0123456789ab"
    for address in POSTS:
        concrete = address.format(kernel=kernel)
        assert any(
            re.fullmatch(pattern, concrete) and takes(handler, "post")
            for pattern, handler in addresses()
        ), address
    assert len(patterns) == len(POSTS), patterns


def filled(words: Mapping[str, str], desk: Desk) -> dict[str, str]:
    host = f"127.0.0.1:{desk.port}"
    return {
        name: value.format(desk=desk.address, host=host, port=desk.port)
        for name, value in words.items()
    }


@pytest.mark.parametrize("address", POSTS)
@pytest.mark.parametrize("kind", FOREIGN)
def test_a_form_of_another_site_is_refused_even_with_the_right_proof(
    desk: Desk, house: Office, opened: OpenApp, address: str, kind: str
) -> None:
    visitor = opened.visitor
    form = POSTS[address] | {"_xsrf": visitor.xsrf()}
    before = facts(house)

    answer = visitor.http.post(
        address.format(kernel=opened.kernel_id), data=form, headers=filled(FOREIGN[kind], desk)
    )

    assert answer.status_code == 403
    assert not answer.headers.get_list("set-cookie")
    assert facts(house) == before
    assert opened.state() == "open"


def forged(visitor: Visitor) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what somebody can send who does not know the proof."""
    cookie = visitor.http.cookies["weiyou_desk_xsrf"]
    other = "2|0a1b2c3d|0123456789abcdef0123456789abcdef|1700000000"
    yield "nothing", {}
    version, mask, masked, made_at = cookie.split("|")
    damaged = "|".join((version, mask, masked[::-1], made_at))
    for proof in ("", "x", "null", other, damaged, masked, cookie[::-1], "很"):
        yield f"proof {proof[:12]}", {"data": {"_xsrf": proof}}
        yield f"header {proof[:12]}", {"headers": {"X-XSRFToken": proof.encode()}}
    yield "plain text", {"content": "_xsrf=x", "headers": {"Content-Type": "text/plain"}}
    yield "json", {"json": {"_xsrf": cookie}}
    yield "files", {"files": {"_xsrf": ("x", cookie.encode())}}
    yield "an old trick", {"data": {"_method": "POST"}, "headers": {"X-Http-Method": "POST"}}


@pytest.mark.parametrize("address", POSTS)
def test_without_the_proof_nothing_is_done(
    desk: Desk, house: Office, opened: OpenApp, address: str
) -> None:
    visitor = opened.visitor
    visitor.xsrf()
    before = facts(house)
    concrete = address.format(kernel=opened.kernel_id)
    for kind, sent in forged(visitor):
        data = {**POSTS[address], **sent.get("data", {})}
        body = {"data": data} if not {"content", "json"} & sent.keys() else {}
        answer = visitor.http.post(concrete, **{**sent, **body})
        assert answer.status_code == 403, kind
    own = visitor.xsrf()
    bare = desk.visitor()
    bare.http.cookies.set("weiyou_desk", visitor.http.cookies["weiyou_desk"])
    answer = bare.http.post(concrete, data={**POSTS[address], "_xsrf": own})
    assert answer.status_code == 403, "the proof of another browser"
    assert facts(house) == before
    assert opened.state() == "open"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_no_other_method_does_anything(
    desk: Desk, house: Office, opened: OpenApp, method: str
) -> None:
    before = facts(house)
    for address in (*POSTS, "/", "/account", "/bell", "/health", "/app/triage", "/seat/{kernel}"):
        answer = opened.visitor.http.request(method, address.format(kernel=opened.kernel_id))
        assert answer.status_code in {403, 404, 405}, address
    assert facts(house) == before


def test_looking_changes_nothing(desk: Desk, house: Office, opened: OpenApp) -> None:
    visitor = opened.visitor
    tricks = (
        "?_xsrf={proof}&everywhere=1&new=river-and-heron-31&again=river-and-heron-31"
        f"&old={PASSWORD}&password={PASSWORD}&session=1&code=123456&login=jiang&_method=POST"
    ).replace("{proof}", visitor.xsrf())
    before = facts(house)
    for address in (*POSTS, "/", "/account", "/bell", "/health", "/seat/{kernel}", "/nowhere"):
        concrete = address.format(kernel=opened.kernel_id)
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = visitor.http.request(method, concrete + tricks)
            assert answer.status_code < 500, (method, address)
    assert facts(house) == before
    assert opened.state() == "open"


def test_opening_an_app_opens_a_seat_and_touches_nothing_else(desk: Desk, house: Office) -> None:
    visitor = desk.visitor("liang")
    traces = ("kernel", "audit_event", "audit_head")
    before = facts(house, *traces)
    seat = visitor.open("triage")
    assert facts(house, *traces) == before
    visitor.post(f"/seat/{seat.kernel_id}/leave", {})


def test_no_secret_in_an_address_or_a_header_of_scripts_signs_anybody_in(
    desk: Desk, opened: OpenApp
) -> None:
    token = opened.visitor.http.cookies["weiyou_desk"]
    stranger = desk.visitor()
    for name in ("token", "weiyou_desk", "session", "jupyter_token"):
        assert stranger.http.get("/account", params={name: token}).status_code == 302
    for words in (f"token {token}", f"Bearer {token}", f"Basic {token}"):
        answer = stranger.http.get("/account", headers={"Authorization": words})
        assert answer.status_code == 302
        assert stranger.post("/logout", {}, headers={"Authorization": words}).status_code in {
            302,
            403,
        }
    assert opened.state() == "open"
    pages = [opened.visitor.http.get(address) for address in ("/", "/account", "/login")]
    for answer in [*pages, opened.answer]:
        assert token not in answer.text
        assert token not in str(answer.url)
        assert token not in answer.headers.get("location", "")


AWAY: Final = (
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
    "https:evil.example", "javascript:alert(1)", "/account/../..//evil.example", "/account//x",
    "/account?x=//evil.example", "/account\r\nSet-Cookie: a=b", "/app/x#//evil.example",
    "http://127.0.0.1@evil.example", "%2F%2Fevil.example", " //evil.example", "/logout",
)  # fmt: skip


@pytest.mark.parametrize("wanted", AWAY)
def test_neither_step_of_the_sign_in_leads_away(desk: Desk, house: Office, wanted: str) -> None:
    signed_in = desk.visitor("liang")
    assert signed_in.http.get("/login", params={"next": wanted}).headers["location"] == "/"
    visitor = desk.visitor()
    address = str(visitor.http.build_request("POST", "/login", params={"next": wanted}).url)
    led = visitor.post(address, {"login": "zhou", "password": PASSWORD})
    if led.status_code == 302 and led.headers["location"] == "/":
        if wanted == AWAY[0]:
            switch_on(house, "zhou", now=datetime.now(UTC))
        return
    assert led.headers["location"] == "/login/code?next=%2F"
    page = visitor.http.get("/login/code", params={"next": wanted}).text
    assert "evil" not in page
    assert 'action="/login/code?next=/"' in page


def test_behind_tls_every_cookie_is_bound_to_the_host(home: Path, house: Office) -> None:
    settings = {"WEIYOU_PUBLIC_URL": "https://wy.example.cn"}
    with desks.running(home / "home", home / "apps", settings) as secure:
        switch_on(house, "chen", now=datetime.now(UTC))
        visitor = secure.visitor()
        page = visitor.http.get("/login")
        proof = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert proof
        cookies = page.headers.get_list("set-cookie")
        headers = {"Cookie": cookies[0].split(";")[0]}
        form = {"login": "chen", "password": PASSWORD, "_xsrf": proof[1]}
        answer = visitor.http.post("/login", data=form, headers=headers)
        cookies += answer.headers.get_list("set-cookie")
    names = {one.split("=")[0] for one in cookies}
    assert names == {"__Host-weiyou_desk_xsrf", "__Host-weiyou_desk_half"}
    for one in cookies:
        words = set(one.split("; "))
        assert {"HttpOnly", "Secure", "Path=/"} <= words
        assert {"SameSite=Lax", "SameSite=Strict"} & words
        assert "domain" not in one.lower()
    assert half(house, "chen", now=datetime.now(UTC)).value
