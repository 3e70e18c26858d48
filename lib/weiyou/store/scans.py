"""How often codes were opened, as facts. 扫码量"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from weiyou.store.tables import QrCode, QrScan


def add(session: Session, serial: str, day: date, times: int) -> int:
    """Count openings of a code in force, and return how many were counted."""
    code_id = session.scalar(
        select(QrCode.id).where(QrCode.serial == serial, QrCode.revoked_at.is_(None))
    )
    if code_id is None:
        return 0
    row = session.get(QrScan, (code_id, day))
    if row is None:
        session.add(QrScan(qr_code_id=code_id, day=day, count=times))
        session.flush()
        return times
    session.execute(
        update(QrScan)
        .where(QrScan.qr_code_id == code_id, QrScan.day == day)
        .values(count=QrScan.count + times)
        .execution_options(synchronize_session=False)
    )
    return times
