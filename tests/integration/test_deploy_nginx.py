"""The reverse proxy of production: the real nginx, with our files, before a real desk and phone."""

from __future__ import annotations

import json
import secrets
import socket
import ssl
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import websocket

from tests import desk as desks
from tests import factories, proxies
from tests.desk import Desk, Line, Visitor
from tests.proxies import DESK, PHONE, Proxy
from tests.running import Phone, free_port
from weiyou.services.office import open_office
from weiyou.settings import Settings
from weiyou.store.tables import SignInAttempt

pytestmark = pytest.mark.slow

LIES = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Real-IP": "198.51.100.8",
    "Forwarded": "for=198.51.100.9;proto=http",
    "X-Forwarded-Proto": "http",
    "X-Scheme": "http",
    "X-Forwarded-Host": "evil.example",
}


@dataclass
class Site:
    """A phone and a desk behind the proxy, and one that leads to nothing."""

    home: Path
    proxy: Proxy
    desk: Desk

    def browser(self, host: str, **more: Any) -> httpx.Client:
        return self.desk.connections.enter_context(self.proxy.browser(host, **more))

    def clerk(self) -> Visitor:
        """Return somebody at the desk who has signed in through the proxy."""
        visitor = Visitor(self.desk, self.browser(DESK))
        answer = visitor.sign_in("liang")
        assert answer.status_code == 302, answer.text
        return visitor

    def socket(self, visitor: Visitor, kernel_id: str, origin: str) -> websocket.WebSocket:
        """Return a websocket through TLS. Raises: WebSocketBadStatusException."""
        address = self.proxy.origin(DESK).replace("https", "wss")
        line = websocket.create_connection(
            f"{address}/api/kernels/{kernel_id}/channels?session_id={secrets.token_hex(8)}",
            socket=self.proxy.line(DESK),
            cookie="; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items()),
            origin=origin,
        )
        self.desk.connections.callback(line.shutdown)
        return line

    def addresses(self, login: str) -> set[str]:
        """Return from where somebody has tried to sign in, as the house wrote it down."""
        office = open_office(Settings(home=self.home))
        try:
            with office.store.read() as session:
                tries = session.query(SignInAttempt).filter_by(login=login)
                return {one.address for one in tries}
        finally:
            office.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    home = folder / "home"
    desks.a_world(home)
    desks.a_notebook(folder / "apps", "triage", desks.WIDGETS)
    slow = ("'the-first'", "import time; time.sleep(1.5)")
    desks.a_notebook(folder / "apps", "overview", *slow)
    behind = {"WEIYOU_PUBLIC_URL": f"https://{PHONE}", "WEIYOU_DESK_PROXIES": "127.0.0.1"}
    phone = Phone(home, "", settings={**behind, "WEIYOU_PHONE_PROXIES": "127.0.0.1"})
    phone.start()
    port = free_port()
    try:
        with (
            proxies.running(folder / "nginx", {8000: phone.port, 8866: port}) as proxy,
            desks.running(home, folder / "apps", behind, port=port) as desk,
        ):
            yield Site(home, proxy, desk)
    finally:
        phone.stop()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Give a proxy behind which nothing runs."""
    nothing = free_port()
    with proxies.running(
        tmp_path_factory.mktemp("alone") / "nginx", {8000: nothing, 8866: nothing}
    ) as proxy:
        yield proxy


def test_nginx_finds_no_fault_in_our_files(tmp_path: Path) -> None:
    names = sorted(path.name for path in proxies.FILES.glob("*.conf"))
    proxies.lay_out(tmp_path / "nginx", {}, *names)

    said = proxies.check(tmp_path / "nginx")

    assert "test is successful" in said
    assert "warn" not in said


@pytest.mark.parametrize("host", [PHONE, DESK])
def test_whoever_comes_without_tls_is_led_to_tls(site: Site, host: str) -> None:
    answer = httpx.post(
        f"http://127.0.0.1:{site.proxy.http}/g/abc?x=1", headers={"Host": host}, data={"a": "b"}
    )
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://{host}/g/abc?x=1")


def test_whoever_comes_by_another_name_is_not_answered(site: Site) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"http://127.0.0.1:{site.proxy.http}/", headers={"Host": "evil.example"})
    with pytest.raises(OSError, match=r"(?i)unrecognized|alert|handshake"):
        site.proxy.line("evil.example")


def test_signing_in_at_the_desk_leaves_cookies_bound_to_host_and_tls(site: Site) -> None:
    visitor = Visitor(site.desk, site.browser(DESK))

    cookies = visitor.sign_in("liang").headers.get_list("set-cookie")

    session = next(one for one in cookies if one.startswith("__Host-weiyou_desk="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(session.split("; "))
    assert visitor.http.get("/").status_code == 200


def test_signing_in_on_a_phone_leaves_a_cookie_bound_to_host_and_tls(site: Site) -> None:
    answer = site.browser(PHONE).post(
        "/w/sign-in",
        data={"login": "liang", "password": factories.PASSWORD},
        headers={"Origin": site.proxy.origin(PHONE)},
    )
    assert answer.status_code == 303, answer.text
    kept = answer.headers["set-cookie"].lower()
    assert kept.startswith("__host-weiyou=")
    assert {"secure", "httponly", "path=/"} <= set(kept.split("; "))


@pytest.mark.parametrize("host", [PHONE, DESK])
def test_each_header_is_said_once_and_by_the_application(site: Site, host: str) -> None:
    answer = site.browser(host).get("/login" if host == DESK else "/")

    assert answer.status_code == 200
    for name in (
        "content-security-policy", "strict-transport-security", "x-content-type-options",
        "referrer-policy", "cache-control", "permissions-policy", "cross-origin-opener-policy",
    ):  # fmt: skip
        assert len(answer.headers.get_list(name)) == 1, name
    assert "unsafe-inline' " not in answer.headers["content-security-policy"].split("style-src")[0]
    assert answer.headers["server"] == "nginx"  # no version


def test_a_page_is_squeezed_once(site: Site) -> None:
    answer = site.browser(PHONE).get("/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers.get_list("content-encoding") == ["gzip"]
    assert "圩" in answer.text


def test_an_app_opens_and_its_websocket_works_through_tls(site: Site) -> None:
    visitor = site.clerk()
    app = visitor.open("triage")
    line = Line(site.socket(visitor, app.kernel_id, site.proxy.origin(DESK)))
    said = line.find(value="还没有按")

    line.comm(line.find(description="受理"), {"method": "custom", "content": {"event": "click"}})
    line.everything_up_to_here()

    assert line.find(value="已受理") == said


def test_what_is_ready_of_a_page_is_not_held_back(site: Site) -> None:
    shown, came_at = "", 0.0
    with site.clerk().http.stream("GET", "/app/overview") as answer:
        for piece in answer.iter_text():
            shown += piece
            if "the-first" in shown:
                came_at = came_at or time.monotonic()

    assert came_at, shown
    assert time.monotonic() - came_at > 1


@pytest.mark.parametrize("origin", ["https://evil.example", f"https://{PHONE}", "null"])
def test_a_websocket_from_another_origin_is_refused(site: Site, origin: str) -> None:
    visitor = site.clerk()
    app = visitor.open("triage")

    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        site.socket(visitor, app.kernel_id, origin)


def test_a_websocket_leads_nowhere_but_to_a_kernel(site: Site) -> None:
    handshake = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    answer = site.clerk().http.get("/", headers=handshake)
    assert answer.status_code == 200


def test_what_a_caller_says_of_its_address_is_not_believed_at_the_desk(site: Site) -> None:
    visitor = Visitor(site.desk, site.browser(DESK, headers=LIES))

    answer = visitor.sign_in("spoofer-desk", "x")

    assert answer.status_code == 401
    assert site.addresses("spoofer-desk") == {"127.0.0.1"}


def test_what_a_caller_says_of_its_address_is_not_believed_on_a_phone(site: Site) -> None:
    answer = site.browser(PHONE, headers=LIES).post(
        "/w/sign-in", data={"login": "spoofer-phone", "password": "x"}
    )
    assert answer.status_code == 401
    assert site.addresses("spoofer-phone") == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("host", "path", "size"),
    [
        pytest.param(PHONE, "/w/sign-in", 300_000, id="a form of words"),
        pytest.param(DESK, "/login", 100_000, id="a form at the desk"),
    ],
)
def test_what_is_too_large_is_refused_in_words(site: Site, host: str, path: str, size: int) -> None:
    answer = site.browser(host).post(path, data={"text": "x" * size})

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "请返回，减少照片或文字后再试" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers.get_list("cache-control") == ["no-store"]


def test_a_script_is_refused_in_json(site: Site) -> None:
    phone = site.browser(PHONE)
    too_much = phone.post("/api/g/x/petitions", content=b"x" * 300_000)
    asked = phone.post("/w/matters/1/records", content=b"x" * 300_000,
                       headers={"Accept": "application/json"})  # fmt: skip

    for answer in (too_much, asked):
        assert answer.status_code == 413
        assert answer.headers["content-type"].startswith("application/json")
        assert "内容太大了" in json.loads(answer.text)["message"]


def test_large_photos_get_through_where_they_may(site: Site) -> None:
    """The phone, not the proxy, says what it makes of them."""
    phone = site.browser(PHONE)

    uploaded = phone.put(f"/api/uploads/{'0' * 64}", content=secrets.token_bytes(10 * 2**20))
    form = phone.post("/g/x", files={"photos": ("a.jpg", secrets.token_bytes(5 * 2**20))})

    assert uploaded.status_code not in {413, 502}
    assert "message" in uploaded.json()
    assert form.status_code == 404
    assert "__weiyou" not in form.text


def test_no_secret_path_and_no_address_is_written_down(site: Site) -> None:
    site.browser(PHONE).get("/r/a-very-secret-link")
    site.browser(PHONE).post("/r/a-very-secret-link/messages", content=b"x" * 300_000)

    logs = "".join(path.read_text() for path in site.proxy.folder.glob("*.log"))

    assert f"{PHONE} GET 404" in logs
    assert "secret" not in logs
    assert "127.0.0.1" not in logs.replace("listen 127.0.0.1", "")


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/g/x", "text/html", "<title>系统正在重新启动</title>"),
        ("/api/g/x/petitions", "application/json", '"message"'),
    ],
)
def test_while_a_process_is_away_people_are_told_to_wait(
    alone: Proxy, path: str, kind: str, words: str
) -> None:
    with alone.browser(PHONE) as phone:
        answer = phone.post(path, data={"text": "路灯不亮"})

    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["retry-after"] == "10"
    assert words in answer.text


def test_a_flood_is_told_to_wait(alone: Proxy) -> None:
    asked = f"GET /g/x HTTP/1.1\r\nHost: {PHONE}\r\n\r\n" * 499
    with alone.line(PHONE) as line:
        line.sendall(f"{asked}GET /api/x HTTP/1.0\r\nHost: {PHONE}\r\n\r\n".encode())
        answers = b"".join(iter(lambda: line.recv(65_536), b"")).decode().split("HTTP/1.1 ")[1:]

    assert len(answers) == 500
    assert all(one.startswith("502") for one in answers[:200])
    for late in answers[-2:]:
        assert late.startswith("429")
        assert "Retry-After: 30" in late
        assert "请过半分钟再试" in late
    assert json.loads(answers[-1].split("\r\n\r\n")[1])["message"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_not_spoken(alone: Proxy, version: ssl.TLSVersion) -> None:
    old = alone.trust
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # asking for it is the point
        old.minimum_version = old.maximum_version = version

    with (
        socket.create_connection(("127.0.0.1", alone.https), timeout=10) as plain,
        pytest.raises(ssl.SSLError),
    ):
        old.wrap_socket(plain, server_hostname=PHONE)
