"""The small app as one writes it for Solara."""

import json
import os
from pathlib import Path

import ipyleaflet
import pandas as pd
import solara

CONTENT = Path(os.environ["BENCH_CONTENT"])
ROWS = pd.DataFrame(json.loads((CONTENT / "rows.json").read_text(encoding="utf-8")))
TEXT = ROWS.agg("".join, axis=1)
GRIDS = json.loads((CONTENT / "grids.json").read_text(encoding="utf-8"))
STYLE = {"color": "#fff", "weight": 1, "fillColor": "#2a7f9e", "fillOpacity": 1}

wanted = solara.reactive("")
accepted = solara.reactive(0)


@solara.component
def Ground():  # noqa: N802 (a component is written like a class)
    solara.Div(
        children=[
            ipyleaflet.Map.element(
                layers=(ipyleaflet.GeoJSON.element(data=GRIDS, style=STYLE),),
                center=(34.35, 118.02),
                zoom=11,
                attribution_control=False,
                layout={"height": "320px"},
            )
        ]
    )


@solara.component
def Page():  # noqa: N802 (Solara looks for this name)
    rows = ROWS.copy()
    rows.loc[rows.index < accepted.value, "状态"] = "已受理"
    found = rows[TEXT.str.contains(wanted.value, regex=False)]

    solara.InputText("查找", value=wanted)
    solara.Button(
        "受理一件", on_click=lambda: accepted.set(accepted.value + 1), classes=["bench-more"]
    )
    solara.Text(f"已受理 {accepted.value} 件", classes=["bench-count"])
    solara.DataFrame(found, items_per_page=10)
    Ground()
