"""Every address of the desk, for whoever has no business there; and what every answer carries."""

from __future__ import annotations

import http.client
import itertools
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import httpx
import pytest
import websocket

from tests import desk as desks
from tests.desk import Desk, OpenApp, Visitor
from weiyou.desk.server import DeskServer

pytestmark = pytest.mark.slow

PUBLIC: Final = frozenset({"/login", "/health", "/seat/{kernel}"})
"""What answers a stranger; a seat only says that he is not signed in."""

PAGES: Final[tuple[tuple[str, str], ...]] = (
    ("GET", "/"),
    ("GET", "/login"),
    ("GET", "/login/code"),
    ("GET", "/login/set-up"),
    ("POST", "/logout"),
    ("GET", "/account"),
    ("POST", "/account/password"),
    ("POST", "/account/sessions"),
    ("GET", "/account/two-step"),
    ("POST", "/account/two-step/begin"),
    ("POST", "/account/two-step/off"),
    ("POST", "/account/two-step/recovery"),
    ("GET", "/health"),
    ("GET", "/bell"),
    ("GET", "/app/triage"),
    ("GET", "/app/overview"),
    ("GET", "/seat/{kernel}"),
    ("POST", "/seat/{kernel}/leave"),
    ("GET", "/api/kernels/{kernel}"),
    ("GET", "/api/kernels/{kernel}/channels"),
)
"""One request an address; `test_the_table_is_whole` keeps it so."""

