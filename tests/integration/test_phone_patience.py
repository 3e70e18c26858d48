"""What the phone service does when others keep it waiting."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from datetime import date

import pytest

from tests.factories import NOW, PASSWORD, a_key, a_street, an_account, poster
from tests.phones import a_phone, sign_in, submit
from weiyou.domain.people import Role
from weiyou.errors import Collision
from weiyou.phone import intake, resident, scans
from weiyou.phone.scans import Scans
from weiyou.services import scans as deeds
from weiyou.services.counter import Counter
from weiyou.services.intake import Handed, Receipt
from weiyou.services.office import Office
from weiyou.services.passwords import HASHER
from weiyou.store.tables import QrScan

DAY = date(2026, 3, 2)


def _never(_: Counter, __: Handed) -> Future[Receipt]:
    return Future()


def test_a_counter_that_does_not_answer_costs_nobody_his_words(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_street(office)
    monkeypatch.setattr(Counter, "hand_in", _never)
    monkeypatch.setattr(intake, "ANSWER_S", 0.01)
    monkeypatch.setattr(resident, "ANSWER_S", 0.01)
    with a_phone(office) as phone:
        script = submit(phone, office)
        form = phone.post(f"/g/{poster(office)}", data={"key": a_key(), "text": "等了很久"})
    assert script.status_code == 429
    assert script.headers["retry-after"]
    assert form.status_code == 429
    assert "等了很久</textarea>" in form.text


def test_counts_that_collide_are_written_the_next_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_street(office)
    counted = Scans(office)
    counted.note(poster(office), NOW)

    def collide(*_: object) -> int:
        raise Collision("another was faster")

    with monkeypatch.context() as patched:
        patched.setattr(deeds, "count", collide)
        counted.write(NOW)
    counted.note(poster(office).lower(), NOW)
    counted.write(NOW)
    with office.store.read() as session:
        assert [(row.day, row.count) for row in session.query(QrScan)] == [(DAY, 2)]


def test_a_fault_in_counting_does_not_end_the_counting(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    a_street(office)
    monkeypatch.setattr(scans, "EVERY_S", 0.001)
    counted = Scans(office)
    counted.note(poster(office), NOW)
    tries: list[int] = []

    def count(*_: object) -> int:
        tries.append(1)
        counted.note(poster(office), NOW)
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(deeds, "count", count)

    async def watch() -> None:
        writing = asyncio.create_task(counted.keep_writing(lambda: NOW))
        while len(tries) < 3:
            await asyncio.sleep(0.001)
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing

    asyncio.run(asyncio.wait_for(watch(), 10))
    assert "scans were not counted" in caplog.text


def test_an_id_that_no_database_could_hold_is_no_matter(office: Office) -> None:
    a_street(office)
    an_account(
        office, Role.GRID_WORKER, "320382003215001", login="shi",
        password_hash=HASHER.hash(PASSWORD),
    )  # fmt: skip
    with a_phone(office) as phone:
        sign_in(phone, "shi")
        answer = phone.get(f"/w/matters/{10**12}")
        again = phone.get(f"/w/files/{10**12}")
    assert (answer.status_code, again.status_code) == (404, 404)


def test_a_plain_form_is_held_to_the_same_rules(office: Office) -> None:
    a_street(office)
    with a_phone(office) as phone:
        answer = phone.post(
            f"/g/{poster(office)}", data={"key": a_key(), "text": "有事", "name": "长" * 41}
        )
    assert answer.status_code == 422
    assert "称呼太长" in answer.text
