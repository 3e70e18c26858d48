"""A made-up sub-district, cut cleanly into villages and micro-grids: 示意区划.

No surveyed border is open to the public, so the demonstration draws its own. The cut is clean: no
gap, no overlap, and two neighbours share every vertex of their border. It is made from the bottom
up: the micro-grids are the cells of one relaxed Voronoi diagram whose borders are then bent, and
the larger areas are unions of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon

from weiyou.domain import tiling
from weiyou.domain.tiling import Points

FEWEST: Final = 5
MOST: Final = 13


@dataclass(frozen=True)
class Grid:
    """A micro-grid.

    Attributes:
        polygon: Degrees, WGS-84.
        natural: Which natural village of its village it belongs to, from 0.
    """

    polygon: Polygon
    natural: int


@dataclass(frozen=True)
class Village:
    """A village or community: the union of its micro-grids, which stand in the order of number."""

    polygon: Polygon
    naturals: tuple[Polygon, ...]
    grids: tuple[Grid, ...]


@dataclass(frozen=True)
class Counts:
    """How many areas of each size the sub-district is cut into."""

    villages: int = 25
    naturals: int = 68
    grids: int = 209


def make(seed: int, counts: Counts | None = None) -> tuple[Village, ...]:
    """Return the villages of a made-up sub-district, the nearest to its centre first.

    The same seed gives the same cut.

    Args:
        seed: Of the random generator.
        counts: How many of each; the field's own numbers if left out.
    """
    counts = counts or Counts()
    rng = np.random.default_rng(seed)
    border = tiling.outline(rng)
    ground = tiling.scatter(border, rng)
    centres = tiling.relax(ground, tiling.pick(ground, counts.villages, rng), rounds=6)
    centres = centres[np.argsort(np.hypot(*centres.T))]
    shares = _shares(
        np.bincount(tiling.nearest(ground, centres), minlength=counts.villages), counts
    )
    seeds, owners = _grid_seeds(ground, centres, shares, rng)
    cells = tiling.cells(border, seeds, rng)
    parts = spread(shares, counts.naturals, np.ones_like(shares), np.minimum(shares, 5))
    return tuple(
        _village([cells[n] for n in np.flatnonzero(owners == village)], int(parts[village]))
        for village in range(counts.villages)
    )


def spread(
    weights: npt.NDArray[np.int_],
    total: int,
    least: npt.NDArray[np.int_],
    most: npt.NDArray[np.int_],
) -> npt.NDArray[np.int_]:
    """Return whole shares of `total` that follow `weights` as closely as the bounds allow.

    Raises: ValueError, if the bounds leave no room for `total`.
    """
    if not least.sum() <= total <= most.sum():
        raise ValueError(f"{total} cannot be shared within the bounds")
    shares = least.copy()
    while shares.sum() < total:
        wish = np.where(shares < most, weights / (shares + 0.5), -1.0)
        shares[int(np.argmax(wish))] += 1
    return shares


def _shares(sizes: npt.NDArray[np.int_], counts: Counts) -> npt.NDArray[np.int_]:
    """Return how many micro-grids each village gets: the central ones are the denser ones."""
    rank = np.arange(len(sizes)) / max(1, len(sizes) - 1)
    weights = (100 * np.sqrt(sizes) * (1.3 - 0.6 * rank)).astype(np.int_)
    return spread(weights, counts.grids, np.full_like(weights, FEWEST), np.full_like(weights, MOST))


def _grid_seeds(
    ground: Points, centres: Points, shares: npt.NDArray[np.int_], rng: np.random.Generator
) -> tuple[Points, npt.NDArray[np.intp]]:
    """Return the seeds of all micro-grids, and the village of each.

    Ground near the middle of a village, where the houses stand, weighs more: cells are small there.
    """
    owner = tiling.nearest(ground, centres)
    seeds = []
    for village, share in enumerate(shares):
        own = ground[owner == village]
        reach = np.hypot(*(own - centres[village]).T)
        keep = rng.random(len(own)) < np.exp(-0.9 * reach / reach.max())
        housed = own[keep]
        seeds.append(tiling.relax(housed, tiling.pick(housed, int(share), rng), rounds=5))
    return np.concatenate(seeds), np.repeat(np.arange(len(shares), dtype=np.intp), shares)


def _village(cells: list[Polygon], naturals: int) -> Village:
    """Return the village made of `cells`, numbered and gathered into natural villages."""
    ordered = [cells[n] for n in reading_order(cells)]
    group = gather(ordered, naturals)
    return Village(
        union(ordered),
        tuple(
            union([cell for cell, own in zip(ordered, group, strict=True) if own == natural])
            for natural in range(naturals)
        ),
        tuple(Grid(cell, own) for cell, own in zip(ordered, group, strict=True)),
    )


def union(cells: list[Polygon]) -> Polygon:
    """Return the union of touching cells. Raises: ValueError, if it falls apart."""
    whole = shapely.coverage_union_all(cells)
    if whole.geom_type != "Polygon":
        raise ValueError("an area falls apart")
    return tiling.turned(whole)


def reading_order(cells: list[Polygon]) -> list[int]:
    """Return the cells' indexes in rows from north to south, each row from west to east.

    Source: unit-grid codes are numbered west to east and north to south (DB11, GB/T 30428.1).
    """
    middles = [(cell.centroid.x, cell.centroid.y) for cell in cells]
    southward = sorted(range(len(cells)), key=lambda n: -middles[n][1])
    row = math.ceil(math.sqrt(len(cells)))
    rows = [southward[start : start + row] for start in range(0, len(cells), row)]
    return [n for line in rows for n in sorted(line, key=lambda n: middles[n][0])]


def gather(cells: list[Polygon], groups: int) -> list[int]:
    """Return a group for each cell, so that every group hangs together.

    Each group starts at one cell and the smallest takes the nearest free neighbour in turn.
    """
    middles = np.array([(cell.centroid.x, cell.centroid.y) for cell in cells])
    touching = [
        {n for n, other in enumerate(cells) if n != m and cell.intersection(other).length > 0}
        for m, cell in enumerate(cells)
    ]
    members = [[start] for start in _far_apart(middles, groups)]
    free = set(range(len(cells))) - {start for (start,) in members}
    while free:
        choices = [
            (len(own), float(np.hypot(*(middles[cell] - middles[own[0]]))), group, cell)
            for group, own in enumerate(members)
            for cell in free.intersection(*[set().union(*(touching[n] for n in own))])
        ]
        _, _, group, cell = min(choices)
        members[group].append(cell)
        free.remove(cell)
    owner = {cell: group for group, own in enumerate(members) for cell in own}
    return [owner[n] for n in range(len(cells))]


def _far_apart(middles: Points, count: int) -> list[int]:
    """Return the indexes of `count` points, each as far as can be from those before it."""
    chosen = [0]
    while len(chosen) < count:
        gaps = np.min([np.hypot(*(middles - middles[n]).T) for n in chosen], axis=0)
        chosen.append(int(np.argmax(gaps)))
    return chosen
