"""A notebook of the desk opens a door and shows a screen; everything else lives in the package."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from weiyou.domain import apps
from weiyou.settings import REPOSITORY

NOTEBOOKS = sorted((REPOSITORY / "apps").glob("**/*.ipynb"))
LINES_MAX = 12
LOGIC = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.If, ast.IfExp, ast.For,
    ast.While, ast.Try, ast.With, ast.Match, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp, ast.BoolOp, ast.BinOp, ast.Compare, ast.Subscript, ast.Delete, ast.Global,
)  # fmt: skip


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


def code(path: Path) -> str:
    return "\n".join("".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "code")


def test_there_is_one_notebook_for_each_app() -> None:
    assert {path.stem for path in NOTEBOOKS} == {app.name for app in apps.APPS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_kept(path: Path) -> None:
    for cell in cells(path):
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        assert not cell.get("attachments")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_a_few_lines_without_logic(path: Path) -> None:
    source = code(path)
    assert len([line for line in source.splitlines() if line.strip()]) <= LINES_MAX
    tree = ast.parse(source)  # a magic (% or !) is no Python
    assert [node for node in ast.walk(tree) if isinstance(node, LOGIC)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_imports_the_screens_and_nothing_else(path: Path) -> None:
    for node in ast.walk(ast.parse(code(path))):
        assert not isinstance(node, ast.Import)
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").startswith("weiyou.widgets.")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_its_words_for_people_are_not_in_it(path: Path) -> None:
    assert [cell for cell in cells(path) if cell["cell_type"] != "code"] == []
