"""How a matter is coming along, as its resident reads it: who has it, until when, what was said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import (
    GRID,
    NOW,
    OTHER_GRID,
    STREET,
    VILLAGE,
    a_clerk,
    a_petition,
    a_street,
    a_worker,
    an_account,
    the,
)
from tests.journeys import an_attachment, answer, close, hand_to
from weiyou.domain.areas import Level
from weiyou.domain.people import Role
from weiyou.domain.petitions import AttachmentKind, Grade
from weiyou.domain.workflow import State, Step
from weiyou.errors import NotFound
from weiyou.reports import progress, welcome
from weiyou.reports.progress import Progress
from weiyou.services import closure, handling, intake, triage
from weiyou.services.intake import Receipt
from weiyou.services.office import RESIDENT, Office
from weiyou.store.tables import Area, QrCode


def seen(office: Office, receipt: Receipt, *, hours: int = 0) -> Progress:
    with office.look(RESIDENT, NOW + timedelta(hours=hours)) as look:
        return progress.progress(look, receipt.token)


def test_it_always_says_who_has_the_matter_now(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt, elsewhere = a_petition(office), a_petition(office, OTHER_GRID)
    a_worker(office)
    assert seen(office, receipt).holder == "戴圩街道诉求中心"
    for level, holder in (
        (Level.GRID, "网格员 石大川"),
        (Level.VILLAGE, "连渊村"),
        (Level.STREET, "戴圩街道诉求中心"),
        (Level.DEPARTMENT, "建设办"),
    ):
        hand_to(office, clerk, receipt, level)
        assert seen(office, receipt).holder == holder
    hand_to(office, clerk, elsewhere, Level.GRID)
    assert seen(office, elsewhere).holder == "网格员", "where nobody is named yet"


def test_the_resident_reads_every_step_but_no_note(office: Office) -> None:
    a_street(office)
    clerk, worker = a_clerk(office), a_worker(office)
    receipt = a_petition(office)
    photo = an_attachment(office, receipt, AttachmentKind.PHOTO)
    voice = an_attachment(office, receipt, AttachmentKind.VOICE)
    hand_to(office, clerk, receipt, Level.GRID)
    kept = the(office, receipt)
    with office.work(worker, NOW) as work:
        handling.record(work, petition_id=kept.id, version=kept.version, words="换了灯泡")
    with office.work(clerk, NOW) as work:
        triage.add_note(work, petition_id=kept.id, note="只给办公室看")
    answer(office, worker, receipt, words="修好了")

    page = seen(office, receipt)

    assert [(stage.label, stage.who, stage.words) for stage in page.stages] == [
        ("提交", "您", ""),
        ("受理", "受理分拨员", ""),
        ("派给网格", "受理分拨员", ""),
        ("处置记录", "网格员 石大川", "换了灯泡"),
        ("答复", "网格员 石大川", "修好了"),
    ]
    assert (page.stages[0].photos, page.stages[0].voices) == ((photo,), (voice,))
    assert "只给办公室看" not in repr(page)
    assert "梁青禾" not in repr(page), "the desk is an office, not a name"
    assert (page.place_name, page.state) == ("连渊村第 1 网格", State.ANSWERED)


def test_what_is_offered_is_what_can_be_done(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office)
    assert seen(office, receipt).offered == {Step.MESSAGE, Step.URGE, Step.WITHDRAW}
    with office.work(RESIDENT, NOW) as work:
        intake.urge(work, token=receipt.token)
    assert seen(office, receipt).urged_today
    assert not seen(office, receipt, hours=24).urged_today
    hand_to(office, clerk, receipt, Level.STREET)
    answer(office, clerk, receipt)
    assert seen(office, receipt).offered == {Step.MESSAGE, Step.NO_CONTACT, Step.RATE}


def test_it_says_when_a_matter_is_late_and_no_more_when_it_is_answered(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office, category="A03")
    assert not seen(office, receipt, hours=23).late
    assert seen(office, receipt, hours=24).late
    hand_to(office, clerk, receipt, Level.STREET)
    answer(office, clerk, receipt)
    assert not seen(office, receipt, hours=99).late


def test_the_rating_of_this_round_is_shown_and_an_earlier_one_is_not(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_petition(office)
    hand_to(office, clerk, receipt, Level.STREET)
    answer(office, clerk, receipt)
    close(office, clerk, receipt)
    with office.work(RESIDENT, NOW) as work:
        closure.rate(work, token=receipt.token, grade=Grade.GOOD, solved=True, words="谢谢")
    page = seen(office, receipt)
    assert (page.grade, page.solved, page.rating_words) == (Grade.GOOD, True, "谢谢")
    kept = the(office, receipt)
    with office.work(clerk, NOW) as work:
        triage.reopen(work, petition_id=kept.id, version=kept.version, reason="又坏了")
    page = seen(office, receipt)
    assert (page.grade, page.solved, page.rating_words) == (None, None, "")


def test_a_photo_is_given_out_with_the_link_of_its_own_matter_only(office: Office) -> None:
    a_street(office)
    receipt, other = a_petition(office), a_petition(office)
    photo = an_attachment(office, receipt, AttachmentKind.PHOTO)
    with office.look(RESIDENT, NOW) as look:
        name, kind = progress.photo(look, receipt.token, photo)
        assert (office.files.get(name), kind) == (b"photo", "image/webp")
        for token in (other.token, "made-up", ""):
            with pytest.raises(NotFound):
                progress.photo(look, token, photo)
        for token in ("", receipt.token[:-1], "圩您办"):
            with pytest.raises(NotFound):
                progress.progress(look, token)


def test_a_scanned_code_shows_the_grid_its_worker_and_where_to_call(office: Office) -> None:
    a_street(office)
    a_worker(office)
    an_account(office, Role.VILLAGE, VILLAGE)
    with office.look(RESIDENT, NOW) as look:
        token = welcome.example(look)
        page = welcome.welcome(look, token or "")
        assert (page.area, page.grid_name, page.village_name, page.street_name) == (
            GRID,
            "第 1 网格",
            "连渊村",
            "戴圩街道",
        )
        assert (page.worker_name, page.worker_phone) == ("石大川", "")
        assert page.categories == (
            (
                "市政设施",
                (
                    ("A01", "道路破损与修建", ""),
                    ("A02", "路灯与照明", ""),
                    ("A03", "积水与排水", ""),
                ),
            ),
        )
        assert welcome.offices(look) == (("戴圩街道", ""),)
        with pytest.raises(NotFound):
            welcome.welcome(look, "0000001-0000000000000000")


def test_a_grid_without_a_worker_and_a_street_without_codes_are_no_fault(office: Office) -> None:
    a_street(office)
    with office.store.write() as session:
        session.query(Area).filter_by(code=STREET).one().telephone = "0516-12345"
    with office.look(RESIDENT, NOW) as look:
        page = welcome.welcome(look, welcome.example(look) or "")
        assert (page.worker_name, page.street_phone) == ("", "0516-12345")
    with office.store.write() as session:
        session.query(QrCode).update({"revoked_at": NOW})
    with office.look(RESIDENT, NOW) as look:
        assert welcome.example(look) is None
