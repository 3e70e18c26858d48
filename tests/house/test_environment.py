"""One truth about what is installed: pyproject.toml, locked; the others say the same."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from weiyou.settings import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
LOCKED = {
    canonicalize_name(name): version
    for name, version in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([\w.!+-]+)", LOCK, re.MULTILINE)
}
WANTED = [
    Requirement(text)
    for text in (*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"])
]


def test_conda_users_get_the_same_python_and_the_package_itself() -> None:
    lines = (REPOSITORY / "environment.yml").read_text(encoding="utf-8").splitlines()
    wanted = [line.strip().removeprefix("- ") for line in lines if line.strip().startswith("- ")]
    assert wanted == [
        "conda-forge",
        f"python {PROJECT['project']['requires-python']}",
        "pip",
        "pip:",
        "-e .",
    ]
    assert f"name: {PROJECT['project']['name']}" in lines


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: wanted.name)
def test_the_lock_holds_what_is_asked_for(wanted: Requirement) -> None:
    version = LOCKED[canonicalize_name(wanted.name)]
    assert wanted.specifier.contains(version, prereleases=True)


def test_everything_locked_has_a_hash() -> None:
    blocks = re.split(r"\n(?=[\w.-]+(?:\[[\w,-]+\])?==)", LOCK)
    pinned = [block for block in blocks if re.match(r"[\w.-]+(?:\[[\w,-]+\])?==", block)]
    assert len(pinned) >= len(LOCKED)
    assert [block.split()[0] for block in pinned if "--hash=sha256:" not in block] == []


def test_the_lock_was_made_from_the_project_for_all_machines() -> None:
    head = LOCK[:400]
    assert "uv pip compile --universal" in head
    assert "--generate-hashes --group dev pyproject.toml" in head
