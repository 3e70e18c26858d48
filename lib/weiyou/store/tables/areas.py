"""Areas, departments, categories and the codes on the walls."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from weiyou.domain.areas import AreaKind, Level
from weiyou.store.tables.base import OPEN, Table, WordType


class Area(Table):
    """A county, street, village, natural village or micro-grid, valid from a day on. 辖区"""

    __tablename__ = "area"
    __table_args__ = (UniqueConstraint("code", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    code: Mapped[str] = mapped_column(String(15), index=True, info=OPEN)
    kind: Mapped[AreaKind] = mapped_column(WordType(AreaKind), info=OPEN)
    name: Mapped[str] = mapped_column(String(80), info=OPEN)
    valid_from: Mapped[date] = mapped_column(Date, info=OPEN)
    valid_to: Mapped[date | None] = mapped_column(Date, info=OPEN)  # exclusive
    polygon: Mapped[str | None] = mapped_column(Text, info=OPEN)  # GeoJSON geometry, WGS-84
    lon: Mapped[float | None] = mapped_column(info=OPEN)  # degrees, WGS-84, a point inside
    lat: Mapped[float | None] = mapped_column(info=OPEN)
    synthetic: Mapped[bool] = mapped_column(default=False, info=OPEN)  # 示意, not surveyed
    telephone: Mapped[str | None] = mapped_column(String(30), info=OPEN)  # an office's, printed


class Department(Table):
    """An office or station that matters are handed to. 业务部门"""

    __tablename__ = "department"

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    code: Mapped[str] = mapped_column(String(30), unique=True, info=OPEN)
    name: Mapped[str] = mapped_column(String(80), info=OPEN)
    area: Mapped[str] = mapped_column(String(15), info=OPEN)
    telephone: Mapped[str | None] = mapped_column(String(30), info=OPEN)


class Category(Table):
    """A leaf of the 10 × 6 tree of matters, with who tries first and for how long. 类别"""

    __tablename__ = "category"

    code: Mapped[str] = mapped_column(String(3), primary_key=True, info=OPEN)
    name: Mapped[str] = mapped_column(String(40), info=OPEN)
    group_code: Mapped[str] = mapped_column(String(1), index=True, info=OPEN)
    group_name: Mapped[str] = mapped_column(String(40), info=OPEN)
    examples: Mapped[str] = mapped_column(String(200), info=OPEN)
    first_level: Mapped[Level] = mapped_column(WordType(Level), info=OPEN)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), info=OPEN)
    urgency: Mapped[str] = mapped_column(String(2), info=OPEN)  # P1…P4, C, X
    limit_text: Mapped[str] = mapped_column(String(10), info=OPEN)  # "24h", "5wd", "60d"
    limit_source: Mapped[str] = mapped_column(String(200), info=OPEN)
    hotline_domain: Mapped[str] = mapped_column(String(40), info=OPEN)  # for 12345 exchange


class QrCode(Table):
    """A printed code of an area; revoked, never reused. 二维码"""

    __tablename__ = "qr_code"
    __table_args__ = (
        Index(
            "uq_qr_code_live",
            "area",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    serial: Mapped[str] = mapped_column(String(12), unique=True, info=OPEN)
    area: Mapped[str] = mapped_column(String(15), index=True, info=OPEN)
    issued_at: Mapped[datetime] = mapped_column(info=OPEN)
    revoked_at: Mapped[datetime | None] = mapped_column(info=OPEN)


class QrScan(Table):
    """How often a code was opened on a day; no address, no device. 扫码量"""

    __tablename__ = "qr_scan"

    qr_code_id: Mapped[int] = mapped_column(ForeignKey("qr_code.id"), primary_key=True, info=OPEN)
    day: Mapped[date] = mapped_column(Date, primary_key=True, info=OPEN)  # Shanghai date
    count: Mapped[int] = mapped_column(default=0, info=OPEN)
