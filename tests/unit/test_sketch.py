"""The schematic drawing of a matter's place: it fits its frame and says what it cannot show."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from weiyou.reports.maps import Around, Shape
from weiyou.widgets.sketch import HEIGHT, MARGIN, WIDTH, drawing


def a_square(west: float, south: float, side: float = 0.02) -> dict[str, Any]:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def a_shape(geometry: dict[str, Any], code: str = "320382003215") -> Shape:
    return Shape(code, "连渊村", geometry, synthetic=True)


VILLAGE = a_shape(a_square(117.9, 34.3))
GRID = a_shape(a_square(117.9, 34.3, 0.01), "320382003215001")


def numbers(path: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", path)]


def test_nothing_is_drawn_where_no_outline_is_kept() -> None:
    assert drawing(Around(None, None, ()), (117.9, 34.3)) == {}


def test_village_grid_and_point_are_drawn_where_they_lie() -> None:
    drawn = drawing(Around(GRID, VILLAGE, (GRID,)), (117.905, 34.305))
    assert (drawn["name"], drawn["synthetic"], len(drawn["others"])) == ("连渊村", True, 1)
    x, y = drawn["point"]
    assert x < WIDTH / 2  # the grid is the south-western corner of its village
    assert y > HEIGHT / 2  # north is up
    assert drawn["own"].endswith("Z")


def test_a_degree_east_is_drawn_shorter_than_a_degree_north() -> None:
    path = numbers(drawing(Around(None, VILLAGE, ()), None)["village"])
    width, height = max(path[::2]) - min(path[::2]), max(path[1::2]) - min(path[1::2])
    assert 0.81 < width / height < 0.84  # the cosine of 34.3°


def test_a_point_that_lies_far_off_is_not_drawn_and_shrinks_nothing() -> None:
    near = drawing(Around(None, VILLAGE, ()), None)
    assert drawing(Around(None, VILLAGE, ()), (116.4, 39.9)) == near
    assert near["point"] == []


def test_a_grid_alone_is_drawn_too_and_a_village_of_several_parts() -> None:
    parts = {
        "type": "MultiPolygon",
        "coordinates": [a_square(117.9, 34.3)["coordinates"], a_square(118.0, 34.3)["coordinates"]],
    }
    assert drawing(Around(GRID, None, ()), None)["village"] == ""
    assert drawing(Around(None, a_shape(parts), ()), None)["village"].count("M") == 2


@given(
    st.floats(73, 135),
    st.floats(18, 53),
    st.floats(1e-5, 0.5),
    st.tuples(st.floats(-0.04, 0.04), st.floats(-0.04, 0.04)),
)
def test_whatever_is_drawn_lies_within_the_frame(
    west: float, south: float, side: float, off: tuple[float, float]
) -> None:
    village = a_shape(a_square(west, south, side))
    drawn = drawing(Around(village, village, ()), (west + off[0], south + off[1]))
    path = [*numbers(drawn["village"]), *drawn["point"]]
    assert all(MARGIN - 0.1 <= x <= WIDTH - MARGIN + 0.1 for x in path[::2])
    assert all(MARGIN - 0.1 <= y <= HEIGHT - MARGIN + 0.1 for y in path[1::2])
