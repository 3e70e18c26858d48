"""Several desks on one PostgreSQL, kept by a real JupyterHub behind its proxy and a real nginx."""

from __future__ import annotations

import contextlib
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import psutil
import pyotp
import pytest
import websocket

from tests import desk as desks
from tests import factories, hubs, proxies
from tests.desk import Line, OpenApp
from tests.factories import PASSWORD, STREET, Databases
from tests.hubs import Hub
from tests.proxies import HUB, PHONE, Proxy
from tests.running import free_port
from weiyou.domain.people import Role
from weiyou.errors import CodeNeeded
from weiyou.services import accounts, secondfactor, staff
from weiyou.services.office import OPERATOR, Office, open_office
from weiyou.services.passwords import HASHER
from weiyou.services.secondfactor import HalfToken
from weiyou.settings import Settings
from weiyou.store.tables import Account, SecondFactor, Session, SignInAttempt

pytestmark = pytest.mark.slow

A, B = hubs.NAMES
PLACE = "127.0.0.1"


@dataclass
class Person:
    """Somebody at a desk, through nginx and the hub's proxy."""

    site: Site
    name: str
    http: httpx.Client

    def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        shown = self.http.get("/login", follow_redirects=True).text
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', shown)
        assert xsrf, shown
        form = {"_xsrf": xsrf[1], "login": login, "password": password}
        return self.http.post("/login", data=form)

    def open(self, app: str) -> OpenApp:
        answer = self.http.get(f"/app/{app}")
        assert answer.status_code == 200, answer.text
        return OpenApp(self, answer)  # type: ignore[arg-type]  # it needs no more than `http`

    def line(self, kernel_id: str) -> Line:
        origin = self.site.proxy.origin(self.site.hub.host(self.name))
        connection = websocket.create_connection(
            f"{origin.replace('https', 'wss')}/api/kernels/{kernel_id}/channels"
            f"?session_id={secrets.token_hex(8)}",
            socket=self.site.proxy.line(self.site.hub.host(self.name)),
            cookie="; ".join(f"{name}={value}" for name, value in self.http.cookies.items()),
            origin=origin,
        )
        self.site.stack.callback(connection.shutdown)
        return Line(connection)


@dataclass
class Operator:
    """A browser at the hub."""

    http: httpx.Client

    def sign_in(self, login: str, password: str = PASSWORD, otp: str = "") -> httpx.Response:
        page = {"Sec-Fetch-Mode": "navigate"}
        shown = self.http.get("/hub/login", headers=page).text
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', shown)
        assert xsrf, shown
        form = {"_xsrf": xsrf[1], "username": login, "password": password, "otp": otp}
        return self.http.post("/hub/login?next=/hub/admin", data=form, headers=page)

    def sees_the_desks(self) -> bool:
        return self.http.get("/hub/admin").status_code == 200


@dataclass
class Site:
    """The whole of it."""

    proxy: Proxy
    hub: Hub
    office: Office
    stack: contextlib.ExitStack
    codes: pyotp.TOTP

    def person(self, desk: str, login: str = "") -> Person:
        """Return somebody at a desk, signed in if there is a login."""
        browser = self.proxy.browser(self.hub.host(desk))
        person = Person(self, desk, self.stack.enter_context(browser))
        if login:
            answer = person.sign_in(login)
            assert answer.status_code == 302, answer.text
        return person

    def operator(self, *, headers: dict[str, str] | None = None) -> Operator:
        browser = self.proxy.browser(HUB, headers=headers or {})
        return Operator(self.stack.enter_context(browser))

    def code(self) -> str:
        """Return a code that counts: the house is made to forget that it was used."""
        with self.office.store.write() as session:
            session.query(SecondFactor).update({"last_step": 0})
        return self.codes.now()


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    hubs.environment()
    folder = tmp_path_factory.mktemp("hub")
    home, apps = folder / "home", folder / "apps"
    address = databases.fresh("postgresql", folder)
    desks.a_world(home, address, demo=False)
    desks.a_notebook(apps, "triage", desks.WIDGETS)
    url_file = folder / "database_url"
    url_file.touch(mode=0o600)
    url_file.write_text(address, encoding="utf-8")
    settings = {
        "WEIYOU_HOME": str(home),
        "WEIYOU_APPS": str(apps),
        "WEIYOU_DATABASE_URL_FILE": str(url_file),
        "WEIYOU_PUBLIC_URL": f"https://{PHONE}",
        "WEIYOU_PRODUCTION": "true",
    }
    office = open_office(Settings(home=home, database_url=address, production=True))
    port = free_port()
    files = ("10-weiyou.conf", "20-weiyou-hub.conf")
    with contextlib.ExitStack() as stack:
        stack.callback(office.close)
        proxy = stack.enter_context(proxies.running(folder / "nginx", {8010: port}, *files))
        (folder / "hub").mkdir()
        plan = hubs.lay_out(folder / "hub", port, proxy.https, **settings)
        hub = stack.enter_context(hubs.running(plan))
        yield Site(proxy, hub, office, stack, _an_admin(office))


