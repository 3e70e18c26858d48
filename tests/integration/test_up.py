"""`weiyou up` stops when told, also twice, and starts again what falls."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.factories import Databases
from tests.running import answers, environment, free_port

pytestmark = pytest.mark.slow

Up = tuple[subprocess.Popen[bytes], int, int]


@pytest.fixture
def running(tmp_path: Path, databases: Databases) -> Iterator[Up]:
    port, desk_port = free_port(), free_port()
    address = databases.fresh("sqlite", tmp_path)
    more = {"WEIYOU_PHONE_PORT": str(port), "WEIYOU_DESK_PORT": str(desk_port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "weiyou.cli", "up", "--no-demo"],
        env=environment(tmp_path, address, **more),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: answers(port) and len(children(process.pid)) == 3)
    yield process, port, desk_port
    process.terminate()
    process.wait(30)


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


def children(pid: int) -> dict[str, int]:
    """Return our processes by the module they run."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in listed}
    return {line.split(b"\0")[2].decode(): child for child, line in lines.items() if line}


def test_it_stops_everything_however_often_it_is_told(running: Up) -> None:
    process, port, _ = running
    started = list(children(process.pid).values())
    for _ in range(5):
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert not answers(port)
    assert [child for child in started if Path(f"/proc/{child}").exists()] == []


def test_a_process_that_is_killed_is_started_again(running: Up) -> None:
    process, port, desk_port = running
    wait_until(lambda: answers(desk_port))  # until then, whoever falls stops everything
    phone = children(process.pid)["weiyou.phone"]
    os.kill(phone, signal.SIGKILL)
    wait_until(lambda: children(process.pid).get("weiyou.phone") not in {None, phone})
    wait_until(lambda: answers(port))
