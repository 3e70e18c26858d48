"""Which column was what the last time, kept by kind of table. 列对应"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path


def recall(path: Path, kind: str) -> dict[str, str]:
    """Return column by field as it was said for this kind of table, or nothing."""
    kept = _read(path).get(kind, {})
    return {str(field): str(column) for field, column in kept.items()}


def remember(path: Path, kind: str, columns: Mapping[str, str]) -> None:
    """Keep column by field for this kind of table."""
    kept = {**_read(path), kind: dict(columns)}
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    fresh.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(path)


def _read(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    kept = json.loads(path.read_text(encoding="utf-8"))
    return kept if isinstance(kept, dict) else {}