def _an_admin(office: Office) -> pyotp.TOTP:
    """Add a system administrator who has set up the second step, and one who has not."""
    for login in ("admin", "newcomer"):
        factories.an_account(
            office,
            Role.SYSTEM_ADMIN,
            STREET,
            login=login,
            name="管知行",
            password_hash=HASHER.hash(PASSWORD),
        )
    now = datetime.now(UTC)
    with pytest.raises(CodeNeeded) as needed:
        accounts.sign_in(
            office, login="admin", password=PASSWORD, address=PLACE, door="desk", now=now
        )
    half = HalfToken(needed.value.token, "desk")
    secondfactor.begin_half(office, half, now)
    begun = secondfactor.begun(office, half, now)
    assert begun is not None
    codes = pyotp.TOTP(begun.secret.replace(" ", ""))
    secondfactor.confirm(office, half, codes.at(now), now)
    return codes


def _click(line: Line) -> None:
    said = line.find(value="还没有按")
    line.comm(line.find(description="受理"), {"method": "custom", "content": {"event": "click"}})
    line.everything_up_to_here()
    assert line.find(value="已受理") == said


@pytest.mark.parametrize("desk", [A, B])
def test_a_clerk_signs_in_opens_an_app_and_clicks(site: Site, desk: str) -> None:
    person = site.person(desk, "liang")
    app = person.open("triage")

    _click(person.line(app.kernel_id))

    assert [name for name in person.http.cookies if name.startswith("__Host-weiyou_desk")]


def test_a_page_of_one_desk_cannot_reach_a_kernel_of_the_other(site: Site) -> None:
    app = site.person(A, "liang").open("triage")
    elsewhere = site.person(B, "liang")

    with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
        elsewhere.line(app.kernel_id)


def test_when_a_desk_dies_the_other_is_untouched_and_it_comes_back(site: Site) -> None:
    unlucky, lucky = site.person(A, "liang"), site.person(B, "jiang")
    unlucky.open("triage")
    app = lucky.open("triage")
    line = lucky.line(app.kernel_id)
    others = site.hub.pid(B)
    seen = _Watch(unlucky)

    with seen:
        site.hub.kill_desk(A)
        line.everything_up_to_here()
        away_s = site.hub.wait_until_up(A)
    _click(line)

    print(f"away for {away_s:.1f} s")  # noqa: T201 (shown with -rP)
    assert site.hub.pid(B) == others
    assert lucky.http.get("/").status_code == 200
    assert 502 in seen.statuses
    assert set(seen.statuses) <= {200, 502}
    assert "系统正在重新启动" in seen.excuse
    assert away_s < 60
    again = unlucky.open("triage")  # still signed in
    _click(unlucky.line(again.kernel_id))


