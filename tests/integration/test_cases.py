"""Opening a matter: what each person sees of it, and the trace that he looked."""

from __future__ import annotations

from datetime import date, timedelta

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
from tests.journeys import (
    MOBILE,
    TEXT,
    a_report,
    an_attachment,
    answer,
    close,
    hand_to,
    opened,
    traces,
)
from weiyou.domain import people
from weiyou.domain.areas import Level
from weiyou.domain.people import Role, Subject
from weiyou.domain.petitions import AttachmentKind, Grade, Location
from weiyou.domain.workflow import Step
from weiyou.errors import BadInput, NotFound, NotPermitted
from weiyou.services import cases, closure, handling, triage
from weiyou.services.office import CLOCK, RESIDENT, Office
from weiyou.store.tables import Attachment, Household, Person


def a_family(office: Office, area: str = GRID) -> None:
    with office.store.write() as session:
        household = Household(area=area, door="12号", house_use="own", created_at=NOW)
        session.add(household)
        session.flush()
        for name, telephone in (("吴大海", None), ("吴小葵", MOBILE), ("吴小满", None)):
            session.add(
                Person(
                    household_id=household.id,
                    relation="本人",
                    name=name,
                    sex="女",
                    born=date(1980, 1, 1),
                    telephone=telephone,
                    created_at=NOW,
                )
            )


def test_the_desk_sees_everything_but_the_number(office: Office) -> None:
    a_street(office)
    seen = opened(office, a_clerk(office), the(office, a_report(office)).id)
    assert (seen.reporter, seen.phone) == ("吴小葵", "154****0042")
    assert (seen.title, seen.text) == (f"路灯坏了，打{MOBILE}找我", TEXT)
    assert seen.place == "东头自然村12号门口"
    assert seen.place_names == ("戴圩街道", "连渊村", "第 1 网格")
    assert (seen.category_name, seen.department) == ("未分类", "")


