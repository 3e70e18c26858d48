"""Several desks as production runs them: by JupyterHub and its proxy, real ones."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from tests.proxies import DESK, HUB
from tests.running import free_port
from weiyou.settings import REPOSITORY

FILES: Final = REPOSITORY / "deploy" / "jupyterhub"
PREFIX: Final = REPOSITORY / ".venv" / "hub"
READY_S: Final = 120.0
NAMES: Final = ("daiwei", "second")


def environment() -> Path:
    """Return the folder of the hub's environment, made if it is not there.

    Skips where there is no Node.js for the proxy, and says so.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("the hub's proxy needs Node.js 20 and npm")
    made = subprocess.run(
        ["bash", str(REPOSITORY / "scripts" / "hub.sh"), str(PREFIX)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode == 3:
        pytest.skip(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    return PREFIX


@dataclass
class Hub:
    """A hub, its proxy and its desks, as three kinds of processes."""

    folder: Path
    public_port: int
    surroundings: dict[str, str]
    ports: dict[str, int]
    desk_ports: dict[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def proxy_port(self) -> int:
        """Return where nginx finds the hub's proxy."""
        return self.ports["proxy"]

    def host(self, name: str) -> str:
        """Return the host name of a desk."""
        return f"{name}.{DESK}"

    def pid(self, name: str) -> int | None:
        """Return the process that listens where a desk should, None if there is none."""
        for one in psutil.net_connections("tcp4"):
            if one.status == "LISTEN" and one.laddr.port == self.desk_ports[name]:
                return int(one.pid)
        return None

    def is_up(self, name: str) -> bool:
        """Return whether a desk answers on its own port."""
        return _answers(f"http://127.0.0.1:{self.desk_ports[name]}/health") == 200

    def wait_until_up(self, *names: str) -> float:
        """Return after how many seconds all these desks answered, the hub's way to them too."""
        began = time.monotonic()
        waiting = list(names)
        while waiting:
            waiting = [one for one in waiting if not (self.is_up(one) and self._is_routed(one))]
            if time.monotonic() - began > READY_S:
                raise AssertionError(self.said())
            time.sleep(0.1)
        return time.monotonic() - began

    def _is_routed(self, name: str) -> bool:
        address = f"http://127.0.0.1:{self.proxy_port}/health"
        return _answers(address, host=f"{self.host(name)}:{self.public_port}") == 200

    def start(self, what: str) -> None:
        """Start the `proxy` or the `hub`."""
        commands = {
            "proxy": [
                str(PREFIX / "node_modules" / ".bin" / "configurable-http-proxy"),
                *("--ip", "127.0.0.1", "--port", str(self.ports["proxy"])),
                *("--api-ip", "127.0.0.1", "--api-port", str(self.ports["proxy_api"])),
                *("--host-routing", "--no-x-forward"),
            ],
            "hub": [
                str(PREFIX / "venv" / "bin" / "jupyterhub"),
                *("-f", str(FILES / "jupyterhub_config.py")),
            ],
        }
        with (self.folder / f"{what}.log").open("ab") as log:
            self.running[what] = subprocess.Popen(
                commands[what],
                env=self.surroundings,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, what: str) -> None:
        """Kill the `proxy` or the `hub` without a goodbye."""
        self.running[what].kill()
        self.running[what].wait(30)

    def kill_desk(self, name: str) -> None:
        """Kill a desk without a goodbye."""
        pid = self.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def said(self) -> str:
        """Return the logs."""
        return "\n".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))

    def stop(self) -> None:
        """Stop everything that was started here."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(30)
        for name in self.desk_ports:
            if (pid := self.pid(name)) is not None:
                os.kill(pid, signal.SIGTERM)
                psutil.wait_procs([psutil.Process(pid)], 30)


def _answers(address: str, host: str = "") -> int:
    request = urllib.request.Request(address, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def lay_out(folder: Path, proxy_port: int, public_port: int, **settings: str) -> Hub:
    """Write a plan with two desks.

    Args:
        folder: Empty.
        proxy_port: Where the hub's proxy is to listen.
        public_port: Where nginx listens: the hub's own address must say so.
        settings: The installation's, for hub and desks.
    """
    ports = {"proxy": proxy_port, "proxy_api": free_port(), "hub": free_port()}
    desk_ports = {name: free_port() for name in NAMES}
    text = (FILES / "desks.example.toml").read_text(encoding="utf-8")
    changes: dict[str, Any] = {
        f'"https://{HUB}"': f'"https://{HUB}:{public_port}"',
        "/opt/weiyou/.venv/bin/python": sys.executable,
        "proxy = 8010": f"proxy = {ports['proxy']}",
        "proxy_api = 8011": f"proxy_api = {ports['proxy_api']}",
        "hub = 8012": f"hub = {ports['hub']}",
        "port = 8901": f"port = {desk_ports['daiwei']}",
        "port = 8902": f"port = {desk_ports['second']}",
    }
    for ours, here in changes.items():
        assert ours in text, ours
        text = text.replace(ours, str(here))
    state = folder / "state"
    state.mkdir(mode=0o700)
    (folder / "desks.toml").write_text(text, encoding="utf-8")
    surroundings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "WEIYOU_DESKS": str(folder / "desks.toml"),
        "WEIYOU_HUB_STATE": str(state),
        "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(32),
        **settings,
    }
    return Hub(folder, public_port, surroundings, ports, desk_ports)


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    """Yield a hub with both desks up."""
    try:
        hub.start("proxy")
        hub.start("hub")
        hub.wait_until_up(*NAMES)
        yield hub
    finally:
        hub.stop()
