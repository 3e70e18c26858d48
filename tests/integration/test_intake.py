"""Taking a matter in: once for each key, whole or not at all, and only through a code in force."""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from tests.factories import FAR_GRID, GRID, NOW, VILLAGE, a_key, a_street, poster, the
from weiyou.domain import numbers
from weiyou.domain.petitions import AttachmentKind, Draft, Location, Source
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.errors import BadInput, KeyReused, NotFound, Refusal, TooMany
from weiyou.services import intake, traces
from weiyou.services.counter import Counter
from weiyou.services.intake import Handed, Receipt
from weiyou.services.office import RESIDENT, Office
from weiyou.store import petitions
from weiyou.store.tables import Attachment, Petition, QrCode, Submission

DRAFT = Draft(text="村口的路灯坏了三天。晚上走路看不见！")


def handed(office: Office, key: str, draft: Draft = DRAFT, *, token: str = "") -> Handed:
    return Handed(key, draft, Source.QR, NOW, poster=token or poster(office))


def hand_in(office: Office, one: Handed, *, now: datetime = NOW) -> Receipt:
    with office.work(RESIDENT, now) as work:
        (answer,) = intake.submit_all(work, [one])
    if isinstance(answer, Refusal):
        raise answer
    return answer


def count(office: Office) -> int:
    with office.store.read() as session:
        return petitions.count(session, [])


def uploads(office: Office, key: str, *names: str) -> tuple[str, ...]:
    whole = tuple(name.ljust(64, "0") for name in names)
    with office.store.write() as session:
        session.add_all(
            Attachment(
                upload_key=key,
                source_sha256=name,
                sha256=name,
                kind=AttachmentKind.PHOTO,
                media_type="image/webp",
                size_bytes=9,
                added_at=NOW,
            )
            for name in whole
        )
    return whole


def test_what_is_handed_in_is_kept_as_it_was_said(office: Office) -> None:
    a_street(office)
    draft = Draft(
        text=DRAFT.text,
        category="A02",
        name="吴小葵",
        phone="0516-" + "8888" + "1234",
        place="村口",
        location=Location(117.9, 34.38, 12.5),
    )
    receipt = hand_in(office, handed(office, a_key(), draft))
    kept = the(office, receipt)
    assert (kept.area, kept.village, kept.category, kept.source) == (
        GRID,
        VILLAGE,
        "A02",
        Source.QR,
    )
    assert (kept.title, kept.text) == ("村口的路灯坏了三天", DRAFT.text)
    assert (kept.reporter_name, kept.reporter_phone, kept.place) == (
        "吴小葵",
        draft.phone,
        "村口",
    )
    assert (kept.lon, kept.lat, kept.accuracy_m) == (117.9, 34.38, 12.5)
    assert (kept.state, kept.received_at, kept.version, kept.round) == (State.RECEIVED, NOW, 1, 1)
    assert kept.due_at == datetime(2026, 3, 6, tzinfo=SHANGHAI), "three working days"
    assert kept.notice_version == draft.notice_version
    assert [(event.step, event.state, event.by) for event in kept.events] == [
        (Step.SUBMIT, State.RECEIVED, None)
    ]
    assert numbers.parse_number(receipt.number) == receipt.number
    assert numbers.open_receipt_token(office.keys.receipt, receipt.token) == receipt.number


def test_the_words_alone_are_enough(office: Office) -> None:
    a_street(office)
    kept = the(office, hand_in(office, handed(office, a_key())))
    assert (kept.category, kept.reporter_name, kept.reporter_phone, kept.lon) == (None,) * 4
    assert kept.due_at == datetime(2026, 3, 10, tzinfo=SHANGHAI), "five working days"


def test_the_same_key_and_body_give_the_same_receipt_for_good(office: Office) -> None:
    a_street(office)
    key = a_key()
    first = hand_in(office, handed(office, key))
    with office.work(RESIDENT, NOW + timedelta(days=1)) as work:
        intake.withdraw(work, token=first.token)
    again = hand_in(office, handed(office, key), now=NOW + timedelta(days=29))
    assert (again.number, again.token, again.received_at) == (
        first.number,
        first.token,
        first.received_at,
    )
    assert again.state is State.WITHDRAWN, "the state is today's"
    assert count(office) == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Draft(text="另一件事"), id="words"),
        pytest.param(Draft(text=DRAFT.text, category="A02"), id="category"),
        pytest.param(Draft(text=DRAFT.text, phone="0516-" + "8888" + "1234"), id="phone"),
        pytest.param(Draft(text=DRAFT.text, location=Location(117.9, 34.4)), id="location"),
    ],
)
def test_the_same_key_with_another_body_is_refused(office: Office, other: Draft) -> None:
    a_street(office)
    key = a_key()
    hand_in(office, handed(office, key))
    with pytest.raises(KeyReused):
        hand_in(office, handed(office, key, other))
    assert count(office) == 1


def test_the_same_key_from_another_code_is_refused(office: Office) -> None:
    a_street(office)
    key = a_key()
    hand_in(office, handed(office, key))
    with pytest.raises(KeyReused):
        hand_in(office, handed(office, key, token=poster(office, "0000003")))


@pytest.mark.parametrize("key", ["", "short", "k" * 81, "key with blanks 0000", "钥匙" * 10])
def test_a_key_that_is_none_takes_nothing_in(office: Office, key: str) -> None:
    a_street(office)
    with pytest.raises(BadInput, match="凭据"):
        hand_in(office, handed(office, key))
    assert count(office) == 0


