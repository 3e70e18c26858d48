"""Whatever is thrown at the doors: no fault of ours, and the next matter is taken in."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from starlette.testclient import TestClient

from tests.factories import a_key, a_petition, a_street, poster
from tests.phones import a_phone, a_photo, submit
from weiyou.services.office import Office

FIELDS = ("text", "category", "name", "phone", "place", "location", "photos", "voice")
ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 10**400, 1.5, "", "\x00", "a\x00b", "\u202e", "😀" * 3_000, [], {}, [[]],
    {"lon": 1, "lat": None}, {"lon": 1e308, "lat": 1e308}, {"lon": 117.0, "lat": 34.0, "x": 1},
    ["0" * 64] * 9, [None], "0" * 64, "'; DROP TABLE petition; --", "%s%n{0}", "\x7f\x1b[2J",
)  # fmt: skip
BODIES = (
    b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"text": "\xc3\x28"}', b"[" * 50_000,
    b'{"text": "\\ud800"}', b'{"name": "\\udfff\\ud800", "text": "x"}', b'{"text": 1e999}',
    b'{"location": {"lon": NaN, "lat": Infinity}, "text": "x"}', b"\x00" * 100,
    b'{"text": "a", "text": "b", "text": {}}', b'{"text": "' + b"x" * 200_000 + b'"}',
    b'{"text": "x", "location": {"lon": 1e400, "lat": 2}}',
)  # fmt: skip
KEYS = ("", "short", "x" * 81, "with blank in it!", "\u00e9" * 20, "k" * 16, "0123456789abcdef")
TOKENS = ("%00", "%FF%FE", "..%2F..", "😀", "x" * 3_000, "0000001-", "-", "a-b-c", "%ed%a0%80")


def _bodies(rng: random.Random) -> Iterator[bytes]:
    yield from BODIES
    whole = json.dumps({"text": "路灯坏了", "category": "A02", "photos": []}).encode()
    for _ in range(60):
        yield whole[: rng.randrange(len(whole))]
        spoiled = bytearray(whole)
        spoiled[rng.randrange(len(whole))] = rng.randrange(256)
        yield bytes(spoiled)
    for field in FIELDS:
        for value in ODD_VALUES:
            yield json.dumps({"text": "路灯坏了", field: value}).encode()


def _send_bodies(phone: TestClient, path: str, rng: random.Random) -> Iterator[int]:
    for body in _bodies(rng):
        key = rng.choice(KEYS) if rng.random() < 0.3 else a_key()
        headers = [(b"idempotency-key", key.encode()), (b"content-type", b"application/json")]
        yield phone.post(path, content=body, headers=headers).status_code


def _send_files(phone: TestClient, rng: random.Random) -> Iterator[int]:
    photo = a_photo(size=(32, 32))
    for name in ("0" * 64, "G" * 64, "%00", "x" * 2_000, "é"):
        for body in (b"", photo, photo[:100], rng.randbytes(2_000), b"RIFF" + bytes(40)):
            for media_type in ("image/jpeg", "audio/webm", "text/html", ""):
                headers = {"Idempotency-Key": a_key(), "Content-Type": media_type}
                path = f"/api/uploads/{name}"
                yield phone.put(path, content=body, headers=headers).status_code


def _send_forms(phone: TestClient, paths: list[str], rng: random.Random) -> Iterator[int]:
    kinds = (
        ("application/x-www-form-urlencoded", b"words=%00%ff%ED%A0%80&grade=nobody&solved=maybe"),
        ("application/x-www-form-urlencoded", b"&&==&a&" + b"x=1&" * 3_000),
        ("application/x-www-form-urlencoded; charset=nonsense", b"words=\xff\xfe"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nbroken"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="w"'),
        ("multipart/form-data; boundary=b", rng.randbytes(500)),
        ("text/plain", b"words=x"),
        ("application/json", b"{}"),
    )
    for path in paths:
        for media_type, body in kinds:
            headers = {"Content-Type": media_type}
            yield phone.post(path, content=body, headers=headers).status_code


def test_no_malformed_input_is_a_fault_of_ours(office: Office) -> None:
    a_street(office)
    office.settings.phone_per_minute = office.settings.phone_grid_per_minute = 0
    receipt = a_petition(office)
    rng = random.Random(7)
    good = poster(office)
    r = f"/r/{receipt.token}"
    forms = [f"/g/{good}", "/g/x", "/w/sign-in", "/w/sign-out", "/w/matters/1/records"]
    forms += [r + deed for deed in ("/messages", "/withdrawal", "/rating")]
    forms += ["/r/x/messages", "/w/matters/99999999999999999999/call"]

    with a_phone(office) as phone:
        codes = list(_send_bodies(phone, f"/api/g/{good}/petitions", rng))
        codes += _send_files(phone, rng)
        codes += _send_forms(phone, forms, rng)
        for token in TOKENS:
            codes += [
                phone.get(f"/g/{token}").status_code,
                phone.get(f"/r/{token}").status_code,
                phone.get(f"{r}/photos/{token}").status_code,
                phone.get(f"/w/matters/{token}").status_code,
                phone.get(f"/static/{token}/form.js").status_code,
                phone.post(f"/api/g/{token}/petitions", content=b"{}").status_code,
                phone.get(f"/w/sign-in?next={token}").status_code,
            ]
        for number in (10**30, "9" * 5_000):  # Python reads no more than 4,300 figures
            codes.append(phone.get(f"{r}/photos/{number}").status_code)
            codes.append(phone.get(f"/w/files/{number}").status_code)
            codes.append(phone.post(f"/w/matters/{number}/call").status_code)
        assert submit(phone, office).status_code == 201

    assert len(codes) > 500
    assert max(codes) < 500
