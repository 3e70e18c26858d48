"""How instants are said to people. 时间说法"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from weiyou.domain.timelimits import SHANGHAI

WEEKDAYS: Final = "一二三四五六日"


def day(at: datetime) -> str:
    """Return a day: `3月2日（周一）`."""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日（周{WEEKDAYS[local.weekday()]}）"


def moment(at: datetime) -> str:
    """Return a minute: `3月2日 09:30`."""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def latest(at: datetime) -> str:
    """Return the last moment before an exclusive end: a midnight belongs to the day it ends."""
    local = at.astimezone(SHANGHAI)
    if local.time() == time():
        return day(local - timedelta(days=1))
    return f"{day(local)} {local:%H:%M}"
