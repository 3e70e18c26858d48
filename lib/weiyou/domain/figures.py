"""The figures that are counted from matters, and the span they are counted over. 指标"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from weiyou.domain.timelimits import SHANGHAI
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


class Span(Word):
    """A span of time that people ask for by name. 时段"""

    TODAY = "today", "今天"
    WEEK = "week", "本周"
    MONTH = "month", "本月"
    YEAR = "year", "近一年"


YEAR_DAYS: Final = 365
BEFORE: Final[Mapping[Span, str]] = {
    Span.TODAY: "昨天同一时刻",
    Span.WEEK: "上周同期",
    Span.MONTH: "上月同期",
    Span.YEAR: "上一年",
}
"""What a span is compared with."""


def midnight(day: date) -> datetime:
    """Return the instant at which a Shanghai day begins."""
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def days(first: date, last: date) -> Period:
    """Return the span of whole Shanghai days, both included; turned round if need be."""
    first, last = min(first, last), max(first, last)
    return Period(midnight(first), midnight(last + timedelta(days=1)))


def period(span: Span, now: datetime) -> Period:
    """Return a span that has `now` in it; it ends with the present Shanghai day."""
    today = now.astimezone(SHANGHAI).date()
    return days(_first_day(span, today), today)


def before(span: Span, now: datetime) -> Period:
    """Return what a span is compared with: the one before, up to the same point of it."""
    today = now.astimezone(SHANGHAI).date()
    start = midnight(_first_day(span, today))
    if span is Span.MONTH:
        earlier = midnight((start - timedelta(days=1)).date().replace(day=1))
    else:
        steps = {Span.TODAY: 1, Span.WEEK: 7, Span.YEAR: YEAR_DAYS}
        earlier = start - timedelta(days=steps[span])
    return Period(earlier, min(earlier + (now - start), start))


def _first_day(span: Span, today: date) -> date:
    match span:
        case Span.TODAY:
            return today
        case Span.WEEK:
            return today - timedelta(days=today.weekday())
        case Span.MONTH:
            return today.replace(day=1)
        case Span.YEAR:  # pragma: no branch (there is no other span)
            return today - timedelta(days=YEAR_DAYS - 1)
