"""The leaders' page, driven without a browser, with a real kernel pass and a real office."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    OTHER_VILLAGE,
    STREET,
    VILLAGE,
    a_clerk,
    a_petition,
    a_street,
    the,
)
from weiyou.domain.areas import Level
from weiyou.domain.figures import Figure
from weiyou.domain.people import Actor, Role
from weiyou.domain.petitions import Grade
from weiyou.reports.maps import Shape
from weiyou.services import accounts, closure, handling, staff, triage
from weiyou.services.intake import Receipt
from weiyou.services.office import OPERATOR, RESIDENT, KernelPass, Office
from weiyou.store.tables import Area
from weiyou.widgets import streetmap
from weiyou.widgets.door import Desk
from weiyou.widgets.overview import OverviewModel, OverviewScreen
from weiyou.widgets.streetmap import StreetMap

PASSWORD = "field-and-willow-26"
HOUR = timedelta(hours=1)
SQUARE = (
    '{"type": "Polygon", "coordinates": [[[117.9,34.3],[117.91,34.3],[117.91,34.31],[117.9,34.3]]]}'
)


@dataclass
class Seat:
    """A leader who signs in when he opens the page; his clock can be moved."""

    office: Office
    now: datetime = NOW + 2 * HOUR
    token: str = ""

    def open(self) -> OverviewModel:
        self.token = accounts.sign_in(
            self.office,
            login="boss",
            password=PASSWORD,
            address="10.0.0.8",
            door="desk",
            now=self.now,
        ).token
        secret = accounts.open_kernel(
            self.office, token=self.token, kernel_id=self.token[:12], app="overview", now=self.now
        )
        return OverviewModel(Desk(self.office, KernelPass(secret), lambda: self.now))


def a_seat(office: Office, role: Role, *areas: str) -> Seat:
    with office.work(OPERATOR, NOW) as work:
        staff.add(work, staff.NewAccount("boss", "秦望川", role, areas), PASSWORD)
    return Seat(office)


@pytest.fixture
def seat(office: Office) -> Seat:
    a_street(office)
    return a_seat(office, Role.LEADER, STREET)


def settle(
    office: Office, clerk: Actor, receipt: Receipt, at: datetime, grade: Grade | None = None
) -> None:
    """Answer a matter, and close it by the resident's rating or by the desk."""
    deeds: tuple[tuple[Any, dict[str, Any]], ...] = (
        (triage.assign, {"level": Level.STREET}),
        (handling.answer, {"words": "已经修好"}),
    )
    for deed, words in deeds:
        petition = the(office, receipt)
        with office.work(clerk, at) as work:
            deed(work, petition_id=petition.id, version=petition.version, **words)
    if grade is not None:
        with office.work(RESIDENT, at) as work:
            closure.rate(work, token=receipt.token, grade=grade, solved=True)
        return
    petition = the(office, receipt)
    with office.work(clerk, at) as work:
        closure.close(work, petition_id=petition.id, version=petition.version)


def line(model: OverviewModel, area: str) -> dict[str, Any]:
    return next(line for line in model.lines if line["area"] == area)


def test_an_empty_street_shows_noughts_and_a_sentence(seat: Seat) -> None:
    model = seat.open()
    assert {model.total[figure.value] for figure in Figure} == {0}
    assert (model.headline, model.as_of) == ("没有在办的事项。", "11:30")
    assert [one["name"] for one in model.lines] == ["连渊村", "王场村"]
    assert model.total["satisfaction"] == "—"
    assert model.elsewhere == {}


def test_a_leader_with_one_minute_reads_what_is_late_and_where(seat: Seat) -> None:
    for grid in (GRID, GRID, FAR_GRID):
        a_petition(seat.office, grid, category="A03")  # 24 hours
    a_petition(seat.office, GRID, category="A01")
    seat.now = NOW + 25 * HOUR
    model = seat.open()
    assert model.headline == "在办 4 件，其中 3 件已超期，最多的是连渊村 2 件、王场村 1 件。"
    assert (line(model, VILLAGE)["open"], line(model, VILLAGE)["late"]) == (3, 2)


def test_where_nothing_is_late_the_sentence_says_so(seat: Seat) -> None:
    a_petition(seat.office)
    assert seat.open().headline == "在办 1 件，没有超期的。"


