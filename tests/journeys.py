"""Ways to bring a made-up matter to where a test begins."""

from __future__ import annotations

from datetime import datetime

from tests.factories import GRID, NOW, a_petition, the
from weiyou.domain.areas import Level
from weiyou.domain.people import Actor
from weiyou.domain.petitions import AttachmentKind
from weiyou.services import cases, closure, handling, triage
from weiyou.services.intake import Receipt
from weiyou.services.office import Office
from weiyou.store.tables import Attachment, AuditEvent, Department, Petition

MOBILE = "154" + "0000" + "0042"
TEXT = f"路灯坏了，打{MOBILE}找我。"


def department(office: Office, code: str) -> int:
    """Return the id of a department."""
    with office.store.read() as session:
        return session.query(Department).filter_by(code=code).one().id


def hand_to(
    office: Office,
    clerk: Actor,
    receipt: Receipt,
    level: Level,
    *,
    code: str = "jianshe",
    now: datetime = NOW,
) -> Petition:
    """Hand a matter to a level and return it."""
    found = the(office, receipt)
    chosen = department(office, code) if level is Level.DEPARTMENT else None
    with office.work(clerk, now) as work:
        triage.assign(
            work, petition_id=found.id, version=found.version, level=level, department_id=chosen
        )
    return the(office, receipt)


def answer(
    office: Office,
    actor: Actor,
    receipt: Receipt,
    *,
    words: str = "已经修好。",
    now: datetime = NOW,
) -> Petition:
    """Answer a matter that the actor has in hand and return it."""
    found = the(office, receipt)
    with office.work(actor, now) as work:
        handling.answer(work, petition_id=found.id, version=found.version, words=words)
    return the(office, receipt)


def close(office: Office, clerk: Actor, receipt: Receipt, *, now: datetime = NOW) -> Petition:
    """Close an answered matter and return it."""
    found = the(office, receipt)
    with office.work(clerk, now) as work:
        closure.close(work, petition_id=found.id, version=found.version)
    return the(office, receipt)


def traces(office: Office, action: str) -> list[AuditEvent]:
    """Return what the audit trail remembers of one action, the oldest first."""
    with office.store.read() as session:
        return session.query(AuditEvent).filter_by(action=action).order_by(AuditEvent.id).all()


def a_report(office: Office, area: str = GRID) -> Receipt:
    """Hand in a matter by somebody who leaves his name and number."""
    return a_petition(
        office, area, text=TEXT, name="吴小葵", phone=MOBILE, place="东头自然村12号门口"
    )


def opened(office: Office, actor: Actor, petition_id: int) -> cases.Case:
    """Return a matter as the actor sees it."""
    with office.work(actor, NOW) as work:
        return cases.open_case(work, petition_id=petition_id)


def an_attachment(office: Office, receipt: Receipt, kind: AttachmentKind) -> int:
    """Add a file to a matter and return its id."""
    petition = the(office, receipt)
    with office.store.write() as session:
        file = Attachment(
            petition_id=petition.id,
            upload_key="k" * 16,
            source_sha256=kind.value.ljust(64, "0"),
            sha256=office.files.put(kind.value.encode()),
            kind=kind,
            media_type="image/webp" if kind is AttachmentKind.PHOTO else "audio/webm",
            size_bytes=5,
            added_at=NOW,
        )
        session.add(file)
        session.flush()
        return file.id
