"""Made-up matters live by the real rules, and in the order of time."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from weiyou.domain import workflow
from weiyou.domain.areas import Level
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.services.demo import stories, timing
from weiyou.services.demo.dice import Dice
from weiyou.services.demo.stories import Beat, Hand, Matter, Story
from weiyou.services.demo.timing import Span

RECEIVED = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)  # a Monday
OTHERS = ("shuiwu", "zhifa")


def a_matter(level: Level = Level.GRID, *, in_grid: bool = True, refused: float = 0.03) -> Matter:
    return Matter(level, "jianshe", OTHERS, in_grid, classified=False, refused=refused)


def told(count: int = 400) -> list[Story]:
    levels = (Level.GRID, Level.VILLAGE, Level.STREET)
    return [stories.tell(Dice(n), a_matter(levels[n % 3], in_grid=n % 4 > 0)) for n in range(count)]


def assert_legal(beats: list[Beat]) -> None:
    assert (beats[0].step, beats[0].state) == (Step.SUBMIT, State.RECEIVED)
    state = State.RECEIVED
    for beat in beats[1:]:
        state = workflow.after(state, beat.step)
        assert beat.state is state


def test_every_story_is_legal_and_comes_to_an_end() -> None:
    for story in told():
        assert_legal(story.beats)
        assert story.state in workflow.ENDED


def test_stories_also_take_the_ways_that_are_seldom_taken() -> None:
    steps = Counter(beat.step for story in told(1_500) for beat in story.beats)
    seldom = {Step.REFUSE, Step.ASK, Step.SUPPLY, Step.RETURN, Step.REDO, Step.REOPEN}
    seldom |= {Step.WITHDRAW, Step.MESSAGE, Step.URGE, Step.NO_CONTACT, Step.NOTE}
    assert seldom | set(workflow.ASSIGN.values()) | set(workflow.ESCALATE.values()) <= set(steps)
    assert max(steps[step] for step in seldom - {Step.NOTE}) < 400


def test_a_matter_without_a_micro_grid_never_lies_with_a_grid() -> None:
    for n in range(200):
        story = stories.tell(Dice(n), a_matter(in_grid=False))
        assert all(beat.state is not State.WITH_GRID for beat in story.beats)


def test_who_has_a_matter_in_hand_takes_its_steps() -> None:
    hands = {Step.HANDLE: set[Hand](), Step.ANSWER: set[Hand]()}
    for story in told():
        state = State.RECEIVED
        for beat in story.beats:
            if beat.step in hands:
                assert beat.hand is stories.HOLDER[state]
                hands[beat.step].add(beat.hand)
            state = beat.state
    assert all(len(seen) == 4 for seen in hands.values())


def test_a_wrongly_assigned_department_gives_the_matter_back() -> None:
    for story in told(1_500):
        for beat, following in zip(story.beats, story.beats[1:], strict=False):
            if beat.department in OTHERS:
                assert (following.step, following.hand) == (Step.RETURN, Hand.DEPARTMENT)


@pytest.mark.parametrize(
    "state", sorted((workflow.OPEN | {State.ANSWERED}) - workflow.ENDED, key=str)
)
def test_a_story_can_stop_at_any_open_state(state: State) -> None:
    for n in range(30):
        level = Level.GRID if n % 2 else Level.VILLAGE
        story = stories.tell_until(Dice(n), a_matter(level), state)
        assert_legal(story.beats)
        assert story.state is state


def test_a_story_that_misses_its_end_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stories._UNTIL, State.WITH_STREET, lambda _: None)
    with pytest.raises(ValueError, match="not at with_street"):
        stories.tell_until(Dice(1), a_matter(), State.WITH_STREET)


def test_a_cut_story_stands_where_its_last_step_led() -> None:
    story = stories.tell(Dice(3), a_matter(refused=0))
    story.cut(3)
    assert len(story.beats) == 3
    assert story.state is story.beats[-1].state


@pytest.mark.parametrize("hours", [24, 24 * 7, 24 * 30])
def test_time_never_runs_backwards(hours: int) -> None:
    span = Span(RECEIVED, RECEIVED + timedelta(hours=hours))
    for n, story in enumerate(told()):
        at = timing.whole(Dice(n), story.beats, span, confirm_days=10)
        assert at == sorted(at)
        assert at[0] == RECEIVED


def test_only_few_first_answers_are_late() -> None:
    span = Span(RECEIVED, RECEIVED + timedelta(days=7))
    late = 0
    answered = 0
    for n, story in enumerate(told(1_000)):
        at = timing.whole(Dice(n), story.beats, span, confirm_days=10)
        steps = [beat.step for beat in story.beats]
        if Step.ANSWER in steps:
            answered += 1
            late += at[steps.index(Step.ANSWER)] >= span.due
    assert 0.01 < late / answered < 0.08


def test_the_timer_closes_after_the_days_for_confirming() -> None:
    closed = 0
    for n, story in enumerate(told()):
        at = timing.whole(Dice(n), story.beats, Span(RECEIVED, RECEIVED + timedelta(days=7)), 10)
        for place, beat in enumerate(story.beats):
            if beat.hand is Hand.CLOCK:
                closed += 1
                assert (
                    timedelta(days=10) < at[place] - at[place - 1] < timedelta(days=10, minutes=1)
                )
    assert closed > 20


def test_an_unfinished_story_lies_between_receipt_and_now() -> None:
    for minutes in (5, 300, 6 * 24 * 60):
        now = RECEIVED + timedelta(minutes=minutes)
        for n in range(40):
            story = stories.tell_until(Dice(n), a_matter(), State.WITH_VILLAGE)
            at = timing.until(Dice(n), story.beats, RECEIVED, now)
            assert at == sorted(at)
            assert at[0] == RECEIVED
            assert at[-1] < now


@pytest.mark.parametrize(
    ("hour", "day"),
    [
        pytest.param(12, 2, id="by day it stays"),
        pytest.param(3, 2, id="before dawn it waits for the morning"),
        pytest.param(22, 3, id="at night it waits for the next morning"),
    ],
)
def test_work_is_done_by_day(hour: int, day: int) -> None:
    at = datetime(2026, 3, 2, hour, 15, tzinfo=SHANGHAI)
    shown = timing.daytime(Dice(hour), at, timing.OFFICE)
    assert shown.day == day
    assert 8 <= shown.hour < 18
