"""Which desks the hub keeps: a plan that cannot be is refused before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from weiyou.settings import REPOSITORY
from weiyou_hub import plan as plans

EXAMPLE = REPOSITORY / "deploy" / "jupyterhub" / "desks.example.toml"


def a_plan(folder: Path, ours: str = "", here: str = "") -> Path:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert ours in text
    path = folder / "desks.toml"
    path.write_text(text.replace(ours, here) if ours else text, encoding="utf-8")
    return path


def test_the_example_is_a_plan(tmp_path: Path) -> None:
    plan = plans.read(a_plan(tmp_path))

    assert plan.hub == "https://hub.example.gov.cn"
    assert {owner: desk.port for owner, desk in plan.by_owner.items()} == {
        "desk-daiwei": 8901,
        "desk-second": 8902,
    }


@pytest.mark.parametrize(
    ("ours", "here", "words"),
    [
        ("https://hub.", "http://hub.", "over TLS only"),
        ('"daiwei"', '"Dai Wei"', "small letters"),
        ('"daiwei"', '"dai-wei"', "small letters"),
        ("daiwei.desk.example.gov.cn", "daiwei/../x", "host name"),
        ('"second"', '"daiwei"', "said twice"),
        ("second.desk.", "daiwei.desk.", "said twice"),
        ("second.desk.", "hub.", "said twice"),
        ("port = 8902", "port = 8901", "said twice"),
        ("port = 8902", "port = 8012", "said twice"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(tmp_path: Path, ours: str, here: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plans.read(a_plan(tmp_path, ours, here))


def test_a_desk_must_say_everything(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="street_name"):
        plans.read(a_plan(tmp_path, 'street_name = "第二街道"\n'))
