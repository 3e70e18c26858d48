"""When a seat at the desk is taken away, and what its kernel is told of the world."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from weiyou.desk import environment, seats
from weiyou.desk.seats import Reason, Seat
from weiyou.domain.people import Role
from weiyou.settings import Settings

NOW = 100_000.0


def a_seat(**changes: Any) -> Seat:
    plain: dict[str, Any] = {
        "app": "triage",
        "session_id": 1,
        "account_id": 1,
        "token": "t",
        "heard_at": NOW,
        "touched_at": NOW,
        "left_at": None,
    }
    return Seat(**plain | changes)


row = pytest.param


@pytest.mark.parametrize(
    ("seat", "alive", "role", "reason"),
    [
        row(a_seat(), True, Role.TRIAGE, None, id="somebody works at it"),
        row(a_seat(left_at=NOW - 60), True, Role.TRIAGE, None, id="a minute without the page"),
        row(a_seat(left_at=NOW - 61), True, Role.TRIAGE, Reason.LEFT, id="more than a minute"),
        row(a_seat(heard_at=NOW - 1200), True, Role.TRIAGE, None, id="twenty quiet minutes"),
        row(a_seat(heard_at=NOW - 1201), True, Role.TRIAGE, Reason.IDLE, id="more than twenty"),
        row(a_seat(), False, Role.TRIAGE, Reason.DIED, id="the process has died"),
        row(a_seat(), True, None, Reason.SIGNED_OUT, id="the session has ended"),
        row(a_seat(), True, Role.LEADER, Reason.MOVED, id="the person has another duty"),
        row(a_seat(left_at=0), False, None, Reason.SIGNED_OUT, id="everything at once"),
    ],
)
def test_a_seat_is_taken_away(
    seat: Seat, role: Role | None, reason: Reason | None, *, alive: bool
) -> None:
    assert seats.why_end(seat, alive=alive, role=role, now=NOW) is reason


def test_every_reason_tells_the_person_what_happened() -> None:
    assert all(len(reason.label) >= 5 for reason in Reason)


def test_an_idle_kernel_ends_before_its_session_does() -> None:
    assert seats.IDLE_S <= 20 * 60


def test_a_kernel_inherits_only_what_is_listed(tmp_path: Path) -> None:
    server = {
        "PATH": "/bin",
        "LANG": "zh_CN.UTF-8",
        "HOME": "/home/somebody",
        "PGPASSWORD": "p",
        "WEIYOU_DATABASE_URL": "postgresql://u:p@h/d",
        "WEIYOU_FUTURE_SECRET": "s",
        "PYTHONPATH": "/elsewhere",
    }
    settings = Settings(home=tmp_path, database_url="postgresql://u:p@h/d")

    told = environment.of_kernel(settings, server, tmp_path / "private")

    assert told["PATH"] == "/bin"
    assert told["LANG"] == "zh_CN.UTF-8"
    assert told["HOME"] == str(tmp_path / "private")
    assert told["WEIYOU_HOME"] == str(tmp_path)
    assert told["WEIYOU_PRODUCTION"] == "false"
    assert "p@h" not in str(told)
    assert not told.keys() & {"PGPASSWORD", "WEIYOU_FUTURE_SECRET", "PYTHONPATH"}


def test_a_kernel_reads_the_settings_back_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        home=tmp_path,
        production=True,
        confirm_days=7,
        street_name="柳堤街道",
        public_url="https://x",
    )

    for name, value in environment.of_kernel(settings, {}, tmp_path).items():
        monkeypatch.setenv(name, value)

    again = Settings()
    assert (again.home, again.production, again.confirm_days) == (tmp_path, True, 7)
    assert (again.street_name, again.public_url) == ("柳堤街道", "https://x")


def test_the_database_address_moves_into_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql://u:willow@h/d"
    settings = Settings(home=tmp_path / "home", database_url=url)

    cleaned = environment.put_away_the_database_url(
        settings, {"weiyou_database_url": url, "WEIYOU_DATABASE_URL": url, "PATH": "/bin"}
    )

    kept = Path(cleaned["WEIYOU_DATABASE_URL_FILE"])
    assert "willow" not in str(cleaned)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    monkeypatch.delenv("WEIYOU_DATABASE_URL", raising=False)
    assert Settings(database_url_file=kept).store_url == url


def test_putting_it_away_twice_keeps_the_newer_one(tmp_path: Path) -> None:
    for url in ("sqlite:///a", "sqlite:///b"):
        cleaned = environment.put_away_the_database_url(
            Settings(home=tmp_path, database_url=url), {}
        )

    assert Path(cleaned["WEIYOU_DATABASE_URL_FILE"]).read_text(encoding="utf-8") == "sqlite:///b"
