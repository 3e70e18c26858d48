"""The servers that are measured: ours with all its walls, stock Voilà, and the peers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from playwright.sync_api import BrowserContext
from tests import desk as desks

from bench.desk import app, peers

STARTS_WITHIN_S: Final = 120
INHERITED: Final = ("PATH", "LANG", "TMPDIR")
LEADER: Final = "zhou"
PLACE: Final = "overview"
"""The app of the desk whose place ours takes: one with a map."""

VOILA_MARKS: Final = {
    "button": ".bench-more",
    "count": ".bench-count",
    "rows": ".bench-matters tbody tr",
    "shapes": "path.leaflet-interactive",
}


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        name: What the tables call it.
        address: Where the app is.
        pid: The root of its tree of processes.
        marks: How the page is read, see page.js.
        sign_in: Makes a fresh browser the browser of somebody new.
    """

    name: str
    address: str
    pid: int
    marks: Mapping[str, Any]
    sign_in: Callable[[BrowserContext], None] = field(default=lambda _: None)

    def script(self) -> str:
        """Return what runs first in every page."""
        source = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
        return source.replace("__MARKS__", json.dumps(dict(self.marks) | {"colour": app.rgb()}))


Start = Callable[[Path, app.Content], AbstractContextManager[Server]]


@contextmanager
def ours(folder: Path, content: app.Content, *, serve: str = desks.SERVE) -> Iterator[Server]:
    """Yield our desk; every browser is a session of its own, signed in."""
    desks.a_notebook(folder / "apps", PLACE, content.notebook())
    desks.a_world(folder / "home")
    caps = {"WEIYOU_DESK_KERNELS_EACH": "50"}
    with desks.running(folder / "home", folder / "apps", caps, serve=serve) as desk:

        def sign_in(context: BrowserContext) -> None:
            cookies = desk.visitor(LEADER).http.cookies
            context.add_cookies(
                [{"name": n, "value": v, "url": desk.address} for n, v in cookies.items()]
            )

        address = f"{desk.address}/app/{PLACE}"
        yield Server("ours", address, desk.process.pid, VOILA_MARKS, sign_in)


@contextmanager
def stock(folder: Path, content: app.Content) -> Iterator[Server]:
    """Yield Voilà as pip installs it: its own template and kernels, nobody signs in."""
    desks.a_notebook(folder / "apps", "small", content.notebook())
    port = desks.a_free_port()
    command = [
        *(sys.executable, "-m", "voila", str(folder / "apps" / "small.ipynb")),
        *("--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"),
    ]
    with served(folder, command, port) as pid:
        yield Server("stock", f"http://127.0.0.1:{port}/", pid, VOILA_MARKS)


@contextmanager
def served(
    folder: Path,
    command: Sequence[str],
    port: int,
    health: str = "/",
    environment: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """Yield the pid of a server that answers; its home is empty, its log lies in `folder`."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    surroundings = {
        name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ
    }
    surroundings |= {"HOME": str(home), **(environment or {})}
    log = folder / "server.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, cwd=folder, env=surroundings, stdout=said, stderr=said, start_new_session=True
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}{health}", log)
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(address, timeout=60).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    raise RuntimeError(f"a server does not start:\n{log.read_text(encoding='utf-8')}")


def a_peer(name: str) -> Start:
    """Return what starts a peer."""

    @contextmanager
    def start(folder: Path, content: app.Content) -> Iterator[Server]:
        port = desks.a_free_port()
        command = peers.command(name, port)
        path = peers.PATHS[name]
        with served(folder, command, port, path, peers.surroundings(content)) as pid:
            yield Server(name, f"http://127.0.0.1:{port}{path}", pid, peers.MARKS[name])

    return start


STARTS: Final[Mapping[str, Start]] = {
    "ours": ours,
    "stock": stock,
    **{name: a_peer(name) for name in peers.COMMANDS},
}
"""How each server is started, by name."""
