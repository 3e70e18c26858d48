"""Threads for passwords, which are slow on purpose: 200 who sign in must not stop the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from weiyou.errors import TooMany

AT_ONCE: Final = 4
MOST_WAITING: Final = 500
"""About half a minute's work; whoever comes then is better told to come again."""

Result = TypeVar("Result")


class Careful:
    """Four threads, and a queue with an end."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, "careful")
        self._waiting = 0

    async def do(self, deed: Callable[[], Result]) -> Result:
        """Return what `deed` returns. Raises: TooMany if too many wait, and what `deed` raises."""
        if self._waiting >= MOST_WAITING:
            raise TooMany("现在登录的人太多，请过一分钟再试")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, deed)
        finally:
            self._waiting -= 1
