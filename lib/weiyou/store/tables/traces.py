"""Traces and messages: the audit chain and the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from weiyou.domain.people import Role
from weiyou.store.tables.base import OPEN, Table, WordType


class AuditEvent(Table):
    """Which member of staff did or read what; no personal field is copied. 审计

    Rows of a chain are numbered without gaps; `mac` is keyed and covers the row and the `mac`
    before it. There are several chains so that writers need not wait for one another.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("uq_audit_event_chain", "chain", "seq", unique=True),
        Index("ix_audit_event_object", "object", "object_id"),
        Index("ix_audit_event_actor_at", "actor_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    chain: Mapped[int] = mapped_column(info=OPEN)
    seq: Mapped[int] = mapped_column(info=OPEN)
    at: Mapped[datetime] = mapped_column(info=OPEN)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=OPEN)
    role: Mapped[Role] = mapped_column(WordType(Role), info=OPEN)
    action: Mapped[str] = mapped_column(String(40), info=OPEN)
    object: Mapped[str] = mapped_column(String(40), info=OPEN)
    object_id: Mapped[str] = mapped_column(String(80), info=OPEN)
    fields: Mapped[str] = mapped_column(String(200), default="", info=OPEN)
    purpose: Mapped[str] = mapped_column(String(40), default="", info=OPEN)
    reason: Mapped[str] = mapped_column(String(200), default="", info=OPEN)
    result: Mapped[str] = mapped_column(String(20), default="done", info=OPEN)
    mac: Mapped[str] = mapped_column(String(64), info=OPEN)


class AuditHead(Table):
    """Where each chain ends; locked while a row is appended. 审计链首"""

    __tablename__ = "audit_head"

    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=OPEN)
    seq: Mapped[int] = mapped_column(default=0, info=OPEN)
    mac: Mapped[str] = mapped_column(String(64), default="", info=OPEN)


class OutboxMessage(Table):
    """A message that leaves in its own time, with a lease; it carries no petition text. 待发消息"""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_due", "sent_at", "lease_until", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    key: Mapped[str] = mapped_column(String(120), unique=True, info=OPEN)
    channel: Mapped[str] = mapped_column(String(20), info=OPEN)
    recipient: Mapped[str] = mapped_column(String(80), info=OPEN)  # account:7, department:3
    template: Mapped[str] = mapped_column(String(40), info=OPEN)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=OPEN)
    created_at: Mapped[datetime] = mapped_column(info=OPEN)
    lease_until: Mapped[datetime | None] = mapped_column(info=OPEN)
    attempts: Mapped[int] = mapped_column(default=0, info=OPEN)
    sent_at: Mapped[datetime | None] = mapped_column(info=OPEN)