def test_ten_hands_with_one_key_leave_one_matter_and_get_one_receipt(office: Office) -> None:
    """Each through the office itself, as ten processes would, not through one counter."""
    a_street(office)
    one = handed(office, a_key())
    gate = threading.Barrier(10)

    def hand(_: int) -> Receipt:
        gate.wait()
        counter = Counter(office)
        try:
            return counter.hand_in(one).result(timeout=30)
        finally:
            counter.close()

    with ThreadPoolExecutor(10) as pool:
        receipts = set(pool.map(hand, range(10)))
    assert len(receipts) == 1
    assert count(office) == 1
    assert traces.faults(office) == []


def test_many_hands_at_one_counter_get_each_their_own(office: Office) -> None:
    a_street(office)
    counter = Counter(office)
    keys = [a_key() for _ in range(40)]
    hands = [handed(office, key, Draft(text=f"第{n}件")) for n, key in enumerate(keys * 3)]
    futures = [counter.hand_in(one) for one in hands]
    counter.close()
    taken = [future.result(timeout=30) for future in futures[:40]]
    assert len({receipt.number for receipt in taken}) == count(office) == 40
    for future in futures[40:]:
        assert type(future.exception(timeout=30)) is KeyReused, "the same key, another body"


def test_a_revoked_code_takes_nothing_in(office: Office) -> None:
    a_street(office)
    with office.store.write() as session:
        session.query(QrCode).filter_by(serial="0000001").one().revoked_at = NOW
    with pytest.raises(NotFound, match="无效或已更换"):
        hand_in(office, handed(office, a_key()))
    assert count(office) == 0


def test_who_tries_again_after_the_code_was_revoked_still_gets_his_receipt(office: Office) -> None:
    a_street(office)
    key = a_key()
    first = hand_in(office, handed(office, key))
    with office.store.write() as session:
        session.query(QrCode).filter_by(serial="0000001").one().revoked_at = NOW
    assert hand_in(office, handed(office, key)) == first


def test_a_made_up_code_or_an_unknown_category_takes_nothing_in(office: Office) -> None:
    a_street(office)
    unknown = numbers.poster_token(office.keys.poster, "9999999")
    for one, refusal in (
        (handed(office, a_key(), token="0000001-0000000000000000"), NotFound),
        (handed(office, a_key(), token=unknown), NotFound),
        (handed(office, a_key(), Draft(text="路灯", category="Z99")), BadInput),
    ):
        with pytest.raises(refusal):
            hand_in(office, one)
    assert count(office) == 0


def test_photos_and_voice_come_with_the_matter_or_it_does_not_come(office: Office) -> None:
    a_street(office)
    key = a_key()
    photo, voice = uploads(office, key, "a", "b")
    missing = Draft(text="路灯", photos=(photo, "c" * 64), voice=voice)
    with pytest.raises(BadInput, match="没有传完"):
        hand_in(office, handed(office, key, missing))
    with office.store.read() as session:
        assert session.query(Submission).count() == 0, "the key is free to try again with"
        assert {file.petition_id for file in session.query(Attachment)} == {None}
    whole = Draft(text="路灯", photos=(photo,), voice=voice)
    kept = the(office, hand_in(office, handed(office, key, whole)))
    assert {file.source_sha256 for file in kept.attachments} == {photo, voice}


def test_what_was_uploaded_under_another_key_is_not_ones_own(office: Office) -> None:
    a_street(office)
    (photo,) = uploads(office, a_key(), "a")
    with pytest.raises(BadInput, match="没有传完"):
        hand_in(office, handed(office, a_key(), Draft(text="路灯", photos=(photo,))))


def test_one_that_is_refused_does_not_hold_the_others_up(office: Office) -> None:
    a_street(office)
    batch = [
        handed(office, a_key(), Draft(text="第一件")),
        handed(office, a_key(), Draft(text="第二件", category="Z99")),
        handed(office, "short", Draft(text="第三件")),
        handed(office, a_key(), Draft(text="第四件")),
    ]
    with office.work(RESIDENT, NOW) as work:
        answers = intake.submit_all(work, batch)
    assert [type(answer) for answer in answers] == [Receipt, BadInput, BadInput, Receipt]
    with office.store.read() as session:
        assert {kept.text for kept in session.query(Petition)} == {"第一件", "第四件"}


def test_a_batch_of_refusals_leaves_nothing(office: Office) -> None:
    a_street(office)
    with office.work(RESIDENT, NOW) as work:
        (answer,) = intake.submit_all(work, [handed(office, "short")])
    assert isinstance(answer, BadInput)
    assert count(office) == 0


def test_numbers_are_drawn_again_until_they_are_free(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_street(office)
    drawn = iter([1, 1, 1, 2])
    monkeypatch.setattr(secrets, "randbits", lambda _: next(drawn))
    first = hand_in(office, handed(office, a_key()))
    second = hand_in(office, handed(office, a_key()))
    assert (first.number[:8], second.number[:8]) == ("00000001", "00000002")


def test_when_no_number_is_free_the_resident_is_asked_to_wait(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_street(office)
    monkeypatch.setattr(secrets, "randbits", lambda _: 7)
    hand_in(office, handed(office, a_key()))
    with pytest.raises(TooMany):
        hand_in(office, handed(office, a_key()))
    assert count(office) == 1


def test_the_office_writes_for_a_resident_by_area(office: Office) -> None:
    a_street(office)
    with office.work(RESIDENT, NOW) as work:
        receipt = intake.submit(work, area=FAR_GRID, key=a_key(), draft=DRAFT, source=Source.PHONE)
    assert (the(office, receipt).area, the(office, receipt).source) == (FAR_GRID, Source.PHONE)
    with pytest.raises(BadInput), office.work(RESIDENT, NOW) as work:
        intake.submit(work, area=FAR_GRID, key="x", draft=DRAFT, source=Source.PHONE)
