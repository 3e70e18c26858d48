"""A year of made-up matters: what comes up where and when, and how far it has got. 演示之年"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from weiyou.domain import timelimits
from weiyou.domain.areas import Level
from weiyou.domain.petitions import Source
from weiyou.domain.timelimits import SHANGHAI, Deadline, TimeLimit
from weiyou.domain.workdays import WorkCalendar
from weiyou.domain.workflow import State, Step
from weiyou.services.demo import stories, timing
from weiyou.services.demo.accounts import FIRST_DEPARTMENT, FIRST_VILLAGE, Staff
from weiyou.services.demo.areas import Grid, Land
from weiyou.services.demo.dice import Dice
from weiyou.services.demo.households import Resident
from weiyou.services.demo.stories import Matter, Story
from weiyou.services.demo.texts import Message, Texts
from weiyou.services.demo.timing import Span
from weiyou.services.office import Work

YEAR: Final = timedelta(days=365)
NEWEST: Final = timedelta(hours=36)
"""A matter with a whole story came in at least so long ago."""

OPEN_TODAY: Final = (
    (State.RECEIVED, 6, 1), (State.WAITING, 3, 0), (State.ACCEPTED, 3, 0), (State.WITH_GRID, 6, 2),
    (State.WITH_VILLAGE, 6, 2), (State.WITH_STREET, 3, 1), (State.WITH_DEPARTMENT, 5, 2),
)  # fmt: skip
"""State, how many in time, how many late: 32 and 8."""

SOURCES: Final = (
    (Source.QR, Source.PHONE, Source.VISIT, Source.WORKER, Source.IMPORT), (68, 12, 8, 9, 3)
)  # fmt: skip
WEEKDAYS: Final = (1.15, 1.1, 1.05, 1.0, 1.05, 0.85, 0.8)
HOURS: Final = (
    1, 0, 0, 0, 0, 2, 6, 14, 20, 22, 19, 14, 12, 11, 15, 18, 17, 14, 14, 17, 18, 12, 6, 2,
)  # fmt: skip
"""How often people write, by hour of the day."""

RAINS: Final = 7  # days of heavy rain between June and September
WET: Final = "A03"
LOW_VILLAGES: Final = 3  # where the water stands
BACK: Final = timedelta(days=3)
FRESH: Final = {State.WAITING: timedelta(days=2), State.ACCEPTED: timedelta(hours=8)}
"""What does not lie about for long."""

OFTEN_REFUSED: Final = 0.08
SELDOM_REFUSED: Final = 0.012


@dataclass(frozen=True)
class World:
    """Everything that a matter is made of."""

    work: Work
    dice: Dice
    texts: Texts
    land: Land
    staff: Staff
    heads: dict[str, list[Resident]]
    departments: dict[str, int]


@dataclass(frozen=True)
class Leaf:
    """A category, as far as a story needs it."""

    code: str
    name: str
    level: Level
    department: str
    limit: TimeLimit


@dataclass(frozen=True)
class Place:
    """Where a matter is, as far as the office knows, and by which way it came in."""

    grid: Grid
    area: str
    source: Source


@dataclass(frozen=True)
class Case:
    """A made-up matter before it becomes rows.

    Attributes:
        leaf: What it is about.
        category: What the office knows it is about.
        at: One instant for each step of the story.
    """

    leaf: Leaf
    category: str | None
    where: Place
    received: datetime
    deadline: Deadline
    story: Story
    at: tuple[datetime, ...]
    message: Message


class Year:
    """The year that ends at `now`."""

    def __init__(self, world: World, leaves: Sequence[Leaf]) -> None:
        self.world, self.dice, self.now = world, world.dice, world.work.now
        self.calendar: WorkCalendar = world.work.office.calendar
        self.leaves = leaves
        self.busy = self.dice.rng.lognormal(0, 0.45, len(world.land.grids)).tolist()
        self.low = [self.dice.pick(world.land.villages) for _ in range(LOW_VILLAGES)]
        self.days = [self.now - timedelta(days=n) for n in range(365, 0, -1)]
        self.rains = self._rains()
        self.day_weights = [self._day_weight(day) for day in self.days]
        self.departments = sorted({leaf.department for leaf in leaves})

    def _rains(self) -> list[datetime]:
        wet = [day for day in self.days if day.astimezone(SHANGHAI).month in {6, 7, 8, 9}]
        return [self.dice.pick(wet) for _ in range(RAINS)]

    def _day_weight(self, day: datetime) -> float:
        local = day.astimezone(SHANGHAI)
        season = sum(self._weight(leaf, local.month) for leaf in self.leaves)
        return WEEKDAYS[local.weekday()] * season

    def _weight(self, leaf: Leaf, month: int) -> float:
        return self.world.texts.seasons[leaf.code].in_month(month)

    def ended(self, count: int) -> Iterator[Case]:
        """Yield matters of the year whose answer, at least, is behind us."""
        for _ in range(count):
            yield self._whole()

    def open_today(self, scale: float) -> Iterator[Case]:
        """Yield matters that are open now, some of them late, so that every desk has work."""
        for state, in_time, late in OPEN_TODAY:
            for number in range(max(1, round(in_time * scale))):
                yield self._unfinished(state, number, late=False)
            for number in range(max(min(1, late), round(late * scale))):
                yield self._unfinished(state, number, late=True)

    def _whole(self) -> Case:
        day = self.dice.weighed(self.days, self.day_weights)
        month = day.astimezone(SHANGHAI).month
        leaf = self.dice.weighed(self.leaves, [self._weight(one, month) for one in self.leaves])
        if leaf.code == WET and self.dice.chance(0.7):
            day = min(self.rains, key=lambda rain: abs(rain - day))
        received = min(self._moment(day), (self.now - NEWEST).replace(microsecond=0))
        where = self._where(leaf)
        story = stories.tell(self.dice, self._matter(leaf, where))
        while (at := self._instants(leaf, story, received))[_settled(story)] >= self.now:
            received -= BACK
        told = sum(moment < self.now for moment in at)
        story.cut(told)
        return self._case(leaf, where, received, story, at[:told])

    def _instants(self, leaf: Leaf, story: Story, received: datetime) -> list[datetime]:
        span = Span(received, self._deadline(leaf, received).at)
        confirm_days = self.world.work.office.settings.confirm_days
        return timing.whole(self.dice, story.beats, span, confirm_days)

    def _unfinished(self, state: State, number: int, *, late: bool) -> Case:
        leaf = self._leaf_for(state, number, late=late)
        where = self._where(leaf)
        if number < 2 and state in {State.WITH_GRID, State.WITH_VILLAGE}:
            where = replace(where, grid=self.world.land.of_village(FIRST_VILLAGE)[number])
        where = replace(where, area=where.grid.code)
        matter = replace(self._matter(leaf, where), classified=late or self.dice.chance(0.6))
        story = stories.tell_until(self.dice, matter, state)
        received = self._overdue_since(leaf) if late else self._lately(leaf, state)
        received = received.replace(microsecond=0)
        at = timing.until(self.dice, story.beats, received, self.now)
        return self._case(leaf, where, received, story, at)

    def _leaf_for(self, state: State, number: int, *, late: bool) -> Leaf:
        """Return a category that fits: a short limit for what is to be late."""
        soon = self.now + timedelta(days=9)
        fitting = [
            leaf
            for leaf in self.leaves
            if (not late or self._deadline(leaf, self.now).at < soon)
            and (state is not State.WITH_GRID or leaf.level is Level.GRID)
            and (state is not State.WITH_STREET or leaf.level is Level.VILLAGE)
        ]
        if state is State.WITH_DEPARTMENT and number < 2:
            fitting = [leaf for leaf in fitting if leaf.department == FIRST_DEPARTMENT]
        month = self.now.astimezone(SHANGHAI).month
        return self.dice.weighed(fitting, [self._weight(leaf, month) for leaf in fitting])

    def _overdue_since(self, leaf: Leaf) -> datetime:
        """Return when a matter came in that is late now, by hours or a day and a half."""
        received = self.now - timedelta(hours=1)
        while self._deadline(leaf, received).at > self.now:
            received -= timedelta(hours=3)
        return received - timedelta(minutes=self.dice.whole(5, 36 * 60))

    def _lately(self, leaf: Leaf, state: State) -> datetime:
        """Return when a matter came in that is still in time."""
        if state is State.RECEIVED:
            return self.now - timedelta(minutes=self.dice.whole(4, 300))
        longest = FRESH.get(state, timedelta(days=6))
        room = min(longest, self._deadline(leaf, self.now).at - self.now)
        ago = room * self.dice.real(0.1, 0.8)
        while self._deadline(leaf, self.now - ago).at <= self.now:
            ago *= 0.7
        return self.now - ago

    def _moment(self, day: datetime) -> datetime:
        hour = self.dice.weighed(range(24), HOURS)
        midnight = day.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(hours=hour, seconds=self.dice.whole(0, 3_599))

    def _where(self, leaf: Leaf) -> Place:
        land, dice = self.world.land, self.dice
        source = dice.weighed(*SOURCES)
        if leaf.code == WET and dice.chance(0.5):
            grid = dice.pick(land.of_village(dice.pick(self.low)))
        else:
            grid = dice.weighed(land.grids, self.busy)
        vague = source in {Source.PHONE, Source.IMPORT} and dice.chance(0.35)
        return Place(grid, grid.village if vague else grid.code, source)

    def _matter(self, leaf: Leaf, where: Place) -> Matter:
        others = tuple(code for code in self.departments if code != leaf.department)
        in_grid = where.area == where.grid.code
        refused = OFTEN_REFUSED if self.world.texts.refused(leaf.code) else SELDOM_REFUSED
        classified = self.dice.chance(0.7)
        return Matter(leaf.level, leaf.department, others, in_grid, classified, refused)

    def _deadline(self, leaf: Leaf, received: datetime) -> Deadline:
        return timelimits.due(received, leaf.limit, self.calendar)

    def _case(
        self, leaf: Leaf, where: Place, received: datetime, story: Story, at: list[datetime]
    ) -> Case:
        month = received.astimezone(SHANGHAI).month
        message = self.world.texts.message(self.dice, leaf.code, month, where.grid.hamlet)
        known = story.matter.classified or any(beat.classify for beat in story.beats)
        limit = leaf.limit if known else timelimits.DEFAULT
        deadline = timelimits.due(received, limit, self.calendar)
        category = leaf.code if known else None
        return Case(leaf, category, where, received, deadline, story, tuple(at), message)


def _settled(story: Story) -> int:
    """Return the place of the step with which the office has answered, or the story has ended."""
    steps = [beat.step for beat in story.beats]
    return steps.index(Step.ANSWER) if Step.ANSWER in steps else len(steps) - 1
