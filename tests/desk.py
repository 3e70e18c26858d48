"""A real desk on a free port, its people, its pages, and a websocket that says what it likes."""

from __future__ import annotations

import ast
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import websocket
from jupyter_server.services.kernels.connection.base import deserialize_binary_message

from tests import factories
from tests.factories import PASSWORD
from weiyou.domain.people import Role
from weiyou.services.office import open_office
from weiyou.services.passwords import HASHER
from weiyou.settings import Settings
from weiyou.store.tables import Account

STARTS_WITHIN_S: Final = 90
V1: Final = "v1.kernel.websocket.jupyter.org"
SERVE: Final = "from weiyou.desk.__main__ import main; main()"
PEOPLE: Final = {
    "liang": (Role.TRIAGE, "梁青禾"),
    "jiang": (Role.TRIAGE, "江见山"),
    "zhou": (Role.LEADER, "周正"),
    "chen": (Role.AUDITOR, "陈审"),
}

WIDGETS: Final = """
import ipyvue, ipywidgets, traitlets
said = ipywidgets.Label("还没有按")
button = ipywidgets.Button(description="受理")
button.on_click(lambda _: setattr(said, "value", "已受理"))
failing = ipywidgets.Button(description="出错")
def fail(_):
    raise ValueError("a detail that no browser shall see")
failing.on_click(fail)
sending = ipywidgets.Button(description="下载")
sending.on_click(lambda _: said.send({"method": "file"}, buffers=[b"bytes"]))
class Template(ipyvue.VueTemplate):
    template = traitlets.Unicode("<template><p>模板</p></template>").tag(sync=True)
ipywidgets.VBox([said, button, failing, sending, Template()])
"""


def a_world(home: Path, database_url: str = "", *, demo: bool = True) -> None:
    """Lay out a street and its people in the home of an installation."""
    office = open_office(Settings(home=home, database_url=database_url))
    factories.a_street(office)
    for login, (role, name) in PEOPLE.items():
        factories.an_account(
            office,
            role,
            factories.STREET,
            login=login,
            name=name,
            password_hash=HASHER.hash(PASSWORD),
        )
    if demo:
        with office.store.write() as session:
            for account in session.query(Account):
                account.demo = True
    office.close()


def a_notebook(apps: Path, name: str, *cells: str) -> None:
    """Write an app that may bring templates of its own."""
    made = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"weiyou": {"compiles": True}},
        "cells": [_code(f"cell-{number}", cell) for number, cell in enumerate(cells)],
    }
    apps.mkdir(exist_ok=True)
    (apps / f"{name}.ipynb").write_text(json.dumps(made), encoding="utf-8")


def _code(name: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {},
        "outputs": [],
        "source": source,
    }


def a_free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@dataclass
class Desk:
    """A running desk."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    connections: ExitStack

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def visitor(self, login: str = "") -> Visitor:
        """Return a browser without a screen; with a login it has signed in."""
        http = self.connections.enter_context(httpx.Client(base_url=self.address, timeout=60))
        visitor = Visitor(self, http)
        if login:
            answer = visitor.sign_in(login)
            assert answer.status_code == 302, answer.text
        return visitor


@contextmanager
def running(
    home: Path,
    apps: Path,
    environment: Mapping[str, str] | None = None,
    *,
    serve: str = SERVE,
    port: int = 0,
) -> Iterator[Desk]:
    """Yield a desk, served by a process of its own."""
    port = port or a_free_port()
    log = home.parent / f"desk-{port}.log"
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    surroundings |= {"WEIYOU_HOME": str(home), "WEIYOU_APPS": str(apps)}
    surroundings |= {"WEIYOU_DESK_PORT": str(port), "WEIYOU_DESK_KERNELS_EACH": "64"}
    surroundings |= dict(environment or {})
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", serve], env=surroundings, stdout=said, stderr=said
        )
    try:
        with ExitStack() as connections:
            desk = Desk(home, port, process, log, connections)
            _wait_until_it_serves(desk)
            yield desk
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_it_serves(desk: Desk) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        assert desk.process.poll() is None, desk.log.read_text()
        try:
            if httpx.get(f"{desk.address}/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(desk.log.read_text())


@dataclass
class Visitor:
    """A browser without a screen."""

    desk: Desk
    http: httpx.Client

    def sign_in(self, login: str, password: str = PASSWORD, page: str = "/login") -> httpx.Response:
        return self.post(page, {"login": login, "password": password})

    def post(self, page: str, form: Mapping[str, str], **options: Any) -> httpx.Response:
        """Send a form as the sign-in page or any other of ours would."""
        return self.http.post(page, data={"_xsrf": self.xsrf(), **form}, **options)

    def xsrf(self) -> str:
        shown = self.http.get("/login", follow_redirects=True).text
        found = re.search(r'name="_xsrf" value="([^"]+)"', shown)
        assert found, shown
        return found[1]

    def open(self, app: str) -> OpenApp:
        answer = self.http.get(f"/app/{app}")
        assert answer.status_code == 200, answer.text
        return OpenApp(self, answer)

    def socket(
        self, kernel_id: str, *, origin: str | None = None, protocol: str | None = None
    ) -> websocket.WebSocket:
        """Return a websocket to a kernel. Raises: WebSocketBadStatusException."""
        connection = websocket.create_connection(
            f"ws://127.0.0.1:{self.desk.port}/api/kernels/{kernel_id}/channels"
            f"?session_id={secrets.token_hex(8)}",
            timeout=20,
            cookie="; ".join(f"{name}={value}" for name, value in self.http.cookies.items()),
            origin=self.desk.address if origin is None else origin,
            suppress_origin=origin == "",
            subprotocols=[protocol] if protocol else None,
        )
        self.desk.connections.callback(connection.shutdown)
        return connection


@dataclass
class OpenApp:
    """An app's page, as it came."""

    visitor: Visitor
    answer: httpx.Response
    kernel_id: str = field(init=False)

    def __post_init__(self) -> None:
        found = re.search(r'"kernelId": "([0-9a-f-]{36})"', self.answer.text)
        self.kernel_id = found[1] if found else ""

    def outputs(self) -> list[Any]:
        """Return what the page was given to show."""
        shown = re.findall(
            r'<script type="application/vnd\.voila\.cell-output\+json">(.*?)</script>',
            self.answer.text,
        )
        return [json.loads(one) for one in shown]

    def plain(self) -> Any:
        """Return the last output, read as the JSON text that it is."""
        return json.loads(ast.literal_eval(self.outputs()[-1]["data"]["text/plain"]))

    def state(self) -> str:
        """Return what the desk says of the seat."""
        return str(self.visitor.http.get(f"/seat/{self.kernel_id}").json()["state"])

    def line(self, **options: Any) -> Line:
        return Line(self.visitor.socket(self.kernel_id, **options), options.get("protocol"))


