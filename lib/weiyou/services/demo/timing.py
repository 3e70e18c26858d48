"""When the steps of a made-up matter happen: by day, in order, mostly in time. 演示时间"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import Step
from weiyou.services.demo.dice import Dice
from weiyou.services.demo.stories import Beat, Hand

LATE: Final = 0.035
"""Share of answers after the limit. Xuzhou's hotline: 97.26 % closed in time (2025)."""

OFFICE: Final = (8.0, 18.0)  # hours of the day
AWAKE: Final = (7.5, 20.5)
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)

_AT_ONCE: Final = frozenset(
    {
        Step.NOTE, Step.ASSIGN_GRID, Step.ASSIGN_VILLAGE, Step.ASSIGN_STREET,
        Step.ASSIGN_DEPARTMENT,
    }
)  # fmt: skip
"""What the desk does within minutes of the step before."""

_SAME_INSTANT: Final = frozenset({Step.CONFIRM, Step.REDO})


@dataclass(frozen=True)
class Span:
    """From when a matter is here, and from when it is late."""

    received: datetime
    due: datetime


def whole(dice: Dice, beats: Sequence[Beat], span: Span, confirm_days: int) -> list[datetime]:
    """Return the instants of a whole story; some may lie in the future.

    Args:
        confirm_days: After so many days the timer closes an answer that nobody objects to.
    """
    steps = [beat.step for beat in beats]
    answer = steps.index(Step.ANSWER) if Step.ANSWER in steps else len(steps)
    share = dice.real(1.02, 1.5) if dice.chance(LATE) else min(0.97, dice.beta(2.0, 2.6))
    goal = span.received + share * (span.due - span.received)
    at = [span.received]
    for place in range(1, len(beats)):
        if place < answer:
            at.append(_before(dice, beats[place], at[-1], goal, answer - place))
        elif place == answer:
            at.append(_answer(dice, beats[place], at[-1], goal, span.due))
        else:
            at.append(_afterwards(dice, beats[place], at[-1], confirm_days))
    return at


def until(dice: Dice, beats: Sequence[Beat], received: datetime, now: datetime) -> list[datetime]:
    """Return the instants of a story that is not over, all before `now`."""
    left = now - received
    shares = sorted(dice.beta(1.2, 2.4) for _ in beats[1:])
    at = [received]
    for beat, share in zip(beats[1:], shares, strict=True):
        wish = daytime(dice, received + share * left, AWAKE)
        if beat.step in _AT_ONCE:
            wish = at[-1] + dice.whole(1, 9) * MINUTE
        if not at[-1] < wish < now:
            wish = at[-1] + (now - at[-1]) * 0.2
        at.append(wish)
    return at


def daytime(dice: Dice, at: datetime, hours: tuple[float, float]) -> datetime:
    """Return `at`, or a moment of the next morning if it falls into the night."""
    first, last = hours
    local = at.astimezone(SHANGHAI)
    hour = local.hour + local.minute / 60
    if first <= hour < last:
        return local
    morning = local.replace(hour=0, minute=0, second=0) + timedelta(days=hour >= last)
    return morning + (first + dice.beta(1.3, 2.4) * 6) * HOUR


def _before(dice: Dice, beat: Beat, last: datetime, goal: datetime, left: int) -> datetime:
    """Return the instant of a step before the answer, `left` steps away from it."""
    if beat.step in _AT_ONCE:
        return last + dice.whole(1, 12) * MINUTE
    if beat.hand is Hand.DESK:
        return daytime(dice, last + dice.skewed(25, 0.9) * MINUTE, OFFICE)
    if beat.step is Step.SUPPLY:
        return daytime(dice, last + dice.skewed(7, 0.7) * HOUR, AWAKE)
    part = dice.real(0.5, 1.3) / (left + 1)
    soonest = last + dice.whole(18, 75) * MINUTE
    wish = max(soonest, last + part * (goal - last))
    later = daytime(dice, wish, _hours(beat))
    return later if later < goal else wish


def _hours(beat: Beat) -> tuple[float, float]:
    """Return between which hours a hand is at work."""
    return OFFICE if beat.hand in {Hand.DESK, Hand.DEPARTMENT} else AWAKE


def _answer(dice: Dice, beat: Beat, last: datetime, goal: datetime, due: datetime) -> datetime:
    """Return the instant of the answer: by day, but not late for the sake of the night."""
    earliest = last + dice.whole(12, 70) * MINUTE
    wish = max(earliest, daytime(dice, goal, _hours(beat)))
    if goal < due <= wish:
        return max(earliest, goal)
    return wish


def _afterwards(dice: Dice, beat: Beat, last: datetime, confirm_days: int) -> datetime:
    """Return the instant of a step after the answer."""
    if beat.step in _SAME_INSTANT:
        return last
    if beat.step in _AT_ONCE:
        return last + dice.whole(3, 40) * MINUTE
    if beat.hand is Hand.CLOCK:
        return last + timedelta(days=confirm_days) + dice.whole(1, 59) * timedelta(seconds=1)
    longest = timedelta(days=confirm_days) * 0.9
    middle = {Step.CLOSE: 26.0, Step.RATE: 9.0, Step.HANDLE: 16.0}.get(beat.step, 20.0)
    return daytime(dice, last + min(longest, dice.skewed(middle, 0.7) * HOUR), AWAKE)
