"""`weiyou prepare` makes an installation ready to be worked with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from weiyou.cli.app import app
from weiyou.domain.people import Actor, Role
from weiyou.reports import choices
from weiyou.services.office import open_office
from weiyou.settings import Settings

RUN = CliRunner()
CLERK = Actor(1, "梁青禾", Role.TRIAGE, ("320382003",))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WEIYOU_HOME", str(tmp_path))
    monkeypatch.delenv("WEIYOU_DATABASE_URL", raising=False)
    monkeypatch.delenv("WEIYOU_PRODUCTION", raising=False)
    return tmp_path


def offered() -> tuple[int, int, int]:
    """Return how many villages, categories and departments the desk may choose from."""
    office = open_office(Settings())
    try:
        with office.look(CLERK, datetime.now(UTC)) as look:
            found = choices.choices(look)
        return len(found.villages), len(found.leaves), len(found.departments)
    finally:
        office.close()


@pytest.mark.usefixtures("home")
def test_a_real_installation_gets_its_villages_categories_and_departments_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEIYOU_PRODUCTION", "1")
    assert "新装入 112 条" in RUN.invoke(app, ["prepare"]).output
    assert offered() == (24, 60, 26), "the made-up community stays out"
    assert "新装入 0 条" in RUN.invoke(app, ["prepare"]).output


@pytest.mark.usefixtures("home")
def test_elsewhere_the_store_stays_empty_for_the_demonstration() -> None:
    assert RUN.invoke(app, ["prepare"]).exit_code == 0
    assert offered() == (0, 0, 0)
