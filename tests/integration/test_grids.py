"""A real installation lays out its micro-grids, each with a code of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    OTHER_GRID,
    OTHER_VILLAGE,
    STREET,
    VILLAGE,
    a_petition,
    a_street,
    poster,
    the,
)
from tests.journeys import traces
from weiyou.domain.areas import AreaKind
from weiyou.domain.people import Actor, Role
from weiyou.errors import BadInput, NotPermitted
from weiyou.reports import posters, welcome
from weiyou.services import reference
from weiyou.services.office import OPERATOR, RESIDENT, Office
from weiyou.store.tables import Area, QrCode

LATE = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # past midnight in Shanghai


@pytest.fixture
def street(office: Office) -> Office:
    a_street(office)
    return office


def add(office: Office, village: str, count: int, now: datetime = NOW) -> list[str]:
    with office.work(OPERATOR, now) as work:
        return reference.add_grids(work, village, count)


def grid_codes(office: Office) -> list[str]:
    with office.store.read() as db:
        found = db.query(Area).filter_by(kind=AreaKind.GRID).order_by(Area.code)
        return [area.code for area in found]


def test_new_grids_go_on_where_the_village_left_off(street: Office) -> None:
    assert add(street, VILLAGE, 2, LATE) == [f"{VILLAGE}003", f"{VILLAGE}004"]
    assert add(street, OTHER_VILLAGE, 1) == [f"{OTHER_VILLAGE}002"]
    with street.store.read() as db:
        grid = db.query(Area).filter_by(code=f"{VILLAGE}003").one()
    assert (grid.name, grid.valid_from) == ("第 3 网格", date(2026, 3, 3))
    assert (grid.polygon, grid.lon, grid.lat, grid.synthetic) == (None, None, None, False)
    assert [row.object_id for row in traces(street, "create")] == [
        f"{VILLAGE}003+2",
        f"{OTHER_VILLAGE}002+1",
    ]


def test_a_village_without_grids_begins_at_one(street: Office) -> None:
    with street.store.write() as db:
        db.add(
            Area(
                code=f"{STREET}001",
                kind=AreaKind.COMMUNITY,
                name="徐塘社区",
                valid_from=date(2020, 1, 1),
            )
        )
        db.add(
            Area(
                code=f"{STREET}001801",
                kind=AreaKind.NATURAL_VILLAGE,
                name="东庄",
                valid_from=date(2020, 1, 1),
            )
        )
    assert add(street, f"{STREET}001", 1) == [f"{STREET}001001"]


def test_the_number_of_a_grid_that_has_ended_is_not_given_again(street: Office) -> None:
    with street.store.write() as db:
        db.query(Area).filter_by(code=OTHER_GRID).one().valid_to = date(2025, 1, 1)
    assert add(street, VILLAGE, 1) == [f"{VILLAGE}003"]


def test_each_new_grid_has_a_code_that_never_was_before(street: Office) -> None:
    with street.store.write() as db:
        db.query(QrCode).filter_by(serial="0000003").one().revoked_at = NOW
    codes = add(street, VILLAGE, 2)
    with street.store.read() as db:
        live = {row.area: row.serial for row in db.query(QrCode).filter_by(revoked_at=None)}
    assert {code: live[code] for code in codes} == {codes[0]: "0000004", codes[1]: "0000005"}


def test_a_resident_who_scans_a_new_code_stands_in_the_new_grid(street: Office) -> None:
    (code,) = add(street, VILLAGE, 1)
    with street.look(RESIDENT, NOW) as look:
        assert welcome.welcome(look, poster(street, "0000004")).grid_name == "第 3 网格"
    with street.look(OPERATOR, NOW) as look:
        (printed,) = posters.posters(
            look, code, public_url="https://q.example.gov.cn", supervision_phone=""
        )
    assert (printed.serial, printed.village_name) == ("0000004", "连渊村")
    assert the(street, a_petition(street, code)).area == code


@pytest.mark.parametrize(
    ("village", "count"),
    [
        pytest.param(f"{STREET}999", 1, id="unknown"),
        pytest.param(STREET, 1, id="a street"),
        pytest.param(GRID, 1, id="a grid"),
        pytest.param("", 1, id="nothing"),
        pytest.param(VILLAGE, 0, id="none"),
        pytest.param(VILLAGE, -1, id="fewer than none"),
        pytest.param(VILLAGE, 799, id="more than there are numbers"),
    ],
)
def test_grids_that_cannot_be_are_not_added(street: Office, village: str, count: int) -> None:
    with pytest.raises(BadInput, match=r"[一-龥]"):
        add(street, village, count)
    assert grid_codes(street) == [GRID, OTHER_GRID, FAR_GRID]


def test_the_last_number_before_the_natural_villages_can_be_had(street: Office) -> None:
    assert add(street, VILLAGE, 798)[-1] == f"{VILLAGE}800"


def test_only_a_system_administrator_adds_grids(street: Office) -> None:
    for role in set(Role) - {Role.SYSTEM_ADMIN}:
        by = Actor(None, "x", role, (STREET,))
        with pytest.raises(NotPermitted), street.work(by, NOW) as work:
            reference.add_grids(work, VILLAGE, 1)
    assert grid_codes(street) == [GRID, OTHER_GRID, FAR_GRID]
