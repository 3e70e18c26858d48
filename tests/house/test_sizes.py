"""Rooms stay small, have telling names, and nothing happens on the doorstep."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house import tracked
from weiyou.settings import REPOSITORY

FILE_MAX, FUNCTION_MAX = 400, 40
NO_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "data"}
LIB = [path for path in tracked.python("lib") if path.parent.name != "versions"]
"""Without the migrations: they are a record of what the tables were, written once."""


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    assert {path.name: lines(path) for path in LIB if lines(path) > FILE_MAX} == {}


def test_no_module_is_named_after_nothing() -> None:
    names = {part for path in LIB for part in path.relative_to(REPOSITORY / "lib").parts}
    allowed = {"data.py"}  # the command line's `weiyou prepare`, which is about the data
    stems = {Path(name).stem for name in names - allowed}
    assert stems & NO_NAMES == set()


@cache
def functions(path: Path) -> list[tuple[str, int]]:
    return list(_functions(path))


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function and its length, without the functions inside it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [n for n in ast.walk(node) if isinstance(n, type(node)) and n is not node]
            yield node.name, _length(node) - sum(_length(n) for n in inner)


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{path.name}:{name}": length
        for path in LIB
        for name, length in functions(path)
        if length > FUNCTION_MAX
    }
    assert long == {}


def test_half_of_all_functions_are_short() -> None:
    lengths = sorted(length for path in LIB for _, length in functions(path))
    assert lengths[len(lengths) // 2] <= 10


def test_an_init_file_makes_nothing() -> None:
    """Imports, names and functions only: no call, no object that lives."""
    for path in LIB:
        if path.name == "__init__.py":
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                assert not isinstance(node, ast.ClassDef | ast.For | ast.With | ast.If), path
                if isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign):
                    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
                    assert calls == [], path
