"""Which column is what, and which instant a text names."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from weiyou.domain import columns
from weiyou.domain.columns import Dates, Field
from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import BadInput

BOSTON = ZoneInfo("America/New_York")
HOTLINE = [
    "工单编号",
    "标题",
    "诉求内容",
    "来电人",
    "联系电话",
    "来电时间",
    "事发地址",
    "办结时间",
    "经度",
]
OPEN_311 = ["CASE_ENQUIRY_ID", "OPEN_DT", "CLOSED_DT", "CASE_TITLE", "TYPE", "Location", "LATITUDE"]


def test_columns_are_known_by_the_names_that_systems_give_them() -> None:
    assert columns.guess(HOTLINE) == {
        Field.ID: "工单编号",
        Field.TITLE: "标题",
        Field.TEXT: "诉求内容",
        Field.RECEIVED: "来电时间",
        Field.CLOSED: "办结时间",
        Field.NAME: "来电人",
        Field.PHONE: "联系电话",
        Field.PLACE: "事发地址",
    }
    assert columns.guess(OPEN_311) == {
        Field.ID: "CASE_ENQUIRY_ID",
        Field.TITLE: "TYPE",
        Field.TEXT: "CASE_TITLE",
        Field.RECEIVED: "OPEN_DT",
        Field.CLOSED: "CLOSED_DT",
        Field.PLACE: "Location",
        Field.LAT: "LATITUDE",
    }


def test_chinese_coordinates_are_not_taken_for_wgs_84() -> None:
    assert not {Field.LON, Field.LAT} & columns.guess(["正文", "经度", "纬度"]).keys()


def test_what_is_said_goes_before_what_is_guessed() -> None:
    found = columns.chosen(HOTLINE, {"title": "", "text": "标题", "lon": "经度"})
    assert Field.TITLE not in found
    assert (found[Field.TEXT], found[Field.LON]) == ("标题", "经度")


@pytest.mark.parametrize(
    ("header", "said", "words"),
    [
        (HOTLINE, {"nonsense": "标题"}, "没有“nonsense”这个字段"),
        (HOTLINE, {"text": "没有的列"}, "没有“没有的列”这一列"),
        (["甲", "乙"], {}, "--map text=列名"),
        (HOTLINE, {"text": "", "title": ""}, "--map text=列名"),
    ],
)
def test_a_column_that_cannot_be_found_is_named(
    header: list[str], said: dict[str, str], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        columns.chosen(header, said)


def test_a_kind_of_table_is_its_columns_in_any_order() -> None:
    assert columns.kind(HOTLINE) == columns.kind(HOTLINE[::-1])
    assert columns.kind(HOTLINE) != columns.kind(HOTLINE[1:])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02 09:30:05", datetime(2026, 3, 2, 9, 30, 5, tzinfo=SHANGHAI)),
        ("2026-03-02T09:30", datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)),
        ("2026-03-02T01:30:00Z", datetime(2026, 3, 2, 1, 30, tzinfo=UTC)),
        ("2026-03-02 09:30:00.123", datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)),
        ("2026/3/2 9:05", datetime(2026, 3, 2, 9, 5, tzinfo=SHANGHAI)),
        ("2026年3月2日", datetime(2026, 3, 2, tzinfo=SHANGHAI)),
        ("2026年3月2日 9时5分", datetime(2026, 3, 2, 9, 5, tzinfo=SHANGHAI)),
        ("25/12/2026 23:11", datetime(2026, 12, 25, 23, 11, tzinfo=SHANGHAI)),
        ("12/25/2026", datetime(2026, 12, 25, tzinfo=SHANGHAI)),
        ("03/04/2026 12:00:00 AM", datetime(2026, 3, 4, tzinfo=SHANGHAI)),
        ("03/04/2026 12:00:00 PM", datetime(2026, 3, 4, 12, tzinfo=SHANGHAI)),
        ("29/05/2026 11:05 pm", datetime(2026, 5, 29, 23, 5, tzinfo=SHANGHAI)),
        ("4/4/2026", datetime(2026, 4, 4, tzinfo=SHANGHAI)),
    ],
)
def test_an_instant_is_read_from(text: str, expected: datetime) -> None:
    assert columns.instant(text, SHANGHAI) == expected


def test_a_clock_that_hung_elsewhere_is_read_there() -> None:
    # In Boston the clocks were put forward on 8 March 2026
    before = columns.instant("2026-03-07 12:00:00", BOSTON)
    after = columns.instant("2026-03-08 12:00:00", BOSTON)
    assert (after - before.replace(tzinfo=BOSTON)).total_seconds() == 24 * 3_600
    assert (after.astimezone(UTC) - before.astimezone(UTC)).total_seconds() == 23 * 3_600


def test_a_day_without_a_clock_begins_or_ends() -> None:
    assert columns.instant("2026-03-02", SHANGHAI).hour == 0
    assert columns.instant("2026-03-02", SHANGHAI, ends=True).hour == 23


@pytest.mark.parametrize(("dates", "month"), [(Dates.DMY, 4), (Dates.MDY, 3)])
def test_a_date_with_two_readings_is_read_only_when_told_how(dates: Dates, month: int) -> None:
    assert columns.instant("03/04/2026", SHANGHAI, dates).month == month
    with pytest.raises(BadInput, match="两种读法"):
        columns.instant("03/04/2026", SHANGHAI)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("", Dates.AUTO),
        ("昨天", Dates.AUTO),
        ("2026-13-01", Dates.AUTO),
        ("2026-02-29", Dates.AUTO),
        ("2026-03-02 25:00", Dates.AUTO),
        ("2026-03-02 早上", Dates.AUTO),
        ("03/04/2026 13:00 PM", Dates.AUTO),
        ("31/12/2026", Dates.MDY),
        ("03/04/2026", Dates.YMD),
        ("2026-03-02", Dates.DMY),
        ("46083.4", Dates.AUTO),
    ],
)
def test_what_is_no_instant_is_refused(text: str, dates: Dates) -> None:
    with pytest.raises(BadInput, match="认不出来"):
        columns.instant(text, SHANGHAI, dates)
