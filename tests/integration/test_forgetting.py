"""What has had its time is forgotten, and nothing that has not."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.factories import NOW, STREET, a_key, a_petition, a_street, an_account, the
from weiyou.domain.people import Role
from weiyou.domain.petitions import AttachmentKind
from weiyou.services import upkeep
from weiyou.services.office import Office
from weiyou.store.tables import Attachment, Kernel, Session, SignInAttempt, Submission

DAY = timedelta(days=1)


def an_upload(office: Office, content: bytes, added_at: datetime, *, key: str = "") -> str:
    """Keep a file that waits for its matter, and return its name."""
    name = office.files.put(content)
    with office.store.write() as session:
        session.add(
            Attachment(
                upload_key=key or a_key(),
                source_sha256=name,
                sha256=name,
                kind=AttachmentKind.PHOTO,
                media_type="image/webp",
                size_bytes=len(content),
                added_at=added_at,
            )
        )
    return name


def is_kept(office: Office, name: str) -> bool:
    return office.files._path(name).exists()


def test_a_file_whose_matter_never_came_goes_after_thirty_days(office: Office) -> None:
    old = an_upload(office, b"old", NOW)
    young = an_upload(office, b"young", NOW + DAY)
    assert upkeep.tick(office, NOW + 30 * DAY)["uploads"] == 0
    assert upkeep.tick(office, NOW + 30 * DAY + timedelta(seconds=1))["uploads"] == 1
    assert [is_kept(office, name) for name in (old, young)] == [False, True]
    with office.store.read() as session:
        assert [upload.sha256 for upload in session.query(Attachment)] == [young]


def test_a_file_that_a_matter_shows_stays_whoever_else_forgot_it(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    an_upload(office, b"the same", NOW)
    name = an_upload(office, b"the same", NOW)
    with office.store.write() as session:
        (one, _) = session.query(Attachment).all()
        one.petition_id = the(office, receipt).id
    assert upkeep.tick(office, NOW + 40 * DAY)["uploads"] == 0
    assert is_kept(office, name)
    with office.store.read() as session:
        assert session.query(Attachment).count() == 1


def test_keys_tries_and_sessions_go_when_their_time_is_over(office: Office) -> None:
    a_street(office)
    a_petition(office)
    worker = an_account(office, Role.TRIAGE, STREET)
    with office.store.write() as db:
        for n, moment in enumerate((NOW, NOW + DAY)):
            db.add(SignInAttempt(login="x", address="10.0.0.1", at=moment, succeeded=False))
            session = Session(
                token_hash=f"{n}",
                account_id=worker.account_id,
                door="desk",
                created_at=moment,
                seen_at=moment,
                expires_at=moment,
            )
            db.add(session)
            db.flush()
            db.add(
                Kernel(
                    id=f"{n}", pass_hash=f"{n}", session_id=session.id, app="x", started_at=moment
                )
            )

    def left() -> list[int]:
        with office.store.read() as db:
            kinds = (Submission, SignInAttempt, Session, Kernel)
            return [db.query(kind).count() for kind in kinds]

    upkeep.tick(office, NOW + 30 * DAY)
    assert left() == [1, 2, 2, 2]
    done = upkeep.tick(office, NOW + 30 * DAY + timedelta(seconds=1))
    assert (left(), done["keys"]) == ([0, 2, 2, 2], 1)
    done = upkeep.tick(office, NOW + 180 * DAY + timedelta(seconds=1))
    assert left() == [0, 1, 1, 1], "six months, as the law on network security says"
    assert (done["attempts"], done["sessions"]) == (1, 1)
