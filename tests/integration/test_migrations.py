"""An empty database that is brought up to date is the tables as they are written, on both kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, text
from sqlalchemy.exc import IntegrityError

from tests.factories import NOW, Databases, a_petition, a_street
from weiyou.services.office import Office
from weiyou.store.engine import MIGRATIONS, Store
from weiyou.store.tables import AuditHead, QrCode, Table


def differences(connection: Connection) -> list[Any]:
    """Return what the database has and the tables do not say, or the other way round."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, Table.metadata))


def test_the_upgrade_gives_exactly_the_tables_that_are_written_down(office: Office) -> None:
    with office.store.engine.connect() as connection:
        assert differences(connection) == []


def test_a_column_more_or_less_would_be_noticed(databases: Databases, tmp_path: Path) -> None:
    store = Store(databases.fresh("sqlite", tmp_path))
    with store.engine.connect() as connection:
        connection.execute(text("ALTER TABLE area ADD COLUMN nickname VARCHAR"))
        connection.execute(text("DROP INDEX ix_rating_at"))
        said = repr(differences(connection))
    store.close()
    assert "nickname" in said
    assert "ix_rating_at" in said


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    office.store.migrate()
    with office.store.engine.connect() as connection:
        assert differences(connection) == []
        kept = connection.execute(text("SELECT number FROM petition")).scalars().all()
    assert kept == [receipt.number]


def test_there_is_one_line_of_versions_from_nothing_to_now(office: Office) -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    (head,) = script.get_heads()
    (base,) = script.get_bases()
    assert base == "0001"
    with office.store.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == head


def test_a_fresh_database_has_sixteen_chains_and_rows_that_only_grow(office: Office) -> None:
    with office.store.read() as session:
        heads = session.query(AuditHead).order_by(AuditHead.chain).all()
    assert [(head.chain, head.seq, head.mac) for head in heads] == [(n, 0, "") for n in range(16)]


def test_the_folders_of_a_new_database_are_made_on_the_way(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'deep' / 'down' / 'new.db'}")
    assert not inspect(store.engine).has_table("petition")
    store.migrate()
    assert inspect(store.engine).has_table("petition")
    store.close()


def test_an_area_has_one_code_in_force_and_any_number_of_revoked_ones(office: Office) -> None:
    with office.store.engine.connect() as connection:
        row = {"area": "1", "issued_at": NOW, "revoked_at": None}
        put = insert(QrCode)
        connection.execute(put, [{**row, "serial": "1", "revoked_at": NOW}])
        connection.execute(put, [{**row, "serial": "2", "revoked_at": NOW}])
        connection.execute(put, [{**row, "serial": "3"}])
        with pytest.raises(IntegrityError):
            connection.execute(put, [{**row, "serial": "4"}])
        connection.rollback()
