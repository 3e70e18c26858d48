"""Counting how often the printed codes are opened: a number a day, no address, no device. 扫码量"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

from weiyou.domain import numbers
from weiyou.services.office import RESIDENT, Office
from weiyou.store import scans


def count(office: Office, opened: Mapping[tuple[str, date], int], now: datetime) -> int:
    """Add to the counts of the codes, and return how many openings were counted.

    Args:
        opened: How often each token was opened on each Shanghai day; made-up ones are passed over.
    """
    by_serial: Counter[tuple[str, date]] = Counter()
    for (token, day), times in opened.items():
        serial = numbers.open_poster_token(office.keys.poster, token)
        if serial is not None:
            by_serial[serial, day] += times
    with office.work(RESIDENT, now) as work:
        return sum(
            scans.add(work.session, serial, day, times)
            for (serial, day), times in sorted(by_serial.items())
        )
