"""From which instant a step is late: the table, and what must hold for every date and limit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiyou.domain import timelimits
from weiyou.domain.timelimits import CLOSE, DEFAULT, SHANGHAI, TELL, TimeLimit, Unit
from weiyou.domain.workdays import WorkCalendar
from weiyou.services.office import load_calendar
from weiyou.settings import REPOSITORY

CALENDAR = load_calendar(REPOSITORY / "data" / "reference" / "workdays.csv")
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    """Return a Shanghai instant."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("limit", "start", "late_from"),
    [
        pytest.param("1wd", "2026-02-13 10:00", "2026-02-15 00:00", id="make-up Saturday 02-14"),
        pytest.param("2wd", "2026-02-13 10:00", "2026-02-25 00:00", id="over Spring Festival"),
        pytest.param("1wd", "2026-02-27 10:00", "2026-03-01 00:00", id="make-up Saturday 02-28"),
        pytest.param("1wd", "2026-10-09 10:00", "2026-10-11 00:00", id="make-up Saturday 10-10"),
        pytest.param("1wd", "2026-09-30 10:00", "2026-10-09 00:00", id="over National Day"),
        pytest.param("1wd", "2026-01-03 10:00", "2026-01-05 00:00", id="make-up Sunday 01-04"),
        pytest.param("5wd", "2026-03-02 09:30", "2026-03-10 00:00", id="5 workdays skip a weekend"),
        pytest.param("5wd", "2026-03-02 00:00", "2026-03-10 00:00", id="the first minute counts"),
        pytest.param("5wd", "2026-03-02 23:59", "2026-03-10 00:00", id="so does the last"),
        pytest.param("3wd", "2026-03-07 12:00", "2026-03-12 00:00", id="begun on a Saturday"),
        pytest.param("5wd", "2025-12-30 09:00", "2026-01-08 00:00", id="over New Year"),
        pytest.param("15d", "2026-03-02 23:59", "2026-03-18 00:00", id="15 days, holidays too"),
        pytest.param("60d", "2026-03-02 09:30", "2026-05-02 00:00", id="60 days end on a holiday"),
        pytest.param("60d", "2026-11-23 08:00", "2027-01-23 00:00", id="60 days into next year"),
        pytest.param("1d", "2028-02-28 08:00", "2028-03-01 00:00", id="leap day"),
        pytest.param("24h", "2026-02-13 17:45", "2026-02-14 17:45", id="hours by the clock"),
        pytest.param("2h", "2026-10-01 23:30", "2026-10-02 01:30", id="hours on a holiday night"),
    ],
)
def test_a_step_is_late_from(limit: str, start: str, late_from: str) -> None:
    deadline = timelimits.due(at(start), timelimits.parse(limit), CALENDAR)
    assert deadline.at == at(late_from)
    assert not deadline.provisional


def test_the_day_is_shanghais_whatever_zone_the_instant_is_written_in() -> None:
    late_evening_in_utc = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # 00:30 on the 3rd in Shanghai
    deadline = timelimits.due(late_evening_in_utc, TELL, CALENDAR)
    assert deadline.at == at("2026-03-19 00:00")
    assert deadline.at.tzinfo is SHANGHAI


@pytest.mark.parametrize(
    ("start", "limit", "late_from", "provisional"),
    [
        pytest.param("2026-12-24 09:00", "5wd", "2027-01-01 00:00", False, id="ends 12-31: known"),
        pytest.param("2026-12-25 09:00", "5wd", "2027-01-02 00:00", True, id="ends 01-01: unknown"),
        pytest.param("2026-12-30 09:00", "15wd", "2027-01-21 00:00", True, id="into next year"),
        pytest.param("2024-12-30 09:00", "3wd", "2025-01-04 00:00", True, id="begun in one"),
        pytest.param("2024-12-31 09:00", "2wd", "2025-01-04 00:00", False, id="first day known"),
        pytest.param("2026-12-30 09:00", "60d", "2027-03-01 00:00", False, id="days are certain"),
        pytest.param("2026-12-31 20:00", "24h", "2027-01-01 20:00", False, id="hours are certain"),
    ],
)
def test_a_working_day_of_a_year_without_a_notice_is_provisional(
    start: str, limit: str, late_from: str, provisional: bool
) -> None:
    deadline = timelimits.due(at(start), timelimits.parse(limit), CALENDAR)
    assert (deadline.at, deadline.provisional) == (at(late_from), provisional)