def test_satisfaction_stands_with_its_denominator(seat: Seat) -> None:
    clerk = a_clerk(seat.office)
    for grade in (Grade.VERY_GOOD, Grade.FAIR, Grade.POOR):
        settle(seat.office, clerk, a_petition(seat.office), NOW + HOUR, grade)
    settle(seat.office, clerk, a_petition(seat.office, FAR_GRID), NOW + HOUR)
    model = seat.open()
    assert (model.total["closed"], model.total["satisfaction"]) == (4, "67%（2/3）")
    assert line(model, OTHER_VILLAGE)["satisfaction"] == "—"


def test_every_number_opens_the_matters_it_was_counted_from_without_their_text(
    seat: Seat,
) -> None:
    clerk = a_clerk(seat.office)
    text = "我家门口的路灯坏了，请叫王建军来修"
    here = a_petition(seat.office, GRID, text=text, category="A02")
    there = a_petition(seat.office, FAR_GRID, text=text)
    settle(seat.office, clerk, there, NOW + HOUR, Grade.GOOD)
    model = seat.open()
    for figure in Figure:
        model.open(figure.value)
        assert model.opened["total"] == str(model.total[figure.value]), figure
        for area in (VILLAGE, OTHER_VILLAGE):
            model.open(figure.value, area)
            assert len(model.opened["rows"]) == line(model, area)[figure.value], figure
    model.open("open", VILLAGE)
    (row,) = model.opened["rows"]
    assert row["number"].replace(" ", "") == here.number
    assert (row["place"], row["category"], row["state"], row["received"]) == (
        "连渊村 · 第 1 网格",
        "路灯与照明",
        "待受理",
        "今天 09:30",
    )
    assert "王建军" not in repr(model.opened)
    assert model.opened["title"] == "连渊村 · 在办"
    model.close()
    assert model.opened["figure"] == ""


def test_a_long_list_is_turned_page_by_page(seat: Seat) -> None:
    for _ in range(27):
        a_petition(seat.office)
    model = seat.open()
    model.open("received", "", 2)
    assert (len(model.opened["rows"]), model.opened["pages"]) == (2, 2)


def test_spans_are_chosen_and_compared_with_the_one_before(seat: Seat) -> None:
    a_petition(seat.office, now=NOW - timedelta(days=7))
    a_petition(seat.office, now=NOW - timedelta(days=1))
    a_petition(seat.office)
    model = seat.open()  # a Monday
    assert (model.span, model.total["received"]) == ("week", 1)
    assert (model.earlier["label"], model.earlier["received"]) == ("上周同期", 1)
    model.choose("month")
    assert model.total["received"] == 2
    model.choose("year")
    assert model.total["received"] == 3
    model.choose("today")
    assert model.total["received"] == 1


def test_days_of_ones_own_choice_are_both_counted(seat: Seat) -> None:
    a_petition(seat.office, now=NOW - timedelta(days=2))
    a_petition(seat.office, now=NOW - timedelta(days=1))
    a_petition(seat.office)
    model = seat.open()
    model.choose_days("2026-02-28", "2026-03-01")
    assert (model.total["received"], model.earlier) == (2, {})
    model.open("received")
    assert model.opened["total"] == "2"
    model.choose_days("2026-02-28", "")
    assert (model.message, model.total["received"]) == ("请选择开始和结束日期", 2)


def test_a_matter_of_no_village_is_shown_beside_the_villages(seat: Seat) -> None:
    a_petition(seat.office, STREET)
    a_petition(seat.office, GRID)
    model = seat.open()
    assert (model.total["received"], model.elsewhere["received"]) == (2, 1)
    assert model.elsewhere["name"] == "未定位到村（社区）"


def test_a_village_secretary_sees_her_own_village_only(office: Office) -> None:
    a_street(office)
    a_petition(office, GRID)
    a_petition(office, FAR_GRID)
    model = a_seat(office, Role.VILLAGE, VILLAGE).open()
    assert [one["area"] for one in model.lines] == [VILLAGE]
    assert model.total["received"] == 1
    model.open("received", OTHER_VILLAGE)
    assert model.opened["rows"] == []


