"""The small app as one writes it for Streamlit."""

import json
import os
from pathlib import Path

import altair as alt
import pandas as pd
import streamlit as st

CONTENT = Path(os.environ["BENCH_CONTENT"])


@st.cache_data
def read_rows():
    rows = pd.DataFrame(json.loads((CONTENT / "rows.json").read_text(encoding="utf-8")))
    return rows, rows.agg("".join, axis=1)


@st.cache_data
def read_grids():
    return json.loads((CONTENT / "grids.json").read_text(encoding="utf-8"))


st.set_page_config(layout="wide")
st.session_state.setdefault("accepted", 0)


def accept():
    st.session_state.accepted += 1


rows, text = read_rows()
rows.loc[rows.index < st.session_state.accepted, "状态"] = "已受理"
wanted = st.text_input("查找")
st.button("受理一件", key="more", on_click=accept)
with st.container(key="count"):
    st.text(f"已受理 {st.session_state.accepted} 件")
st.dataframe(rows[text.str.contains(wanted, regex=False)], height=390)

ground = (
    alt.Chart(alt.Data(values=read_grids()["features"]))
    .mark_geoshape(fill="#2a7f9e", stroke="#fff", strokeWidth=1)
    .project(type="identity", reflectY=True)
    .properties(height=320)
)
st.altair_chart(ground)
