"""A row of another system's table as a matter of ours."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from weiyou.domain import imports, workflow
from weiyou.domain.columns import Dates, Field
from weiyou.domain.imports import Matter, Plan
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.errors import BadInput

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)
LAMP = {"id": "A1", "text": "村口的路灯坏了。", "received": "2026-02-01 08:00"}


def read(**cells: str) -> Matter:
    """Read a row whose columns are named like their fields."""
    there = {field: field.value for field in Field if field.value in cells}
    plan = Plan(there, "320382003", "热线", SHANGHAI, Dates.AUTO, NOW, timedelta(days=10))
    return imports.read(cells, plan)


def steps_of(matter: Matter) -> list[Step]:
    return [past.step for past in matter.steps]


def test_a_new_matter_waits_to_be_accepted() -> None:
    matter = read(**LAMP, name="石大川", place="村口")
    assert steps_of(matter) == [Step.SUBMIT]
    assert matter.state is State.RECEIVED
    assert (matter.external_id, matter.title) == ("热线:A1", "村口的路灯坏了")
    assert (matter.name, matter.place, matter.due_at) == ("石大川", "村口", None)


def test_a_matter_without_an_instant_came_in_now() -> None:
    assert read(text="路灯坏了").received_at == NOW


@pytest.mark.parametrize(
    ("cells", "state", "answered", "closed"),
    [
        pytest.param(
            {"answer": "已修好。", "answered": "2026-02-25 10:00"},
            State.ANSWERED,
            "2026-02-25 10:00",
            None,
            id="answered",
        ),
        pytest.param(
            {"answer": "已修好。", "answered": "2026-02-03 10:00"},
            State.CLOSED,
            "2026-02-03 10:00",
            "2026-02-13 10:00",
            id="answered so long ago that it counts as closed since then",
        ),
        pytest.param(
            {"answer": "已修好。", "answered": "2026-02-03 10:00", "closed": "2026-02-05 10:00"},
            State.CLOSED,
            "2026-02-03 10:00",
            "2026-02-05 10:00",
            id="answered, then closed",
        ),
        pytest.param(
            {"answer": "已修好。", "closed": "2026-02-05 10:00"},
            State.CLOSED,
            "2026-02-05 10:00",
            "2026-02-05 10:00",
            id="answered when it was closed",
        ),
        pytest.param(
            {"closed": "2026-02-05 10:00"},
            State.CLOSED,
            None,
            "2026-02-05 10:00",
            id="closed, and nobody wrote down what was answered",
        ),
    ],
)
def test_what_was_done_elsewhere_is_a_history_that_replays_here(
    cells: dict[str, str], state: State, answered: str | None, closed: str | None
) -> None:
    matter = read(**LAMP, **cells)

    # Every step leads on from the one before, and none is earlier
    now = State.RECEIVED
    for past in matter.steps[1:]:
        now = workflow.after(now, past.step)
        assert past.state is now
    assert [past.at for past in matter.steps] == sorted(past.at for past in matter.steps)

    # What the source says is taken over, what it does not say is marked
    assert matter.state is state
    assert matter.at(Step.ANSWER) == (_at(answered) if answered else None)
    assert matter.closed_at == (_at(closed) if closed else None)
    assert matter.at(Step.ACCEPT) is None
    assert matter.steps[1].assumed


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        pytest.param({"text": ""}, "没有正文", id="nothing to read"),
        pytest.param({"text": "字" * 50_001}, "正文太长", id="a book"),
        pytest.param({"received": ""}, "没有收到时间", id="no instant in its column"),
        pytest.param({"received": "昨天"}, "认不出来", id="no instant"),
        pytest.param({"received": "2026-03-03 00:00"}, "在将来", id="tomorrow"),
        pytest.param({"answer": "好"}, "没有答复时间", id="an answer at no time"),
        pytest.param({"answered": "2026-01-31 08:00"}, "早于", id="answered before it was asked"),
        pytest.param(
            {"answered": "2026-02-03 08:00", "closed": "2026-02-02 08:00"},
            "早于",
            id="closed before it was answered",
        ),
        pytest.param({"phone": "12"}, "电话号码不对", id="no telephone"),
        pytest.param({"name": "长" * 41}, "姓名太长", id="a name without end"),
        pytest.param({"place": "远" * 121}, "地点太长", id="a place without end"),
        pytest.param({"lon": "东", "lat": "34"}, "不是数字", id="a place in words"),
        pytest.param({"lon": "500", "lat": "34"}, "位置无效", id="no place on earth"),
    ],
)
def test_a_row_is_refused_with_its_reason(cells: dict[str, str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(**{**LAMP, **cells})


def test_nothing_of_a_long_text_is_cut_but_its_title() -> None:
    matter = read(text="字" * 12_220, title="题" * 200)
    assert len(matter.text) == 12_220
    assert len(matter.title) == 120


def test_a_matter_with_a_title_only_is_its_title() -> None:
    assert read(title="路灯坏了", text="").text == "路灯坏了"


def test_what_cannot_be_called_or_shown_on_a_map_is_left_out() -> None:
    matter = read(**LAMP, phone="138****0000", lon="0", lat="0")
    assert (matter.phone, matter.location) == (None, None)


def test_coordinates_outside_the_street_are_kept_with_their_place() -> None:
    matter = read(**LAMP, place="44 Harding Rd", lon="-71.118", lat="42.281")
    assert matter.location is not None
    assert (matter.location.lon, matter.place) == (-71.118, "44 Harding Rd")


@pytest.mark.parametrize(
    ("cells", "same"),
    [
        pytest.param({}, True, id="the same row"),
        pytest.param({"text": "别的"}, False, id="another text"),
        pytest.param({"received": "2026-02-01 08:01"}, False, id="another instant"),
    ],
)
def test_a_row_without_an_id_is_known_by_all_it_holds(cells: dict[str, str], *, same: bool) -> None:
    bare = {"text": "路灯坏了", "received": "2026-02-01 08:00"}
    assert (read(**bare).external_id == read(**{**bare, **cells}).external_id) is same


def test_an_id_that_is_too_long_is_hashed() -> None:
    long = {**LAMP, "id": "Z" * 200}
    assert len(read(**long).external_id) <= 80
    assert read(**long).external_id != read(**{**long, "id": "Z" * 201}).external_id


def test_a_day_that_has_not_ended_ends_now() -> None:
    # Given a closing of today without a clock, and one of a clock that is a little ahead
    today = read(**LAMP, closed="2026-03-02").at(Step.CLOSE)
    ahead = read(**LAMP, closed="2026-03-02 09:35").at(Step.CLOSE)
    assert today == ahead == NOW
    assert read(**LAMP, closed="2026-03-01").at(Step.CLOSE) == _at("2026-03-01 23:59:59")


def test_a_time_limit_may_lie_ahead() -> None:
    assert read(**LAMP, due="2026-03-20").due_at == _at("2026-03-20 23:59:59")
