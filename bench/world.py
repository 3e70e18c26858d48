"""The made-up world that is measured: an office on either database, with many matters."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, text
from tests.factories import STREET, Databases, a_street

from weiyou.domain import numbers
from weiyou.domain.petitions import Source
from weiyou.domain.workflow import State
from weiyou.services.office import Office, open_office
from weiyou.settings import Settings
from weiyou.store.tables import Petition

NOW = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
BATCH = 20_000
KINDS = ("sqlite", "postgresql")
OPEN_STATES = (
    State.RECEIVED,
    State.WAITING,
    State.ACCEPTED,
    State.WITH_GRID,
    State.WITH_VILLAGE,
    State.WITH_STREET,
    State.ANSWERED,
)


@contextmanager
def an_office(kind: str) -> Iterator[Office]:
    """Yield an office with a small street on a fresh database of that kind."""
    with tempfile.TemporaryDirectory() as folder:
        databases = Databases(Path(folder))
        home = Path(folder) / "home"
        home.mkdir()
        office = open_office(Settings(home=home, database_url=databases.fresh(kind, home)))
        a_street(office)
        try:
            yield office
        finally:
            office.close()
            databases.close()


def fill(office: Office, count: int, *, open_share: float = 0.005) -> None:
    """Put `count` matters of six years into 25 villages; most are long closed."""
    rng = random.Random(1)
    quick = "PRAGMA synchronous = OFF" if _is_sqlite(office) else "SET synchronous_commit = OFF"
    with office.store.engine.connect() as connection:
        connection.connection.cursor().execute(quick)  # only while the made-up world is made
        for start in range(0, count, BATCH):
            rows = [_matter(rng, n, open_share) for n in range(start, min(start + BATCH, count))]
            connection.execute(insert(Petition), rows)
            connection.commit()
        connection.invalidate()
    with office.store.write() as session:
        session.execute(text("ANALYZE"))


def _is_sqlite(office: Office) -> bool:
    return office.store.engine.dialect.name == "sqlite"


def _matter(rng: random.Random, serial: int, open_share: float) -> dict[str, object]:
    is_open = rng.random() < open_share
    received = NOW - timedelta(minutes=rng.randrange(60 * 24 * (20 if is_open else 2190)))
    state = rng.choice(OPEN_STATES) if is_open else State.CLOSED
    village, grid = rng.randrange(1, 26), rng.randrange(1, 10)
    body = f"第 {serial} 件：村口第 {grid} 根电杆上的路灯不亮，晚上走路看不见，请来看看。"
    return {
        "number": numbers.petition_number(serial),
        "area": f"{STREET}{200 + village}{grid:03d}",
        "category": rng.choice(("A01", "A02", "A03", None)),
        "source": Source.QR,
        "title": body[:28],
        "text": body * 3,
        "state": state,
        "been_with_grid": rng.random() < 0.7,
        "received_at": received,
        "due_at": received + timedelta(days=rng.choice((1, 5, 15))),
        "accepted_at": None,
        "accepted_by": None,
        "closed_at": None if is_open else received + timedelta(days=rng.randrange(1, 9)),
        "version": 1,
    }


def median_ms(deed: Callable[[], object], runs: int = 15) -> float:
    """Return the median time of `deed` in milliseconds, after one run that is not counted."""
    deed()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        deed()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)
