"""The measurement of the desk still measures: one opening of our own desk, with a real browser."""

from __future__ import annotations

import json

import pytest
from bench.desk import figures, run
from bench.desk.run import Plan

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_one_opening_of_our_desk_gives_every_figure_of_an_opening() -> None:
    # When the small app is opened once, cold and warm, on our desk alone
    told = run.run(Plan(["ours"], parts=["open"], rounds=1), as_json=True)

    # Then each figure is there; the app worked, no click was lost, and nothing foreign was asked
    table = json.loads(told)
    of_crowds = {"memory", "machine"}
    named = {key for key in figures.MEANINGS if key.split(".")[0] not in of_crowds}
    assert {key for key in named if not key.endswith("_20") and "_20_" not in key} <= table.keys()
    assert 0 < table["open.warm_seconds"] < 60
    assert table["cpu.seconds_per_open"] > 0
    assert table["click.p50_1_ms"] > 0
    assert (table["click.lost_1"], table["foreign.requests"]) == (0, 0)


def test_ratios_are_of_ours_to_theirs() -> None:
    measured = {
        "ours": {"open.seconds": 1.5, "memory.mb_per_user": 20.0},
        "stock": {"open.seconds": 4.5, "memory.mb_per_user": 80.0},
    }

    table = figures.flat(measured, {"stock": 0.33})

    assert table["open.seconds"] == 1.5
    assert table["peer.stock.open_seconds"] == 4.5
    assert table["open.ratio_stock"] == 0.33
    assert table["memory.ratio_stock"] == 0.25
