"""Many rows at once: first set-up and demonstration data. 批量写入"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from weiyou.store.tables import Account, Area, Category, Department, Household, Petition, Table

Row = Mapping[str, Any]


def put(session: Session, table: type[Table], rows: Sequence[Row]) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        session.execute(insert(table), list(rows))


def put_for_ids(session: Session, table: type[Table], rows: Sequence[Row]) -> list[int]:
    """Insert rows, at least one, and return their ids, in order."""
    statement = insert(table).returning(
        table.id,  # type: ignore[attr-defined]  # all ours have one
        sort_by_parameter_order=True,
    )
    return list(session.scalars(statement, list(rows)))


def draw(session: Session, columns: Mapping[str, Row]) -> None:
    """Set columns of areas, such as polygon and point, by code."""
    for code, values in columns.items():
        session.execute(
            update(Area)
            .where(Area.code == code)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def is_used(session: Session) -> bool:
    """Return whether there is more than reference data: an account, a household, a matter."""
    return any(
        session.scalar(select(exists().select_from(table)))
        for table in (Account, Household, Petition)
    )


def area_codes(session: Session, codes: Collection[str]) -> set[str]:
    """Return which of `codes` are there, on any day."""
    return set(session.scalars(select(Area.code).where(Area.code.in_(codes))))


def category_codes(session: Session) -> set[str]:
    """Return the codes of all categories."""
    return set(session.scalars(select(Category.code)))


def department_ids(session: Session) -> dict[str, int]:
    """Return the ids of all departments, by code."""
    rows = session.execute(select(Department.code, Department.id))
    return {code: number for code, number in rows}  # noqa: C416 (rows are not pairs)


def demo_accounts(session: Session) -> list[Account]:
    """Return the made-up accounts that can be signed in to."""
    return list(
        session.scalars(
            select(Account)
            .where(Account.demo.is_(True), Account.password_hash.is_not(None))
            .order_by(Account.id)
        )
    )
