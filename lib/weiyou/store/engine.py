"""Opening the database: SQLite that survives a power cut, or PostgreSQL. 数据库"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, TypeAlias

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from weiyou.errors import Collision, Stale

BUSY_TIMEOUT_MS: Final = 15_000
FILE_MODE: Final = 0o600
MIGRATIONS: Final = Path(__file__).parent / "migrations"
READING: Final = "weiyou_reading"
UNIQUE_VIOLATION: Final = "23505"  # SQLSTATE, PostgreSQL appendix A

POOL: Final[dict[str, Any]] = {"pool_size": 16, "max_overflow": 16, "hide_parameters": True}
"""A fault that is logged must not carry what a resident wrote."""

Db: TypeAlias = Session
"""A session of the database, as the floors above may name it."""


class Store:
    """The database of one installation.

    Writers of one process queue on a lock where the database itself admits one writer only
    (SQLite); it is fairer and faster than its busy wait.
    """

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        one_writer = self.engine.dialect.name == "sqlite"
        self._turn: AbstractContextManager[Any] = threading.RLock() if one_writer else nullcontext()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in a transaction that is kept if the block ends well.

        Raises: Stale, Collision.
        """
        with self._turn, Session(self.engine, expire_on_commit=False) as session:
            try:
                with session.begin():
                    yield session
            except StaleDataError:
                raise Stale("这件事项刚刚被别人办理过，请刷新后再办（您填写的内容还在）") from None
            except IntegrityError as fault:
                if not _is_there_already(fault):
                    raise
                raise Collision("有人同时做了同样的操作，请刷新后再试") from fault

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session that sees one state of the database and writes nothing."""
        options: dict[str, Any] = {READING: True}
        if self.engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options=options)
            yield session

    def migrate(self) -> None:
        """Bring the tables to the newest version."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self._turn, self.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def refresh_statistics(self) -> None:
        """Let SQLite look at its indexes anew where that is due; PostgreSQL does so by itself."""
        if self.engine.dialect.name == "sqlite":
            with self._turn, self.engine.begin() as connection:
                connection.exec_driver_sql("PRAGMA optimize = 0x10002")

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_engine(url: str) -> Engine:
    """Return an engine for a SQLite or PostgreSQL address. Raises: ValueError for any other."""
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
        return create_engine(address, **POOL, pool_pre_ping=True)
    if address.get_backend_name() != "sqlite":
        raise ValueError(f"not a SQLite or PostgreSQL address: {address.render_as_string()}")
    if address.database:
        _keep_private(Path(address.database))
    engine = create_engine(address, **POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _keep_private(path: Path) -> None:
    """Make a new database closed to other users of the machine, also in a folder open to them.

    SQLite gives its journals the mode of the database.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=FILE_MODE)


def _is_there_already(fault: IntegrityError) -> bool:
    """Return whether a value that may be there once only was there already."""
    code = getattr(fault.orig, "sqlstate", None) or getattr(fault.orig, "sqlite_errorname", None)
    return code in {UNIQUE_VIOLATION, "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # with NORMAL a power cut loses acknowledged petitions
        "foreign_keys = ON",
        "secure_delete = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its place at once: a reader that wants to write later could only fail."""
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
