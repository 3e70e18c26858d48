"""What is kept in the repository: its files, and what can be read of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from weiyou.settings import REPOSITORY


@cache
def files() -> tuple[Path, ...]:
    """Return the files that git keeps, and those that it would with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        text=True,
    )
    return tuple(
        REPOSITORY / name for name in listed.stdout.split("\0") if (REPOSITORY / name).is_file()
    )


def texts() -> Iterator[tuple[str, str]]:
    """Yield path and content of every file that is text."""
    for path in files():
        try:
            yield str(path.relative_to(REPOSITORY)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def python(folder: str) -> list[Path]:
    """Return the Python files of a folder of the repository."""
    return [
        path
        for path in files()
        if path.suffix == ".py" and path.is_relative_to(REPOSITORY / folder)
    ]
