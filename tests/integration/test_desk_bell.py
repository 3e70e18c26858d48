"""The bell, the first page and the pages that say no, asked of a running desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import desk as desks
from tests.desk import Desk
from tests.factories import a_petition
from weiyou.services.office import Office, open_office
from weiyou.settings import Settings
from weiyou.store.tables import Session

pytestmark = pytest.mark.slow

FAILS = """
from weiyou.desk import bell
from weiyou.desk.__main__ import main
def fail(*_):
    raise ValueError("the name of a table")
bell.waiting.waiting = fail
main()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bell") / "home"
    desks.a_world(folder)
    return folder


@pytest.fixture(scope="module")
def office(home: Path) -> Iterator[Office]:
    opened = open_office(Settings(home=home))
    for _ in range(3):
        a_petition(opened, category="A01", now=datetime.now(UTC))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def desk(home: Path, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    del office  # only to be there first
    with desks.running(home, tmp_path_factory.mktemp("apps")) as served:
        yield served


def test_the_bell_tells_the_clerk_what_waits_and_where(desk: Desk) -> None:
    told = desk.visitor("liang").http.get("/bell").json()

    assert (told["total"], told["late"]) == (3, False)
    assert {one["label"]: (one["count"], one["href"]) for one in told["kinds"]} == {
        "待受理": (3, "/app/triage?queue=new"),
        "待分派": (0, "/app/triage?queue=to_assign"),
        "24 小时内到期": (0, "/app/triage?queue=soon"),
        "已超期": (0, "/app/triage?queue=late"),
    }


def test_who_never_sees_matters_hears_nothing(desk: Desk) -> None:
    told = desk.visitor("chen").http.get("/bell").json()

    assert told == {"total": 0, "late": False, "kinds": []}


def test_the_bell_is_silent_for_whoever_has_not_signed_in(desk: Desk) -> None:
    answer = desk.visitor().http.get("/bell")

    assert answer.status_code == 401
    assert answer.json()["kinds"] == []
    assert "no-store" in answer.headers["Cache-Control"]


def test_asking_the_bell_keeps_no_session_alive(desk: Desk, office: Office) -> None:
    # Given a session that was last used some minutes ago
    visitor = desk.visitor("jiang")
    visitor.http.get("/")
    with office.store.write() as session:
        own = session.query(Session).order_by(Session.id.desc()).first()
        assert own is not None
        own.seen_at = datetime.now(UTC) - timedelta(minutes=10)
        number, ends = own.id, own.expires_at

    # When its page asks by itself
    assert visitor.http.get("/bell").status_code == 200

    # Then it ends when it would have ended, and a person's own step still moves the end
    with office.store.read() as session:
        assert session.get_one(Session, number).expires_at == ends
    visitor.http.get("/")
    with office.store.read() as session:
        assert session.get_one(Session, number).seen_at > datetime.now(UTC) - timedelta(minutes=5)


def test_the_first_page_says_who_where_and_how_many(desk: Desk) -> None:
    page = desk.visitor("liang").http.get("/").text

    assert "梁青禾" in page
    assert "戴圩街道" in page
    assert re.search(r'href="/app/triage\?queue=new"><b>3</b>待受理', page)
    assert re.search(r'href="/app/overview\?figure=received"><b>3</b>本周收到', page)


def test_a_duty_without_apps_is_told_so(desk: Desk) -> None:
    page = desk.visitor("chen").http.get("/").text

    assert "您的岗位在工作台上没有要办理的事项" in page
    assert "/app/" not in page


def test_the_chosen_looks_are_in_the_first_byte_of_a_page(desk: Desk) -> None:
    visitor = desk.visitor()
    plain = visitor.http.get("/login").text
    visitor.http.cookies.set("weiyou_look", "dark.large")
    chosen = visitor.http.get("/login").text

    assert '<html lang="zh-CN" data-theme="auto">' in plain
    assert '<html lang="zh-CN" data-theme="dark" data-type="large">' in chosen
    assert chosen.index("look.js") < chosen.index("desk.css")


def test_signing_in_again_leads_back_to_the_list_that_was_open(desk: Desk) -> None:
    visitor = desk.visitor()

    for wanted in ("/app/triage?queue=late", "/app/triage?number=482719364&queue=new"):
        led = visitor.http.get(wanted).headers["location"]
        answer = visitor.sign_in("liang", page=led)
        assert answer.headers["location"] == wanted
        visitor.http.cookies.clear()


def test_who_is_kept_out_gets_a_number_that_the_log_knows(desk: Desk) -> None:
    answer = desk.visitor("zhou").http.get("/app/triage")

    number = re.search(r"编号 <b>([0-9a-f]{6})</b>", answer.text)
    assert answer.status_code == 403
    assert number
    assert f"[{number[1]}] 403 /app/triage" in desk.log.read_text()


def test_a_page_that_is_not_there_has_no_number(desk: Desk) -> None:
    answer = desk.visitor().http.get("/nowhere")

    assert answer.status_code == 404
    assert "编号" not in answer.text
    assert "error-picture" in answer.text


def test_a_fault_is_told_with_a_number_and_without_its_reason(home: Path, tmp_path: Path) -> None:
    with desks.running(home, tmp_path / "apps", serve=FAILS) as broken:
        answer = broken.visitor("liang").http.get("/bell")
        log = broken.log.read_text()

    number = re.search(r"编号 <b>([0-9a-f]{6})</b>", answer.text)
    assert answer.status_code == 500
    assert number
    assert "Traceback" not in answer.text
    assert "the name of a table" not in answer.text
    assert f"[{number[1]}]" in log
    assert "the name of a table" in log
