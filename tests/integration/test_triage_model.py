"""The clerk's screen, driven without a browser, with a real kernel pass and a real office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    OTHER_GRID,
    OTHER_VILLAGE,
    STREET,
    VILLAGE,
    a_petition,
    a_street,
    an_account,
    the,
)
from weiyou.domain.areas import Level
from weiyou.domain.people import Role
from weiyou.domain.petitions import AttachmentKind, Draft, Grade, Source
from weiyou.domain.workflow import State, Step
from weiyou.services import accounts, closure, intake, staff, triage
from weiyou.services.office import OPERATOR, RESIDENT, KernelPass, Office
from weiyou.store.tables import Attachment, AuditEvent, Category, Department
from weiyou.widgets.door import Desk
from weiyou.widgets.listing import EMPTY
from weiyou.widgets.triage import TriageModel

PASSWORD = "field-and-willow-26"
PHONE = "199" + "0000" + "0001"


@dataclass
class Seat:
    """Somebody with an account; he signs in when he opens the screen. His clock can be moved."""

    office: Office
    login: str
    now: datetime = NOW
    token: str = ""

    def open(self) -> TriageModel:
        self.token = accounts.sign_in(
            self.office,
            login=self.login,
            password=PASSWORD,
            address="10.0.0.7",
            door="desk",
            now=self.now,
        ).token
        secret = accounts.open_kernel(
            self.office, token=self.token, kernel_id=self.token[:12], app="triage", now=self.now
        )
        return TriageModel(Desk(self.office, KernelPass(secret), lambda: self.now))


def a_seat(office: Office, role: Role = Role.TRIAGE, *areas: str) -> Seat:
    with office.work(OPERATOR, NOW) as work:
        new = staff.NewAccount("liang", "梁青禾", role, areas or (STREET,))
        staff.add(work, new, PASSWORD)
    return Seat(office, "liang")


@pytest.fixture
def seat(office: Office) -> Seat:
    a_street(office)
    return a_seat(office)


def numbers(model: TriageModel) -> list[str]:
    return [row["number"].replace(" ", "") for row in model.list.rows]


def counts(model: TriageModel) -> dict[str, str]:
    return {queue["key"]: queue["count"] for queue in model.list.queues}


def actions(model: TriageModel) -> list[str]:
    return [action["key"] for action in model.case.shown["actions"]]


# ---- the list ------------------------------------------------------------------------------------


def test_a_clerk_with_nothing_to_do_sees_an_empty_list_and_no_error(seat: Seat) -> None:
    model = seat.open()
    assert (model.list.rows, model.list.total, model.refused) == ([], 0, "")
    assert set(counts(model).values()) == {"0"}
    assert model.who["name"] == "梁青禾"
    assert model.case.shown == {}


def test_the_most_urgent_matter_stands_first_and_says_so_in_words(seat: Seat) -> None:
    a_petition(seat.office, text="路不平", category="A01")
    urgent = a_petition(seat.office, text="水淹了", category="A03")
    seat.now = NOW + timedelta(hours=25)
    model = seat.open()
    assert numbers(model)[0] == urgent.number
    first, second = model.list.rows
    assert (first["left"], first["late"], first["place"]) == (
        "超时 1 小时",
        True,
        "连渊村 · 第 1 网格",
    )
    assert (second["late"], second["soon"]) == (False, False)
    assert counts(model)["late"] == "1"


def test_the_number_is_shown_as_it_is_spoken(seat: Seat) -> None:
    receipt = a_petition(seat.office)
    spoken = seat.open().list.rows[0]["number"]
    assert [len(group) for group in spoken.split(" ")] == [3, 3, 3]
    assert spoken.replace(" ", "") == receipt.number


def test_queues_are_chosen_and_counted(seat: Seat) -> None:
    a_petition(seat.office)
    other = a_petition(seat.office)
    model = seat.open()
    model.open(the(seat.office, other).id)
    model.do("accept", {})
    assert (counts(model)["new"], counts(model)["to_assign"]) == ("1", "1")
    model.choose("to_assign")
    assert numbers(model) == [other.number]


def test_filters_narrow_list_and_counts_alike_and_can_all_be_taken_away(seat: Seat) -> None:
    here = a_petition(seat.office, GRID, category="A02")
    a_petition(seat.office, OTHER_GRID, category="A02")
    a_petition(seat.office, FAR_GRID, category="A01")
    model = seat.open()
    model.narrow({"village": VILLAGE, "grid": GRID, "category": "A"})
    assert numbers(model) == [here.number]
    assert counts(model)["all"] == "1"
    model.narrow({"village": OTHER_VILLAGE, "grid": GRID})
    assert model.list.filters["grid"] == ""  # a grid of another village is dropped
    model.reset()
    assert model.list.filters == EMPTY
    assert len(numbers(model)) == 3


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("2026-03-02", "2026-03-02", 1),
        ("2026-03-03", "", 1),
        ("", "2026-03-01", 0),
        ("2026-03", "nonsense", 2),  # half typed: as if empty
    ],
)
def test_days_of_receipt_are_whole_shanghai_days(
    seat: Seat, first: str, last: str, found: int
) -> None:
    a_petition(seat.office, now=NOW.replace(hour=23, minute=59))
    a_petition(seat.office, now=NOW + timedelta(days=1))
    seat.now = NOW + timedelta(days=2)
    model = seat.open()
    model.narrow({"from": first, "to": last})
    assert model.list.total == found


def test_words_are_looked_for_from_the_first_page(seat: Seat) -> None:
    a_petition(seat.office, text="井盖坏了")
    lamp = a_petition(seat.office, text="路灯不亮")
    model = seat.open()
    model.search("  路灯 ")
    assert numbers(model) == [lamp.number]
    model.search(lamp.number[:3] + "-" + lamp.number[3:])
    assert numbers(model) == [lamp.number]


def test_a_thousand_matters_are_turned_page_by_page(seat: Seat) -> None:
    keys = [f"{n:032d}" for n in range(60)]
    for key in keys:
        with seat.office.work(RESIDENT, NOW) as work:
            intake.submit(work, area=GRID, key=key, draft=Draft(text="路灯"), source=Source.QR)
    model = seat.open()
    model.turn(3, 25)
    assert (model.list.page, len(model.list.rows), model.list.total_words) == (3, 10, "60")
    model.turn(9, 25)
    assert model.list.page == 3  # the last one there is
    model.turn(1, 100)
    assert len(model.list.rows) == 60
    model.turn(1, 100_000)
    assert model.list.size == 100


def test_a_sort_order_can_be_turned_round(seat: Seat) -> None:
    first = a_petition(seat.office, now=NOW)
    second = a_petition(seat.office, now=NOW + timedelta(minutes=1))
    seat.now = NOW + timedelta(minutes=2)
    model = seat.open()
    model.sort("received", descending=True)
    assert numbers(model) == [second.number, first.number]
    model.sort("received", descending=False)
    assert numbers(model) == [first.number, second.number]


def test_a_clerk_of_one_village_sees_and_chooses_nothing_of_another(office: Office) -> None:
    a_street(office)
    near = a_petition(office, GRID)
    far = a_petition(office, FAR_GRID)
    model = a_seat(office, Role.TRIAGE, VILLAGE).open()
    assert numbers(model) == [near.number]
    assert [village["code"] for village in model.list.offered["villages"]] == [VILLAGE]
    model.open(the(office, far).id)
    assert (model.case.shown, model.message["text"]) == ({}, "没有找到这件事项")
    model.find(far.number)
    assert model.case.shown == {}


def test_whoever_has_no_list_is_told_so_instead_of_an_empty_one(office: Office) -> None:
    a_street(office)
    model = a_seat(office, Role.SYSTEM_ADMIN).open()
    assert "您的职责不包括" in model.refused
    assert model.tick() is True


# ---- the opened matter ---------------------------------------------------------------------------


def test_opening_shows_the_matter_masked_where_it_must_be_and_is_noted(seat: Seat) -> None:
    receipt = a_petition(seat.office, name="王建军", phone=PHONE, place="东头桥口", category="A02")
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    shown = model.case.shown
    assert shown["text"] == "村口的路灯坏了三天，晚上走路看不见。"
    assert shown["phone"] == "199****0001"
    assert PHONE not in repr(shown)
    assert (shown["areas"], shown["place"]) == ("连渊村 · 第 1 网格", "东头桥口")
    assert shown["received"] == "今天 09:30"
    assert shown["due"] == "3月5日 24:00"  # three working days, the last one in full
    with seat.office.store.read() as session:
        read = session.query(AuditEvent).filter_by(action="read", object="petition").all()
    assert [event.object_id for event in read] == [str(the(seat.office, receipt).id)]


def test_only_steps_that_lead_on_are_offered(seat: Seat) -> None:
    receipt = a_petition(seat.office)
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    assert actions(model) == [
        "assign", "accept", "ask", "refuse", "classify", "relocate", "note",
    ]  # fmt: skip
    model.do("assign", {"level": "street"})
    model.choose("handling")
    model.open(the(seat.office, receipt).id)
    assert actions(model) == [
        "handle", "answer", "return", "classify", "relocate", "note", "assign",
    ]  # fmt: skip
    assert model.case.shown["actions"][-1]["label"] == "改派"


def test_a_supervisor_reads_and_is_offered_nothing_to_do(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office, name="王建军", phone=PHONE)
    model = a_seat(office, Role.SUPERVISOR).open()
    model.open(the(office, receipt).id)
    assert actions(model) == []
    assert model.case.shown["reporter"] == "王**"
    model.do("accept", {})
    assert model.case.form["error"].startswith("您的职责不包括")
    assert the(office, receipt).state is State.RECEIVED


def test_the_category_suggests_whom_to_ask_first_and_chooses_nothing(seat: Seat) -> None:
    receipt = a_petition(seat.office, category="A02")
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    assert model.case.shown["suggestion"] == {
        "level": "village",
        "department": "",
        "label": "村（社区）：连渊村",
        "why": "“路灯与照明”类由村（社区）先办，时限 3 个工作日",
    }
    assert model.case.form == {}


@pytest.mark.parametrize(
    ("first", "level", "label"),
    [("street", "department", "建设办"), ("grid", "grid", "网格：连渊村 第 1 网格")],
)
def test_what_the_street_starts_with_goes_to_the_department_that_the_rule_names(
    seat: Seat, first: str, level: str, label: str
) -> None:
    with seat.office.store.write() as session:
        session.get_one(Category, "A02").first_level = Level(first)  # type: ignore[call-arg]
    model = seat.open()
    model.open(the(seat.office, a_petition(seat.office, category="A02")).id)
    suggested = model.case.shown["suggestion"]
    assert (suggested["level"], suggested["label"]) == (level, label)
    model.do("assign", {"level": level, "department": suggested["department"]})
    assert model.message["text"].endswith(f"已分派给{label}")


def test_a_suggestion_that_cannot_be_followed_is_not_made(seat: Seat) -> None:
    model = seat.open()
    model.open(the(seat.office, a_petition(seat.office, STREET, category="A02")).id)
    assert model.case.shown["suggestion"] == {}  # the village is not known


def test_once_somebody_works_on_a_matter_nothing_is_suggested(seat: Seat) -> None:
    receipt = a_petition(seat.office, category="A02")
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    model.do("assign", {"level": "street", "department": "1"})  # chosen before, then not
    assert the(seat.office, receipt).department_id is None
    model.open(the(seat.office, receipt).id)
    assert model.case.shown["suggestion"] == {}


def test_what_the_resident_thought_of_it_is_shown(seat: Seat) -> None:
    receipt = a_petition(seat.office)
    model = seat.open()
    model.choose("all")
    for key, words in (("assign", {"level": "street"}), ("answer", {"words": "修好了"})):
        model.open(the(seat.office, receipt).id)
        model.do(key, words)
    with seat.office.work(RESIDENT, NOW) as work:
        closure.rate(work, token=receipt.token, grade=Grade.POOR, solved=False, words="灯还是不亮")
    model.open(the(seat.office, receipt).id)
    (rating,) = model.case.shown["ratings"]
    assert (rating["grade"], rating["solved"]) == ("不满意", "问题没有解决")
    assert (rating["words"], model.case.shown["round"]) == ("灯还是不亮", 2)


def test_without_a_category_nothing_is_suggested(seat: Seat) -> None:
    model = seat.open()
    model.open(the(seat.office, a_petition(seat.office)).id)
    assert model.case.shown["suggestion"] == {}


def test_a_matter_of_the_whole_village_cannot_be_handed_to_a_grid(seat: Seat) -> None:
    model = seat.open()
    model.open(the(seat.office, a_petition(seat.office, VILLAGE)).id)
    grid, village, *_ = model.case.shown["levels"]
    assert (grid["off"], village["off"]) == ("还没有定位到网格，请先改辖区", "")
    model.do("assign", {"level": "grid"})
    assert model.case.form["field"] == "level"


def test_the_history_tells_what_the_resident_reads_from_what_the_office_notes(seat: Seat) -> None:
    receipt = a_petition(seat.office)
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    model.do("note", {"note": "已电话联系村里"})
    model.do("ask", {"question": "请说明是哪一盏灯"})
    model.choose("waiting")
    model.open(the(seat.office, receipt).id)
    newest, note, submitted = model.case.shown["history"]
    assert (newest["words"], newest["note"]) == ("请说明是哪一盏灯", "")
    assert (note["words"], note["note"]) == ("", "已电话联系村里")
    assert (submitted["label"], submitted["resident"]) == ("提交", True)


def test_photos_come_one_by_one_and_only_those_of_the_opened_matter(seat: Seat) -> None:
    mine, foreign = (
        the(seat.office, a_petition(seat.office)),
        the(seat.office, a_petition(seat.office)),
    )
    photo, other = a_photo(seat.office, mine.id), a_photo(seat.office, foreign.id)
    model = seat.open()
    assert model.file(photo) is None  # nothing is open
    model.open(mine.id)
    assert [file["id"] for file in model.case.shown["files"]] == [photo]
    assert model.file(photo) == (b"\xff\xd8 a photo", "image/jpeg")
    assert model.file(other) is None
    assert model.message["text"] == "没有这个附件"


def a_photo(office: Office, petition_id: int) -> int:
    with office.store.write() as session:
        row = Attachment(
            petition_id=petition_id,
            upload_key=f"key-of-{petition_id}-and-more",
            source_sha256="0" * 64,
            sha256=office.files.put(b"\xff\xd8 a photo"),
            kind=AttachmentKind.PHOTO,
            media_type="image/jpeg",
            size_bytes=9,
            added_at=NOW,
        )
        session.add(row)
        session.flush()
        return row.id


def test_a_number_is_shown_for_a_minute_and_for_a_reason(seat: Seat) -> None:
    receipt = a_petition(seat.office, phone=PHONE)
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    model.reveal_phone("随便看看")
    assert (model.case.phone, model.message["text"]) == ("", "请选择为什么要看电话")
    model.reveal_phone("联系反映人核实情况")
    assert model.case.phone == PHONE
    seat.now = NOW + timedelta(seconds=59)
    model.tick()
    assert model.case.phone == PHONE
    seat.now = NOW + timedelta(seconds=60)
    model.tick()
    assert model.case.phone == ""
    with seat.office.store.read() as session:
        (revealed,) = session.query(AuditEvent).filter_by(action="reveal").all()
    assert revealed.purpose == "联系反映人核实情况"


def test_turning_to_another_matter_hides_the_number(seat: Seat) -> None:
    first, second = (the(seat.office, a_petition(seat.office, phone=PHONE)) for _ in range(2))
    model = seat.open()
    model.open(first.id)
    model.reveal_phone("告知办理结果")
    model.open(second.id)
    assert model.case.phone == ""


# ---- deeds ---------------------------------------------------------------------------------------


def test_forty_an_hour_after_each_deed_the_next_matter_lies_open(seat: Seat) -> None:
    # Given three matters, the second of which is open
    receipts = [a_petition(seat.office) for _ in range(3)]
    ids = [the(seat.office, receipt).id for receipt in receipts]
    model = seat.open()
    model.open(ids[1])

    # When they are handed on one after the other
    model.do("assign", {"level": "grid"})
    assert model.message["text"].endswith("已分派给网格：连渊村 第 1 网格")
    assert model.case.shown["id"] == ids[2]  # the one that followed
    model.do("assign", {"level": "village", "note": "请今天去看"})
    assert model.case.shown["id"] == ids[0]  # the last one left
    model.do("refuse", {"reason": "不属本街道", "way": "12345"})

    # Then the desk is clear and all three have gone where they should
    assert (model.case.shown, model.list.rows) == ({}, [])
    assert [the(seat.office, receipt).state for receipt in receipts] == [
        State.REFUSED,
        State.WITH_GRID,
        State.WITH_VILLAGE,
    ]


def test_in_the_list_of_all_the_line_below_is_next(seat: Seat) -> None:
    ids = [the(seat.office, a_petition(seat.office)).id for _ in range(2)]
    model = seat.open()
    model.choose("all")  # the newest stands first
    model.open(ids[1])
    model.do("accept", {})
    assert model.case.shown["id"] == ids[0]


def test_a_note_leaves_the_matter_open_as_it_is_now(seat: Seat) -> None:
    receipt = a_petition(seat.office)
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    model.do("note", {"note": "已联系"})
    assert model.case.shown["id"] == the(seat.office, receipt).id
    assert model.case.shown["history"][0]["note"] == "已联系"
    model.do("accept", {})  # the note moved the version; the screen knows it
    assert the(seat.office, receipt).state is State.ACCEPTED


def test_a_new_category_moves_the_time_limit_before_the_clerks_eyes(seat: Seat) -> None:
    receipt = a_petition(seat.office, category="A01")
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    model.do("classify", {"category": "A03"})
    assert (model.case.shown["category"], model.case.shown["left"]) == ("积水与排水", "还剩 1 天")


@pytest.mark.parametrize(
    ("key", "words", "field"),
    [
        ("refuse", {"reason": "不属本街道", "way": " "}, "way"),
        ("ask", {"question": ""}, "question"),
        ("assign", {}, "level"),
        ("assign", {"level": "moon"}, "level"),
        ("assign", {"level": "department", "department": "x"}, "department"),
        ("classify", {"category": "Z99"}, "category"),
        ("relocate", {"area": "110101001001"}, "area"),
        ("note", {"note": ""}, "note"),
    ],
)
def test_what_was_typed_stays_beside_the_reason_why_it_was_refused(
    seat: Seat, key: str, words: dict[str, str], field: str
) -> None:
    receipt = a_petition(seat.office)
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    model.do(key, words)
    form = model.case.form
    assert (form["deed"], form["words"], form["field"]) == (key, words, field)
    assert form["error"]
    assert model.message["text"] == ""  # said once, where it was typed
    assert len(the(seat.office, receipt).events) == 1


def test_handing_to_a_department_names_it(seat: Seat) -> None:
    receipt = a_petition(seat.office)
    with seat.office.store.read() as session:
        water = session.query(Department).filter_by(code="shuiwu").one().id
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    model.do("assign", {"level": "department", "department": str(water)})
    assert the(seat.office, receipt).department_id == water
    assert model.message["text"].endswith("已分派给水务站")


def test_from_receipt_to_reopening_by_hand(seat: Seat) -> None:
    receipt = a_petition(seat.office)
    model = seat.open()
    model.choose("all")
    id_ = the(seat.office, receipt).id
    model.open(id_)
    for key, words in (
        ("assign", {"level": "street"}),
        ("handle", {"words": "已派人去看"}),
        ("return", {"reason": "还是村里办更快"}),
        ("assign", {"level": "street"}),
        ("answer", {"words": "灯已经修好"}),
        ("close", {"note": "电话回访，满意"}),
        ("reopen", {"reason": "又坏了"}),
    ):
        model.do(key, words)
        assert model.case.form == {}, key
        model.open(id_)
    assert (the(seat.office, receipt).state, the(seat.office, receipt).round) == (State.ACCEPTED, 2)


def test_an_unknown_button_does_nothing(seat: Seat) -> None:
    model = seat.open()
    model.do("accept", {})  # nothing is open
    assert model.case.form == {}
    model.open(the(seat.office, a_petition(seat.office)).id)
    model.do("delete", {})
    assert model.case.shown["state"] == "待受理"


# ---- others are at work, too ---------------------------------------------------------------------


@pytest.fixture
def colleague(seat: Seat) -> Callable[..., Any]:
    actor = an_account(seat.office, Role.TRIAGE, STREET, name="郑远")

    def accept(petition_id: int, version: int = 1) -> None:
        with seat.office.work(actor, seat.now) as work:
            triage.accept(work, petition_id=petition_id, version=version)

    return accept


def test_new_matters_are_announced_and_nothing_moves(seat: Seat) -> None:
    # Given a clerk who reads a matter and has begun to type
    first = a_petition(seat.office)
    model = seat.open()
    model.open(the(seat.office, first).id)
    model.do("refuse", {"reason": "写到一半", "way": ""})

    # When two more come in
    a_petition(seat.office)
    a_petition(seat.office)
    assert model.tick() is True

    # Then she is told, the counts move, and list, matter and words stay
    assert (model.fresh, counts(model)["new"]) == (2, "3")
    assert numbers(model) == [first.number]
    assert model.case.shown["number"].replace(" ", "") == first.number
    assert model.case.form["words"]["reason"] == "写到一半"

    # And when she asks for them, they are there
    model.show_fresh()
    assert (model.fresh, len(numbers(model))) == (0, 3)
    model.tick()
    assert model.fresh == 0


def test_from_another_queue_the_new_ones_are_shown_where_they_stand(seat: Seat) -> None:
    model = seat.open()
    model.choose("late")
    a_petition(seat.office)
    model.tick()
    model.show_fresh()
    assert (model.list.tab.value, len(numbers(model))) == ("new", 1)


def test_the_open_matter_says_when_a_colleague_was_faster(
    seat: Seat, colleague: Callable[..., Any]
) -> None:
    receipt = a_petition(seat.office)
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    colleague(the(seat.office, receipt).id)
    model.tick()
    assert model.case.moved == "此件已由郑远于 09:30“受理”，点此刷新"
    assert model.list.rows[0]["changed"] == "郑远刚刚“受理”"
    model.open(the(seat.office, receipt).id)
    assert (model.case.moved, model.case.shown["state"]) == ("", "待分派")


def test_a_deed_on_what_has_moved_is_refused_and_the_words_can_be_sent_again(
    seat: Seat, colleague: Callable[..., Any]
) -> None:
    receipt = a_petition(seat.office)
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    colleague(the(seat.office, receipt).id)
    words = {"level": "grid", "note": "请今天去看"}
    model.do("assign", words)
    assert "已由郑远于 09:30“受理”" in model.case.form["error"]
    assert model.case.moved
    model.open(the(seat.office, receipt).id)
    assert model.case.form["words"] == words  # reading it again does not lose them
    assert model.case.form["error"] == ""
    model.do("assign", words)
    kept = the(seat.office, receipt)
    assert (kept.state, kept.events[-1].note) == (State.WITH_GRID, "请今天去看")


def test_ones_own_deeds_are_not_announced(seat: Seat) -> None:
    ids = [the(seat.office, a_petition(seat.office)).id for _ in range(2)]
    model = seat.open()
    model.open(ids[0])
    model.do("accept", {})
    model.tick()
    assert (model.fresh, model.case.moved) == (0, "")
    assert {row["changed"] for row in model.list.rows} == {""}


def test_time_goes_on_while_the_list_is_looked_at(seat: Seat) -> None:
    a_petition(seat.office, category="A03")
    model = seat.open()
    assert model.list.rows[0]["left"] == "还剩 1 天"
    seat.now = NOW + timedelta(minutes=29)
    model.tick()
    assert (model.list.rows[0]["left"], model.list.rows[0]["soon"]) == ("还剩 23 小时", True)


def test_a_message_of_the_resident_is_announced_too(seat: Seat) -> None:
    receipt = a_petition(seat.office)
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    with seat.office.work(RESIDENT, NOW) as work:
        intake.add_message(work, token=receipt.token, words="还有一盏")
    model.tick()
    assert Step.MESSAGE.label in model.case.moved
    assert "反映人" in model.case.moved


# ---- the session ends ----------------------------------------------------------------------------


def test_when_the_session_ends_the_words_stay_and_the_watch_stops(seat: Seat) -> None:
    receipt = a_petition(seat.office)
    model = seat.open()
    model.open(the(seat.office, receipt).id)
    accounts.sign_out(seat.office, seat.token, NOW)
    words = {"reason": "不属本街道", "way": "12345"}
    model.do("refuse", words)
    assert (model.signed_out, model.case.form["words"]) == (True, words)
    assert model.case.shown["id"] == the(seat.office, receipt).id
    assert model.tick() is False
    assert the(seat.office, receipt).state is State.RECEIVED


def test_a_session_that_has_ended_before_the_page_was_there_shows_no_list(seat: Seat) -> None:
    a_petition(seat.office)
    model = TriageModel(Desk(seat.office, KernelPass("nobody's"), lambda: NOW))
    assert (model.signed_out, model.list.rows) == (True, [])


# ---- the address ---------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["", "<script>", "123456789", "1' OR '1'='1"])
def test_an_address_with_no_number_opens_nothing(seat: Seat, asked: str) -> None:
    a_petition(seat.office)
    model = seat.open()
    model.find(asked)
    assert model.case.shown == {}


def test_an_address_with_a_number_opens_its_matter_beside_the_list(seat: Seat) -> None:
    receipt = a_petition(seat.office)
    model = seat.open()
    model.choose("late")
    model.find(receipt.number)
    assert model.case.shown["digits"] == receipt.number
    model.do("accept", {})  # not on this page: it stays open, as it is now
    assert model.case.shown["state"] == "待分派"
