"""One running zygote, as the server holds it: asked over a socket that has no name."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from weiyou.desk.orders import ANSWER_BYTES, FORK, SERVES, Answer, Request

STARTS_WITHIN_S: Final = 60.0
ANSWERS_WITHIN_S: Final = 10.0
SERVES_WITHIN_S: Final = 15.0


class Lost(Exception):
    """The zygote does not answer, or has not started: another one is needed."""


class NotBorn(Exception):
    """There is no kernel this time; the zygote itself may be well."""


class Zygote:
    """A zygote that has started.

    Attributes:
        process: Its process, a child of the server.
        size_mb: How much memory it had in hand at first.
        grown_mb: How much more it had when it answered last.
    """

    def __init__(self, process: subprocess.Popen[bytes], line: socket.socket, born: Answer) -> None:
        self.process = process
        self.size_mb = born.size_mb
        self.grown_mb = 0.0
        self._line = line
        self._turn = asyncio.Lock()

    @classmethod
    def start(cls, environment: Mapping[str, str], folder: Path, lifeline: int) -> Zygote:
        """Return one when it is warm, which takes seconds. Raises: Lost.

        Args:
            environment: All that it may know; no secret.
            folder: Where it lives.
            lifeline: See `lifeline`.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(  # noqa: S603 (our own module, our own Python)
                [
                    *(sys.executable, "-I", "-X", "utf8", "-m", "weiyou.desk.zygote"),
                    *(str(theirs.fileno()), str(lifeline)),
                ],
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), lifeline),
                start_new_session=True,  # a Ctrl-C in a terminal is for the server alone
            )
        ours.settimeout(STARTS_WITHIN_S)
        try:
            born = Answer.of(ours.recv(ANSWER_BYTES))
        except (OSError, ValueError):  # no answer in time, or the end of the line
            ours.close()
            process.kill()
            raise Lost(f"it has not started (exit code {process.wait()})") from None
        return cls(process, ours, born)

    async def fork(self, wanted: Request) -> tuple[int, int]:
        """Return the number of a kernel that serves, and a pidfd. Raises: Lost, NotBorn."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                ours.setblocking(False)
                ours.send(wanted.packed())
                async with self._turn:
                    pid, hold = await asyncio.to_thread(self._ask, theirs.fileno())
            try:
                await _until_it_serves(ours)
            except BaseException:
                _abandon(hold)
                raise
        return pid, hold

    def _ask(self, order: int) -> tuple[int, int]:
        self._line.settimeout(ANSWERS_WITHIN_S)
        try:
            socket.send_fds(self._line, [FORK], [order])
            told, holds, _, _ = socket.recv_fds(self._line, ANSWER_BYTES, 1)
            answer = Answer.of(told)
        except (OSError, ValueError):
            raise Lost("it does not answer") from None
        self.grown_mb = answer.size_mb - self.size_mb
        if answer.refused:
            raise NotBorn(answer.refused)
        return answer.child, holds[0]

    @property
    def runs(self) -> bool:
        """Return whether its process is there."""
        return self.process.poll() is None

    async def close(self) -> None:
        """Let it go; the kernels that it has forked live on."""
        async with self._turn:
            self._line.close()
        try:
            await asyncio.to_thread(self.process.wait, ANSWERS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)


async def _until_it_serves(kernel: socket.socket) -> None:
    """Raises: NotBorn if the kernel ends, or does nothing for too long, before it serves."""
    loop = asyncio.get_running_loop()
    try:
        answer = await asyncio.wait_for(loop.sock_recv(kernel, len(SERVES)), SERVES_WITHIN_S)
    except (OSError, TimeoutError):
        answer = b""
    if answer != SERVES:
        raise NotBorn("the copy has not become a kernel")


def _abandon(hold: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(hold, signal.SIGKILL)
    os.close(hold)
