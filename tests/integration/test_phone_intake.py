"""Handing in by script: once, whole, or refused by name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.factories import NOW, a_key, a_street, poster
from tests.phones import a_phone, a_photo, name_of, submit, upload
from weiyou.domain.petitions import AttachmentKind
from weiyou.services.office import Office
from weiyou.store.tables import Attachment, Petition

WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x42\x87\x81\x04" + (
    b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"\x16\x54\xae\x6b\x86\x86A_OPUS" + b"." * 999
)


def _the_only(office: Office) -> Petition:
    with office.store.read() as session:
        petition = session.query(Petition).one()
        list(petition.attachments)
        return petition


def test_photos_and_voice_go_ahead_and_are_tied_to_the_matter(office: Office) -> None:
    a_street(office)
    key, photo = a_key(), a_photo()
    with a_phone(office) as phone:
        assert upload(phone, key, photo).status_code == 201
        assert upload(phone, key, photo).status_code == 200
        assert upload(phone, key, WEBM, "audio/webm;codecs=opus").status_code == 201
        answer = submit(
            phone, office, key, text="", photos=[name_of(photo)], voice=name_of(WEBM), name="王大姐"
        )

    assert answer.status_code == 201
    assert answer.headers["location"] == answer.json()["link"]
    petition = _the_only(office)
    assert answer.json()["number"] == petition.number
    assert petition.text == "（语音留言）"
    assert [file.kind for file in petition.attachments] == [
        AttachmentKind.PHOTO,
        AttachmentKind.VOICE,
    ]


def test_the_same_key_and_body_get_the_same_receipt(office: Office) -> None:
    a_street(office)
    key = a_key()
    with a_phone(office) as phone, ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(lambda _: submit(phone, office, key), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    _the_only(office)


def test_the_same_key_with_another_body_is_refused(office: Office) -> None:
    a_street(office)
    key = a_key()
    with a_phone(office) as phone:
        submit(phone, office, key)
        answer = submit(phone, office, key, text="另一件事")
    assert answer.status_code == 422
    assert answer.json()["code"] == "KeyReused"
    _the_only(office)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "   "}, "text"),
        ({"text": "长" * 5_001}, "text"),
        ({"text": "长" * 20_001}, "text"),
        ({"text": 7}, "text"),
        ({"category": "Z99"}, "category"),
        ({"category": "A0123"}, "category"),
        ({"phone": "12"}, "phone"),
        ({"name": "长" * 41}, "name"),
        ({"place": "长" * 121}, "place"),
        ({"location": {"lon": 200.0, "lat": 34.0}}, "location"),
        ({"location": {"lon": "117", "lat": 34.0}}, "location"),
        ({"photos": ["0" * 64]}, "photos"),
        ({"photos": ["x"]}, "photos"),
        ({"photos": [f"{n:064x}" for n in range(10)]}, "photos"),
        ({"voice": "0" * 64}, "photos"),
        ({"id_number": "1"}, ""),
    ],
)
def test_a_field_that_cannot_be_taken_is_named(
    office: Office, body: dict[str, Any], field: str
) -> None:
    a_street(office)
    with a_phone(office) as phone:
        answer = submit(phone, office, **body)
        assert answer.status_code == 422
        assert answer.json().get("field", "") == field
        assert answer.json()["message"]
        assert submit(phone, office).status_code == 201


def test_a_made_up_code_takes_nothing(office: Office) -> None:
    a_street(office)
    with a_phone(office) as phone:
        answer = phone.post(
            "/api/g/0000001-0000000000000000/petitions",
            json={"text": "有事"},
            headers={"Idempotency-Key": a_key()},
        )
    assert answer.status_code == 404
    assert answer.json()["code"] == "NotFound"


@pytest.mark.parametrize(
    ("data", "media_type", "status"),
    [
        pytest.param(b"no picture", "image/jpeg", 422, id="no picture"),
        pytest.param(b"", "image/jpeg", 422, id="nothing"),
        pytest.param(a_photo()[:300], "image/jpeg", 422, id="cut off"),
        pytest.param(b"no sound", "audio/webm", 422, id="no sound"),
        pytest.param(b"\xff\xd8\xff" * 4_000_000, "image/jpeg", 413, id="too large"),
    ],
)
def test_a_file_that_is_none_is_refused(
    office: Office, data: bytes, media_type: str, status: int
) -> None:
    with a_phone(office) as phone:
        answer = upload(phone, a_key(), data, media_type)
    assert answer.status_code == status
    assert answer.json()["message"]


def test_a_file_that_came_in_pieces_is_not_kept(office: Office) -> None:
    with a_phone(office) as phone:
        answer = phone.put(
            f"/api/uploads/{name_of(b'another')}",
            content=a_photo(),
            headers={"Content-Type": "image/jpeg", "Idempotency-Key": a_key()},
        )
    assert answer.status_code == 422
    with office.store.read() as session:
        assert session.query(Attachment).count() == 0


def test_ten_files_fit_under_one_key(office: Office) -> None:
    key = a_key()
    photos = [a_photo(f"#{n * 20:02x}8040", (8, 8)) for n in range(11)]
    with a_phone(office) as phone:
        answers = [upload(phone, key, photo).status_code for photo in photos]
        assert upload(phone, key, photos[0]).status_code == 200
    assert answers == [201] * 10 + [422]


def test_a_photo_loses_what_the_camera_wrote_into_it(office: Office) -> None:
    photo = a_photo()
    marked = photo[:2] + b"\xff\xfe\x00\x10secret place\x00\x00" + photo[2:]
    with a_phone(office) as phone:
        assert upload(phone, a_key(), marked).status_code == 201
    with office.store.read() as session:
        row = session.query(Attachment).one()
    assert row.added_at == NOW
    assert b"secret" not in office.files.get(row.sha256)


def test_too_many_are_told_to_wait_and_how_long(office: Office) -> None:
    a_street(office)
    office.settings.phone_per_minute = 3
    with a_phone(office) as phone:
        answers = [submit(phone, office) for _ in range(4)]
        form = phone.post(f"/g/{poster(office)}", data={"key": a_key(), "text": "还在"})
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert 1 <= int(answers[3].headers["retry-after"]) <= 20
    assert "还在" in answers[3].json()["message"]
    assert form.status_code == 429
    assert "还在</textarea>" in form.text
