"""Whatever day it is, the year ends now: the finished lies behind, the open is in time or late."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from shapely.geometry import box

from weiyou.domain import timelimits, workflow
from weiyou.domain.areas import Level
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State
from weiyou.services.demo.accounts import Staff
from weiyou.services.demo.areas import CENTRAL, Grid, Land
from weiyou.services.demo.dice import Dice
from weiyou.services.demo.texts import Texts
from weiyou.services.demo.year import OPEN_TODAY, Leaf, World, Year
from weiyou.services.office import Work, load_calendar
from weiyou.settings import REPOSITORY

REFERENCE = REPOSITORY / "data" / "reference"
THURSDAY = datetime(2026, 11, 19, 9, 30, tzinfo=SHANGHAI)


def a_leaf(code: str, level: Level, limit: str) -> Leaf:
    office = {"A": "jianshe", "B": "huanwei"}.get(code[0], "sifa")
    return Leaf(code, code, level, office, timelimits.parse(limit))


LEAVES = (
    a_leaf("A02", Level.VILLAGE, "3wd"),
    a_leaf("A03", Level.VILLAGE, "24h"),
    a_leaf("B01", Level.GRID, "1wd"),
    a_leaf("F02", Level.STREET, "5wd"),
    a_leaf("G01", Level.GRID, "30d"),
)


def a_year(now: datetime, seed: int) -> Year:
    grids = tuple(
        Grid(f"{CENTRAL}{n:03d}", f"{CENTRAL}801", "小王庄", box(n, 0, n + 1, 1)) for n in (1, 2, 3)
    )
    office = SimpleNamespace(
        calendar=load_calendar(REFERENCE / "workdays.csv"),
        settings=SimpleNamespace(confirm_days=10),
    )
    work = cast("Work", SimpleNamespace(now=now, office=office))
    texts = Texts(REPOSITORY / "data" / "demo")
    land = Land((CENTRAL,), grids, {})
    return Year(World(work, Dice(seed), texts, land, Staff(), {}, {}), LEAVES)


@pytest.mark.parametrize("day", range(7))
@pytest.mark.parametrize("hours", [0, 13])
def test_what_is_open_is_in_time_or_late_as_planned(day: int, hours: int) -> None:
    now = THURSDAY + timedelta(days=day, hours=hours)
    for seed in range(4):
        cases = list(a_year(now, seed).open_today(0.4))
        late = [case for case in cases if case.deadline.at <= now]
        wanted = sum(max(min(1, count), round(count * 0.4)) for _, _, count in OPEN_TODAY)
        assert len(late) == wanted
        assert {case.story.state for case in cases} == workflow.OPEN
        assert all(case.received < now and case.at[-1] < now for case in cases)


def test_what_is_finished_lies_before_now() -> None:
    cases = list(a_year(THURSDAY, 1).ended(300))
    settled = workflow.ENDED | {State.ANSWERED, State.ACCEPTED} | workflow.HANDLING
    assert {case.story.state for case in cases} <= settled  # a redo may be in hand again
    assert sum(case.story.state in workflow.ENDED for case in cases) > 280
    assert all(case.at[-1] < THURSDAY for case in cases)
    assert max(case.received for case in cases) > THURSDAY - timedelta(days=20)


def test_a_matter_that_nobody_has_classified_has_the_general_limit() -> None:
    cases = [case for n in range(8) for case in a_year(THURSDAY, n).open_today(1.0)]
    unknown = [case for case in cases if case.category is None]
    assert unknown
    calendar = a_year(THURSDAY, 0).calendar
    for case in unknown:
        assert case.deadline == timelimits.due(case.received, timelimits.DEFAULT, calendar)