def test_the_supervisor_reads_the_matter_but_not_who_it_was(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_report(office)
    hand_to(office, clerk, receipt, Level.STREET)
    answer(office, clerk, receipt, words=f"已回复机主{MOBILE}。")
    close(office, clerk, receipt)
    with office.work(clerk, NOW) as work:
        triage.add_note(work, petition_id=the(office, receipt).id, note=f"再打{MOBILE}核实")
    with office.work(RESIDENT, NOW) as work:
        closure.rate(
            work, token=receipt.token, grade=Grade.GOOD, solved=True, words=f"谢谢，我是{MOBILE}"
        )

    seen = opened(office, an_account(office, Role.SUPERVISOR, STREET), the(office, receipt).id)

    assert (seen.reporter, seen.phone, seen.household_hint) == ("吴**", "", "")
    assert seen.place == "东头自然村"
    assert seen.text == "路灯坏了，打154****0042找我。"
    assert MOBILE not in repr(seen), "nor anywhere else on the page"
    assert "再打154****0042核实" in [event.note for event in seen.events]


def test_whose_name_is_masked_his_door_is_not_on_the_map(office: Office) -> None:
    a_street(office)
    where = Location(117.9012, 34.3456, 8.0)
    receipt = a_petition(office, name="吴小葵", place="东头自然村12号门口", location=where)
    petition_id = the(office, receipt).id
    masked = opened(office, an_account(office, Role.SUPERVISOR, STREET), petition_id)
    assert (masked.place, masked.lon, masked.lat, masked.accuracy_m) == (
        "东头自然村", None, None, None,
    )  # fmt: skip
    seen = opened(office, a_clerk(office), petition_id)
    assert (seen.lon, seen.lat, seen.accuracy_m) == (117.9012, 34.3456, 8.0)


@pytest.mark.parametrize(
    ("role", "area", "level"),
    [
        pytest.param(Role.GRID_WORKER, GRID, Level.GRID, id="the grid worker"),
        pytest.param(Role.VILLAGE, VILLAGE, Level.VILLAGE, id="the village"),
        pytest.param(Role.CADRE, STREET, Level.DEPARTMENT, id="the department"),
    ],
)
def test_whoever_has_it_in_hand_sees_who_it_was(
    office: Office, role: Role, area: str, level: Level
) -> None:
    a_street(office)
    clerk = a_clerk(office)
    code = "jianshe" if role is Role.CADRE else None
    actor = an_account(office, role, area, department=code)
    receipt = a_report(office)
    petition_id = the(office, receipt).id

    with pytest.raises(NotFound):
        opened(office, actor, petition_id)
    hand_to(office, clerk, receipt, level)
    seen = opened(office, actor, petition_id)
    assert (seen.reporter, seen.phone, seen.text) == ("吴小葵", "154****0042", TEXT)
    assert seen.department == ("建设办" if role is Role.CADRE else "")


def test_an_upload_that_belongs_to_no_matter_yet_is_nobodys(office: Office) -> None:
    a_street(office)
    receipt = a_report(office)
    photo = an_attachment(office, receipt, AttachmentKind.PHOTO)
    with office.store.write() as session:
        session.get_one(Attachment, photo).petition_id = None
    with pytest.raises(NotFound), office.work(a_clerk(office), NOW) as work:
        cases.attachment(work, attachment_id=photo)


def test_files_are_opened_one_by_one_and_each_opening_is_on_record(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_report(office)
    photo = an_attachment(office, receipt, AttachmentKind.PHOTO)
    assert [file.id for file in opened(office, clerk, the(office, receipt).id).attachments] == [
        photo
    ]
    with office.work(clerk, NOW) as work:
        assert cases.attachment(work, attachment_id=photo) == (b"photo", "image/webp")
    read = [(row.object, row.object_id, row.actor_id) for row in traces(office, "read")]
    assert read[-1] == ("attachment", str(photo), clerk.account_id)


def test_a_voice_is_kept_from_whoever_may_not_know_whose_it_is(office: Office) -> None:
    a_street(office)
    supervisor = an_account(office, Role.SUPERVISOR, STREET)
    receipt = a_report(office)
    photo = an_attachment(office, receipt, AttachmentKind.PHOTO)
    voice = an_attachment(office, receipt, AttachmentKind.VOICE)
    seen = opened(office, supervisor, the(office, receipt).id)
    assert [file.id for file in seen.attachments] == [photo]
    with pytest.raises(NotFound), office.work(supervisor, NOW) as work:
        cases.attachment(work, attachment_id=voice)
    with office.work(a_clerk(office), NOW) as work:
        assert cases.attachment(work, attachment_id=voice) == (b"voice", "audio/webm")


def test_opening_a_matter_is_on_record_with_who_and_why(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    petition_id = the(office, a_report(office)).id
    opened(office, clerk, petition_id)
    (row,) = traces(office, "read")
    assert (row.actor_id, row.role, row.object, row.object_id, row.purpose, row.at) == (
        clerk.account_id,
        Role.TRIAGE,
        "petition",
        str(petition_id),
        "办理事项",
        NOW,
    )
    assert MOBILE not in repr(vars(row))


def test_a_number_is_revealed_for_a_purpose_that_stays_on_record(office: Office) -> None:
    a_street(office)
    clerk = a_clerk(office)
    petition_id = the(office, a_report(office)).id
    with office.work(clerk, NOW) as work:
        assert cases.reveal_phone(work, petition_id=petition_id, purpose="回访" * 40) == MOBILE
    (row,) = traces(office, "reveal")
    assert (row.actor_id, row.object_id) == (clerk.account_id, str(petition_id))
    assert row.purpose == "回访" * 20, "as long as the column"
    assert MOBILE not in repr(vars(row))


def test_no_number_without_a_purpose_a_duty_or_a_number(office: Office) -> None:
    a_street(office)
    clerk, supervisor = a_clerk(office), an_account(office, Role.SUPERVISOR, STREET)
    reachable = the(office, a_report(office)).id
    silent = the(office, a_petition(office)).id
    for actor, petition_id, purpose, refusal in (
        (clerk, reachable, " ", BadInput),
        (supervisor, reachable, "督查", NotPermitted),
        (clerk, silent, "办理事项", NotPermitted),
    ):
        with pytest.raises(refusal), office.work(actor, NOW) as work:
            cases.reveal_phone(work, petition_id=petition_id, purpose=purpose)
    assert traces(office, "reveal") == []


def test_the_number_names_a_household_of_the_same_grid(office: Office) -> None:
    a_street(office)
    a_family(office)
    clerk, worker = a_clerk(office), a_worker(office)
    receipt = a_report(office)
    hand_to(office, clerk, receipt, Level.GRID)
    petition_id = the(office, receipt).id
    hint = "电话与本网格一户登记一致：吴**"
    assert opened(office, worker, petition_id).household_hint == f"{hint}，3 口人"
    assert opened(office, clerk, petition_id).household_hint == hint, "the desk reads no household"


def test_a_number_of_another_grid_or_none_names_no_household(office: Office) -> None:
    a_street(office)
    a_family(office, OTHER_GRID)
    clerk = a_clerk(office)
    for receipt in (a_report(office), a_petition(office)):
        assert opened(office, clerk, the(office, receipt).id).household_hint == ""


def test_notes_are_for_the_office_and_steps_say_who_took_them(office: Office) -> None:
    a_street(office)
    clerk, worker = a_clerk(office), a_worker(office)
    receipt = a_report(office)
    hand_to(office, clerk, receipt, Level.GRID)
    petition_id = the(office, receipt).id
    with office.work(worker, NOW) as work:
        triage.add_note(work, petition_id=petition_id, note="邻里有矛盾，慢慢来")
    answer(office, worker, receipt)
    with office.work(CLOCK, NOW + timedelta(days=20)) as work:
        closure.close_unanswered(work, answered_before=NOW + timedelta(days=10))

    seen = opened(office, clerk, petition_id)

    assert [(event.by, event.step) for event in seen.events] == [
        ("反映人", Step.SUBMIT),
        ("梁青禾（受理分拨员）", Step.ACCEPT),
        ("梁青禾（受理分拨员）", Step.ASSIGN_GRID),
        ("石大川（网格员）", Step.NOTE),
        ("石大川（网格员）", Step.ANSWER),
        ("系统", Step.CLOSE),
    ]
    assert seen.events[3].note == "邻里有矛盾，慢慢来"


def test_whoever_may_not_read_notes_is_not_told_that_there_are_any(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No role reads a matter without its notes yet; the rule must hold for one that will."""
    a_street(office)
    clerk = a_clerk(office)
    receipt = a_report(office)
    petition_id = the(office, receipt).id
    with office.work(clerk, NOW) as work:
        triage.accept(work, petition_id=petition_id, version=1, note="先派工")
        triage.add_note(work, petition_id=petition_id, note="只给办公室看")
    hidden = {(role, Subject.NOTE): () for role in Role}
    monkeypatch.setattr(people, "GRANTS", {**people.GRANTS, **hidden})
    seen = opened(office, clerk, petition_id)
    assert [(event.step, event.note) for event in seen.events] == [
        (Step.SUBMIT, ""),
        (Step.ACCEPT, ""),
    ]


def test_photos_of_the_handling_stand_with_their_step(office: Office) -> None:
    a_street(office)
    clerk, worker = a_clerk(office), a_worker(office)
    receipt = a_report(office)
    hand_to(office, clerk, receipt, Level.GRID)
    photo = an_attachment(office, receipt, AttachmentKind.PHOTO)
    with office.store.write() as session:
        file = session.get_one(Attachment, photo)
        file.petition_id, name = None, file.source_sha256
    with office.work(worker, NOW) as work:
        handling.record(
            work,
            petition_id=the(office, receipt).id,
            version=the(office, receipt).version,
            words="换了灯泡",
            upload_key="k" * 16,
            photos=[name],
        )
    seen = opened(office, clerk, the(office, receipt).id)
    assert [event.attachments for event in seen.events] == [(), (), (), (photo,)]
