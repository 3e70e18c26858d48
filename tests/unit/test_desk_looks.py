"""What the cookie of the looks may say, and where a number of the bell leads."""

from __future__ import annotations

import pytest

from weiyou.desk import bell, looks
from weiyou.desk.looks import Looks, Theme
from weiyou.reports.queue import Queue
from weiyou.reports.waiting import PHONE, Tally, Tone

HERE = "https://weiyou.example/"


@pytest.mark.parametrize(
    ("cookie", "wanted"),
    [
        pytest.param(None, Looks(Theme.AUTO, large=False), id="nothing chosen"),
        pytest.param("", Looks(Theme.AUTO, large=False), id="an empty one"),
        pytest.param("dark", Looks(Theme.DARK, large=False), id="dark"),
        pytest.param("light.large", Looks(Theme.LIGHT, large=True), id="light and large"),
        pytest.param("auto.large", Looks(Theme.AUTO, large=True), id="as the system, large"),
        pytest.param('"><script>.large.x', Looks(Theme.AUTO, large=True), id="hostile"),
    ],
)
def test_a_cookie_says(cookie: str | None, wanted: Looks) -> None:
    assert looks.read(cookie) == wanted


def test_the_browsers_own_parts_follow_the_theme() -> None:
    assert [Looks(theme).scheme for theme in Theme] == ["light dark", "light", "dark"]


def test_the_bell_adds_up_what_is_to_be_done_and_not_what_it_warns_of() -> None:
    view = (("queue", "late"),)
    told = bell.told(
        (
            Tally("待受理", 3, "triage", Queue.NEW, tone=Tone.ACT, waits=True),
            Tally("已超期", 2, "triage", Queue.LATE, view, Tone.LATE),
            Tally("在您手上", 4, PHONE, tone=Tone.ACT, waits=True),
        ),
        HERE,
    )

    assert (told["total"], told["late"]) == (7, True)
    assert told["kinds"][1] == {
        "label": "已超期",
        "count": 2,
        "tone": "late",
        "href": "/app/triage?queue=late",
    }
    assert [one["href"] for one in told["kinds"]][::2] == [
        "/app/triage",
        "https://weiyou.example/w/",
    ]


def test_nothing_is_late_where_none_is_counted() -> None:
    assert not bell.told((Tally("已超期", 0, "triage", tone=Tone.LATE),), HERE)["late"]
