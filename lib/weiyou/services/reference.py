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
from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import BadInput
from weiyou.services.office import Work
from weiyou.store import areas, bulk
from weiyou.store.tables import Area, Category, Department, QrCode

STREET: Final = "320382003"
OPEN_COUNTRY: Final = "220"
VILLAGES: Final = (AreaKind.VILLAGE, AreaKind.COMMUNITY)
GRIDS_MAX: Final = 800  # the numbers above are those of natural villages


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

    The community that the demonstration made up stays out of a real installation.

    Args:
        since: The day from which the areas are valid.

    Raises: NotPermitted.
    """
    people.require(work.by, Action.CREATE, Subject.CONFIGURATION, STREET)
    settings = work.office.settings
    rows = villages(settings.reference)
    added = put(work, since, [row for row in rows if not (settings.production and row.synthetic)])
    work.remember("load", "reference", STREET)
    return added


def put(work: Work, since: date, chosen: Sequence[VillageRow]) -> int:
    """Add what is missing, of the villages only the chosen ones, and return how many rows."""
    added = _load_areas(work, since, chosen)
    return added + _load_departments(work) + _load_categories(work)


def add_grids(work: Work, village: str, count: int) -> list[str]:
    """Add the next micro-grids of a village, each with its code, and return their area codes.

    They are valid from today's Shanghai date on; nobody has drawn them yet.

    Raises: NotPermitted; BadInput for an unknown village or more grids than there are numbers.
    """
    people.require(work.by, Action.CREATE, Subject.CONFIGURATION, village)
    people.require(work.by, Action.CREATE, Subject.QR_CODE, village)
    today = work.now.astimezone(SHANGHAI).date()
    if village not in {area.code for area in areas.valid(work.session, today, VILLAGES)}:
        raise BadInput("没有这个村（社区），请写 12 位代码", "village")
    first = areas.last_grid(work.session, village) + 1
    if count < 1 or first + count - 1 > GRIDS_MAX:
        raise BadInput(f"一次至少加 1 个网格，一个村（社区）最多 {GRIDS_MAX} 个", "count")
    numbers = range(first, first + count)
    codes = [f"{village}{number:03d}" for number in numbers]
    bulk.put(work.session, Area, [_grid(village, number, today) for number in numbers])
    serial = areas.last_serial(work.session) + 1
    cards = [
        {"serial": f"{number:07d}", "area": code, "issued_at": work.now}
        for number, code in enumerate(codes, start=serial)
    ]
    bulk.put(work.session, QrCode, cards)
    work.remember("create", "grids", f"{codes[0]}+{count}")
    return codes


def _grid(village: str, number: int, since: date) -> dict[str, Any]:
    """Return the columns of a micro-grid that nobody has drawn yet."""
    return {
        "code": f"{village}{number:03d}",
        "kind": AreaKind.GRID,
        "name": f"第 {number} 网格",
        "valid_from": since,
        "synthetic": False,
    }


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
