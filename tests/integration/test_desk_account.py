"""One's own account at a real desk: second step, password, sessions, and what they renew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests import desk as desks
from tests.desk import Desk, Visitor
from tests.factories import PASSWORD, STREET
from tests.secondsteps import App
from weiyou.domain.people import Role
from weiyou.errors import NotSignedIn
from weiyou.services import accounts
from weiyou.services.office import OPERATOR, Office, open_office
from weiyou.services.staff import NewAccount, add
from weiyou.settings import Settings

pytestmark = pytest.mark.slow

NEW = "river-and-heron-31"
COOKIE = "weiyou_desk"
NUMBERS = count()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("account")
    desks.a_notebook(folder / "apps", "triage", desks.WIDGETS)
    desks.a_world(folder / "home")
    return folder


@pytest.fixture(scope="module")
def desk(home: Path) -> Iterator[Desk]:
    with desks.running(home / "home", home / "apps") as served:
        yield served


@pytest.fixture(scope="module")
def production(home: Path) -> Iterator[Desk]:
    with desks.running(home / "home", home / "apps", {"WEIYOU_PRODUCTION": "true"}) as served:
        yield served


@pytest.fixture(scope="module")
def house(home: Path, desk: Desk) -> Iterator[Office]:
    opened = open_office(Settings(home=home / "home"))
    yield opened
    opened.close()


@pytest.fixture
def login(house: Office) -> str:
    """Give a clerk of this test's own."""
    name = f"clerk-{next(NUMBERS)}"
    new = NewAccount(name, "江见山", Role.TRIAGE, (STREET,))
    with house.work(OPERATOR, datetime.now(UTC)) as work:
        add(work, new, PASSWORD)
    return name


def secret_on(page: str) -> App:
    found = re.search(r"<code>([A-Z2-7 ]{39})</code>", page)
    assert found, page
    return App(found[1])


def codes_on(page: str) -> list[str]:
    return re.findall(r"<li><code>([A-Z2-7 ]{19})</code>", page)


def switch_on(visitor: Visitor) -> tuple[App, list[str]]:
    """Switch the second step on, as a person does."""
    begun = visitor.post("/account/two-step/begin", {"password": PASSWORD})
    assert (begun.status_code, begun.headers["location"]) == (303, "/account/two-step")
    page = visitor.http.get("/account/two-step").text
    assert 'src="data:image/svg+xml;base64,' in page
    app = secret_on(page)
    shown = visitor.post("/account/two-step", {"code": app.code(datetime.now(UTC))})
    assert shown.status_code == 200, shown.text
    return app, codes_on(shown.text)


def test_the_page_shows_who_one_is_and_where_one_is_signed_in(desk: Desk, login: str) -> None:
    phone_like = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Edg/130.0"}
    visitor, other = desk.visitor(), desk.visitor()
    other.http.headers.update(phone_like)
    for one in (other, visitor):
        assert one.sign_in(login).status_code == 302

    page = visitor.http.get("/account").text

    assert "江见山" in page
    assert "戴圩街道" in page
    assert "受理分拨员" in page
    assert page.count("本机") == 1
    assert "工作台 · Windows · Edge" in page
    assert "未开启" in page
    ended = visitor.post("/account/sessions", {"session": the_button(page)})
    assert ended.headers["location"] == "/account?done=ended"
    assert other.http.get("/").status_code == 302
    assert "那个登录已结束" in visitor.http.get("/account?done=ended").text
    gone = visitor.post("/account/sessions", {"session": "1" * 30})
    assert gone.status_code == 404
    assert "没有这个登录" in gone.text


def the_button(page: str) -> str:
    found = re.search(r'name="session" value="(\d+)"', page)
    assert found
    return found[1]


def test_nobody_ends_the_session_of_somebody_else(desk: Desk, house: Office, login: str) -> None:
    visitor, stranger = desk.visitor("liang"), desk.visitor(login)
    token = visitor.http.cookies[COOKIE]
    session_id = accounts.who(house, token, datetime.now(UTC)).session_id
    assert stranger.post("/account/sessions", {"session": str(session_id)}).status_code == 404
    assert visitor.http.get("/").status_code == 200