def test_who_may_count_nothing_is_told_so(office: Office) -> None:
    a_street(office)
    model = a_seat(office, Role.AUDITOR, STREET).open()
    assert "您的职责不包括“统计”" in model.refused
    assert model.workbook() == b""


def test_the_table_is_saved_as_a_workbook_without_formulas(seat: Seat) -> None:
    with seat.office.store.write() as session:
        session.query(Area).filter_by(code=VILLAGE).one().name = "=1+1"
    a_petition(seat.office)
    sheet = openpyxl.load_workbook(io.BytesIO(seat.open().workbook())).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("村（社区）", "收到", "在办")
    assert rows[1][:3] == ("=1+1", 1, 1)
    assert sheet["A2"].data_type == "s"
    assert rows[-1][:3] == ("合计", 1, 1)


def test_new_matters_are_counted_in_after_a_while(seat: Seat) -> None:
    model = seat.open()
    a_petition(seat.office)
    seat.now += timedelta(seconds=29)
    assert model.tick() is True
    assert model.total["received"] == 0
    seat.now += timedelta(seconds=1)
    model.tick()
    assert model.total["received"] == 1


def test_when_the_session_ends_the_figures_stay_and_the_watch_stops(seat: Seat) -> None:
    a_petition(seat.office)
    model = seat.open()
    accounts.sign_out(seat.office, seat.token, seat.now)
    seat.now += timedelta(minutes=1)
    assert model.tick() is False
    assert (model.signed_out, model.total["received"]) == (True, 1)


# ---- the map -------------------------------------------------------------------------------------


@pytest.fixture
def screen(seat: Seat) -> Iterator[OverviewScreen]:
    with seat.office.store.write() as session:
        for area in session.query(Area).filter(Area.code.in_([VILLAGE, OTHER_VILLAGE])):
            area.polygon = SQUARE
    a_petition(seat.office, GRID)
    shown = OverviewScreen(seat.open())
    yield shown
    shown.close()


def test_the_map_is_ours_alone(screen: OverviewScreen) -> None:
    layers = screen.map.layers
    assert {type(layer).__name__ for layer in layers} == {"GeoJSON", "Marker"}
    assert screen.synthetic is True


def test_a_click_on_a_village_opens_what_is_open_there(screen: OverviewScreen) -> None:
    shapes = screen.map.layers[0]
    shapes._handle_mouse_events(None, {"event": "click", "properties": {"code": VILLAGE}}, [])
    assert (screen.opened["area"], len(screen.opened["rows"])) == (VILLAGE, 1)


def test_villages_are_shaded_by_what_is_open(screen: OverviewScreen) -> None:
    fills = [
        feature["properties"]["style"]["fillColor"]
        for feature in screen.map.layers[0].data["features"]
    ]
    assert fills == [streetmap.SHADES[-1], streetmap.SHADES[0]]


def test_the_villages_fill_the_frame_that_the_page_has(screen: OverviewScreen) -> None:
    zooms = []
    for width in (300, 600, 1200):
        screen.vue_frame({"width": width, "height": 900})
        zooms.append(screen.map.zoom)
    assert zooms == sorted(zooms)
    assert zooms[0] < zooms[2]


def test_without_outlines_there_is_a_table_and_no_map(seat: Seat) -> None:
    screen = OverviewScreen(seat.open())
    assert screen.map is None
    assert len(screen.lines) == 2
    screen.close()


def test_a_name_cannot_bring_markup_onto_the_map() -> None:
    corner = {"type": "Polygon", "coordinates": [[[117.9, 34.3], [117.91, 34.3], [117.9, 34.31]]]}
    village = StreetMap(
        [Shape(VILLAGE, "<img src=x onerror=alert(1)>", corner, synthetic=True)], lambda _: None
    )
    village.show({}, {VILLAGE: 3})
    (label,) = [layer for layer in village.widget.layers if type(layer).__name__ == "Marker"]
    assert "<img" not in label.icon.html
    assert label.icon.html.endswith("<b>超期 3</b></span>")


def test_a_list_that_is_not_for_the_duty_is_refused_beside_the_figures(office: Office) -> None:
    a_street(office)
    model = a_seat(office, Role.VILLAGE, VILLAGE).open()
    before = dict(model.total)

    model.open("open")

    assert model.message
    assert (model.refused, model.total) == ("", before)
