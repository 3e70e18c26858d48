"""Keeping uploads and counting scans: the deeds below the phone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from tests.factories import NOW, OTHER_GRID, a_key, a_street, poster
from tests.phones import a_photo, name_of
from weiyou.domain.petitions import AttachmentKind
from weiyou.errors import BadInput, Collision
from weiyou.services import scans
from weiyou.services.office import Office
from weiyou.services.uploads import Sent, Uploads
from weiyou.store import attachments
from weiyou.store.tables import Attachment, QrCode, QrScan

DAY = date(2026, 3, 2)


def _sent(key: str, data: bytes, name: str = "") -> Sent:
    return Sent(key, name or name_of(data), AttachmentKind.PHOTO, data)


@pytest.fixture
def uploads(office: Office) -> Iterator[Uploads]:
    opened = Uploads(office)
    yield opened
    opened.close()


def test_an_upload_that_comes_many_times_at_once_is_kept_once(
    office: Office, uploads: Uploads
) -> None:
    sent = _sent(a_key(), a_photo())
    with ThreadPoolExecutor(8) as hands:
        kept = list(hands.map(lambda _: uploads.keep(sent, NOW), range(8)))
    assert sum(one.is_new for one in kept) == 1
    assert {one.name for one in kept} == {sent.name}
    with office.store.read() as session:
        row = session.query(Attachment).one()
    assert (row.upload_key, row.source_sha256, row.petition_id) == (sent.key, sent.name, None)
    assert (row.width_px, row.height_px, row.media_type) == (640, 480, "image/jpeg")
    assert len(office.files.get(row.sha256)) == row.size_bytes


def test_another_writer_of_the_same_upload_is_no_fault(
    office: Office, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = _sent(a_key(), a_photo())
    uploads.keep(sent, NOW)
    # Given that the other writer cannot be seen yet
    monkeypatch.setattr(attachments, "known", lambda *_: None)
    kept = uploads.keep(sent, NOW)
    assert (kept.name, kept.is_new) == (sent.name, False)


def test_a_key_that_is_none_keeps_nothing(uploads: Uploads) -> None:
    with pytest.raises(BadInput, match="提交凭据无效"):
        uploads.keep(_sent("short", a_photo()), NOW)


def test_openings_add_up_and_made_up_or_revoked_codes_are_passed_over(office: Office) -> None:
    a_street(office)
    revoked = poster(office, "0000002")
    with office.store.write() as session:
        session.query(QrCode).filter_by(area=OTHER_GRID).one().revoked_at = NOW
    opened = {(poster(office), DAY): 2, ("X-Y", DAY): 5, (revoked, DAY): 5}
    assert scans.count(office, opened, NOW) == 2
    assert scans.count(office, {(poster(office), DAY): 3}, NOW) == 3
    with office.store.read() as session:
        assert [row.count for row in session.query(QrScan)] == [5]


def test_two_processes_that_count_the_first_opening_of_a_day_collide_by_name(
    office: Office,
) -> None:
    a_street(office)
    scans.count(office, {(poster(office), DAY): 1}, NOW)
    with office.store.read() as session:
        code_id = session.query(QrCode).filter_by(serial="0000001").one().id
    with pytest.raises(Collision), office.store.write() as session:
        session.add(QrScan(qr_code_id=code_id, day=DAY, count=1))
