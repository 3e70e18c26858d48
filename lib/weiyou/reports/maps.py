"""Outlines of areas for schematic maps, drawn from our own table. 示意图"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from weiyou.domain import people
from weiyou.domain.areas import CODE_LENGTH, AreaKind
from weiyou.domain.people import Action, Subject
from weiyou.errors import NotPermitted
from weiyou.store import areas
from weiyou.store.look import Look
from weiyou.store.tables import Area


@dataclass(frozen=True)
class Shape:
    """An area with its outline.

    Attributes:
        geometry: A GeoJSON geometry, longitude and latitude in WGS-84.
        synthetic: Made up for demonstration: the map must say so. 示意
    """

    code: str
    name: str
    geometry: dict[str, Any]
    synthetic: bool


@dataclass(frozen=True)
class Around:
    """An area on its map: itself, and the village and micro-grids around it."""

    own: Shape | None
    village: Shape | None
    neighbours: tuple[Shape, ...]


def around(look: Look, area: str) -> Around:
    """Return what to draw around a matter's area; what has no outline is left out.

    Raises: NotPermitted.
    """
    people.scope(look.by, Action.READ, Subject.PETITION)
    if not look.by.covers(area):
        raise NotPermitted("这个辖区不在您的范围内")
    if len(area) < CODE_LENGTH[AreaKind.VILLAGE]:
        return Around(None, None, ())
    kinds = (AreaKind.VILLAGE, AreaKind.COMMUNITY, AreaKind.GRID)
    shapes = [
        shape
        for found in areas.inside(look.session, look.today, area[:12], kinds)
        if (shape := _shape(found)) is not None
    ]
    by_code = {shape.code: shape for shape in shapes}
    return Around(
        own=by_code.get(area),
        village=by_code.get(area[:12]),
        neighbours=tuple(shape for shape in shapes if len(shape.code) > 12 and shape.code != area),
    )


def villages(look: Look) -> tuple[Shape, ...]:
    """Return the outlines of the villages in the person's areas. Raises: NotPermitted."""
    scope = people.scope(look.by, Action.READ, Subject.STATISTICS)
    kinds = (AreaKind.VILLAGE, AreaKind.COMMUNITY)
    found = areas.valid(look.session, look.today, kinds)
    inside = [area for area in found if any(area.code.startswith(c[:12]) for c in scope.areas)]
    return tuple(shape for area in inside if (shape := _shape(area)) is not None)


def _shape(area: Area) -> Shape | None:
    if area.polygon is None:
        return None
    return Shape(area.code, area.name, json.loads(area.polygon), area.synthetic)
