"""The small app that every server shows: 500 invented matters, a filter, a button, 209 grids."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROWS: Final = 500
GRIDS: Final = (19, 11)
CORNERS: Final = 6
"""Corners of one side of a grid, between two meetings of four grids."""

COLOUR: Final = "#2a7f9e"
VILLAGES: Final = ("东圩村", "西圩村", "河湾村", "柳庄村", "新桥社区")
WHATS: Final = ("路灯不亮", "井盖松动", "夜间施工噪声", "垃圾没有清运", "水渠堵塞", "路面坑洼")

NOTEBOOK: Final = """
import json, pathlib
import ipyleaflet, ipyvuetify, ipywidgets, traitlets

rows = json.loads(pathlib.Path({rows!r}).read_text(encoding="utf-8"))
grids = json.loads(pathlib.Path({grids!r}).read_text(encoding="utf-8"))

class Screen(ipyvuetify.VuetifyTemplate):
    rows = traitlets.List(rows).tag(sync=True)
    wanted = traitlets.Unicode("").tag(sync=True)
    accepted = traitlets.Int(0).tag(sync=True)
    template = traitlets.Unicode('''
        <template><div>
          <v-text-field v-model="wanted" label="查找"></v-text-field>
          <v-btn class="bench-more" @click="accept(1)">受理一件</v-btn>
          <span>已受理 <b class="bench-count">{{{{ accepted }}}}</b> 件</span>
          <v-data-table class="bench-matters" :items="rows" items-per-page="10"></v-data-table>
        </div></template>
    ''').tag(sync=True)

    @traitlets.observe("wanted")
    def filter(self, _):
        self.rows = [row for row in rows if self.wanted in "".join(row.values())]

    def vue_accept(self, _):
        rows[self.accepted % len(rows)]["状态"] = "已受理"
        self.rows = [dict(row) for row in rows if self.wanted in "".join(row.values())]
        self.accepted += 1

polygons = ipyleaflet.GeoJSON(
    data=grids,
    style={{"color": "#fff", "weight": 1, "fillColor": {colour!r}, "fillOpacity": 1}},
)
ground = ipyleaflet.Map(
    layers=(polygons,), center=(34.35, 118.02), zoom=11, attribution_control=False,
    layout=ipywidgets.Layout(height="320px"),
)
ipywidgets.VBox([Screen(), ground])
"""


@dataclass(frozen=True)
class Content:
    """Where the content of the app lies."""

    rows: Path
    grids: Path

    def notebook(self) -> str:
        """Return the one cell of the app for stock Voilà and for our desk alike."""
        return NOTEBOOK.format(rows=str(self.rows), grids=str(self.grids), colour=COLOUR)


def lay_out(folder: Path) -> Content:
    """Write the content into a folder."""
    rng = random.Random(209)
    content = Content(folder / "rows.json", folder / "grids.json")
    content.rows.write_text(json.dumps(_rows(rng), ensure_ascii=False), encoding="utf-8")
    content.grids.write_text(json.dumps(_grids(rng), ensure_ascii=False), encoding="utf-8")
    return content


def rgb() -> list[int]:
    """Return the colour of the polygons as red, green and blue."""
    return [int(COLOUR[at : at + 2], 16) for at in (1, 3, 5)]


def _rows(rng: random.Random) -> list[dict[str, str]]:
    return [
        {
            "编号": f"2026{number:05d}",
            "收到": f"2026-{rng.randrange(1, 11):02d}-{rng.randrange(1, 29):02d}",
            "村居": rng.choice(VILLAGES),
            "事项": f"第 {rng.randrange(1, 99)} 号电杆旁{rng.choice(WHATS)}",
            "状态": "待受理",
        }
        for number in range(1, ROWS + 1)
    ]


def _grids(rng: random.Random) -> dict[str, Any]:
    """Return a lattice of 209 polygons; neighbours share their crooked sides."""
    columns, lines = GRIDS
    fine = CORNERS
    crooked = [
        [_corner(rng, x / fine, y / fine) for x in range(columns * fine + 1)]
        for y in range(lines * fine + 1)
    ]
    return {
        "type": "FeatureCollection",
        "features": [
            _feature(f"{line + 1:02d}{column + 1:02d}", _ring(crooked, column, line))
            for line in range(lines)
            for column in range(columns)
        ],
    }


def _corner(rng: random.Random, x: float, y: float) -> list[float]:
    bent = 0.12 * math.sin(3 * x + 2 * y)
    return [
        round(117.92 + 0.011 * (x + bent + rng.uniform(-0.04, 0.04)), 6),
        round(34.30 + 0.009 * (y + bent + rng.uniform(-0.04, 0.04)), 6),
    ]


def _ring(crooked: list[list[list[float]]], column: int, line: int) -> list[list[float]]:
    left, low = column * CORNERS, line * CORNERS
    steps = range(CORNERS)
    walk = [(left + n, low) for n in steps]
    walk += [(left + CORNERS, low + n) for n in steps]
    walk += [(left + CORNERS - n, low + CORNERS) for n in steps]
    walk += [(left, low + CORNERS - n) for n in steps]
    return [crooked[y][x] for x, y in [*walk, walk[0]]]


def _feature(code: str, ring: list[list[float]]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"code": code, "name": f"第 {code} 网格"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
