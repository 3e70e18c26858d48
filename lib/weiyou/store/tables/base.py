"""What all tables share: types, naming, and the privacy words of a column."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from sqlalchemy import DateTime, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

from weiyou.domain.words import Word

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

OPEN: Final = {"privacy": "open"}
"""Says nothing about a person."""


def personal(purpose: str, retention: str) -> dict[str, str]:
    """Return the privacy words of a column about a person: masked in lists, audited when opened."""
    return {"privacy": "personal", "purpose": purpose, "retention": retention}


def sensitive(purpose: str, retention: str) -> dict[str, str]:
    """Return the privacy words of a column that could hurt a person (PIPL art. 28)."""
    return {"privacy": "sensitive", "purpose": purpose, "retention": retention}


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC. A naive value is refused.

    PostgreSQL answers aware values, SQLite naive ones; both come back aware, in UTC.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return `value` in UTC, without a zone for SQLite, which keeps none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored value, aware, in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class WordType(TypeDecorator[Word]):
    """A `Word`, kept as its English value."""

    impl = String(40)
    cache_ok = True

    def __init__(self, kind: type[Word]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Word | None, dialect: Dialect) -> str | None:
        """Return the English value; a word that the list does not know is refused."""
        del dialect
        return None if value is None else self.kind.of(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Word | None:
        """Return the member."""
        del dialect
        return None if value is None else self.kind.of(value)


class Table(DeclarativeBase):
    """The mother of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Instant}