def test_with_the_second_step_the_password_alone_opens_nothing(desk: Desk, login: str) -> None:
    visitor, other = desk.visitor(login), desk.visitor(login)
    app, codes = switch_on(visitor)
    assert len(codes) == 8
    assert other.http.get("/").status_code == 302, "the others have ended"
    assert "已开启" in visitor.http.get("/account").text

    fresh = desk.visitor()
    led = fresh.sign_in(login, page="/login?next=/app/triage")
    assert (led.status_code, led.headers["location"]) == (302, "/login/code?next=%2Fapp%2Ftriage")
    assert COOKIE not in fresh.http.cookies
    for address in ("/", "/account", "/app/triage", "/account/two-step"):
        assert fresh.http.get(address).headers["location"].startswith("/login?next=")
    asked = fresh.http.get(led.headers["location"])
    assert 'autocomplete="one-time-code"' in asked.text
    wrong = fresh.post(led.headers["location"], {"code": app.wrong(datetime.now(UTC))})
    assert wrong.status_code == 422
    assert "验证码不对" in wrong.text

    later = app.code(datetime.now(UTC), off=1)
    done = fresh.post(led.headers["location"], {"code": later})
    assert (done.status_code, done.headers["location"]) == (302, "/app/triage")
    assert fresh.http.get("/").status_code == 200
    assert "weiyou_desk_half" not in fresh.http.cookies

    replayed = desk.visitor()
    replayed.sign_in(login)
    assert replayed.post("/login/code", {"code": later}).status_code == 422
    by_recovery = replayed.post("/login/code", {"code": codes[0]})
    assert by_recovery.status_code == 302
    assert "还有 7 个恢复码可用" in replayed.http.get("/account").text


def test_after_five_wrong_codes_one_waits(desk: Desk, login: str) -> None:
    app, codes = switch_on(desk.visitor(login))
    visitor = desk.visitor()
    visitor.sign_in(login)
    for _ in range(5):
        assert (
            visitor.post("/login/code", {"code": app.wrong(datetime.now(UTC))}).status_code == 422
        )
    waits = visitor.post("/login/code", {"code": codes[0]})
    assert waits.status_code == 429
    assert "账号没有被锁" in waits.text


def test_without_half_a_sign_in_there_is_no_second_one(desk: Desk) -> None:
    visitor = desk.visitor()
    for address in ("/login/code", "/login/set-up"):
        assert visitor.http.get(address).headers["location"] == "/login"
        answer = visitor.post(address, {"code": "123456"})
        assert answer.status_code == 401
        assert "请重新登录" in answer.text
        visitor.http.cookies.set("weiyou_desk_half", "made-up")


def test_recovery_codes_are_renewed_and_the_second_step_switched_off(
    desk: Desk, login: str
) -> None:
    visitor = desk.visitor(login)
    app, codes = switch_on(visitor)
    refused = visitor.post("/account/two-step/recovery", {"code": "1"})
    assert refused.status_code == 422
    fresh = codes_on(visitor.post("/account/two-step/recovery", {"code": codes[0]}).text)
    assert len({*fresh, *codes}) == 16
    off = {"password": PASSWORD, "code": fresh[0]}
    assert visitor.post("/account/two-step/off", off | {"password": "x"}).status_code == 422
    token = visitor.http.cookies[COOKIE]
    done = visitor.post("/account/two-step/off", off)
    assert done.headers["location"] == "/account?done=off"
    assert visitor.http.cookies[COOKIE] != token
    assert desk.visitor(login).http.get("/").status_code == 200
    assert visitor.post("/account/two-step/off", off).status_code == 409
    assert app


def test_a_set_up_that_was_not_begun_leads_back(desk: Desk, login: str) -> None:
    visitor = desk.visitor(login)
    assert visitor.http.get("/account/two-step").headers["location"] == "/account"
    assert visitor.post("/account/two-step", {"code": "123456"}).status_code == 409
    assert visitor.post("/account/two-step/begin", {"password": "x"}).status_code == 422
    visitor.post("/account/two-step/begin", {"password": PASSWORD})
    wrong = visitor.post("/account/two-step", {"code": "1"})
    assert wrong.status_code == 422
    assert secret_on(wrong.text)


def test_an_administrator_can_do_nothing_in_production_before_it_is_set_up(
    production: Desk, house: Office
) -> None:
    new = NewAccount("shen", "沈计", Role.AUDITOR, (STREET,))
    with house.work(OPERATOR, datetime.now(UTC)) as work:
        add(work, new, PASSWORD)
    visitor = production.visitor()
    led = visitor.sign_in("shen")
    assert (led.status_code, led.headers["location"]) == (302, "/login/set-up?next=%2F")
    assert COOKIE not in visitor.http.cookies
    for address in ("/", "/account", "/app/overview"):
        assert visitor.http.get(address).headers["location"].startswith("/login?next=")
    assert visitor.http.get("/login/code").headers["location"] == "/login/set-up"
    assert visitor.post("/login/code", {"code": "123456"}).status_code == 401
    visitor.sign_in("shen")

    page = visitor.http.get("/login/set-up").text
    app = secret_on(page)
    wrong = visitor.post("/login/set-up", {"code": app.wrong(datetime.now(UTC))})
    assert wrong.status_code == 422
    assert secret_on(wrong.text).code(datetime.now(UTC)) == app.code(datetime.now(UTC))
    shown = visitor.post("/login/set-up", {"code": app.code(datetime.now(UTC))})
    assert len(codes_on(shown.text)) == 8
    own = visitor.http.get("/account")
    assert "管理员账号必须使用两步登录，不能关闭" in own.text
    refused = visitor.post(
        "/account/two-step/off",
        {"password": PASSWORD, "code": app.code(datetime.now(UTC), off=1)},
    )
    assert refused.status_code == 403
    again = production.visitor().sign_in("shen")
    assert again.headers["location"] == "/login/code?next=%2F"


