"""Checking that the traces are whole. 审计核对"""

from __future__ import annotations

from weiyou.services.office import Office
from weiyou.store import audit


def faults(office: Office) -> list[str]:
    """Return what is wrong with the audit chains; an empty list is good news."""
    with office.store.read() as session:
        return list(audit.faults(session, office.keys.audit))
