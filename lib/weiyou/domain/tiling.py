"""A clean tiling of a made-up outline: cells that look grown and share every border vertex.

The cells are those of a relaxed Voronoi diagram. Each border between two cells is bent once, and
both cells take the same bent line, so that there is no gap and no overlap.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry

CENTRE: Final = (117.90, 34.386)
"""Degrees east and north, WGS-84: about where the sub-district lies, inferred from neighbours."""

METRES_PER_DEGREE: Final = 111_195.0
"""Of latitude, on the sphere of 6 371 009 m."""

AREA_M2: Final = 60e6
DIGITS: Final = 6  # of a degree: 0.1 m

_PIECE_M: Final = 40.0  # a border is halved until its pieces are about so long
_SAMPLES: Final = 16_000

Points = npt.NDArray[np.float64]
"""Shape (n, 2): metres east and north of `CENTRE`."""


def outline(rng: np.random.Generator) -> Polygon:
    """Return a border of `AREA_M2` that looks grown, not drawn with a ruler."""
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    radius = np.ones_like(angle)
    for wave, height in ((2, 0.13), (3, 0.09), (4, 0.05), (7, 0.030), (11, 0.018), (23, 0.008)):
        radius += height * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    ring = np.column_stack([1.12 * radius * np.cos(angle), 0.9 * radius * np.sin(angle)])
    ring *= np.sqrt(AREA_M2 / Polygon(ring).area)
    return Polygon(ring.round(1))


def scatter(border: Polygon, rng: np.random.Generator) -> Points:
    """Return points spread evenly inside `border`: the ground that is shared out."""
    west, south, east, north = border.bounds
    points = rng.uniform((west, south), (east, north), (2 * _SAMPLES, 2))
    inside: Points = points[shapely.contains_xy(border, *points.T)][:_SAMPLES]
    return inside


def pick(ground: Points, count: int, rng: np.random.Generator) -> Points:
    chosen: Points = ground[rng.choice(len(ground), count, replace=False)]
    return chosen


def nearest(points: Points, centres: Points) -> npt.NDArray[np.intp]:
    """Return the index of the nearest centre for each point."""
    gaps = points[:, None, :] - centres[None, :, :]
    nearest: npt.NDArray[np.intp] = np.einsum("pcd,pcd->pc", gaps, gaps).argmin(axis=1)
    return nearest


def relax(ground: Points, centres: Points, *, rounds: int) -> Points:
    """Return `centres` after some rounds of Lloyd's algorithm over `ground`."""
    for _ in range(rounds):
        owner = nearest(ground, centres)
        held = np.bincount(owner, minlength=len(centres))[:, None]
        sums = np.zeros_like(centres)
        np.add.at(sums, owner, ground)
        centres = np.where(held > 0, sums / np.maximum(held, 1), centres)
    return centres


def cells(border: Polygon, seeds: Points, rng: np.random.Generator) -> list[Polygon]:
    """Return the bent Voronoi cell of each seed, in degrees."""
    straight = shapely.voronoi_polygons(
        MultiPoint(seeds), extend_to=border.buffer(2_000), only_edges=True
    )
    network = shapely.line_merge(shapely.union_all([straight, border.exterior]))
    ground = border.buffer(1)
    arcs = [np.asarray(arc.coords) for arc in shapely.get_parts(network) if ground.covers(arc)]
    inner = [border.exterior.distance(Point(arc[:2].mean(axis=0))) > 1 for arc in arcs]
    for strength in (0.22, 0.15, 0.09, 0.05, 0.0):
        bent = [
            _bend(arc, strength, rng) if free else arc
            for arc, free in zip(arcs, inner, strict=True)
        ]
        faces = _faces(bent)
        spots = shapely.points(to_degrees(seeds))
        owner = np.atleast_1d(shapely.STRtree(faces).nearest(spots)).tolist()
        if len(set(owner)) == len(faces) == len(seeds) and _is_clean(faces):
            return [faces[n] for n in owner]
    raise ValueError("the seed gives no clean cut")


def _bend(arc: Points, strength: float, rng: np.random.Generator) -> Points:
    """Return `arc` with its middle points pushed aside, less with each halving."""
    length = float(np.hypot(*(arc[-1] - arc[0])))
    for _ in range(int(np.clip(np.log2(max(length, 1) / _PIECE_M), 0, 4))):
        along = np.diff(arc, axis=0)
        aside = np.column_stack([-along[:, 1], along[:, 0]])
        push = rng.uniform(-strength, strength, (len(along), 1))
        longer = np.empty((2 * len(arc) - 1, 2))
        longer[::2], longer[1::2] = arc, (arc[:-1] + arc[1:]) / 2 + push * aside
        arc = longer
    return arc


def _faces(arcs: list[Points]) -> list[Polygon]:
    """Return the areas between the arcs, in degrees, rounded so that neighbours agree."""
    rounded = [to_degrees(arc) for arc in arcs]
    lines = [LineString(arc) for arc in rounded if np.ptp(arc, axis=0).any()]
    return [turned(face) for face in shapely.get_parts(shapely.polygonize(lines))]


def turned(polygon: BaseGeometry) -> Polygon:
    """Return the polygon with its border counter-clockwise, as GeoJSON (RFC 7946) wants it."""
    return Polygon(shapely.get_coordinates(shapely.orient_polygons(polygon)))


def _is_clean(faces: list[Polygon]) -> bool:
    return all(face.is_valid for face in faces) and bool(shapely.coverage_is_valid(faces))


def to_degrees(metres: Points) -> Points:
    """Return metres around `CENTRE` as degrees, rounded to `DIGITS`."""
    shrink = np.cos(np.radians(CENTRE[1]))
    degrees: Points = metres / (METRES_PER_DEGREE * np.array([shrink, 1.0])) + np.array(CENTRE)
    return degrees.round(DIGITS)


def to_metres(degrees: Points) -> Points:
    """Return degrees as metres around `CENTRE`."""
    shrink = np.cos(np.radians(CENTRE[1]))
    metres: Points = (degrees - np.array(CENTRE)) * METRES_PER_DEGREE * np.array([shrink, 1.0])
    return metres
