"""A schematic map of the villages, the darker the more matters are open. 示意图

Drawn from our own outlines on plain ground: no tiles, nobody else's server.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import ipyleaflet

from weiyou.reports.maps import Shape

SHADES: Final = ("#f4f6f8", "#fdebc8", "#f9d48a", "#f0b44a", "#d98a1c")
"""From none to many: yellow asks for a hand."""

LINE: Final = "#8d97a5"
TILE_PX: Final = 256
MARGIN_PX: Final = 16


class StreetMap:
    """One map widget; its villages are shaded anew whenever they are counted.

    Args:
        on_click: Told the code of a village.
    """

    def __init__(self, shapes: Sequence[Shape], on_click: Callable[[str], None]) -> None:
        self._shapes = shapes
        self._layer = ipyleaflet.GeoJSON(data=_features(shapes, {}), hover_style={"weight": 3})
        self._layer.on_click(lambda properties, **_: on_click(str(properties["code"])))
        self._labels = {shape.code: _label(shape) for shape in shapes}
        self._late: dict[str, int] = {}
        self._nudge = 1e-7
        self._box = _box(shapes)
        self.widget = ipyleaflet.Map(
            layers=(self._layer, *self._labels.values()),
            center=self._centre,
            zoom=13,
            zoom_snap=0.1,
            zoom_animation_threshold=0,  # a moving picture would swallow the new centre
            attribution_control=False,
            scroll_wheel_zoom=False,
        )

    @property
    def _centre(self) -> tuple[float, float]:
        west, south, east, north = self._box
        return (south + north) / 2, (west + east) / 2

    def fit(self, width_px: float, height_px: float) -> None:
        """Let the villages fill a frame, and bring them back to its middle."""
        self.widget.zoom = fitting_zoom(
            self._box, (width_px - 2 * MARGIN_PX, height_px - 2 * MARGIN_PX)
        )
        lat, lon = self._centre
        self._nudge = -self._nudge  # the widget acts on a new value only
        self.widget.center = (lat + self._nudge, lon)

    def show(self, waiting: Mapping[str, int], late: Mapping[str, int]) -> None:
        """Shade each village by its open matters, and write how many of them are late."""
        self._layer.data = _features(self._shapes, waiting)
        for shape in self._shapes:
            number = late.get(shape.code, 0)
            if number != self._late.get(shape.code, 0):
                self._labels[shape.code].icon = _words(shape.name, number)
        self._late = dict(late)


def shade(number: int, most: int) -> str:
    """Return the shade of a number among numbers of which `most` is the biggest."""
    if number <= 0 or most <= 0:
        return SHADES[0]
    return SHADES[min(math.ceil(number / most * (len(SHADES) - 1)), len(SHADES) - 1)]


def _features(shapes: Sequence[Shape], waiting: Mapping[str, int]) -> dict[str, Any]:
    most = max(waiting.values(), default=0)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": shape.geometry,
                "properties": {
                    "code": shape.code,
                    "style": {
                        "color": LINE,
                        "weight": 1,
                        "fillColor": shade(waiting.get(shape.code, 0), most),
                        "fillOpacity": 0.9,
                    },
                },
            }
            for shape in shapes
        ],
    }


def _label(shape: Shape) -> Any:
    """Return the label in the middle of a village."""
    west, south, east, north = _box([shape])
    return ipyleaflet.Marker(
        location=((south + north) / 2, (west + east) / 2),
        draggable=False,
        keyboard=False,
        icon=_words(shape.name, 0),
    )


def _words(name: str, late: int) -> Any:
    """Return a village's name and how many of its matters are late, as the library wants it."""
    behind = f"<b>超期 {late}</b>" if late else ""
    return ipyleaflet.DivIcon(
        html=f"<span>{html.escape(name)}{behind}</span>", icon_size=[0, 0], icon_anchor=[0, 0]
    )


def _box(shapes: Sequence[Shape]) -> tuple[float, float, float, float]:
    """Return west, south, east, north of shapes, in degrees."""
    corners = [corner for shape in shapes for corner in _corners(shape.geometry["coordinates"])]
    lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
    return min(lons), min(lats), max(lons), max(lats)


def _corners(coordinates: Any) -> list[tuple[float, float]]:
    """Return the corners of a polygon, or of several."""
    if isinstance(coordinates[0], int | float):
        return [(float(coordinates[0]), float(coordinates[1]))]
    return [corner for part in coordinates for corner in _corners(part)]


def fitting_zoom(box: tuple[float, float, float, float], frame_px: tuple[float, float]) -> float:
    """Return the zoom at which a box just fits a frame, in tenths (web Mercator)."""
    west, south, east, north = box
    width = max(east - west, 1e-5) / 360
    height = max(_mercator(north) - _mercator(south), 1e-7)
    zoom = min(
        math.log2(max(frame_px[0], 1) / TILE_PX / width),
        math.log2(max(frame_px[1], 1) / TILE_PX / height),
    )
    return min(max(math.floor(zoom * 10) / 10, 0.0), 18.0)


def _mercator(lat: float) -> float:
    """Return how far north a latitude lies on the map, as a share of the whole map."""
    return math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / (2 * math.pi)
