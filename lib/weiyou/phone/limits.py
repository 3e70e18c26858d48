"""How often one address may write, and how often one code may be written to. 限速

A limit delays and never loses: the answer is 429 with a time to wait, the draft stays on the phone.
Whole villages sit behind one address of a carrier, so the limits are wide. They are kept in memory
only, and no address outlives its bucket.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Final

from starlette.requests import Request

from weiyou.domain import addresses
from weiyou.errors import TooMany

BUCKETS_MAX: Final = 20_000
FILES_FOR_ONE: Final = 10
"""A submission may bring this many files with it."""

MINUTE_S: Final = 60.0


class Busy(TooMany):
    """Too often; come back later.

    Attributes:
        wait_s: After how many seconds it will work again.
    """

    def __init__(self, wait_s: float) -> None:
        super().__init__("现在提交的人多，请稍等一会儿再试；您填写的内容还在")
        self.wait_s = wait_s


class Buckets:
    """Token buckets by name: `per_minute` at once, then as many a minute, evenly."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._turn = threading.Lock()

    def take(self, name: str, at_s: float) -> None:
        """Take one from a bucket. Raises: Busy when it is empty.

        Args:
            name: Whose bucket.
            at_s: On the monotonic clock.
        """
        if not self.per_minute:
            return
        rate = self.per_minute / MINUTE_S
        with self._turn:
            level, since_s = self._levels.pop(name, (float(self.per_minute), at_s))
            level = min(level + (at_s - since_s) * rate, float(self.per_minute))
            enough = level >= 1
            self._levels[name] = (level - 1 if enough else level, at_s)
            if len(self._levels) > BUCKETS_MAX:
                self._levels.popitem(last=False)
        if not enough:
            raise Busy((1 - level) / rate)


class Limits:
    """The limits of this service."""

    def __init__(self, *, per_minute: int, grid_per_minute: int) -> None:
        self._writes = Buckets(per_minute)
        self._files = Buckets(per_minute * FILES_FOR_ONE)
        self._grids = Buckets(grid_per_minute)

    def submission(self, request: Request, token: str) -> None:
        """Count a submission through a code. Raises: Busy."""
        self.write(request)
        self._grids.take(token.upper()[:40], time.monotonic())

    def write(self, request: Request) -> None:
        """Count any other thing written. Raises: Busy."""
        self._writes.take(neighbourhood(request), time.monotonic())

    def file(self, request: Request) -> None:
        """Count an upload. Raises: Busy."""
        self._files.take(neighbourhood(request), time.monotonic())


def address_of(request: Request) -> str:
    """Return where a request comes from."""
    return request.client.host if request.client else ""


def neighbourhood(request: Request) -> str:
    """Return whom a request is counted for: its address, or the /64 of an IPv6 one."""
    return addresses.neighbourhood(address_of(request))
