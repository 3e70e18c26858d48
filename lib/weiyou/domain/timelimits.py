"""Time limits: how long a step may take, and from which instant it is late. 时限"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from weiyou.domain.words import Word
from weiyou.domain.workdays import WorkCalendar

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


class Unit(Word):
    """What a limit is counted in. 单位"""

    HOUR = "hour", "小时"
    DAY = "day", "日"
    WORKDAY = "workday", "个工作日"


@dataclass(frozen=True)
class TimeLimit:
    """A promise: so many units, and the rule that says so."""

    amount: int
    unit: Unit
    source: str = ""

    def __str__(self) -> str:
        """Return the limit as people read it."""
        return f"{self.amount} {self.unit.label}"


@dataclass(frozen=True)
class Deadline:
    """The first instant at which a step is late.

    Attributes:
        at: Aware, in Asia/Shanghai, exclusive: `now >= at` means late.
        provisional: The working-day notice of a year that was counted through is not known. When
            it comes the date must be counted again: mostly it becomes later, but a make-up working
            day can also bring it forward. 暂定
    """

    at: datetime
    provisional: bool = False


DEFAULT: Final = TimeLimit(5, Unit.WORKDAY, "江苏省 12345 热线：其他诉求 5 个工作日")
TELL: Final = TimeLimit(15, Unit.DAY, "信访工作条例 第二十三条")
CLOSE: Final = TimeLimit(60, Unit.DAY, "信访工作条例 第三十四条")


def parse(text: str, source: str = "") -> TimeLimit:
    """Return the limit written as `"24h"`, `"60d"` or `"5wd"`. Raises: ValueError."""
    found = re.fullmatch(r"(\d+)(h|d|wd)", text)
    if found is None:
        raise ValueError(f"not a time limit: {text!r}")
    units = {"h": Unit.HOUR, "d": Unit.DAY, "wd": Unit.WORKDAY}
    return TimeLimit(int(found[1]), units[found[2]], source)


def due(start: datetime, limit: TimeLimit, calendar: WorkCalendar) -> Deadline:
    """Return the first instant at which a step begun at `start` is late.

    Hours run by the clock. Days are Shanghai dates: the day of `start` is not counted and the last
    day counts in full, so the answer is the midnight that ends it.

    Args:
        start: Any aware instant. A naive one is a fault of the caller.
        limit: The promise to count.
        calendar: Read only for limits in working days.
    """
    if start.tzinfo is None:
        raise ValueError(f"naive datetime: {start!r}")
    local = start.astimezone(SHANGHAI)
    if limit.unit is Unit.HOUR:
        return Deadline(local + timedelta(hours=limit.amount))
    if limit.unit is Unit.DAY:
        last = local.date() + timedelta(days=limit.amount)
        return Deadline(_midnight_after(last))
    first, last = (
        local.date() + timedelta(days=1),
        calendar.add_workdays(local.date(), limit.amount),
    )
    known = calendar.covers(first) and calendar.covers(last)
    return Deadline(_midnight_after(last), provisional=not known)


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=SHANGHAI)


def in_words(now: datetime, due_at: datetime) -> str:
    """Return how long is left, or how late it is: `还剩 2 天`, `超时 3 小时`."""
    left = due_at - now
    lead = "还剩" if left > timedelta(0) else "超时"
    seconds = abs(left).total_seconds()
    for size, unit in ((86_400, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{lead} {int(seconds // size)} {unit}"
    return f"{lead}不到 1 分钟"
