"""The worker's pages: what is in hand, the deeds, and what a stale or foreign form may not do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    PASSWORD,
    STREET,
    VILLAGE,
    a_clerk,
    a_petition,
    a_street,
    an_account,
    the,
)
from tests.phones import Watch, a_phone, a_photo, hidden, name_of, sign_in, upload
from weiyou.domain.areas import Level
from weiyou.domain.people import Role
from weiyou.domain.petitions import AttachmentKind
from weiyou.domain.workflow import State, Step
from weiyou.phone import sessions
from weiyou.services import accounts, triage
from weiyou.services.intake import Receipt
from weiyou.services.office import Office, SessionToken
from weiyou.services.passwords import HASHER
from weiyou.store.tables import AuditEvent, Department

HASH = HASHER.hash(PASSWORD)
NUMBER = "199" + "0000" + "1234"


def _people(office: Office) -> None:
    for login, role, area in (
        ("shi", Role.GRID_WORKER, GRID),
        ("lin", Role.GRID_WORKER, FAR_GRID),
        ("cun", Role.VILLAGE, VILLAGE),
        ("dong", Role.LEADER, STREET),
    ):
        an_account(office, role, area, login=login, name=login, password_hash=HASH)
    an_account(office, Role.CADRE, STREET, login="jian", department="jianshe", password_hash=HASH)


def _assigned(
    office: Office, level: Level = Level.GRID, department: int | None = None, **draft: Any
) -> Receipt:
    receipt = a_petition(office, **draft)
    with office.work(a_clerk(office), NOW) as work:
        triage.assign(
            work,
            petition_id=the(office, receipt).id,
            version=1,
            level=level,
            department_id=department,
        )
    return receipt


def _form(phone: TestClient, address: str, **typed: Any) -> dict[str, Any]:
    page = phone.get(address).text
    return {
        "proof": hidden(page, "proof"),
        "version": hidden(page, "version"),
        "key": hidden(page, "key"),
        **typed,
    }


def test_without_signing_in_nothing_opens(office: Office) -> None:
    a_street(office)
    with a_phone(office) as phone:
        for address in ("/w/", "/w/done", "/w/matters/1", "/w/files/1"):
            answer = phone.get(address)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/w/sign-in")
        assert phone.post("/w/matters/1/records", data={"words": "x"}).status_code == 401
        assert "账号或密码不对" in sign_in(phone, "shi").text


def test_the_cookie_is_kept_from_scripts_and_other_sites(office: Office) -> None:
    a_street(office)
    _people(office)
    with a_phone(office) as phone:
        cookie = sign_in(phone, "shi").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    office.settings.public_url = "https://wei.example"
    with a_phone(office) as phone:
        answer = sign_in(phone, "shi")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-weiyou=")
    assert "secure" in cookie.lower()
    assert "path=/" in cookie.lower()
    assert "domain" not in cookie.lower()
    assert answer.headers["strict-transport-security"]


def test_the_list_shows_what_is_in_hand_the_most_urgent_first(office: Office) -> None:
    a_street(office)
    _people(office)
    _assigned(office, text="不急的事")
    _assigned(office, text="三天的事", category="A02")
    _assigned(office, text="马上的事", category="A03")
    a_petition(office, text="还没派的事")
    with a_phone(office) as phone:
        sign_in(phone, "shi")
        page = phone.get("/w/").text
        assert phone.get("/w").status_code == 307
        sign_in(phone, "lin")
        empty = phone.get("/w/").text
        sign_in(phone, "dong")
        other = phone.get("/w/")
    assert page.index("马上的事") < page.index("三天的事") < page.index("不急的事")
    assert "还没派的事" not in page
    assert "还剩" in page
    assert "手上没有待办，辛苦了" in empty
    assert other.status_code == 200
    assert "这里没有您的事项" in other.text


def test_a_worker_records_with_photos_answers_and_finds_it_under_done(office: Office) -> None:
    a_street(office)
    _people(office)
    receipt = _assigned(office, phone=NUMBER)
    address = f"/w/matters/{the(office, receipt).id}"
    with a_phone(office) as phone:
        sign_in(phone, "shi")
        form = _form(phone, address, words="换了灯泡")
        photo, sent = a_photo("red"), a_photo("blue")
        upload(phone, form["key"], sent)
        files = [("photos", ("after.jpg", photo, "image/jpeg"))]
        form["kept"] = name_of(sent)
        recorded = phone.post(f"{address}/records", data=form, files=files)
        assert recorded.status_code == 303
        page = phone.get(recorded.headers["location"]).text
        assert "处置记录已保存" in page
        shown = phone.get(page.split('<img src="')[1].split('"')[0])
        assert shown.headers["content-type"] == "image/jpeg"
        answered = phone.post(f"{address}/answers", data=_form(phone, address, words="已换好"))
        assert answered.headers["location"] == "/w/?done=answered"
        assert "已答复，等群众确认" in phone.get("/w/?done=answered").text
        assert "路灯坏了三天" in phone.get("/w/done").text
    kept = the(office, receipt)
    assert kept.state is State.ANSWERED
    handled = next(event for event in kept.events if event.step is Step.HANDLE)
    files_of = [file for file in kept.attachments if file.event_id == handled.id]
    assert [file.kind for file in files_of] == [AttachmentKind.PHOTO] * 2


def test_a_worker_sends_up_or_gives_back(office: Office) -> None:
    a_street(office)
    _people(office)
    up, back = _assigned(office), _assigned(office)
    with a_phone(office) as phone:
        sign_in(phone, "shi")
        for receipt, deed in ((up, "escalation"), (back, "return")):
            address = f"/w/matters/{the(office, receipt).id}"
            empty = phone.post(f"{address}/{deed}", data=_form(phone, address, words=" "))
            assert empty.status_code == 422
            done = phone.post(f"{address}/{deed}", data=_form(phone, address, words="要设备"))
            assert done.status_code == 303
        sign_in(phone, "cun")
        assert "路灯坏了三天" in phone.get("/w/").text
    assert the(office, up).state is State.WITH_VILLAGE
    assert the(office, back).state is State.ACCEPTED


def test_a_department_deals_with_its_matter_from_the_phone(office: Office) -> None:
    a_street(office)
    _people(office)
    with office.store.read() as session:
        works = session.query(Department).filter_by(code="jianshe").one().id
    receipt = _assigned(office, Level.DEPARTMENT, works)
    address = f"/w/matters/{the(office, receipt).id}"
    with a_phone(office) as phone:
        sign_in(phone, "jian")
        assert "路灯坏了三天" in phone.get("/w/").text
        page = phone.get(address).text
        assert "上报一级" not in page
        done = phone.post(f"{address}/answers", data=_form(phone, address, words="已报修"))
    assert done.status_code == 303
    assert the(office, receipt).state is State.ANSWERED


def test_a_stale_form_is_refused_and_the_words_are_still_there(office: Office) -> None:
    a_street(office)
    _people(office)
    petition = the(office, _assigned(office))
    address = f"/w/matters/{petition.id}"
    with a_phone(office) as phone:
        sign_in(phone, "shi")
        form = _form(phone, address, words="同时写的<话>")
        with office.work(a_clerk(office), NOW) as work:
            triage.classify(work, petition_id=petition.id, version=petition.version, category="A02")
        stale = phone.post(f"{address}/records", data=form)
        assert stale.status_code == 409
        assert "您填写的内容还在" in stale.text
        assert "同时写的&lt;话&gt;</textarea>" in stale.text
        form |= {"version": hidden(stale.text, "version"), "proof": hidden(stale.text, "proof")}
        assert phone.post(f"{address}/records", data=form).status_code == 303


def test_words_are_shown_to_be_copied_when_the_matter_has_gone_on(office: Office) -> None:
    a_street(office)
    _people(office)
    receipt = _assigned(office)
    address = f"/w/matters/{the(office, receipt).id}"
    with a_phone(office) as phone:
        sign_in(phone, "shi")
        form = _form(phone, address, words="写了半天的话")
        phone.post(f"{address}/return", data=dict(form, words="派错了"))
        late = phone.post(f"{address}/answers", data=form)
    assert late.status_code == 409
    assert "您刚才填写的内容" in late.text
    assert "写了半天的话" in late.text
    assert 'action="' + address + '/answers"' not in late.text


def test_calling_shows_the_number_once_for_a_purpose_and_on_record(office: Office) -> None:
    a_street(office)
    _people(office)
    receipt = _assigned(office, phone=NUMBER)
    address = f"/w/matters/{the(office, receipt).id}"
    with a_phone(office) as phone:
        sign_in(phone, "shi")
        page = phone.get(address).text
        assert NUMBER not in page
        assert "199****1234" in page
        form = {"proof": hidden(page, "proof"), "purpose": "核实情况"}
        shown = phone.post(f"{address}/call", data=form)
        script = phone.post(f"{address}/call", data=form, headers={"Accept": "application/json"})
        assert phone.post(f"{address}/call", data=form | {"purpose": "好奇"}).status_code == 422
    assert f'href="tel:{NUMBER}"' in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert script.json() == {"phone": NUMBER}
    with office.store.read() as session:
        rows = session.query(AuditEvent).filter_by(action="reveal").all()
    assert [row.purpose for row in rows] == ["办理事项：核实情况"] * 2


def test_another_grids_matter_does_not_exist(office: Office) -> None:
    a_street(office)
    _people(office)
    receipt = _assigned(office, phone=NUMBER)
    address = f"/w/matters/{the(office, receipt).id}"
    with a_phone(office) as phone:
        sign_in(phone, "shi")
        form = _form(phone, address, words="x", purpose="核实情况")
        sign_in(phone, "lin")
        form["proof"] = hidden(phone.get("/w/").text, "proof")
        missing = phone.get("/w/matters/999999")
        foreign = phone.get(address)
        assert (missing.status_code, foreign.status_code) == (404, 404)
        assert missing.content == foreign.content
        for deed in ("records", "answers", "escalation", "return", "call"):
            assert phone.post(f"{address}/{deed}", data=form).status_code in {403, 404}
    assert the(office, receipt).state is State.WITH_GRID


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda form: form.pop("proof"), id="no proof"),
        pytest.param(lambda form: form.update(proof="0" * 80), id="made-up proof"),
        pytest.param(lambda form: form.update(proof="é" * 80), id="odd proof"),
    ],
)
def test_a_form_without_its_proof_does_nothing(
    office: Office, spoil: Callable[[dict[str, Any]], Any]
) -> None:
    a_street(office)
    _people(office)
    receipt = _assigned(office)
    address = f"/w/matters/{the(office, receipt).id}"
    with a_phone(office) as phone:
        sign_in(phone, "shi")
        form = _form(phone, address, words="不是我写的")
        spoil(form)
        answer = phone.post(f"{address}/records", data=form)
    assert answer.status_code == 403
    assert "不是我写的" in answer.text
    assert the(office, receipt).events[-1].step is Step.ASSIGN_GRID


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_a_form_from_elsewhere_does_nothing(office: Office, header: dict[str, str]) -> None:
    a_street(office)
    _people(office)
    receipt = _assigned(office)
    address = f"/w/matters/{the(office, receipt).id}"
    with a_phone(office) as phone:
        sign_in(phone, "shi")
        form = _form(phone, address, words="不是我写的")
        assert phone.post(f"{address}/records", data=form, headers=header).status_code == 403
        signed = phone.post(
            "/w/sign-in", data={"login": "lin", "password": PASSWORD}, headers=header
        )
        assert signed.status_code == 403
    assert the(office, receipt).events[-1].step is Step.ASSIGN_GRID


def test_whoever_signs_in_after_another_leaves_no_session_of_his_behind(office: Office) -> None:
    a_street(office)
    _people(office)
    with a_phone(office) as phone, a_phone(office) as thief:
        sign_in(phone, "shi")
        thief.cookies.update(phone.cookies)
        assert thief.get("/w/").status_code == 200
        assert sign_in(phone, "shi", "not the password").status_code == 401
        assert thief.get("/w/").status_code == 200
        sign_in(phone, "cun")
        assert thief.get("/w/").status_code == 303
        assert phone.get("/w/").status_code == 200


def test_a_session_of_the_desk_opens_nothing_on_a_phone(office: Office) -> None:
    a_street(office)
    _people(office)
    receipt = _assigned(office, name="吴", phone=NUMBER)
    matter = f"/w/matters/{the(office, receipt).id}"
    opened = accounts.sign_in(
        office, login="shi", password=PASSWORD, address="", door="desk", now=NOW
    )
    with a_phone(office) as phone:
        phone.cookies.set("weiyou_phone", opened.token)
        for address in ("/w/", "/w/done", matter, "/w/files/1"):
            assert phone.get(address).status_code == 303, address
        secret = SessionToken(opened.token)
        typed = {"proof": sessions.proof_of(secret), "purpose": "核实情况"}
        assert phone.post(f"{matter}/call", data=typed).status_code == 401


def test_signing_out_ends_the_session_here_or_everywhere(office: Office) -> None:
    a_street(office)
    _people(office)
    with a_phone(office) as phone, a_phone(office) as other:
        sign_in(phone, "shi")
        sign_in(other, "shi")
        proof = hidden(phone.get("/w/").text, "proof")
        cookies = dict(phone.cookies)
        out = phone.post("/w/sign-out", data={"proof": proof})
        assert out.headers["location"] == "/w/sign-in"
        phone.cookies.update(cookies)
        assert phone.get("/w/").status_code == 303
        assert other.get("/w/").status_code == 200
        sign_in(phone, "shi")
        proof = hidden(phone.get("/w/").text, "proof")
        phone.post("/w/sign-out", data={"proof": proof, "everywhere": "yes"})
        assert other.get("/w/").status_code == 303


def test_a_session_that_ran_out_keeps_the_words_to_be_copied(office: Office) -> None:
    a_street(office)
    _people(office)
    receipt = _assigned(office)
    address = f"/w/matters/{the(office, receipt).id}"
    watch = Watch()
    with a_phone(office, watch) as phone:
        sign_in(phone, "shi")
        form = _form(phone, address, words="写了半天的话")
        watch.now += timedelta(days=8)
        answer = phone.post(f"{address}/records", data=form)
        asked = phone.get(address)
        again = phone.post(
            "/w/sign-in", data={"login": "shi", "password": PASSWORD, "next": address}
        )
    assert answer.status_code == 401
    assert "写了半天的话" in answer.text
    assert asked.headers["location"] == f"/w/sign-in?next={address}"
    assert again.headers["location"] == address


def test_after_signing_in_nobody_is_sent_to_another_site(office: Office) -> None:
    a_street(office)
    _people(office)
    with a_phone(office) as phone:
        for going in ("https://evil.example", "//evil.example", "/w/matters/1/../../x"):
            answer = phone.post(
                "/w/sign-in", data={"login": "shi", "password": PASSWORD, "next": going}
            )
            assert answer.headers["location"] == "/w/"


def test_too_many_tries_have_to_wait(office: Office) -> None:
    a_street(office)
    _people(office)
    with a_phone(office) as phone:
        answers = [sign_in(phone, "shi", "wrong").status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
