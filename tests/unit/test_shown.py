"""How moments, places and states read on the desk's screens."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State
from weiyou.widgets import shown


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


NOW = at("2026-03-02 09:30")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-03-02 00:05", "今天 00:05"),
        ("2026-03-01 23:59", "昨天 23:59"),
        ("2026-03-03 08:00", "明天 08:00"),
        ("2026-02-28 08:00", "2月28日 08:00"),
        ("2025-12-31 08:00", "2025年12月31日 08:00"),
        ("2027-01-01 08:00", "2027年1月1日 08:00"),
    ],
)
def test_a_moment_reads_as_people_say_it(moment: str, words: str) -> None:
    assert shown.moment(at(moment), NOW) == words
    assert shown.moment(at(moment).astimezone(UTC), NOW.astimezone(UTC)) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-03-06 00:00", "3月5日 24:00"),
        ("2026-03-03 00:00", "今天 24:00"),
        ("2026-03-02 00:00", "昨天 24:00"),
        ("2026-03-03 10:30", "明天 10:30"),
    ],
)
def test_a_limit_that_ends_with_a_day_reads_as_24_o_clock_of_that_day(
    moment: str, words: str
) -> None:
    assert shown.deadline(at(moment), NOW) == words


def test_a_place_is_read_from_the_larger_to_the_smaller_without_gaps() -> None:
    assert shown.place("连渊村", "", "第 1 网格") == "连渊村 · 第 1 网格"


def test_every_state_has_its_colour() -> None:
    assert set(shown.TONES) == set(State)
    assert set(shown.TONES.values()) == {"act", "hand", "rest", "done"}
