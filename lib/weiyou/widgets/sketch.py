"""A schematic drawing of one matter's place: its micro-grid, the village, where it was pointed at.

Lines for an SVG on the page itself: no tiles, nobody else's server, and no map library on the page
that shows what residents wrote (the one we have wants to compile code in the browser). 示意图
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from weiyou.reports.maps import Around, Shape

WIDTH: Final = 360
HEIGHT: Final = 220
MARGIN: Final = 12
FAR_DEGREES: Final = 0.05
"""A point farther than that from its area is not drawn: it would shrink the area to a speck."""

Point = tuple[float, float]
"""Longitude and latitude in degrees, WGS-84."""


class Frame:
    """Fits what is drawn into the frame: north is up, a metre is as long in both directions."""

    def __init__(self, points: Sequence[Point]) -> None:
        lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
        self._middle = ((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
        self._squeeze = math.cos(math.radians(self._middle[1]))
        width = max((max(lons) - min(lons)) * self._squeeze, 1e-6)
        height = max(max(lats) - min(lats), 1e-6)
        self._scale = min((WIDTH - 2 * MARGIN) / width, (HEIGHT - 2 * MARGIN) / height)

    def at(self, point: Point) -> tuple[float, float]:
        """Return where a point lies in the frame, in its units from the top left."""
        x = WIDTH / 2 + (point[0] - self._middle[0]) * self._squeeze * self._scale
        y = HEIGHT / 2 - (point[1] - self._middle[1]) * self._scale
        return round(x, 1), round(y, 1)

    def path(self, shape: Shape) -> str:
        """Return the outline of a shape as the data of an SVG path."""
        rings = []
        for ring in _rings(shape.geometry):
            corners = [self.at(corner) for corner in ring]
            rings.append("M" + "L".join(f"{x} {y}" for x, y in corners) + "Z")
        return "".join(rings)


def drawing(around: Around, point: Point | None) -> dict[str, Any]:
    """Return the lines of the drawing, or nothing where no outline is kept.

    The village fills the frame, so that the clerk sees which corner of it the grid is.
    """
    main = around.village or around.own
    if main is None:
        return {}
    corners = list(_corners(main))
    near = point is not None and _is_near(point, corners)
    frame = Frame([*corners, point] if point is not None and near else corners)
    own = around.own
    return {
        "box": f"0 0 {WIDTH} {HEIGHT}",
        "village": frame.path(around.village) if around.village else "",
        "others": [frame.path(shape) for shape in around.neighbours],
        "own": frame.path(own) if own else "",
        "point": list(frame.at(point)) if point is not None and near else [],
        "name": main.name,
        "synthetic": main.synthetic,
    }


def _is_near(point: Point, corners: Sequence[Point]) -> bool:
    return any(
        abs(point[0] - lon) < FAR_DEGREES and abs(point[1] - lat) < FAR_DEGREES
        for lon, lat in corners
    )


def _corners(shape: Shape) -> Iterable[Point]:
    for ring in _rings(shape.geometry):
        yield from ring


def _rings(geometry: dict[str, Any]) -> Iterable[list[Point]]:
    """Yield the rings of a polygon, or of several."""
    parts = geometry["coordinates"]
    for polygon in [parts] if geometry["type"] == "Polygon" else parts:
        for ring in polygon:
            yield [(corner[0], corner[1]) for corner in ring]
