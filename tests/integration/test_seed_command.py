"""`weiyou seed` fills an empty installation once, and says who may sign in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from weiyou.cli.app import app
from weiyou.errors import Refusal
from weiyou.services import demo

RUN = CliRunner()
TINY = ("seed", "--scale", "0.08", "--seed", "5", "--now", "2026-11-24T09:30")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WEIYOU_HOME", str(tmp_path))
    monkeypatch.delenv("WEIYOU_DATABASE_URL", raising=False)
    monkeypatch.delenv("WEIYOU_PRODUCTION", raising=False)
    return tmp_path


@pytest.mark.usefixtures("home")
def test_seeding_ends_at_a_hundred_per_cent_and_lists_the_sign_ins() -> None:
    done = RUN.invoke(app, TINY)
    assert done.exit_code == 0
    assert "100%" in done.output
    assert "wangge" in done.output
    listed = RUN.invoke(app, ["demo", "accounts", "--json"])
    accounts = {one["login"]: one for one in json.loads(listed.output)}
    assert accounts["fenbo"] == {
        "login": "fenbo",
        "role": "triage",
        "area": "320382003",
        "area_name": "戴圩街道",
        "password": demo.PASSWORD,
    }
    assert "cunshuji" in RUN.invoke(app, ["demo", "accounts"]).output


@pytest.mark.usefixtures("home")
def test_a_second_seeding_is_refused() -> None:
    assert RUN.invoke(app, TINY).exit_code == 0
    again = RUN.invoke(app, TINY)
    assert isinstance(again.exception, Refusal)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("command", [("seed",), ("demo", "accounts")])
def test_in_production_there_is_no_demonstration(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEIYOU_PRODUCTION", "1")
    refused = RUN.invoke(app, command)
    assert isinstance(refused.exception, Refusal)
    assert "正式环境" in str(refused.exception)