class _Watch:
    """Asks for the first page again and again, as somebody impatient would."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.statuses: list[int] = []
        self.excuse = ""
        self._over = threading.Event()
        self._asking = threading.Thread(target=self._ask)

    def __enter__(self) -> _Watch:
        self._asking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._asking.join()

    def _ask(self) -> None:
        while not self._over.wait(0.1):
            answer = self.person.http.get("/")
            self.statuses.append(answer.status_code)
            if answer.status_code == 502:
                self.excuse = answer.text


def test_when_the_hub_dies_nobody_notices_and_the_next_one_takes_over(site: Site) -> None:
    person = site.person(A, "liang")
    app = person.open("triage")
    line = person.line(app.kernel_id)
    before = {name: site.hub.pid(name) for name in hubs.NAMES}

    site.hub.kill("hub")
    _click(line)
    assert person.http.get("/").status_code == 200
    assert site.operator().http.get("/hub/login").status_code == 502

    site.hub.start("hub")
    _wait_for(lambda: site.operator().http.get("/hub/login").status_code == 200)
    time.sleep(5)  # long enough for the keeper to look, and to do harm if it meant to
    assert {name: site.hub.pid(name) for name in hubs.NAMES} == before
    line.everything_up_to_here()
    assert person.open("triage").kernel_id


def test_when_the_proxy_dies_pages_come_back_to_their_kernels(site: Site) -> None:
    person = site.person(A, "liang")
    app = person.open("triage")
    _click(person.line(app.kernel_id))

    site.hub.kill("proxy")
    site.hub.start("proxy")
    site.hub.wait_until_up(A, B)

    assert person.line(app.kernel_id).find(value="已受理")


def _wait_for(is_so: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_desk_learns_nothing_of_the_hub(site: Site) -> None:
    for name in hubs.NAMES:
        told = psutil.Process(site.hub.pid(name)).environ()
        assert not [one for one in told if one.startswith(("JUPYTERHUB", "CONFIGPROXY", "JPY"))]
        assert "WEIYOU_DATABASE_URL" not in told
        assert told["WEIYOU_STREET_NAME"] in {"戴圩街道", "第二街道"}


def test_an_administrator_signs_in_at_the_hub_with_the_second_step(site: Site) -> None:
    operator = site.operator()

    without = operator.sign_in("admin")
    wrong = operator.sign_in("admin", otp="000000")
    assert not operator.sees_the_desks()
    right = operator.sign_in("admin", otp=site.code())

    assert (without.status_code, wrong.status_code) == (401, 401)
    assert "密码正确，请再输入手机上的 6 位验证码" in without.text
    assert "验证码不对" in wrong.text
    assert right.status_code == 302, right.text
    assert operator.sees_the_desks()
    cookies = [one for one in operator.http.cookies if "login" in one]
    assert cookies
    assert all(one.startswith("__Host-") for one in cookies)


def test_a_code_counts_once_at_the_hub_too(site: Site) -> None:
    code = site.code()
    assert site.operator().sign_in("admin", otp=code).status_code == 302
    assert site.operator().sign_in("admin", otp=code).status_code == 401


def test_without_a_second_step_there_is_no_way_in(site: Site) -> None:
    answer = site.operator().sign_in("newcomer", otp="123456")
    assert answer.status_code == 401
    assert "请先在工作台登录一次，按提示设置" in answer.text


def test_nobody_else_has_anything_to_do_at_the_hub(site: Site) -> None:
    operator = site.operator()

    answer = operator.sign_in("liang")

    assert answer.status_code == 403
    assert "请到您的工作台登录" in answer.text
    assert not operator.sees_the_desks()
    with site.office.store.read() as session:
        assert (
            not session.query(Session)
            .filter_by(door="hub", ended_at=None)
            .filter(Session.account_id == _account_id(site, "liang"))
            .count()
        )


def _account_id(site: Site, login: str) -> int:
    with site.office.store.read() as session:
        return session.query(Account).filter_by(login=login).one().id


def test_wrong_passwords_at_the_hub_count_at_the_desk(site: Site) -> None:
    """The hub is no second set of tries."""
    operator = site.operator(headers={"X-Forwarded-For": "198.51.100.7", "X-Real-IP": "1.2.3.4"})
    statuses = [operator.sign_in("guessed", "wrong").status_code for _ in range(12)]

    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert site.person(A).sign_in("guessed", "wrong").status_code == 429
    with site.office.store.read() as session:
        tries = session.query(SignInAttempt).filter_by(login="guessed")
        assert {one.address for one in tries} == {PLACE}


def test_being_signed_in_at_the_hub_is_nothing_at_a_desk(site: Site) -> None:
    operator = site.operator()
    assert operator.sign_in("admin", otp=site.code()).status_code == 302
    cookies = "; ".join(f"{name}={value}" for name, value in operator.http.cookies.items())

    answer = site.person(A).http.get("/app/triage", headers={"Cookie": cookies})

    assert (answer.status_code, answer.headers["location"]) == (
        302,
        "/login?next=%2Fapp%2Ftriage",
    )


def test_an_operator_may_restart_a_desk_and_no_more(site: Site) -> None:
    operator = site.operator()
    assert operator.sign_in("admin", otp=site.code()).status_code == 302
    me = f"account-{_account_id(site, 'admin')}"
    page = operator.http.get("/hub/admin").text
    xsrf = {"X-XSRFToken": _xsrf(page), "Referer": str(operator.http.base_url)}

    def asks(method: str, path: str) -> int:
        return operator.http.request(method, f"/hub/api{path}", headers=xsrf, json={}).status_code

    assert asks("POST", f"/users/{me}/tokens") in {403, 404}
    assert asks("POST", "/users/desk-second/tokens") in {403, 404}
    assert asks("POST", "/users/somebody") in {403, 404}
    assert asks("POST", f"/users/{me}/server") in {403, 404}
    before = site.hub.pid(B)
    assert asks("DELETE", "/users/desk-second/server") in {202, 204}
    _wait_for(lambda: site.hub.pid(B) not in {None, before})
    site.hub.wait_until_up(B)


def _xsrf(page: str) -> str:
    found = re.search(r'xsrf_token: "([^"]+)"', page) or re.search(r'_xsrf=([^"&]+)', page)
    assert found, page[:3000]
    return found[1]


def test_signing_out_of_the_hub_and_losing_the_account_end_it(site: Site) -> None:
    leaving, losing = site.operator(), site.operator()
    assert leaving.sign_in("admin", otp=site.code()).status_code == 302
    leaving.http.get("/hub/logout")
    assert not leaving.sees_the_desks()
    assert losing.sign_in("admin", otp=site.code()).status_code == 302
    assert losing.sees_the_desks()

    with site.office.work(OPERATOR, datetime.now(UTC)) as work:
        staff.set_active(work, "admin", active=False)
    time.sleep(1.5)

    assert not losing.sees_the_desks()
    with site.office.store.read() as session:
        assert not session.query(Session).filter_by(door="hub", ended_at=None).count()
