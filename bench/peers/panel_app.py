"""The small app as one writes it for Panel."""

import json
import os
from pathlib import Path

import pandas as pd
import panel as pn
from bokeh.models import GeoJSONDataSource
from bokeh.plotting import figure

pn.extension("tabulator")

CONTENT = Path(os.environ["BENCH_CONTENT"])


def read_rows():
    rows = pd.DataFrame(json.loads((CONTENT / "rows.json").read_text(encoding="utf-8")))
    return rows, rows.agg("".join, axis=1)


def draw_ground():
    source = GeoJSONDataSource(geojson=(CONTENT / "grids.json").read_text(encoding="utf-8"))
    ground = figure(
        height=320, sizing_mode="stretch_width", match_aspect=True, toolbar_location=None
    )
    ground.patches("xs", "ys", source=source, fill_color="#2a7f9e", line_color="#fff")
    ground.axis.visible = False
    return ground


def filtered(table, word):
    return table[text.str.contains(word, regex=False)]


rows, text = pn.state.as_cached("rows", read_rows)
wanted = pn.widgets.TextInput(name="查找")
more = pn.widgets.Button(name="受理一件", css_classes=["bench-more"])
count = pn.pane.Str("已受理 0 件", css_classes=["bench-count"])
matters = pn.widgets.Tabulator(
    rows.copy(),
    height=390,
    pagination="local",
    page_size=10,
    sizing_mode="stretch_width",
    css_classes=["bench-matters"],
)
matters.add_filter(pn.bind(filtered, word=wanted))


def accept(_):
    matters.patch({"状态": [((more.clicks - 1) % len(rows), "已受理")]})
    count.object = f"已受理 {more.clicks} 件"


more.on_click(accept)
pn.Column(
    wanted, pn.Row(more, count), matters, draw_ground(), sizing_mode="stretch_width"
).servable(title="Bench")
