"""Where kernels are born: the server's zygote, started, asked and replaced. 苗圃

Nothing here may keep a person waiting or out: whenever the zygote is not to be had, `fork` says
so, and the opening gets an ordinary kernel.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import weiyou
from weiyou.desk.forking import Lost, NotBorn, Zygote
from weiyou.desk.orders import Request
from weiyou.settings import Settings

ORDINARY_S: Final = 3.0
"""How long an ordinary kernel takes: who would wait longer for the zygote gets one of those."""

EXPECTED_S: Final = 3.0
"""How long the zygote takes to start, until that has been measured here."""

RETRY_AFTER_S: Final = 60.0
GROWN_MB: Final = 64.0
CODE: Final = frozenset({".py", ".vue"})
"""What is read when it is imported; the rest is read when it is used."""

PR_SET_CHILD_SUBREAPER: Final = 36


class NoZygote(Exception):
    """An ordinary kernel must do this time.

    Attributes:
        level: How loudly the log should say so.
    """

    def __init__(self, reason: str, level: int = logging.WARNING) -> None:
        super().__init__(reason)
        self.level = level


class Nursery:
    """Keeps one zygote, and knows when another one is due."""

    def __init__(
        self, settings: Settings, environment: Mapping[str, str], folder: Path, log: Any
    ) -> None:
        self.log = log
        self._environment = environment
        self._folder = folder
        self._fixed = settings.production  # there, new code comes with a new start
        self._wanted = settings.desk_fork and can_fork()
        self._lifeline = os.pipe()
        self._zygote: Zygote | None = None
        self._code = 0
        self._starting: asyncio.Task[None] | None = None
        self._since = 0.0
        self._takes_s = EXPECTED_S
        self._not_before = 0.0
        self._errands: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to warm a zygote."""
        if self._wanted:
            adopt_orphans()
            self._start()

    async def fork(self, wanted: Request) -> tuple[int, int]:
        """Return the number of a new kernel that serves, and a pidfd. Raises: NoZygote."""
        zygote = await self._ready()
        try:
            born = await zygote.fork(wanted)
        except Lost as reason:
            self._lose(zygote)
            raise NoZygote(f"the zygote is lost: {reason}") from None
        except NotBorn as reason:
            raise NoZygote(f"the zygote could not fork: {reason}") from None
        if zygote.grown_mb > GROWN_MB:
            self.log.info("the zygote has grown by %.0f MB: another one", zygote.grown_mb)
            self._start()
        return born

    async def close(self) -> None:
        """End everything that was born here."""
        os.close(self._lifeline[1])
        os.close(self._lifeline[0])
        if self._starting is not None:
            await asyncio.wait([self._starting])
        if self._zygote is not None:
            self._let_go(self._zygote)
        if self._errands:
            await asyncio.wait(self._errands)

    async def _ready(self) -> Zygote:
        """Return the zygote, after waiting for it if that is worth while. Raises: NoZygote."""
        if not self._wanted:
            raise NoZygote("kernels are not forked here", logging.DEBUG)
        self._look_after()
        if self._zygote is None:
            await self._wait()
        if self._zygote is None:
            raise NoZygote("the zygote has not started")
        return self._zygote

    def _look_after(self) -> None:
        """Let a zygote go that has died or whose code is old, and see that one is on its way.

        Raises: NoZygote if it has died: whoever comes next may find a new one.
        """
        zygote = self._zygote
        if zygote is not None and not zygote.runs:
            self._lose(zygote)
            raise NoZygote(f"the zygote has ended (exit code {zygote.process.returncode})")
        if zygote is not None and not self._fixed and self._code != code_stamp():
            self.log.info("the code has changed: another zygote")
            self._zygote = None
            self._let_go(zygote)
        if self._zygote is None:
            self._start()

    async def _wait(self) -> None:
        """Wait for a zygote that is being warmed. Raises: NoZygote if that takes too long."""
        if self._starting is None:
            raise NoZygote("the zygote could not be started a moment ago", logging.INFO)
        still = self._since + self._takes_s - time.monotonic()
        if still > ORDINARY_S:
            raise NoZygote(f"the zygote is warm in about {still:.0f} s only", logging.INFO)
        await asyncio.wait([self._starting], timeout=max(still, 0) + ORDINARY_S)

    def _start(self) -> None:
        """Warm another zygote, unless one is on its way or has failed a moment ago."""
        if self._starting is None and time.monotonic() >= self._not_before:
            self._since = time.monotonic()
            self._starting = asyncio.create_task(self._bring_up())

    async def _bring_up(self) -> None:
        code = 0 if self._fixed else code_stamp()
        try:
            zygote = await asyncio.to_thread(
                Zygote.start, self._environment, self._folder, self._lifeline[0]
            )
        except (Lost, OSError) as reason:
            self.log.warning("no zygote, kernels are not forked: %s", reason)
            self._not_before = time.monotonic() + RETRY_AFTER_S
            return
        finally:
            self._starting = None
        former, self._zygote, self._code = self._zygote, zygote, code
        self._takes_s = time.monotonic() - self._since
        self.log.info("a zygote is warm after %.1f s", self._takes_s)
        if former is not None:
            self._let_go(former)

    def _lose(self, zygote: Zygote) -> None:
        """Let a zygote go that is of no use, and warm another one."""
        if self._zygote is zygote:
            self._zygote = None
        self._let_go(zygote)
        self._start()

    def _let_go(self, zygote: Zygote) -> None:
        errand = asyncio.create_task(zygote.close())
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)


def can_fork() -> bool:
    """Return whether this system has what forked kernels need; Linux has."""
    return hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal")


def adopt_orphans() -> None:
    """Become the parent of kernels whose zygote has ended: they will be buried here."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def code_stamp() -> int:
    """Return a number that is another one when a file of our code has changed."""
    found = []
    for folder, _, names in os.walk(Path(weiyou.__file__).parent):
        for name in names:
            if os.path.splitext(name)[1] in CODE:  # noqa: PTH122 (faster, at each opening)
                path = os.path.join(folder, name)  # noqa: PTH118
                found.append((path, os.stat(path).st_mtime_ns))  # noqa: PTH116
    return hash(tuple(sorted(found)))
