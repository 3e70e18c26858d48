"""Households and persons as facts. 户与人查询"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weiyou.store.tables import Household, Person


def with_phone(session: Session, area: str, number: str) -> tuple[Person, int] | None:
    """Return who in the grid has that number, and how many people live in the household."""
    person = session.scalars(
        select(Person)
        .join(Household)
        .where(Household.area == area, Person.telephone == number)
        .order_by(Person.id)
    ).first()
    if person is None:
        return None
    members = session.scalar(
        select(func.count()).select_from(Person).where(Person.household_id == person.household_id)
    )
    return person, members or 0
