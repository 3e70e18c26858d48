"""The figures that are counted from matters, and the span they are counted over. 指标"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from weiyou.domain.words import Word


class Figure(Word):
    """A number on the count page. 指标"""

    RECEIVED = "received", "收到"
    OPEN = "open", "在办"
    LATE = "late", "超期"
    CLOSED = "closed", "办结"
    RATED = "rated", "评价"
    SATISFIED = "satisfied", "满意"


@dataclass(frozen=True)
class Period:
    """A half-open span of time, aware at both ends."""

    start: datetime
    end: datetime
