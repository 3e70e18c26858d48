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

from sqlalchemy import String, bindparam, insert, select, type_coerce, update
from sqlalchemy.orm import Session

from weiyou.domain.people import Role
from weiyou.store.tables import AuditEvent, AuditHead

CHAINS: Final = 16


@dataclass(frozen=True)
class Entry:
    """What is to be remembered of one deed; no personal field is copied."""

    at: datetime
    actor_id: int | None
    role: Role | str
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
        heads[entry.chain] = seq + 1, end(key, entry.chain, seq + 1, mac)
        rows.append({**vars(entry), "chain": entry.chain, "seq": seq + 1, "mac": mac})
    connection = session.connection()  # no object is watched here: half the cost of the session
    connection.execute(insert(AuditEvent), rows)
    connection.execute(
        _MOVE, [{"of": chain, "to": seq, "sealed": mac} for chain, (seq, mac) in heads.items()]
    )


_MOVE: Final = (
    update(AuditHead)
    .where(AuditHead.chain == bindparam("of"))
    .values(seq=bindparam("to"), mac=bindparam("sealed"))
)


def _lock(session: Session, chains: set[int]) -> dict[int, tuple[int, str]]:
    """Return where the chains end, locked until the transaction ends."""
    rows = session.connection().execute(
        select(AuditHead.chain, AuditHead.seq, AuditHead.mac)
        .where(AuditHead.chain.in_(chains))
        .order_by(AuditHead.chain)
        .with_for_update()
    )
    return {chain: (seq, mac) for chain, seq, mac in rows}


def seal(key: bytes, entry: Entry, chain: int, seq: int, previous: str) -> str:
    """Return the keyed MAC over a row, its place and the end of the chain before it."""
    words = [chain, seq, entry.at.astimezone(UTC).isoformat(), entry.actor_id, str(entry.role)]
    words += [entry.action, entry.object, entry.object_id, entry.fields, entry.purpose]
    words += [entry.reason, entry.result, previous]
    body = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return _mac(key, body)


def end(key: bytes, chain: int, seq: int, mac: str) -> str:
    """Return the keyed MAC of a chain that ends with a row.

    It stands in the chain's head only as long as the chain ends there, and in no row: whoever cuts
    a tail off cannot make an older end from what is left.
    """
    return _mac(key, f"end:{chain}:{seq}:{mac}")


def _mac(key: bytes, body: str) -> str:
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def faults(session: Session, key: bytes) -> Iterator[str]:
    """Yield what is wrong with the chains: a changed, missing, foreign or cut-off row."""
    heads = session.execute(select(AuditHead.chain, AuditHead.seq, AuditHead.mac)).all()
    ends = {chain: (seq, mac) for chain, seq, mac in heads}
    for chain in sorted({*range(CHAINS), *ends, *_used(session)}):
        yield from _faults_of(session, key, chain, ends.get(chain))


def _used(session: Session) -> set[int]:
    return set(session.scalars(select(AuditEvent.chain).distinct()))


def _faults_of(
    session: Session, key: bytes, chain: int, head: tuple[int, str] | None
) -> Iterator[str]:
    previous, seq = "", 0
    for row in session.execute(_CHECKED.where(AuditEvent.chain == chain)):
        entry = Entry(*row[2:])
        if row.seq != seq + 1:
            yield f"chain {chain}: row {seq + 1} is missing"
        if row.mac != seal(key, entry, chain, row.seq, previous) or entry.chain != chain:
            yield f"chain {chain}: row {row.seq} was changed"
        previous, seq = end(key, chain, row.seq, row.mac), row.seq
    if head is None:
        yield f"chain {chain}: its end is missing"
    elif head != (seq, previous):
        yield f"chain {chain}: ends at {seq}, should end at {head[0]}"


_CHECKED: Final = select(
    AuditEvent.seq,
    AuditEvent.mac,
    AuditEvent.at,
    AuditEvent.actor_id,
    type_coerce(AuditEvent.role, String),  # a word that the list does not know is a fault, too
    AuditEvent.action,
    AuditEvent.object,
    AuditEvent.object_id,
    AuditEvent.fields,
    AuditEvent.purpose,
    AuditEvent.reason,
    AuditEvent.result,
).order_by(AuditEvent.seq)