class Line:
    """A websocket that speaks either protocol, and says what it is told to."""

    def __init__(self, connection: websocket.WebSocket, protocol: str | None = None) -> None:
        self.connection = connection
        self.protocol = protocol

    def say(self, kind: Any, content: Any, channel: Any = "shell", **more: Any) -> None:
        """Send a message; `more` goes into its header."""
        header = {
            "msg_id": secrets.token_hex(16),
            "msg_type": kind,
            "username": "",
            "session": "s",
            "version": "5.3",
            "date": "2026-03-02T00:00:00Z",
            **more,
        }
        named = content.get("target_name") if isinstance(content, dict) else None
        opens_a_widget = named == "jupyter.widget"
        metadata = {"version": "2.1.0" if opens_a_widget else "1.0.0"}
        if self.protocol == V1:
            self.connection.send_binary(_frame_v1(channel, (header, {}, metadata, content)))
            return
        message = {
            "header": header,
            "parent_header": {},
            "metadata": metadata,
            "content": content,
            "channel": channel,
            "buffers": [],
        }
        self.connection.send(json.dumps(message))

    def comm(self, comm_id: str, data: Any) -> None:
        self.say("comm_msg", {"comm_id": comm_id, "data": data})

    def hear(self) -> tuple[str, Any]:
        """Return the type and the content of the next message."""
        told = self.connection.recv()
        if isinstance(told, bytes) and self.protocol == V1:
            header, content = _parts_v1(told)
            return header["msg_type"], content
        message = (
            deserialize_binary_message(told)  # type: ignore[no-untyped-call]
            if isinstance(told, bytes)
            else json.loads(told)
        )
        return message["header"]["msg_type"], message["content"]

    def hear_until(self, kind: str) -> list[tuple[str, Any]]:
        """Return all messages up to the first of `kind`."""
        heard = [self.hear()]
        while heard[-1][0] != kind:
            heard.append(self.hear())
        return heard

    def hear_the_end(self) -> int:
        """Return the code that the desk closes the connection with."""
        while True:
            kind, told = self.connection.recv_data(control_frame=True)
            if kind == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(told[:2], "big")

    def everything_up_to_here(self) -> list[tuple[str, Any]]:
        """Return what the kernel answers to all that was said: it answers in order."""
        self.say("comm_info_request", {"target_name": "jupyter.widget"})
        return self.hear_until("comm_info_reply")

    def states(self) -> dict[str, Any]:
        """Return the state of every widget, as the page asks for it when it starts."""
        comm_id = secrets.token_hex(16)
        self.say(
            "comm_open",
            {"comm_id": comm_id, "target_name": "jupyter.widget.control", "data": {}},
        )
        self.comm(comm_id, {"method": "request_states"})
        while True:
            kind, content = self.hear()
            if kind == "comm_msg" and content["data"].get("method") == "update_states":
                states: dict[str, Any] = content["data"]["states"]
                return states

    def find(self, **traits: Any) -> str:
        """Return the id of the widget with these traits."""
        return next(
            comm_id
            for comm_id, widget in self.states().items()
            if traits.items() <= widget["state"].items()
        )


def _frame_v1(channel: str, parts: tuple[Any, ...]) -> bytes:
    chunks = [str(channel).encode(), *(json.dumps(part).encode() for part in parts)]
    offsets = [8 * (len(chunks) + 2)]
    for chunk in chunks:
        offsets.append(offsets[-1] + len(chunk))
    head = len(offsets).to_bytes(8, "little")
    return head + b"".join(one.to_bytes(8, "little") for one in offsets) + b"".join(chunks)


def _parts_v1(frame: bytes) -> tuple[Any, Any]:
    count = int.from_bytes(frame[:8], "little")
    offsets = [int.from_bytes(frame[8 * n : 8 * n + 8], "little") for n in range(1, count + 1)]
    return (
        json.loads(frame[offsets[1] : offsets[2]]),
        json.loads(frame[offsets[4] : offsets[5]]),
    )
