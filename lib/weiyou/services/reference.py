"""The tables that every installation starts from, read from files a street may edit. 基础数据"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from weiyou.domain import people, timelimits
from weiyou.domain.areas import AreaKind, Level
from weiyou.domain.people import Action, Subject
from weiyou.services.office import Work
from weiyou.store import bulk
from weiyou.store.tables import Area, Category, Department

STREET: Final = "320382003"
OPEN_COUNTRY: Final = "220"


@dataclass(frozen=True)
class VillageRow:
    """A line of `villages.csv`."""

    code: str
    name: str
    kind: AreaKind
    settled: bool  # not class 220, open country
    synthetic: bool


def villages(folder: Path) -> list[VillageRow]:
    """Return the villages and communities of the file."""
    kinds = {kind.value: kind for kind in AreaKind}
    return [
        VillageRow(
            row["code"],
            row["name"],
            kinds[row["kind"]],
            row["urban_rural_class"] != OPEN_COUNTRY,
            row["synthetic"] == "1",
        )
        for row in _rows(folder / "villages.csv")
    ]


def load(work: Work, since: date) -> int:
    """Add areas, departments and categories that are missing, and return how many.

    Args:
        since: The day from which the areas are valid.

    Raises: NotPermitted.
    """
    people.require(work.by, Action.CREATE, Subject.CONFIGURATION, STREET)
    added = put(work, since, villages(work.office.settings.reference))
    work.remember("load", "reference", STREET)
    return added


def put(work: Work, since: date, chosen: Sequence[VillageRow]) -> int:
    """Add what is missing, of the villages only the chosen ones, and return how many rows."""
    added = _load_areas(work, since, chosen)
    return added + _load_departments(work) + _load_categories(work)


def _load_areas(work: Work, since: date, chosen: Sequence[VillageRow]) -> int:
    rows: list[dict[str, Any]] = [
        {
            "code": row["code"],
            "kind": row["kind"],
            "name": row["name"],
            "lon": float(row["lon"]),
            "lat": float(row["lat"]),
            "synthetic": False,
        }
        for row in _rows(work.office.settings.reference / "areas.csv")
    ]
    rows += [
        {
            "code": village.code,
            "kind": village.kind,
            "name": village.name,
            "lon": None,
            "lat": None,
            "synthetic": village.synthetic,
        }
        for village in chosen
    ]
    known = bulk.area_codes(work.session, [row["code"] for row in rows])
    missing = [row | {"valid_from": since} for row in rows if row["code"] not in known]
    bulk.put(work.session, Area, missing)
    return len(missing)


def _load_departments(work: Work) -> int:
    known = bulk.department_ids(work.session)
    missing = [
        {"code": row["code"], "name": row["name"], "area": STREET}
        for row in _rows(work.office.settings.reference / "departments.csv")
        if row["code"] not in known
    ]
    bulk.put(work.session, Department, missing)
    return len(missing)


def _load_categories(work: Work) -> int:
    departments = bulk.department_ids(work.session)
    known = bulk.category_codes(work.session)
    missing = [
        _category(row, departments)
        for row in _rows(work.office.settings.reference / "categories.csv")
        if row["code"] not in known
    ]
    bulk.put(work.session, Category, missing)
    return len(missing)


def _category(row: dict[str, str], departments: dict[str, int]) -> dict[str, Any]:
    """Return the columns of a leaf. Raises: ValueError if its limit cannot be counted."""
    timelimits.parse(row["limit_text"])
    columns: dict[str, Any] = {key: text for key, text in row.items() if key != "department"}
    levels = {level.value: level for level in Level}
    columns["first_level"] = levels[row["first_level"]]
    columns["department_id"] = departments[row["department"]]
    return columns


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
