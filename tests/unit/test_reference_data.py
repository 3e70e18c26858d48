"""The committed tables are whole, and say where they come from."""

from __future__ import annotations

import csv
import os
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from weiyou.domain import areas, timelimits
from weiyou.domain.areas import AreaKind, Level
from weiyou.settings import REPOSITORY

REFERENCE = REPOSITORY / "data" / "reference"
ACCEPTANCE = Path(os.environ.get("WEIYOU_ACCEPTANCE", REPOSITORY.parent / "shared" / "acceptance"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_there_are_twenty_five_villages_and_only_one_is_invented() -> None:
    villages = rows(REFERENCE / "villages.csv")
    assert len({village["code"] for village in villages}) == 25
    assert [v["code"] for v in villages if v["synthetic"] == "1"] == ["320382003900"]
    assert Counter(village["kind"] for village in villages) == {"village": 19, "community": 6}
    for village in villages:
        assert areas.check_code(village["code"]).startswith("320382003")
        assert village["kind"] in {AreaKind.VILLAGE, AreaKind.COMMUNITY}


def test_the_tree_has_ten_groups_of_six_leaves() -> None:
    leaves = rows(REFERENCE / "categories.csv")
    assert len({leaf["code"] for leaf in leaves}) == 60
    assert set(Counter(leaf["group_code"] for leaf in leaves).values()) == {6}
    assert all(leaf["code"].startswith(leaf["group_code"]) for leaf in leaves)
    assert len({leaf["group_name"] for leaf in leaves}) == 10


def test_every_leaf_has_a_level_an_office_and_a_limit_that_can_be_counted() -> None:
    offices = {office["code"] for office in rows(REFERENCE / "departments.csv")}
    for leaf in rows(REFERENCE / "categories.csv"):
        assert leaf["first_level"] in set(Level) - {Level.DEPARTMENT}
        assert leaf["department"] in offices
        assert leaf["urgency"] in {"P1", "P2", "P3", "P4", "C", "X"}
        assert timelimits.parse(leaf["limit_text"]).amount > 0
        assert leaf["limit_source"]
        assert leaf["examples"]


def test_the_shifted_days_fall_where_a_notice_can_put_them() -> None:
    for row in rows(REFERENCE / "workdays.csv"):
        day = date.fromisoformat(row["date"])
        assert row["kind"] == "off" or day.weekday() >= 5, f"{day} is worked anyway"
        assert row["notice"].startswith("国办发明电")


def test_the_shifted_days_are_those_of_an_independent_list() -> None:
    published = ACCEPTANCE / "workdays_2007_2026.csv"
    if not published.is_file():
        pytest.skip(f"no independent list of working days at {published}")
    ours = {(row["date"], row["kind"]) for row in rows(REFERENCE / "workdays.csv")}
    theirs = {(r["date"], r["kind"]) for r in rows(published) if r["date"][:4] in {"2025", "2026"}}
    assert ours == theirs
