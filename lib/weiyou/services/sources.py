"""The table that is taken in, and the one of refused rows, which may come back mended. 来源"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from weiyou.adapters import spreadsheets
from weiyou.adapters.spreadsheets import Cell, Row

OURS: Final = ("行号", "不能导入的原因")
"""What we write before a refused row."""


@dataclass(frozen=True)
class Refused:
    """A row that cannot be taken in, and why."""

    row: Row
    reason: str


def header(path: Path) -> tuple[str, ...]:
    """Return the source's columns. Raises: BadInput."""
    return tuple(name for name in spreadsheets.header(path) if name not in OURS)


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows; one that we refused and that comes back mended is read as the source's.

    Raises: BadInput, also in the middle of the file.
    """
    for row in spreadsheets.rows(path):
        if OURS[-1] in row.cells:
            cells = {
                name: spreadsheets.without_quote(text)
                for name, text in row.cells.items()
                if name not in OURS
            }
            yield replace(row, cells=cells)
        else:
            yield row


def count(path: Path) -> int:
    """Return how many rows a file has. Raises: BadInput."""
    return sum(1 for _ in spreadsheets.rows(path))


def write_rejects(path: Path, refused: Sequence[Refused]) -> None:
    """Write the refused rows, each with its number and the reason, for the next try."""
    names = refused[0].row.cells if refused else ()
    lines: list[list[Cell]] = [
        [one.row.number, one.reason, *one.row.cells.values(), *one.row.surplus] for one in refused
    ]
    spreadsheets.write_csv(path, [*OURS, *names], lines)
