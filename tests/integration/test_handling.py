"""What those do who have a matter in hand: record, send up, give back, answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from tests.factories import (
    GRID,
    NOW,
    VILLAGE,
    a_clerk,
    a_petition,
    a_street,
    a_worker,
    an_account,
    the,
)
from tests.journeys import answer, hand_to
from weiyou.domain.areas import Level
from weiyou.domain.people import Actor, Role
from weiyou.domain.petitions import AttachmentKind
from weiyou.domain.workflow import State, Step
from weiyou.errors import BadInput, NotPermitted, WrongStep
from weiyou.services import handling
from weiyou.services.intake import Receipt
from weiyou.services.office import Office
from weiyou.store.tables import Attachment, OutboxMessage, Petition

LATER = NOW + timedelta(hours=3)
KEY = "upload-key-00000001"
DEEDS: dict[str, Callable[..., Petition]] = {
    "record": partial(handling.record, words="到现场看过"),
    "escalate": partial(handling.escalate, tried="要动用机械"),
    "give back": partial(handling.give_back, reason="不在本网格"),
    "answer": partial(handling.answer, words="已经修好"),
}


def do(office: Office, actor: Actor, receipt: Receipt, deed: Callable[..., Petition]) -> Petition:
    found = the(office, receipt)
    with office.work(actor, LATER) as work:
        deed(work, petition_id=found.id, version=found.version)
    return the(office, receipt)


def an_upload(office: Office, name: str, *, key: str = KEY) -> str:
    """Put a photo on record as a phone has uploaded it, and return its name."""
    with office.store.write() as session:
        session.add(
            Attachment(
                upload_key=key,
                source_sha256=name.ljust(64, "0"),
                sha256=name.ljust(64, "1"),
                kind=AttachmentKind.PHOTO,
                media_type="image/webp",
                size_bytes=9,
                added_at=NOW,
            )
        )
    return name.ljust(64, "0")


@pytest.fixture
def receipt(office: Office) -> Receipt:
    """A matter that the grid has in hand."""
    a_street(office)
    receipt = a_petition(office)
    hand_to(office, a_clerk(office), receipt, Level.GRID)
    return receipt


def test_what_was_done_is_written_down_and_the_resident_reads_it(
    office: Office, receipt: Receipt
) -> None:
    worker = a_worker(office)
    kept = do(office, worker, receipt, partial(handling.record, words=" 换了灯泡 "))
    event = kept.events[-1]
    assert (kept.state, event.step, event.words, event.note) == (
        State.WITH_GRID,
        Step.HANDLE,
        "换了灯泡",
        "",
    )
    assert (event.by, event.role, event.at) == (worker.account_id, Role.GRID_WORKER, LATER)


def test_photos_are_tied_to_the_step_they_were_taken_at(office: Office, receipt: Receipt) -> None:
    photos = [an_upload(office, "a"), an_upload(office, "b")]
    record = partial(handling.record, words="换好了", upload_key=KEY, photos=photos)
    kept = do(office, a_worker(office), receipt, record)
    assert {file.event_id for file in kept.attachments} == {kept.events[-1].id}
    assert len(kept.attachments) == 2


@pytest.mark.parametrize("key", ["another-key-0000001", ""])
def test_a_photo_that_did_not_arrive_keeps_the_record_back(
    office: Office, receipt: Receipt, key: str
) -> None:
    worker = a_worker(office)
    photo = an_upload(office, "a")
    for photos in ([photo, "f" * 64], ["f" * 64]):
        record = partial(handling.record, words="换好了", upload_key=KEY, photos=photos)
        with pytest.raises(BadInput, match="没有传完"):
            do(office, worker, receipt, record)
    record = partial(handling.record, words="换好了", upload_key=key, photos=[photo])
    with pytest.raises(BadInput, match="没有传完"):
        do(office, worker, receipt, record)
    assert the(office, receipt).events[-1].step is Step.ASSIGN_GRID


def test_a_photo_belongs_to_one_step_only(office: Office, receipt: Receipt) -> None:
    worker = a_worker(office)
    photo = an_upload(office, "a")
    record = partial(handling.record, words="换好了", upload_key=KEY, photos=[photo])
    do(office, worker, receipt, record)
    with pytest.raises(BadInput):
        do(office, worker, receipt, record)


def test_a_matter_climbs_level_by_level_and_the_residents_clock_goes_on(
    office: Office, receipt: Receipt
) -> None:
    worker, village = a_worker(office), an_account(office, Role.VILLAGE, VILLAGE)
    due = the(office, receipt).due_at

    up = do(office, worker, receipt, DEEDS["escalate"])
    assert (up.state, up.due_at, up.received_at) == (State.WITH_VILLAGE, due, NOW)
    assert (up.events[-1].words, up.events[-1].note) == ("", "要动用机械"), "for the office only"
    with office.store.read() as session:
        told = [message.recipient for message in session.query(OutboxMessage)]
    assert f"account:{village.account_id}" in told

    top = do(office, village, receipt, DEEDS["escalate"])
    assert (top.state, top.due_at) == (State.WITH_STREET, due)
    assert (top.been_with_grid, top.been_with_village) == (True, True)


def test_a_matter_given_back_lies_at_the_desk_again(office: Office, receipt: Receipt) -> None:
    kept = do(office, a_worker(office), receipt, DEEDS["give back"])
    assert (kept.state, kept.events[-1].note) == (State.ACCEPTED, "不在本网格")


def test_an_answer_waits_for_the_residents_word(office: Office, receipt: Receipt) -> None:
    kept = do(office, a_worker(office), receipt, DEEDS["answer"])
    assert (kept.state, kept.answered_at, kept.closed_at) == (State.ANSWERED, LATER, None)
    assert kept.events[-1].words == "已经修好"


@pytest.mark.parametrize(
    ("deed", "field"),
    [
        (partial(handling.record, words=" "), "words"),
        (partial(handling.escalate, tried=""), "tried"),
        (partial(handling.give_back, reason="\x00"), "reason"),
        (partial(handling.answer, words="字" * 2_001), "words"),
    ],
    ids=list(DEEDS),
)
def test_a_step_without_words_or_with_too_many_is_not_taken(
    office: Office, receipt: Receipt, deed: Callable[..., Petition], field: str
) -> None:
    with pytest.raises(BadInput) as caught:
        do(office, a_worker(office), receipt, deed)
    assert caught.value.field == field
    assert the(office, receipt).state is State.WITH_GRID


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_whoever_has_passed_it_on_can_only_look(
    office: Office, receipt: Receipt, deed: Callable[..., Petition]
) -> None:
    clerk, worker = a_clerk(office), a_worker(office)
    for level in (Level.VILLAGE, Level.STREET, Level.DEPARTMENT):
        hand_to(office, clerk, receipt, level)
        with pytest.raises(NotPermitted, match="不在您手上"):
            do(office, worker, receipt, deed)


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_a_matter_given_back_or_answered_is_not_in_the_workers_hands(
    office: Office, receipt: Receipt, deed: Callable[..., Petition]
) -> None:
    worker = a_worker(office)
    do(office, worker, receipt, DEEDS["give back"])
    with pytest.raises(NotPermitted, match="“待分派”"):
        do(office, worker, receipt, deed)
    answer(office, a_clerk(office), receipt)
    with pytest.raises(NotPermitted, match="“待确认”"):
        do(office, worker, receipt, deed)


def test_the_desk_may_write_and_answer_for_others_but_not_climb_past_the_top(
    office: Office, receipt: Receipt
) -> None:
    clerk = a_clerk(office)
    do(office, clerk, receipt, DEEDS["record"])
    hand_to(office, clerk, receipt, Level.STREET)
    with pytest.raises(WrongStep, match="不能再上报"):
        do(office, clerk, receipt, DEEDS["escalate"])
    assert do(office, clerk, receipt, DEEDS["answer"]).state is State.ANSWERED
    assert the(office, receipt).area == GRID
