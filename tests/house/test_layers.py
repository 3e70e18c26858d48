"""Each contract between the floors is seen to fail: one offending line, on a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from weiyou.settings import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
NAMES = [contract["name"] for contract in PROJECT["tool"]["importlinter"]["contracts"]]
FLOORS, RULES, SQL, STORE, JOURNEY, FRAMEWORKS = NAMES
OFFENCES = [
    ("domain/words.py", "import weiyou.store.audit", FLOORS),
    ("store/audit.py", "import weiyou.services.steps", FLOORS),
    ("services/steps.py", "import weiyou.reports.queue", FLOORS),
    ("store/audit.py", "import weiyou.adapters.qr", FLOORS),
    ("widgets/door.py", "import weiyou.phone.forms", FLOORS),
    ("phone/forms.py", "import weiyou.cli.app", FLOORS),
    ("settings.py", "import weiyou.domain.words", FLOORS),
    ("domain/words.py", "import os", RULES),
    ("domain/words.py", "import sqlalchemy", RULES),
    ("services/steps.py", "import sqlalchemy", SQL),
    ("phone/forms.py", "import sqlalchemy.orm", SQL),
    ("reports/queue.py", "import alembic", SQL),
    ("phone/forms.py", "import weiyou.store.audit", STORE),
    ("widgets/door.py", "import weiyou.adapters.qr", STORE),
    ("services/triage.py", "import weiyou.services.closure", JOURNEY),
    ("services/intake.py", "import weiyou.services.triage", JOURNEY),
    ("services/steps.py", "import starlette", FRAMEWORKS),
    ("reports/queue.py", "import ipywidgets", FRAMEWORKS),
    ("cli/app.py", "import voila", FRAMEWORKS),
]


def lint(folder: Path) -> str:
    """Return what import-linter says of the package in a folder."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "lib")},
        capture_output=True,
        check=False,
        text=True,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(
        REPOSITORY / "lib", folder / "lib", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    return folder


@pytest.mark.slow
def test_the_copy_as_it_is_keeps_all_contracts(copy: Path) -> None:
    said = lint(copy)
    for name in NAMES:
        assert f"{name} KEPT" in said, said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "line", "name"), OFFENCES, ids=[f"{f}: {i}" for f, i, _ in OFFENCES]
)
def test_a_contract_is_broken_by(copy: Path, file: str, line: str, name: str) -> None:
    path = copy / "lib" / "weiyou" / file
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        said = lint(copy)
    finally:
        path.write_text(before, encoding="utf-8")
    assert f"{name} BROKEN" in said, said


@pytest.mark.slow
def test_a_new_folder_must_be_given_a_floor(copy: Path) -> None:
    room = copy / "lib" / "weiyou" / "attic"
    room.mkdir()
    (room / "__init__.py").write_text("", encoding="utf-8")
    try:
        said = lint(copy)
    finally:
        shutil.rmtree(room)
    assert "attic" in said
    assert "KEPT" not in said.split(FLOORS)[-1].splitlines()[0], said


def test_every_contract_has_an_offence_that_breaks_it() -> None:
    assert {name for _, _, name in OFFENCES} == set(NAMES)
