"""What the database itself promises: one state for a reading, and faults that stay faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    OTHER_GRID,
    STREET,
    VILLAGE,
    a_petition,
    a_street,
    an_account,
    the,
)
from weiyou.domain.people import Role
from weiyou.domain.workflow import State
from weiyou.errors import Collision, Stale
from weiyou.services.office import RESIDENT, Office
from weiyou.store import petitions
from weiyou.store.engine import Store, open_engine
from weiyou.store.tables import Account, Petition, Post


def test_a_reading_sees_one_state_however_long_it_takes(office: Office) -> None:
    a_street(office)
    a_petition(office)
    with office.look(RESIDENT, NOW) as look:
        before = petitions.count(look.session, [])
        a_petition(office)
        assert petitions.count(look.session, []) == before == 1
    with office.look(RESIDENT, NOW) as look:
        assert petitions.count(look.session, []) == 2


def test_a_reading_on_postgresql_cannot_write(office: Office) -> None:
    if office.store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no read-only transaction")
    a_street(office)
    with pytest.raises(DBAPIError, match="read-only"), office.look(RESIDENT, NOW) as look:
        look.session.execute(text("UPDATE area SET name = 'x'"))


def test_the_next_writer_is_not_hindered_by_a_reading_before_him(office: Office) -> None:
    a_street(office)
    for _ in range(20):  # every pooled connection has been used for reading
        with office.look(RESIDENT, NOW) as look:
            petitions.count(look.session, [])
    assert the(office, a_petition(office)).state is State.RECEIVED


def test_a_value_that_is_there_already_is_a_collision(office: Office) -> None:
    actor = an_account(office, Role.TRIAGE, GRID, login="liang")
    with pytest.raises(Collision):
        an_account(office, Role.TRIAGE, GRID, login="liang")
    with pytest.raises(Collision), office.store.write() as session:
        session.add(Post(account_id=actor.account_id, area=GRID))


def test_who_writes_over_a_change_that_he_has_not_seen_is_told(office: Office) -> None:
    a_street(office)
    kept = the(office, a_petition(office))
    with pytest.raises(Stale), office.store.write() as session:
        overtaken(session, session.get_one(Petition, kept.id))


def overtaken(session: Any, matter: Petition) -> None:
    session.execute(text("UPDATE petition SET version = version + 1"))
    matter.title = "改了标题"
    session.flush()


@pytest.mark.parametrize(
    ("prefixes", "count"),
    [
        (("",), 3),
        (("320382",), 3),
        ((STREET,), 3),
        ((VILLAGE,), 2),
        ((GRID,), 1),
        ((GRID, FAR_GRID), 2),
        (("320383",), 0),
        ((), 0),
    ],
)
def test_an_area_holds_what_lies_in_it_whatever_its_size(
    office: Office, prefixes: tuple[str, ...], count: int
) -> None:
    a_street(office)
    for area in (GRID, OTHER_GRID, FAR_GRID):
        a_petition(office, area)
    with office.store.read() as session:
        assert petitions.count(session, [petitions.within(prefixes)]) == count


def without_a_name(session: Any) -> None:
    session.execute(text("INSERT INTO department (code, area) VALUES ('a', '320382003')"))


def with_an_unknown_account(session: Any) -> None:
    session.add(Post(account_id=999, area=GRID))


def accepted_by_nobody(session: Any) -> None:
    session.query(Petition).update({"accepted_at": NOW})


@pytest.mark.parametrize("wrong", [without_a_name, with_an_unknown_account, accepted_by_nobody])
def test_any_other_broken_rule_of_the_database_stays_a_fault(
    office: Office, wrong: Callable[[Any], None]
) -> None:
    a_street(office)
    a_petition(office)
    with pytest.raises(IntegrityError), office.store.write() as session:
        wrong(session)


def test_a_naive_instant_or_an_unknown_word_never_gets_in(office: Office) -> None:
    for field, value in (("created_at", datetime(2026, 3, 2)), ("role", "mayor")):  # noqa: DTZ001
        fields = {"login": "a", "name": "周小满", "role": Role.TRIAGE, "created_at": NOW}
        with (
            pytest.raises(StatementError, match=r"naive|mayor"),
            office.store.write() as session,
        ):
            session.add(Account(**{**fields, field: value}))


def test_an_instant_comes_back_aware_and_in_utc(office: Office) -> None:
    a_street(office)
    kept = the(office, a_petition(office))
    assert kept.received_at == NOW
    assert kept.received_at.tzinfo is UTC


@pytest.mark.parametrize("address", ["mysql://localhost/a", "oracle://localhost/a"])
def test_no_other_database_is_opened_and_no_password_is_shown(address: str) -> None:
    with pytest.raises(ValueError, match="not a SQLite or PostgreSQL"):
        open_engine(address)
    with pytest.raises(ValueError, match=r"mysql://u:\*\*\*@h/d"):
        open_engine("mysql://u:secret@h/d")


def test_sqlite_is_set_up_to_survive_a_power_cut(office: Office) -> None:
    if office.store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL is durable as it comes")
    engine: Engine = office.store.engine
    with engine.connect() as connection:
        asked = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_other_users_of_the_machine_read_no_database_even_in_an_open_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    store = Store(f"sqlite:///{tmp_path / 'weiyou.db'}")
    with store.write() as session:
        session.execute(text("CREATE TABLE secret (words TEXT)"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    store.close()
    assert modes == {"weiyou.db": 0o600, "weiyou.db-wal": 0o600, "weiyou.db-shm": 0o600}
