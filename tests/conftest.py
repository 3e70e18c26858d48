"""The made-up world of the tests, on both databases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import Databases
from weiyou.services.office import Office, open_office
from weiyou.settings import Settings

KINDS = os.environ.get("WEIYOU_TEST_DATABASES", "sqlite postgresql").split()
"""`make check` runs on SQLite only; `make test` on both."""


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Give empty databases of either kind, copied from one that was migrated once."""
    folder = tmp_path_factory.mktemp("databases")
    world = Databases(folder, durable=False)
    yield world
    world.close()


@pytest.fixture(params=KINDS)
def office(
    request: pytest.FixtureRequest, databases: Databases, tmp_path: Path
) -> Iterator[Office]:
    """Give an empty office; each test that asks for it runs on SQLite and on PostgreSQL."""
    address = databases.borrow(request.param, tmp_path)
    opened = open_office(Settings(home=tmp_path, database_url=address))
    yield opened
    opened.close()
    databases.give_back(address)
