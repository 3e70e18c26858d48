"""Counting opened codes in memory, written down now and then. 扫码量

A page must not wait for a count, and a count is no record of a person: what is lost when the
process is killed is a few seconds of a statistic.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Final

import anyio.to_thread

from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import Collision
from weiyou.services import scans
from weiyou.services.office import Office

EVERY_S: Final = 10.0

log = logging.getLogger(__name__)


class Scans:
    """Openings that have not been written down yet."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._opened: Counter[tuple[str, date]] = Counter()
        self._turn = threading.Lock()

    def note(self, token: str, now: datetime) -> None:
        """Count an opening."""
        with self._turn:
            self._opened[token.upper(), now.astimezone(SHANGHAI).date()] += 1

    def write(self, now: datetime) -> None:
        """Write down what was counted."""
        with self._turn:
            opened, self._opened = self._opened, Counter()
        if not opened:
            return
        try:
            scans.count(self.office, opened, now)
        except Collision:  # another process wrote the same code's first count of the day
            with self._turn:
                self._opened.update(opened)

    async def keep_writing(self, clock: Callable[[], datetime]) -> None:
        """Write every few seconds, until cancelled. A fault costs these counts, no page."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await anyio.to_thread.run_sync(self.write, clock())
            except Exception:  # a count is not worth the service; the next round tries again
                log.exception("scans were not counted")
