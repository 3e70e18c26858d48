"""Made-up households and persons, as many as the field says a micro-grid has. 演示户与人"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from weiyou.domain.timelimits import SHANGHAI
from weiyou.services.demo import accounts
from weiyou.services.demo.areas import Grid, Land
from weiyou.services.demo.dice import Dice
from weiyou.services.demo.texts import Texts
from weiyou.services.office import Work
from weiyou.store import bulk
from weiyou.store.tables import Household, Person

HOUSEHOLDS: Final = (50, 80, 110)  # fewest, usual, most in a micro-grid
PERSONS: Final = (150, 330)
PER_HOUSEHOLD: Final = (2.6, 3.2)
VACANT: Final = 0.05
LET: Final = 0.06
MEMBERS_MOST: Final = 8
YEAR_DAYS: Final = 365.25


@dataclass(frozen=True)
class Resident:
    """A head of household who may one day write to us."""

    name: str
    phone: str


@dataclass(frozen=True)
class _Member:
    relation: str
    sex: str
    age: float


def settle(
    work: Work, dice: Dice, texts: Texts, land: Land, since: datetime
) -> dict[str, list[Resident]]:
    """Put households and persons into the store, and return the heads of each micro-grid."""
    houses: list[dict[str, Any]] = []
    families: list[list[dict[str, Any]]] = []
    heads: dict[str, list[Resident]] = {}
    for grid in land.grids:
        own = _Grid(dice, texts, grid, since)
        houses += own.houses
        families += own.families()
        heads[grid.code] = own.heads
    ids = bulk.put_for_ids(work.session, Household, houses)
    bulk.put(
        work.session,
        Person,
        [
            person | {"household_id": household_id}
            for household_id, family in zip(ids, families, strict=True)
            for person in family
        ],
    )
    return heads


class _Grid:
    """The houses of one micro-grid and who lives in them."""

    def __init__(self, dice: Dice, texts: Texts, grid: Grid, since: datetime) -> None:
        self.dice, self.texts, self.grid, self.since = dice, texts, grid, since
        fewest, usual, most = HOUSEHOLDS
        count = round(float(dice.rng.triangular(fewest, usual, most)))
        self.vacant = dice.rng.random(count) < VACANT
        self.houses = [dict(house) for house in self._houses(count)]
        self.heads: list[Resident] = []

    def _houses(self, count: int) -> Iterator[dict[str, Any]]:
        let = self.dice.rng.random(count) < LET
        spots = scatter(self.dice, self.grid, count)
        group = int(self.grid.code[-3:])
        for number in range(count):
            use = "vacant" if self.vacant[number] else "let" if let[number] else "own"
            yield {
                "area": self.grid.code,
                "natural_village": self.grid.hamlet_code,
                "door": f"{self.grid.hamlet} {group} 组 {number + 1} 号",
                "house_use": use,
                "lon": float(spots[number, 0]),
                "lat": float(spots[number, 1]),
                "created_at": self.since,
            }

    def families(self) -> list[list[dict[str, Any]]]:
        """Return the persons of each house, and remember the heads."""
        sizes = iter(_sizes(self.dice, int((~self.vacant).sum())).tolist())
        return [[] if empty else list(self._family(next(sizes))) for empty in self.vacant]

    def _family(self, size: int) -> Iterator[dict[str, Any]]:
        surname = self.texts.surname(self.dice)
        phone = accounts.phone(int(self.dice.rng.integers(9_000)))
        for number, member in enumerate(_members(self.dice, size)):
            married_in = member.relation in {"配偶", "儿媳", "母亲"}
            own = self.texts.surname(self.dice) if married_in else surname
            name = own + self.texts.given_name(self.dice, member.sex, _era(member.age))
            if number == 0:
                self.heads.append(Resident(name, phone))
            yield {
                "relation": member.relation,
                "name": name,
                "sex": member.sex,
                "born": self._born(member.age),
                "telephone": phone if number == 0 else None,
                "created_at": self.since,
            }

    def _born(self, age: float) -> date:
        today = self.since.astimezone(SHANGHAI).date()
        return today - timedelta(days=round(age * YEAR_DAYS))


def scatter(dice: Dice, grid: Grid, count: int) -> npt.NDArray[np.float64]:
    """Return `count` points inside a micro-grid, shape (count, 2), WGS-84 degrees."""
    west, south, east, north = grid.polygon.bounds
    inside = np.empty((0, 2))
    while len(inside) < count:
        drawn = dice.rng.uniform((west, south), (east, north), (3 * count, 2))
        inside = np.concatenate([inside, drawn[shapely.contains_xy(grid.polygon, *drawn.T)]])
    return inside[:count].round(6)


def _sizes(dice: Dice, houses: int) -> npt.NDArray[np.int_]:
    """Return how many live in each house, so that the micro-grid has as many as it should."""
    fewest, most = PERSONS
    wanted = int(np.clip(round(houses * dice.real(*PER_HOUSEHOLD)), fewest, most))
    sizes = np.ones(houses, dtype=np.int_)
    while sizes.sum() < wanted:
        house = int(dice.rng.integers(houses))
        sizes[house] += sizes[house] < MEMBERS_MOST
    return sizes


def _members(dice: Dice, size: int) -> Iterator[_Member]:
    """Yield the members of a family, the head first."""
    age = dice.real(62, 88) if size < 3 and dice.chance(0.55) else dice.real(27, 68)
    sex = "m" if dice.chance(0.84) else "f"
    yield _Member("户主", sex, age)
    left = size - 1
    if left > 0:
        yield _Member("配偶", "f" if sex == "m" else "m", max(22.0, age + dice.real(-5, 4)))
        left -= 1
    if left > 2 and dice.chance(0.5):
        yield _Member("母亲", "f", min(98.0, age + dice.real(20, 28)))
        left -= 1
    for _ in range(left):
        yield _young(dice, age)


def _young(dice: Dice, age: float) -> _Member:
    """Return a child of the head, or a grandchild where the head is old enough."""
    sex = "m" if dice.chance(0.52) else "f"
    if age > 48 and dice.chance(0.45):
        return _Member("孙子" if sex == "m" else "孙女", sex, dice.real(0, age - 45))
    if sex == "f" and age > 50 and dice.chance(0.4):
        return _Member("儿媳", sex, dice.real(22, age - 22))
    return _Member("儿子" if sex == "m" else "女儿", sex, max(0.0, age - dice.real(21, 34)))


def _era(age: float) -> str:
    return "old" if age >= 62 else "middle" if age >= 28 else "young"
