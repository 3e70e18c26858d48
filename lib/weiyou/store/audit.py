"""The audit chains: append a row, and prove that none was changed. 审计链

Sixteen chains instead of one, so that writers on PostgreSQL seldom wait for each other.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from weiyou.domain.people import Role
from weiyou.store.tables import AuditEvent, AuditHead

CHAINS: Final = 16


@dataclass(frozen=True)
class Entry:
    """What is to be remembered of one deed; no personal field is copied."""

    at: datetime
    actor_id: int | None
    role: Role
    action: str
    object: str
    object_id: str
    fields: str = ""
    purpose: str = ""
    reason: str = ""
    result: str = "done"

    @property
    def chain(self) -> int:
        """Return the chain that holds everything about one object."""
        return zlib.crc32(f"{self.object}:{self.object_id}".encode()) % CHAINS


def append(session: Session, key: bytes, entries: list[Entry]) -> None:
    """Append `entries`; the chains are locked in a fixed order so that writers never deadlock."""
    if not entries:
        return
    heads = _lock(session, {entry.chain for entry in entries})
    rows = []
    for entry in entries:
        seq, previous = heads[entry.chain]
        mac = seal(key, entry, entry.chain, seq + 1, previous)
        heads[entry.chain] = seq + 1, mac
        rows.append({**vars(entry), "chain": entry.chain, "seq": seq + 1, "mac": mac})
    session.execute(insert(AuditEvent), rows)
    session.execute(
        update(AuditHead),
        [{"chain": chain, "seq": seq, "mac": mac} for chain, (seq, mac) in heads.items()],
    )


def _lock(session: Session, chains: set[int]) -> dict[int, tuple[int, str]]:
    """Return where the chains end, locked until the transaction ends."""
    rows = session.execute(
        select(AuditHead.chain, AuditHead.seq, AuditHead.mac)
        .where(AuditHead.chain.in_(chains))
        .order_by(AuditHead.chain)
        .with_for_update()
    )
    return {chain: (seq, mac) for chain, seq, mac in rows}


def seal(key: bytes, entry: Entry, chain: int, seq: int, previous: str) -> str:
    """Return the keyed MAC over a row, its place and the MAC before it."""
    words = [chain, seq, entry.at.astimezone(UTC).isoformat(), entry.actor_id, entry.role.value]
    words += [entry.action, entry.object, entry.object_id, entry.fields, entry.purpose]
    words += [entry.reason, entry.result, previous]
    body = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def faults(session: Session, key: bytes) -> Iterator[str]:
    """Yield what is wrong with the chains: a changed, missing or cut-off row."""
    for chain, head_seq, head_mac in session.execute(
        select(AuditHead.chain, AuditHead.seq, AuditHead.mac).order_by(AuditHead.chain)
    ).all():
        previous, seq = "", 0
        rows = session.execute(
            select(AuditEvent).where(AuditEvent.chain == chain).order_by(AuditEvent.seq)
        ).scalars()
        for row in rows:
            entry = Entry(
                row.at, row.actor_id, row.role, row.action, row.object, row.object_id,
                row.fields, row.purpose, row.reason, row.result,
            )  # fmt: skip
            if row.seq != seq + 1:
                yield f"chain {chain}: row {seq + 1} is missing"
            if row.mac != seal(key, entry, chain, row.seq, previous):
                yield f"chain {chain}: row {row.seq} was changed"
            previous, seq = row.mac, row.seq
        if (seq, previous) != (head_seq, head_mac):
            yield f"chain {chain}: ends at {seq}, should end at {head_seq}"
