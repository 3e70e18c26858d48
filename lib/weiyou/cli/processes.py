"""The three processes of an installation: started together, kept alive, stopped together."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from weiyou.errors import Refusal

READY_S: Final = 60.0
GRACE_S: Final = 10.0
RESTARTS_IN_A_ROW: Final = 5
CALM_S: Final = 60.0
"""After so long without a fall, a process counts as healthy again."""


@dataclass
class Process:
    """One of our own processes.

    Attributes:
        name: What people call it.
        module: What `python -m` runs.
        health: An address that answers once it serves; None if it has none.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    health: str | None = None
    falls: int = 0
    started: float = 0.0
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C reaches us first, and we tell it."""
        command = [sys.executable, "-m", self.module, *self.arguments]
        self.running = subprocess.Popen(command, start_new_session=True)  # noqa: S603
        self.started = time.monotonic()

    def is_ready(self, told_to_stop: Callable[[float], bool]) -> bool:
        """Wait until it serves, or until we are told to stop, and return whether it serves.

        Raises: Refusal if it falls, or does not answer within a minute.
        """
        deadline = time.monotonic() + READY_S
        while self.health is not None and not _answers(self.health):
            if self.running is None or self.running.poll() is not None:
                raise Refusal(f"{self.name}没有启动成功，请看上面的提示（端口可能被占用）")
            if time.monotonic() > deadline:
                raise Refusal(f"{self.name} {READY_S:.0f} 秒内没有应答")
            if told_to_stop(0.1):
                return False
        return True

    def has_fallen(self) -> bool:
        """Return whether it ended by itself."""
        return self.running is not None and self.running.poll() is not None

    def ask_to_stop(self) -> None:
        """Ask it to stop."""
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(signal.SIGTERM)

    def make_stop(self, deadline: float) -> None:
        """Wait for it until `deadline`, then kill it."""
        if self.running is None:
            return
        try:
            self.running.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()


def keep_alive(processes: list[Process]) -> Process | None:
    """Start again what has fallen; return one that falls again and again, if any."""
    for process in processes:
        if not process.has_fallen():
            continue
        calm = time.monotonic() - process.started > CALM_S
        process.falls = 1 if calm else process.falls + 1
        if process.falls > RESTARTS_IN_A_ROW:
            return process
        time.sleep(min(0.5 * process.falls, 3))
        process.start()
    return None


def stop(processes: list[Process]) -> None:
    """Stop all of them: first ask all, then insist."""
    for process in processes:
        process.ask_to_stop()
    deadline = time.monotonic() + GRACE_S
    for process in processes:
        process.make_stop(deadline)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 (our own address)
            return bool(answer.status < 500)
    except urllib.error.HTTPError as refused:
        return refused.code < 500
    except OSError:
        return False