OF_A_KERNEL: Final = tuple(one for one in PAGES if "{kernel}" in one[1] and one[1] not in PUBLIC)
FORGED: Final[tuple[dict[str, str], ...]] = (
    {"X-Forwarded-For": "127.0.0.1", "X-Real-Ip": "127.0.0.1"},
    {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Scheme": "https"},
    {"Forwarded": "for=127.0.0.1;host=evil.example;proto=https"},
    {"X-Original-URL": "/health", "X-Rewrite-URL": "/health"},
    {"X-HTTP-Method-Override": "GET", "X-Method-Override": "DELETE"},
    {"X-Remote-User": "liang", "Remote-User": "liang", "X-Forwarded-User": "liang"},
    {"Authorization": "Basic bGlhbmc6eA==", "X-WEBAUTH-USER": "liang"},
    {"Host": "evil.example"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
)
UPWARDS: Final = (
    "../" * 8,
    "..%2f" * 8,
    "%2e%2e/" * 8,
    "%2e%2e%2f" * 8,
    "%252e%252e%252f" * 8,
    "..%5c" * 8,
    "..\\" * 8,
    "..;/" * 8,
    "....//" * 8,
    "%c0%ae%c0%ae/" * 8,
    "%uff0e%uff0e/" * 8,
    "/",
    "//",
    "./.././../../" * 3,
    "app/" + "../" * 9,
    "x%00/" + "../" * 9,
)
WANTED: Final = ("etc/passwd", "server.py", "gate.py", "weiyou.db", "keys/audit.key", "desk.css%00")
ROOTS: Final = ("/static/", "/static/app/", "/app/", "/")
BETRAYS: Final = (b"root:x:", b"from __future__", b"SQLite format 3", b"DeskServer")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home: Path = tmp_path_factory.mktemp("routes")
    desks.a_notebook(home / "apps", "triage", desks.WIDGETS)
    desks.a_notebook(home / "apps", "overview", "1 + 1")
    desks.a_world(home / "home")
    with desks.running(home / "home", home / "apps") as served:
        yield served


@pytest.fixture(scope="module")
def opened(desk: Desk) -> OpenApp:
    return desk.visitor("liang").open("triage")


@pytest.fixture(scope="module")
def people(desk: Desk) -> dict[str, Visitor]:
    """Nobody, somebody who may open no app, and somebody with the same duty."""
    return {login: desk.visitor(login) for login in ("", "chen", "jiang")}


def ask(visitor: Visitor, method: str, address: str, **options: Any) -> httpx.Response:
    """Send a request as our own pages would: with the word against forged forms."""
    if method == "POST":
        return visitor.post(address, {}, **options)
    return visitor.http.request(method, address, **options)


def test_the_table_is_whole() -> None:
    routes = DeskServer.init_handlers(cast("DeskServer", SimpleNamespace(base_url="/")))
    kernel = "0" * 8 + "-0000-4000-8000-" + "0" * 12
    asked = [address.format(kernel=kernel) for _, address in PAGES]
    pages = [one[0] for one in routes if len(one) == 2]
    files = [one[0] for one in routes if len(one) > 2]
    assert [one for one in pages if not any(re.fullmatch(one, page) for page in asked)] == []
    assert all(one.startswith(("/voila/", "/static/")) for one in files)


@pytest.mark.parametrize(("method", "address"), PAGES)
def test_a_stranger_is_sent_to_the_sign_in_or_away(
    people: dict[str, Visitor], opened: OpenApp, method: str, address: str
) -> None:
    answer = ask(people[""], method, address.format(kernel=opened.kernel_id))

    if address in PUBLIC:
        assert answer.status_code == 200
        assert "open" not in answer.json().values() if "seat" in address else True
        return
    to_sign_in = answer.headers.get("location", "").startswith("/login")
    assert answer.status_code in {401, 403} or (answer.status_code == 302 and to_sign_in)
    assert opened.state() == "open"


@pytest.mark.parametrize("login", ["chen", "jiang"])
@pytest.mark.parametrize(("method", "address"), OF_A_KERNEL)
def test_the_kernel_of_somebody_else_is_out_of_reach(
    people: dict[str, Visitor], opened: OpenApp, method: str, address: str, login: str
) -> None:
    other = "0" * 8 + "-0000-4000-8000-" + "0" * 12
    assert ask(people[login], method, address.format(kernel=other)).status_code in {403, 404}
    for kernel in (opened.kernel_id, opened.kernel_id.upper(), f"{opened.kernel_id}%00"):
        answer = ask(people[login], method, address.format(kernel=kernel))
        assert answer.status_code in {400, 403, 404}
    assert opened.state() == "open"


@pytest.mark.parametrize("address", ["/app/triage", "/app/overview"])
def test_an_app_of_another_duty_does_not_open(people: dict[str, Visitor], address: str) -> None:
    answer = people["chen"].http.get(address)

    assert answer.status_code == 403
    assert "没有开通" in answer.text
    assert "kernelId" not in answer.text


@pytest.mark.parametrize("fields", FORGED, ids=lambda fields: next(iter(fields)))
def test_a_header_makes_nobody_known(
    people: dict[str, Visitor], opened: OpenApp, fields: dict[str, str]
) -> None:
    for address in ("/", "/app/triage", "/account", f"/api/kernels/{opened.kernel_id}"):
        answer = people[""].http.get(address, headers=fields)
        assert answer.status_code in {302, 403}
        assert "evil.example" not in answer.headers.get("location", "") + answer.text


def raw(desk: Desk, method: str, path: str) -> tuple[int, bytes]:
    """Ask for a path as it is written: clients tidy it up otherwise."""
    connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=20)
    connection.putrequest(method, path, skip_accept_encoding=True)
    connection.endheaders()
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


def test_no_path_leads_out_of_the_folders_of_files(desk: Desk) -> None:
    tried = 0
    for root, upwards, wanted in itertools.product(ROOTS, UPWARDS, WANTED):
        status, body = raw(desk, "GET", f"{root}{upwards}{wanted}")
        tried += 1
        assert status in {302, 400, 403, 404, 405}, f"{root}{upwards}{wanted}"
        assert not any(word in body for word in BETRAYS)
    assert tried == len(ROOTS) * len(UPWARDS) * len(WANTED)


@pytest.mark.parametrize(
    "path",
    [
        "/APP/triage",
        "/app//triage",
        "/app/triage/",
        "//evil.example/app/triage",
        "/app/TRIAGE",
        "/app/triage%20",
        "/login/../app/triage",
        "/app/triage.ipynb",
        "/app/triage;x",
        "/%61pp/triage/",
        "http://evil.example/app/triage",
        "/voila/",
        "/.git/config",
        "/.env",
        "/metrics",
        "/lab/api",
    ],
)
def test_another_spelling_of_an_address_is_no_way_in(
    desk: Desk, people: dict[str, Visitor], path: str
) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in people["jiang"].http.cookies.items())
    connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=20)
    connection.putrequest("GET", path)
    connection.putheader("Cookie", cookies)
    connection.endheaders()
    answer = connection.getresponse()

    assert answer.status in {302, 400, 403, 404, 405}
    assert "evil.example" not in (answer.getheader("Location") or "")
    assert raw(desk, "GET", path)[0] in {302, 400, 403, 404, 405}
    connection.close()


