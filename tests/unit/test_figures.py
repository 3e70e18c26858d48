"""The spans that figures are counted over, and what they are compared with."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiyou.domain import figures
from weiyou.domain.figures import BEFORE, Period, Span
from weiyou.domain.timelimits import SHANGHAI


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("span", "now", "start", "end"),
    [
        pytest.param(Span.TODAY, "2026-03-04 09:30", "2026-03-04", "2026-03-05", id="today"),
        pytest.param(Span.WEEK, "2026-03-04 09:30", "2026-03-02", "2026-03-05", id="from Monday"),
        pytest.param(Span.WEEK, "2026-03-08 23:59", "2026-03-02", "2026-03-09", id="on Sunday"),
        pytest.param(Span.MONTH, "2026-03-04 09:30", "2026-03-01", "2026-03-05", id="this month"),
        pytest.param(Span.YEAR, "2026-03-04 09:30", "2025-03-05", "2026-03-05", id="365 days"),
    ],
)
def test_a_span_begins_at_a_shanghai_midnight_and_ends_with_today(
    span: Span, now: str, start: str, end: str
) -> None:
    assert figures.period(span, at(now)) == Period(at(start), at(end))


@pytest.mark.parametrize(
    ("span", "now", "start", "end"),
    [
        (Span.TODAY, "2026-03-04 09:30", "2026-03-03", "2026-03-03 09:30"),
        (Span.WEEK, "2026-03-04 09:30", "2026-02-23", "2026-02-25 09:30"),
        (Span.MONTH, "2026-03-04 09:30", "2026-02-01", "2026-02-04 09:30"),
        (Span.MONTH, "2026-03-31 09:30", "2026-02-01", "2026-03-01"),  # February is shorter
        (Span.YEAR, "2026-03-04 09:30", "2024-03-05", "2025-03-04 09:30"),
    ],
)
def test_it_is_compared_with_the_one_before_up_to_the_same_point(
    span: Span, now: str, start: str, end: str
) -> None:
    assert figures.before(span, at(now)) == Period(at(start), at(end))
    assert BEFORE[span]


@given(st.sampled_from(Span), st.integers(0, 10 * 366 * 24 * 60))
def test_the_span_before_never_reaches_into_the_present_one(span: Span, minutes: int) -> None:
    now = at("2020-01-01") + timedelta(minutes=minutes)
    this, that = figures.period(span, now), figures.before(span, now)
    assert this.start <= now < this.end
    assert that.start <= that.end <= this.start


def test_days_of_ones_own_choice_are_both_included_whichever_way_round() -> None:
    whole = Period(at("2026-03-02"), at("2026-03-05"))
    assert figures.days(date(2026, 3, 2), date(2026, 3, 4)) == whole
    assert figures.days(date(2026, 3, 4), date(2026, 3, 2)) == whole
    assert whole.end - whole.start == timedelta(days=3)
