"""What the desk chooses from, and the outlines that its schematic maps are drawn from."""

from __future__ import annotations

import json

import pytest

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    OTHER_GRID,
    OTHER_VILLAGE,
    STREET,
    VILLAGE,
    a_clerk,
    a_street,
    an_account,
)
from weiyou.domain.areas import Level
from weiyou.domain.people import Role
from weiyou.errors import NotPermitted
from weiyou.reports import choices, maps
from weiyou.services.office import Office
from weiyou.store.tables import Area

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[117.9, 34.3], [117.91, 34.3], [117.91, 34.31], [117.9, 34.3]]],
}


def outlined(office: Office, *codes: str) -> None:
    with office.store.write() as session:
        for code in codes:
            session.query(Area).filter_by(code=code).one().polygon = json.dumps(SQUARE)


def test_a_grid_is_drawn_with_its_village_and_the_grids_beside_it(office: Office) -> None:
    a_street(office)
    outlined(office, GRID, OTHER_GRID, FAR_GRID, VILLAGE)
    with office.look(a_clerk(office), NOW) as look:
        around = maps.around(look, GRID)
    assert around.own == maps.Shape(GRID, "第 1 网格", SQUARE, synthetic=True)
    assert around.village is not None
    assert around.village.code == VILLAGE
    assert [shape.code for shape in around.neighbours] == [OTHER_GRID]


@pytest.mark.parametrize("area", [GRID, VILLAGE, STREET])
def test_where_no_outline_is_kept_nothing_is_drawn(office: Office, area: str) -> None:
    a_street(office)
    with office.look(a_clerk(office), NOW) as look:
        assert maps.around(look, area) == maps.Around(None, None, ())
        assert maps.villages(look) == ()


def test_a_matter_of_the_whole_street_has_no_grid_to_draw(office: Office) -> None:
    a_street(office)
    outlined(office, GRID, VILLAGE)
    with office.look(a_clerk(office), NOW) as look:
        assert maps.around(look, STREET) == maps.Around(None, None, ())


def test_nobody_draws_around_an_area_that_is_not_his(office: Office) -> None:
    a_street(office)
    with pytest.raises(NotPermitted), office.look(a_clerk(office, VILLAGE), NOW) as look:
        maps.around(look, FAR_GRID)


def test_a_leader_sees_the_outlines_of_his_own_villages(office: Office) -> None:
    a_street(office)
    outlined(office, VILLAGE, OTHER_VILLAGE, GRID)
    leader = an_account(office, Role.LEADER, STREET)
    secretary = an_account(office, Role.VILLAGE, VILLAGE)
    with office.look(leader, NOW) as look:
        assert [shape.code for shape in maps.villages(look)] == [VILLAGE, OTHER_VILLAGE]
    with office.look(secretary, NOW) as look:
        assert [shape.code for shape in maps.villages(look)] == [VILLAGE]


def test_a_clerk_chooses_from_her_own_villages_and_grids(office: Office) -> None:
    a_street(office)
    with office.look(a_clerk(office), NOW) as look:
        whole = choices.choices(look)
    with office.look(a_clerk(office, OTHER_VILLAGE), NOW) as look:
        part = choices.choices(look)
    assert [(v.code, len(v.grids)) for v in whole.villages] == [(VILLAGE, 2), (OTHER_VILLAGE, 1)]
    assert [v.name for v in part.villages] == ["王场村"]


def test_a_worker_of_one_grid_still_reads_which_village_it_belongs_to(office: Office) -> None:
    a_street(office)
    worker = an_account(office, Role.GRID_WORKER, OTHER_GRID)
    with office.look(worker, NOW) as look:
        (village,) = choices.choices(look).villages
    assert village.code == VILLAGE
    assert [grid.value for grid in village.grids] == [OTHER_GRID]


def test_a_category_says_who_tries_first_and_for_how_long(office: Office) -> None:
    a_street(office)
    with office.look(a_clerk(office), NOW) as look:
        offered = choices.choices(look)
    lamp = offered.leaf("A02")
    assert lamp is not None
    assert (lamp.name, lamp.first_level, lamp.limit) == ("路灯与照明", Level.VILLAGE, "3 个工作日")
    assert str(lamp.department_id) in {department.value for department in offered.departments}
    assert offered.leaf(None) is None