SMUGGLED: Final = (
    "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
    "0\r\n\r\nG",
    "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
    "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "GET /login HTTP/1.1\r\nHost : x\r\n\r\n",
    "GET /login HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    "GET /login\r\n\r\n",
    "GET /login HTTP/9.9\r\nHost: x\r\n\r\n",
    "GET /login HTTP/1.1\r\nHost: x\r\n" + "X: y\r\n" * 20_000 + "\r\n",
)


@pytest.mark.parametrize("number", range(len(SMUGGLED)))
def test_a_request_that_two_servers_might_read_differently_is_refused(
    desk: Desk, number: int
) -> None:
    second = "GET /nowhere-second HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", desk.port), timeout=10) as line:
        told = b""
        try:
            line.sendall((SMUGGLED[number] + second).encode("latin-1"))
            while part := line.recv(65_536):
                told += part
        except OSError:
            pass  # hung up on: as good
    assert b" 200 " not in told.split(b"\r\n", 1)[0]
    assert told.count(b"HTTP/1.1 ") <= 1
    assert httpx.get(f"{desk.address}/health").status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1:1"])
def test_a_token_in_the_address_opens_no_websocket(
    desk: Desk, people: dict[str, Visitor], opened: OpenApp, origin: str
) -> None:
    token = opened.visitor.http.cookies["weiyou_desk"]
    for cookie, asked in (("", f"token={token}"), (f"weiyou_desk={token}", f"token={token}")):
        origins = (origin,) if cookie else (origin, desk.address)
        for one in origins:
            with pytest.raises(websocket.WebSocketBadStatusException) as kept_out:
                websocket.create_connection(
                    f"ws://127.0.0.1:{desk.port}/api/kernels/{opened.kernel_id}/channels?{asked}",
                    timeout=20,
                    cookie=cookie,
                    origin=one or None,
                    suppress_origin=one == "",
                )
            assert kept_out.value.status_code == 403


def directives(answer: httpx.Response) -> dict[str, str]:
    policy = answer.headers["content-security-policy"]
    return dict(one.strip().partition(" ")[::2] for one in policy.split(";"))


@pytest.mark.parametrize("login", ["liang", ""])
@pytest.mark.parametrize(("method", "address"), PAGES)
def test_every_answer_says_how_it_may_be_used(
    desk: Desk, opened: OpenApp, method: str, address: str, login: str
) -> None:
    visitor = opened.visitor if login else desk.visitor()
    if login and method == "POST":
        method = "PUT"  # an answer that changes nothing: 405 has to carry the same
    answer = ask(visitor, method, address.format(kernel=opened.kernel_id))
    headers = answer.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"].startswith("no-store")
    assert "server" not in headers
    assert "x-powered-by" not in headers
    if address == "/health" or address.startswith("/api/"):
        return  # JSON, and no page
    rules = directives(answer)
    scripts = rules.get("script-src", rules["default-src"])
    assert not any(word in scripts for word in ("'unsafe-", "http:", "data:"))
    assert address.startswith("/app/") or "blob:" not in scripts
    assert "*" not in scripts
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] in {"'self'", "'none'"}
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