def test_a_naive_instant_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="naive"):
        timelimits.due(datetime(2026, 3, 2, 9, 30), DEFAULT, CALENDAR)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("24h", TimeLimit(24, Unit.HOUR)),
        ("60d", TimeLimit(60, Unit.DAY)),
        ("5wd", TimeLimit(5, Unit.WORKDAY)),
    ],
)
def test_a_limit_is_written_with_its_unit(text: str, limit: TimeLimit) -> None:
    assert timelimits.parse(text) == limit


@pytest.mark.parametrize("text", ["", "5", "wd", "-5wd", "5 wd", "5w", "1.5d", "5wd "])
def test_a_limit_without_a_known_unit_is_a_fault(text: str) -> None:
    with pytest.raises(ValueError, match="not a time limit"):
        timelimits.parse(text)


def test_the_promises_of_the_law_are_those_of_the_law() -> None:
    assert (str(TELL), str(CLOSE), str(DEFAULT)) == ("15 日", "60 日", "5 个工作日")
    assert "第二十三条" in TELL.source
    assert "第三十四条" in CLOSE.source


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-03-07 23:00", "还剩 2 天"),
        ("2026-03-09 22:59", "还剩 1 小时"),
        ("2026-03-09 23:00", "还剩 1 小时"),
        ("2026-03-09 23:01", "还剩 59 分钟"),
        ("2026-03-10 00:00", "超时不到 1 分钟"),
        ("2026-03-10 03:00", "超时 3 小时"),
        ("2026-03-12 01:00", "超时 2 天"),
    ],
)
def test_what_is_left_is_said_in_the_largest_whole_unit(now: str, words: str) -> None:
    assert timelimits.in_words(at(now), at("2026-03-10 00:00")) == words


starts = st.datetimes(
    min_value=datetime(2025, 1, 1),  # noqa: DTZ001
    max_value=datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, SHANGHAI]),
)
limits = st.builds(TimeLimit, st.integers(1, 90), st.sampled_from(list(Unit)))


@given(starts, limits)
def test_a_deadline_lies_ahead_and_days_end_at_midnight(start: datetime, limit: TimeLimit) -> None:
    deadline = timelimits.due(start, limit, CALENDAR)
    assert deadline.at > start
    if limit.unit is Unit.HOUR:
        assert deadline.at - start == timedelta(hours=limit.amount)
    else:
        assert deadline.at.time() == time()
        assert deadline.at.date() - start.astimezone(SHANGHAI).date() >= limit.amount * DAY


@given(starts, limits, st.timedeltas(timedelta(0), timedelta(days=40)), st.integers(0, 30))
def test_who_begins_later_or_has_longer_is_never_late_earlier(
    start: datetime, limit: TimeLimit, later: timedelta, more: int
) -> None:
    first = timelimits.due(start, limit, CALENDAR).at
    assert timelimits.due(start + later, limit, CALENDAR).at >= first
    assert timelimits.due(start, TimeLimit(limit.amount + more, limit.unit), CALENDAR).at >= first


@given(starts, st.integers(1, 60))
def test_exactly_as_many_working_days_lie_in_between(start: datetime, amount: int) -> None:
    first = start.astimezone(SHANGHAI).date()
    end = timelimits.due(start, TimeLimit(amount, Unit.WORKDAY), CALENDAR).at.date()
    between = [first + n * DAY for n in range(1, (end - first).days)]
    assert sum(CALENDAR.is_workday(day) for day in between) == amount
    assert CALENDAR.is_workday(between[-1])


dates_of_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(starts, st.integers(1, 60), st.frozensets(dates_of_2026, max_size=40))
def test_days_off_that_are_announced_later_never_make_a_deadline_earlier(
    start: datetime, amount: int, off: frozenset[date]
) -> None:
    limit = TimeLimit(amount, Unit.WORKDAY)
    before = timelimits.due(start, limit, WorkCalendar(frozenset(), frozenset(), frozenset()))
    after = timelimits.due(start, limit, WorkCalendar(frozenset({2026}), off, frozenset()))
    assert before.provisional
    assert before.at <= after.at


def test_a_make_up_day_that_is_announced_later_can_bring_a_deadline_forward() -> None:
    """Why a provisional deadline must be counted again when the notice comes, and not only kept."""
    unknown = WorkCalendar(frozenset(), frozenset(), frozenset())
    start, limit = at("2026-02-13 10:00"), TimeLimit(1, Unit.WORKDAY)
    provisional = timelimits.due(start, limit, unknown)
    final = timelimits.due(start, limit, CALENDAR)
    assert (provisional.at, provisional.provisional) == (at("2026-02-17 00:00"), True)
    assert (final.at, final.provisional) == (at("2026-02-15 00:00"), False)
