"""A phone service of its own process, and a client that talks to it as phones do."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

READY_S = 30.0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path, database_url: str, **more: str) -> dict[str, str]:
    """Return the environment of a process of this installation."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("WEIYOU_")},
        "WEIYOU_HOME": str(home),
        "WEIYOU_DATABASE_URL": database_url,
        "WEIYOU_PHONE_PER_MINUTE": "0",
        "WEIYOU_PHONE_GRID_PER_MINUTE": "0",
        **more,
    }


@dataclass
class Phone:
    """The phone service as a process that can be killed."""

    home: Path
    database_url: str
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.running = subprocess.Popen(
            [sys.executable, "-m", "weiyou.phone"],
            env=environment(self.home, self.database_url, WEIYOU_PHONE_PORT=str(self.port))
            | dict(self.settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + READY_S
        while not answers(self.port):
            if self.running.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the phone service did not start")
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill it as a power cut would: no goodbye."""
        if self.running is not None:
            self.running.send_signal(signal.SIGKILL)
            self.running.wait()

    def stop(self) -> None:
        """Stop it in good order."""
        if self.running is not None:
            self.running.terminate()
            self.running.wait(15)


def answers(port: int) -> bool:
    """Return whether the service says it is well."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def hand_in(port: int, token: str, key: str, text: str) -> tuple[int, dict[str, str]]:
    """Hand a matter in over HTTP. Raises: OSError, HTTPException when the line breaks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request(
            "POST",
            f"/api/g/{token}/petitions",
            body=json.dumps({"text": text}).encode(),
            headers={"Content-Type": "application/json", "Idempotency-Key": key},
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@contextmanager
def cutting(port: int, share: float, rng: random.Random) -> Iterator[int]:
    """Yield the port of a line to `port` that loses a share of the answers after they were given.

    The request always arrives and is done; the answer to it is swallowed and the line cut.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, port, share, rng), daemon=True)
        thread.start()
        yield int(server.getsockname()[1])


def _serve(server: socket.socket, port: int, share: float, rng: random.Random) -> None:
    while True:
        try:
            near, _ = server.accept()
        except OSError:
            return  # the line is taken down
        threading.Thread(
            target=_carry, args=(near, port, rng.random() < share), daemon=True
        ).start()


def _carry(near: socket.socket, port: int, cut: bool) -> None:
    with near, socket.create_connection(("127.0.0.1", port), timeout=15) as far:
        upward = threading.Thread(target=_pump, args=(near, far), daemon=True)
        upward.start()
        if far.recv(1, socket.MSG_PEEK) and not cut:  # the answer has come: the deed is done
            _pump(far, near)
        for line in (near, far):
            _hang_up(line)
        upward.join()


def _hang_up(line: socket.socket) -> None:
    """End a line for both sides, also for a thread that still listens on it."""
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Carry what `source` says to `sink`, and its goodbye."""
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return  # either end is gone
