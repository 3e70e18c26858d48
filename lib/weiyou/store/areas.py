"""Areas, departments, categories and codes as facts. 辖区查询"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BigInteger, cast, func, or_, select
from sqlalchemy.orm import Session

from weiyou.domain.areas import AreaKind
from weiyou.errors import NotFound
from weiyou.store.tables import Area, Category, Department, QrCode


def valid(session: Session, day: date, kinds: Sequence[AreaKind] = ()) -> list[Area]:
    """Return the areas that are valid on `day`, by code."""
    statement = (
        select(Area)
        .where(Area.valid_from <= day, or_(Area.valid_to.is_(None), Area.valid_to > day))
        .order_by(Area.code)
    )
    if kinds:
        statement = statement.where(Area.kind.in_(kinds))
    return list(session.scalars(statement))


def inside(session: Session, day: date, prefix: str, kinds: Sequence[AreaKind]) -> list[Area]:
    """Return the areas of some kinds that lie in `prefix` on `day`, by code."""
    return list(
        session.scalars(
            select(Area)
            .where(
                Area.code.startswith(prefix, autoescape=True),
                Area.kind.in_(kinds),
                Area.valid_from <= day,
                or_(Area.valid_to.is_(None), Area.valid_to > day),
            )
            .order_by(Area.code)
        )
    )


def by_code(session: Session, code: str, day: date) -> Area:
    """Return the area with `code` on `day`. Raises: NotFound."""
    found = session.scalars(
        select(Area).where(
            Area.code == code,
            Area.valid_from <= day,
            or_(Area.valid_to.is_(None), Area.valid_to > day),
        )
    ).first()
    if found is None:
        raise NotFound("没有这个辖区")
    return found


def names(session: Session, day: date) -> dict[str, str]:
    """Return the name of every area that is valid on `day`, by code."""
    rows = session.execute(
        select(Area.code, Area.name).where(
            Area.valid_from <= day, or_(Area.valid_to.is_(None), Area.valid_to > day)
        )
    )
    return {code: name for code, name in rows}  # noqa: C416 (rows are not pairs)


def live_code(session: Session, serial: str) -> QrCode | None:
    """Return the printed code with `serial`, unless it is unknown or revoked."""
    return session.scalars(
        select(QrCode).where(QrCode.serial == serial, QrCode.revoked_at.is_(None))
    ).one_or_none()


def live_codes(session: Session, prefix: str = "", limit: int | None = None) -> list[QrCode]:
    """Return the codes in force inside an area, by area."""
    return list(
        session.scalars(
            select(QrCode)
            .where(QrCode.revoked_at.is_(None), QrCode.area.startswith(prefix))
            .order_by(QrCode.area)
            .limit(limit)
        )
    )


def last_grid(session: Session, village: str) -> int:
    """Return the highest number that a micro-grid of a village has ever had, or 0."""
    code = session.scalar(
        select(func.max(Area.code)).where(
            Area.code.startswith(village, autoescape=True), Area.kind == AreaKind.GRID
        )
    )
    return int(code[-3:]) if code else 0


def last_serial(session: Session) -> int:
    """Return the highest serial of a printed code, revoked or not, or 0."""
    return session.scalar(select(func.max(cast(QrCode.serial, BigInteger)))) or 0


def categories(session: Session) -> list[Category]:
    """Return the leaves of the tree, by code."""
    return list(session.scalars(select(Category).order_by(Category.code)))


def departments(session: Session) -> list[Department]:
    """Return the departments, by code."""
    return list(session.scalars(select(Department).order_by(Department.code)))
