"""The made-up sub-district is cut cleanly, the same way each time."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, mapping

from weiyou.domain import partition, tiling
from weiyou.domain.partition import Counts, Village


@pytest.fixture(scope="module")
def villages() -> tuple[Village, ...]:
    return partition.make(2026)


def grids_of(villages: tuple[Village, ...]) -> list[shapely.Polygon]:
    return [grid.polygon for village in villages for grid in village.grids]


def test_the_sub_district_has_the_numbers_of_the_field(villages: tuple[Village, ...]) -> None:
    assert len(villages) == 25
    assert sum(len(village.grids) for village in villages) == 209
    assert sum(len(village.naturals) for village in villages) == 68
    assert all(5 <= len(village.grids) <= 13 for village in villages)


def test_no_two_micro_grids_overlap(villages: tuple[Village, ...]) -> None:
    grids = grids_of(villages)
    near = shapely.STRtree(grids).query(grids, predicate="intersects")
    shared = [grids[one].intersection(grids[two]).area for one, two in near.T if one < two]
    assert len(shared) > 500  # neighbours were indeed compared
    assert max(shared) < 1e-12


def test_the_micro_grids_leave_no_gap(villages: tuple[Village, ...]) -> None:
    grids = grids_of(villages)
    whole = shapely.union_all(grids)
    assert isinstance(whole, shapely.Polygon)
    assert not whole.interiors
    assert whole.area == pytest.approx(sum(grid.area for grid in grids), abs=1e-12)


def test_neighbours_share_every_vertex_of_their_border(villages: tuple[Village, ...]) -> None:
    grids = grids_of(villages)
    assert shapely.coverage_is_valid(grids)
    sides = Counter(
        frozenset(side)
        for grid in grids
        for side in zip(grid.exterior.coords[:-1], grid.exterior.coords[1:], strict=True)
    )
    outline = partition.union(grids).exterior
    lonely = [LineString(list(side)) for side, uses in sides.items() if uses == 1]
    assert set(sides.values()) == {1, 2}
    assert sum(side.length for side in lonely) == pytest.approx(outline.length)


def test_larger_areas_are_the_unions_of_their_micro_grids(villages: tuple[Village, ...]) -> None:
    for village in villages:
        for number, natural in enumerate(village.naturals):
            own = [grid.polygon for grid in village.grids if grid.natural == number]
            assert natural.equals(shapely.union_all(own))
        assert village.polygon.equals(shapely.union_all(list(village.naturals)))
    assert shapely.coverage_is_valid([village.polygon for village in villages])


def test_micro_grids_are_numbered_north_to_south_and_west_to_east(
    villages: tuple[Village, ...],
) -> None:
    for village in villages:
        middles = [grid.polygon.centroid for grid in village.grids]
        row = int(np.ceil(np.sqrt(len(middles))))
        rows = [middles[start : start + row] for start in range(0, len(middles), row)]
        assert all(line == sorted(line, key=lambda middle: middle.x) for line in rows)
        assert all(
            min(point.y for point in upper) >= max(point.y for point in lower)
            for upper, lower in pairwise(rows)
        )


def test_the_outline_is_about_sixty_square_kilometres_and_no_rectangle(
    villages: tuple[Village, ...],
) -> None:
    ring = shapely.get_coordinates(shapely.union_all(grids_of(villages)))
    metres = shapely.Polygon(tiling.to_metres(ring))
    assert metres.area == pytest.approx(60e6, rel=0.01)
    assert metres.centroid.distance(shapely.Point(0, 0)) < 1_500
    assert metres.area / metres.minimum_rotated_rectangle.area < 0.9


def test_all_polygons_fit_into_a_small_file(villages: tuple[Village, ...]) -> None:
    features = [
        {"type": "Feature", "properties": {"code": "320382003001001"}, "geometry": mapping(grid)}
        for grid in grids_of(villages)
    ]
    assert len(json.dumps({"type": "FeatureCollection", "features": features})) < 400_000


def test_the_same_seed_gives_the_same_cut_and_another_seed_another(
    villages: tuple[Village, ...],
) -> None:
    again, other = partition.make(2026), partition.make(2027)
    assert [grid.wkb for grid in grids_of(again)] == [grid.wkb for grid in grids_of(villages)]
    assert grids_of(other)[0] != grids_of(villages)[0]


@pytest.mark.parametrize("seed", range(5))
def test_a_small_sub_district_is_clean_too(seed: int) -> None:
    villages = partition.make(seed, Counts(villages=4, naturals=9, grids=27))
    grids = grids_of(villages)
    assert len(grids) == 27
    assert shapely.coverage_is_valid(grids)
    assert all(one.intersection(two).area < 1e-12 for one, two in combinations(grids, 2))


def test_shares_follow_the_weights_within_the_bounds() -> None:
    shares = partition.spread(np.array([1, 2, 30]), 20, np.array([5, 5, 5]), np.array([13, 13, 9]))
    assert shares.tolist() == [5, 6, 9]


def test_shares_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be shared"):
        partition.spread(np.array([1, 1]), 30, np.array([5, 5]), np.array([13, 13]))


def test_an_area_that_falls_apart_is_a_fault() -> None:
    with pytest.raises(ValueError, match="falls apart"):
        partition.union([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])


def test_two_seeds_on_one_spot_give_no_cut() -> None:
    rng = np.random.default_rng(1)
    border = tiling.outline(rng)
    seeds = np.array([(0.0, 0.0), (0.0, 0.0), (900.0, 400.0), (-700.0, 300.0)])
    with pytest.raises(ValueError, match="no clean cut"):
        tiling.cells(border, seeds, rng)