def test_a_new_password_renews_the_cookie_and_closes_all_that_was_open(
    desk: Desk, house: Office, login: str
) -> None:
    visitor, other = desk.visitor(login), desk.visitor(login)
    page, others = visitor.open("triage"), other.open("triage")
    phone = accounts.sign_in(
        house,
        login=login,
        password=PASSWORD,
        address="10.4.4.4",
        door="phone",
        now=datetime.now(UTC),
    )
    before = visitor.http.cookies[COOKIE]
    form = {"old": PASSWORD, "new": NEW, "again": NEW}
    for change, said in (
        ({"again": "x"}, "两次输入的新密码不一样"),
        ({"old": "x"}, "密码不对"),
        ({"new": "short", "again": "short"}, "至少 12 个字符"),
    ):
        refused = visitor.post("/account/password", form | change)
        assert refused.status_code == 422
        assert said in refused.text
        assert PASSWORD not in refused.text

    done = visitor.post("/account/password", form)

    assert done.headers["location"] == "/account?done=password"
    assert "密码已更换" in visitor.http.get("/account?done=password").text
    assert visitor.http.cookies[COOKIE] != before
    assert page.state() == "gone", "it was of the session that has ended"
    assert other.http.get("/").status_code == 302
    assert others.state() == "signed_out"
    with pytest.raises(NotSignedIn):
        accounts.who(house, phone.token, datetime.now(UTC))
    stolen = desk.visitor()
    stolen.http.cookies.set(COOKIE, before)
    assert stolen.http.get("/").status_code == 302
    assert desk.visitor().sign_in(login).status_code == 401
    assert desk.visitor().sign_in(login, NEW).status_code == 302


def planted(visitor: Visitor, name: str) -> str:
    """Put a secret that somebody else knows into a browser."""
    value = "chosen-by-somebody-else-0123456789-0123456"
    visitor.http.cookies.set(name, value, domain="127.0.0.1")
    return value


def kept(answer: httpx.Response, name: str) -> str:
    (cookie,) = (one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{name}="))
    return cookie.split(";")[0].partition("=")[2]


def test_a_secret_that_was_planted_never_becomes_a_session(desk: Desk, login: str) -> None:
    visitor = desk.visitor()
    chosen = planted(visitor, COOKIE)
    fresh = kept(visitor.sign_in(login), COOKIE)
    assert fresh != chosen
    stranger = desk.visitor()
    stranger.http.cookies.set(COOKIE, chosen)
    assert stranger.http.get("/").status_code == 302

    own = desk.visitor(login)
    before = own.http.cookies[COOKIE]
    app, _ = switch_on(own)
    assert own.http.cookies[COOKIE] != before, "the second step renews it"
    halfway = desk.visitor()
    chosen = planted(halfway, "weiyou_desk_half")
    assert kept(halfway.sign_in(login), "weiyou_desk_half") != chosen
    now = datetime.now(UTC) + timedelta(seconds=30)
    signed_in = halfway.post("/login/code", {"code": app.code(now)})
    assert kept(signed_in, COOKIE) not in {fresh, chosen}


def test_signing_out_everywhere_ends_the_phone_too(desk: Desk, house: Office, login: str) -> None:
    visitor = desk.visitor(login)
    now = datetime.now(UTC)
    phone = accounts.sign_in(
        house, login=login, password=PASSWORD, address="10.4.4.4", door="phone", now=now
    )
    assert "手机端" in visitor.http.get("/account").text
    visitor.post("/logout", {"everywhere": "1"})
    with pytest.raises(NotSignedIn):
        accounts.who(house, phone.token, datetime.now(UTC))


def test_a_session_that_was_signed_out_does_not_sign_out_again(desk: Desk, login: str) -> None:
    visitor = desk.visitor(login)
    token = visitor.http.cookies[COOKIE]
    visitor.post("/logout", {})
    visitor.http.cookies.set(COOKIE, token)
    again = visitor.post("/logout", {})
    assert again.status_code in {302, 403}
    assert visitor.http.get("/").status_code == 302
