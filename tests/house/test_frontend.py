"""What the browser runs in an open app is built from what stands in the repository."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
BUILT: Final = ROOT / "lib" / "weiyou" / "desk" / "static" / "app"
OTHERS: Final = {"manifest.json", "licences.txt"}
WIDGETS: Final = ROOT / "lib" / "weiyou" / "widgets"


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    made: dict[str, Any] = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    return made


def test_the_built_files_are_of_these_sources(manifest: dict[str, Any]) -> None:
    sources = [
        *(ROOT / "frontend" / "src").rglob("*.js"),
        *(ROOT / "frontend" / "src").rglob("*.css"),
        *(ROOT / "frontend" / name for name in ("build.mjs", "package.json", "package-lock.json")),
        *(WIDGETS / "vue").glob("*.vue"),
    ]
    now = {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sources
    }

    assert now == manifest["sources"], "run `npm ci && npm run build` in frontend/"


def test_every_icon_that_a_screen_names_is_drawn(manifest: dict[str, Any]) -> None:
    files = [*WIDGETS.rglob("*.vue"), *WIDGETS.rglob("*.py")]
    named = {
        name for path in files for name in re.findall(r"mdi-[a-z0-9-]+", path.read_text("utf-8"))
    }

    assert named == set(manifest["icons"])


def test_every_file_lies_there_packed_too_and_none_is_left_over(manifest: dict[str, Any]) -> None:
    listed = {manifest["script"], manifest["style"], *manifest["with"]}
    listed |= {name for part in manifest["parts"].values() for name in part}
    plain = {path.name for path in BUILT.glob("*.js")} | {path.name for path in BUILT.glob("*.css")}

    assert listed <= plain
    packed = {f"{name}{ending}" for name in plain for ending in (".br", ".gz")}
    assert {path.name for path in BUILT.iterdir()} == plain | packed | OTHERS


def test_the_addresses_are_named_after_the_content(manifest: dict[str, Any]) -> None:
    names = [path.name for path in BUILT.glob("*.js")] + [path.name for path in BUILT.glob("*.css")]

    assert [name for name in names if not re.fullmatch(r"[a-z]+-[A-Z0-9]{8}\.(js|css)", name)] == []
