"""Households and the people in them: the ledger's two plain tables. 户与人"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from weiyou.store.tables.base import OPEN, Table, personal, sensitive

SERVICE = "走访与办理"
WHILE_HERE = "迁出后 2 年"


class Household(Table):
    """A household at a door. 户"""

    __tablename__ = "household"

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    area: Mapped[str] = mapped_column(String(15), index=True, info=OPEN)  # micro-grid
    natural_village: Mapped[str | None] = mapped_column(String(15), info=OPEN)
    door: Mapped[str] = mapped_column(String(60), info=personal(SERVICE, WHILE_HERE))
    house_use: Mapped[str] = mapped_column(String(20), info=OPEN)  # own, let, vacant
    lon: Mapped[float | None] = mapped_column(info=personal(SERVICE, WHILE_HERE))  # WGS-84
    lat: Mapped[float | None] = mapped_column(info=personal(SERVICE, WHILE_HERE))
    created_at: Mapped[datetime] = mapped_column(info=OPEN)


class Person(Table):
    """A member of a household. 家庭成员"""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True, info=OPEN)
    relation: Mapped[str] = mapped_column(String(20), info=personal(SERVICE, WHILE_HERE))
    name: Mapped[str] = mapped_column(String(40), info=personal(SERVICE, WHILE_HERE))
    sex: Mapped[str] = mapped_column(String(1), info=personal(SERVICE, WHILE_HERE))
    born: Mapped[date | None] = mapped_column(Date, info=personal(SERVICE, WHILE_HERE))
    telephone: Mapped[str | None] = mapped_column(String(30), info=sensitive(SERVICE, WHILE_HERE))
    created_at: Mapped[datetime] = mapped_column(info=OPEN)
