"""The made-up sub-district: real villages' names on drawn polygons, each with its code. 示意辖区"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import Polygon

from weiyou.domain import partition
from weiyou.domain.areas import AreaKind
from weiyou.services import reference
from weiyou.services.demo.dice import Dice
from weiyou.services.demo.texts import Texts
from weiyou.services.office import Work
from weiyou.services.reference import VillageRow
from weiyou.store import bulk
from weiyou.store.tables import Area, QrCode

STREET: Final = reference.STREET
CENTRAL: Final = "320382003205"
"""戴圩村, the only village of the statistics' class 111: it stands in the middle."""

TOWARDS_CITY: Final = (0.87, -0.5)
"""East and south: where the county town lies, and the communities with it."""

NATURAL_FROM: Final = 801


@dataclass(frozen=True)
class Grid:
    """A micro-grid of the demonstration."""

    code: str
    hamlet_code: str
    hamlet: str
    polygon: Polygon

    @property
    def village(self) -> str:
        """Return the code of its village."""
        return self.code[:12]


@dataclass(frozen=True)
class Land:
    """All of it.

    Attributes:
        villages: Codes, by code.
        grids: By code.
        codes: Ids of the printed codes, by micro-grid.
    """

    villages: tuple[str, ...]
    grids: tuple[Grid, ...]
    codes: dict[str, int]

    def of_village(self, code: str) -> list[Grid]:
        """Return the micro-grids of a village."""
        return [grid for grid in self.grids if grid.village == code]


def lay(work: Work, dice: Dice, texts: Texts, counts: partition.Counts, since: datetime) -> Land:
    """Put villages, natural villages, micro-grids and their codes into the store."""
    day = since.date()
    drawn = partition.make(dice.whole(0, 2**31 - 1), counts)
    rows = _choose(reference.villages(work.office.settings.reference), counts.villages)
    placed = dict(zip(_place(drawn, rows), drawn, strict=True))
    reference.put(work, day, [row for row in rows if row.code in placed])
    _show(work, placed)
    named = [
        (code, placed[code], _hamlets(dice, texts, len(placed[code].naturals)))
        for code in sorted(placed)
    ]
    grids = tuple(grid for line in named for grid in _grids(*line))
    bulk.put(work.session, Area, [row for line in named for row in _parts(day, *line)])
    codes = bulk.put_for_ids(work.session, QrCode, _codes(grids, since))
    by_grid = dict(zip([grid.code for grid in grids], codes, strict=True))
    return Land(tuple(sorted(placed)), grids, by_grid)


def _choose(rows: Sequence[VillageRow], count: int) -> list[VillageRow]:
    """Return the first `count` villages, the central one and the invented one before all."""
    first = [row for row in rows if row.code == CENTRAL or row.synthetic]
    return (first + [row for row in rows if row not in first])[:count]


def _place(drawn: Sequence[partition.Village], rows: Sequence[VillageRow]) -> list[str]:
    """Return a code for each drawn village.

    The central village keeps the centre, communities lie towards the county town, villages of the
    class 220 (open country) as far out as there is room.
    """
    middles = np.array([village.polygon.centroid.coords[0] for village in drawn])
    middles -= middles[0]
    towards = middles @ np.array(TOWARDS_CITY)
    places = list(range(1, len(drawn)))
    codes = {0: CENTRAL}
    others = [row for row in rows if row.code != CENTRAL]
    for row in [row for row in others if row.kind is AreaKind.COMMUNITY]:
        place = max(places, key=lambda n: towards[n])
        codes[place] = row.code
        places.remove(place)
    outer = sorted(
        (row for row in others if row.kind is AreaKind.VILLAGE), key=lambda row: row.settled
    )
    for row, place in zip(outer, reversed(places), strict=True):
        codes[place] = row.code
    return [codes[place] for place in range(len(drawn))]


def _hamlets(dice: Dice, texts: Texts, count: int) -> list[str]:
    """Return `count` different names."""
    names: dict[str, None] = {}
    while len(names) < count:
        names[texts.hamlet(dice)] = None
    return list(names)


def _grids(code: str, village: partition.Village, hamlets: Sequence[str]) -> Iterator[Grid]:
    for number, grid in enumerate(village.grids, start=1):
        natural = f"{code}{NATURAL_FROM + grid.natural}"
        yield Grid(f"{code}{number:03d}", natural, hamlets[grid.natural], grid.polygon)


def _parts(
    since: date, code: str, village: partition.Village, hamlets: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the natural villages and micro-grids of a village."""
    for number, (name, polygon) in enumerate(zip(hamlets, village.naturals, strict=True)):
        yield {
            "code": f"{code}{NATURAL_FROM + number}",
            "kind": AreaKind.NATURAL_VILLAGE,
            "name": name,
            "valid_from": since,
            **_drawn(polygon),
        }
    for number, grid in enumerate(village.grids, start=1):
        yield {
            "code": f"{code}{number:03d}",
            "kind": AreaKind.GRID,
            "name": f"第 {number} 网格",
            "valid_from": since,
            **_drawn(grid.polygon),
        }


def _drawn(polygon: Polygon) -> dict[str, Any]:
    """Return the columns of a polygon that was drawn, not surveyed."""
    middle = polygon.representative_point()
    return {
        "polygon": json.dumps(shapely.geometry.mapping(polygon), separators=(",", ":")),
        "lon": round(middle.x, 6),
        "lat": round(middle.y, 6),
        "synthetic": True,
    }


def _show(work: Work, placed: dict[str, partition.Village]) -> None:
    """Give the street and its villages their drawn borders."""
    whole = shapely.coverage_union_all([village.polygon for village in placed.values()])
    borders = {STREET: Polygon(shapely.get_coordinates(whole))}
    borders |= {code: village.polygon for code, village in placed.items()}
    bulk.draw(work.session, {code: _drawn(border) for code, border in borders.items()})


def _codes(grids: Sequence[Grid], since: datetime) -> list[dict[str, Any]]:
    return [
        {"serial": f"{number:07d}", "area": grid.code, "issued_at": since}
        for number, grid in enumerate(grids, start=1)
    ]
