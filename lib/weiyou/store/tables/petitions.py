"""Petitions, what happened to them, what was attached, and what the resident thought of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from weiyou.domain.people import Role
from weiyou.domain.petitions import AttachmentKind, Grade, Source
from weiyou.domain.workflow import State, Step
from weiyou.store.tables.base import OPEN, Table, WordType, personal, sensitive

CASE = "办理事项"
THREE_YEARS = "办结后 3 年"
NINETY_DAYS = "评价期满后 90 天"


class Petition(Table):
    """One matter that a person has raised. 信访事项"""

    __tablename__ = "petition"
    __table_args__ = (
        CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted_at_and_by"),
        CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="lon_and_lat"),
        Index("ix_petition_street_state_due", "street", "state", "due_at", "id"),
        # due_at stands at the end so that this index, too, can answer without the table
        Index(
            "ix_petition_street_state_received", "street", "state", "received_at", "id", "due_at"
        ),
        Index("ix_petition_street_received", "street", "received_at", "id"),
        Index("ix_petition_street_closed", "street", "closed_at"),
        Index(
            "ix_petition_contact",
            "closed_at",
            sqlite_where=text("reporter_phone IS NOT NULL OR reporter_name IS NOT NULL"),
            postgresql_where=text("reporter_phone IS NOT NULL OR reporter_name IS NOT NULL"),
        ),
        Index("ix_petition_village_state_due", "village", "state", "due_at", "id"),
        Index("ix_petition_village_received", "village", "received_at", "id"),
        Index("ix_petition_area_state_due", "area", "state", "due_at", "id"),
        Index("ix_petition_department_state_due", "department_id", "state", "due_at", "id"),
        Index(
            "uq_petition_external",
            "source",
            "external_id",
            unique=True,
            sqlite_where=text("external_id IS NOT NULL"),
            postgresql_where=text("external_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    number: Mapped[str] = mapped_column(String(9), unique=True, info=OPEN)
    area: Mapped[str] = mapped_column(String(15), info=OPEN)
    street: Mapped[str] = mapped_column(
        String(9), Computed("substr(area, 1, 9)", persisted=True), info=OPEN
    )
    village: Mapped[str] = mapped_column(
        String(12), Computed("substr(area, 1, 12)", persisted=True), info=OPEN
    )
    category: Mapped[str | None] = mapped_column(ForeignKey("category.code"), info=OPEN)
    source: Mapped[Source] = mapped_column(WordType(Source), info=OPEN)
    external_id: Mapped[str | None] = mapped_column(String(80), info=OPEN)
    title: Mapped[str] = mapped_column(String(120), default="", info=personal(CASE, THREE_YEARS))
    text: Mapped[str] = mapped_column(Text, info=personal(CASE, THREE_YEARS))
    reporter_name: Mapped[str | None] = mapped_column(String(40), info=personal(CASE, NINETY_DAYS))
    reporter_phone: Mapped[str | None] = mapped_column(
        String(30), info=sensitive(CASE, NINETY_DAYS)
    )
    place: Mapped[str | None] = mapped_column(String(120), info=personal(CASE, THREE_YEARS))
    lon: Mapped[float | None] = mapped_column(info=sensitive(CASE, THREE_YEARS))  # WGS-84
    lat: Mapped[float | None] = mapped_column(info=sensitive(CASE, THREE_YEARS))
    accuracy_m: Mapped[float | None] = mapped_column(info=OPEN)
    notice_version: Mapped[str] = mapped_column(String(20), default="", info=OPEN)
    state: Mapped[State] = mapped_column(WordType(State), default=State.RECEIVED, info=OPEN)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), info=OPEN)
    been_with_grid: Mapped[bool] = mapped_column(default=False, info=OPEN)
    been_with_village: Mapped[bool] = mapped_column(default=False, info=OPEN)
    received_at: Mapped[datetime] = mapped_column(info=OPEN)
    due_at: Mapped[datetime] = mapped_column(info=OPEN)
    due_provisional: Mapped[bool] = mapped_column(default=False, info=OPEN)
    accepted_at: Mapped[datetime | None] = mapped_column(info=OPEN)
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=OPEN)
    answered_at: Mapped[datetime | None] = mapped_column(info=OPEN)
    closed_at: Mapped[datetime | None] = mapped_column(info=OPEN)
    round: Mapped[int] = mapped_column(default=1, info=OPEN)  # one more for each redo or reopen
    urged: Mapped[int] = mapped_column(default=0, info=OPEN)
    synthetic: Mapped[bool] = mapped_column(default=False, info=OPEN)  # demo data
    version: Mapped[int] = mapped_column(info=OPEN)  # two clerks, one petition: the second is told
    events: Mapped[list[PetitionEvent]] = relationship(
        back_populates="petition", order_by="PetitionEvent.id"
    )
    attachments: Mapped[list[Attachment]] = relationship(
        back_populates="petition", order_by="Attachment.id"
    )
    ratings: Mapped[list[Rating]] = relationship(back_populates="petition", order_by="Rating.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)


class PetitionEvent(Table):
    """One step of a matter; appended, never changed. 办理记录"""

    __tablename__ = "petition_event"
    __table_args__ = (Index("ix_petition_event_step_at", "step", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"), index=True, info=OPEN)
    step: Mapped[Step] = mapped_column(WordType(Step), info=OPEN)
    state: Mapped[State] = mapped_column(WordType(State), info=OPEN)  # after the step
    at: Mapped[datetime] = mapped_column(info=OPEN)
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=OPEN)  # None: resident
    role: Mapped[Role] = mapped_column(WordType(Role), info=OPEN)
    words: Mapped[str] = mapped_column(
        Text, default="", info=personal(CASE, THREE_YEARS)
    )  # the resident reads them
    note: Mapped[str] = mapped_column(
        Text, default="", info=personal(CASE, THREE_YEARS)
    )  # the office only
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=OPEN)
    petition: Mapped[Petition] = relationship(back_populates="events")


class Attachment(Table):
    """A photo or voice note, re-encoded and stripped, kept by its content. 附件

    `upload_key` and `source_sha256` name what the phone sent, so that a repeated upload is found
    again; until the matter arrives `petition_id` is empty.
    """

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("upload_key", "source_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    petition_id: Mapped[int | None] = mapped_column(
        ForeignKey("petition.id"), index=True, info=OPEN
    )
    event_id: Mapped[int | None] = mapped_column(ForeignKey("petition_event.id"), info=OPEN)
    upload_key: Mapped[str] = mapped_column(String(80), info=OPEN)
    source_sha256: Mapped[str] = mapped_column(String(64), info=OPEN)
    sha256: Mapped[str] = mapped_column(String(64), info=personal(CASE, THREE_YEARS))
    kind: Mapped[AttachmentKind] = mapped_column(WordType(AttachmentKind), info=OPEN)
    media_type: Mapped[str] = mapped_column(String(40), info=OPEN)
    size_bytes: Mapped[int] = mapped_column(info=OPEN)
    width_px: Mapped[int | None] = mapped_column(info=OPEN)
    height_px: Mapped[int | None] = mapped_column(info=OPEN)
    added_at: Mapped[datetime] = mapped_column(index=True, info=OPEN)
    petition: Mapped[Petition | None] = relationship(back_populates="attachments")


class Rating(Table):
    """What the resident thinks of one round of handling. 群众评价"""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("petition_id", "round"),
        Index("ix_rating_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"), info=OPEN)
    round: Mapped[int] = mapped_column(info=OPEN)
    grade: Mapped[Grade] = mapped_column(WordType(Grade), info=OPEN)
    solved: Mapped[bool] = mapped_column(info=OPEN)
    words: Mapped[str] = mapped_column(Text, default="", info=personal(CASE, THREE_YEARS))
    at: Mapped[datetime] = mapped_column(info=OPEN)
    petition: Mapped[Petition] = relationship(back_populates="ratings")


class Submission(Table):
    """An idempotency key and the receipt that it stands for; kept 30 days. 提交凭据

    Written in the same transaction as the petition: a key is known if and only if its petition is.
    """

    __tablename__ = "submission"

    key: Mapped[str] = mapped_column(String(80), primary_key=True, info=OPEN)
    body_hash: Mapped[str] = mapped_column(String(64), info=OPEN)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"), info=OPEN)
    at: Mapped[datetime] = mapped_column(index=True, info=OPEN)
