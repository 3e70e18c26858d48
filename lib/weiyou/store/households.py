"""Households and persons as facts. 户与人查询"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Spread:
    """How many households a grid has, and in which natural villages they stand."""

    households: int
    natural_villages: tuple[str, ...]  # codes


def spread(session: Session) -> dict[str, Spread]:
    """Return the spread of every grid that has households, by its code."""
    rows = session.execute(
        select(Household.area, Household.natural_village, func.count())
        .group_by(Household.area, Household.natural_village)
        .order_by(Household.area, Household.natural_village)
    )
    found: dict[str, Spread] = {}
    for area, hamlet, number in rows:
        so_far = found.get(area, Spread(0, ()))
        hamlets = (*so_far.natural_villages, hamlet) if hamlet else so_far.natural_villages
        found[area] = Spread(so_far.households + number, hamlets)
    return found
