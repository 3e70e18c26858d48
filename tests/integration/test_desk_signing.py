"""Signing in at the desk, the first page, opening an app, signing out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import desk as desks
from tests.desk import Desk
from tests.factories import PASSWORD

pytestmark = pytest.mark.slow

REFUSED = """
from weiyou.errors import NotPermitted
raise NotPermitted("您的职责不包括“信访事项”的“查看”")
"""
FAULT = """
raise RuntimeError("the name of a table, a path, a value")
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signing")
    desks.a_notebook(folder / "apps", "triage", "'第一步'", FAULT, "'不会到这里'")
    desks.a_notebook(folder / "apps", "overview", REFUSED)
    desks.a_world(folder / "home")
    return folder


@pytest.fixture(scope="module")
def desk(home: Path) -> Iterator[Desk]:
    with desks.running(home / "home", home / "apps") as served:
        yield served


@pytest.fixture(scope="module")
def production(home: Path) -> Iterator[Desk]:
    settings = {"WEIYOU_PRODUCTION": "true", "WEIYOU_PUBLIC_URL": "https://wy.example.cn"}
    with desks.running(home / "home", home / "apps", settings) as served:
        yield served


def test_whoever_comes_is_led_to_the_sign_in_page_and_back(desk: Desk) -> None:
    visitor = desk.visitor()
    led = visitor.http.get("/app/triage")
    assert (led.status_code, led.headers["location"]) == (302, "/login?next=%2Fapp%2Ftriage")

    answer = visitor.sign_in("liang", page=led.headers["location"])

    assert (answer.status_code, answer.headers["location"]) == (302, "/app/triage")


def test_signing_in_leads_back_to_the_matter_that_was_asked_for(desk: Desk) -> None:
    visitor = desk.visitor("liang")
    asked = {"next": "/app/triage?number=482719364"}
    assert visitor.http.get("/login", params=asked).headers["location"] == asked["next"]


@pytest.mark.parametrize(
    "wanted",
    [
        "/app/triage?number=1%0d%0aSet-Cookie:x",
        "/app/triage?number=482719364&next=//evil.example",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/login",
        "javascript:1",
        "/app/a/../b",
    ],
)
def test_signing_in_never_leads_away(desk: Desk, wanted: str) -> None:
    answer = desk.visitor().http.get("/login", params={"next": wanted})
    assert "evil" not in answer.text

    visitor = desk.visitor("liang")
    assert visitor.http.get("/login", params={"next": wanted}).headers["location"] == "/"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: Desk) -> None:
    cookies = desk.visitor().sign_in("liang").headers.get_list("set-cookie")

    session = next(one for one in cookies if one.startswith("weiyou_desk="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(session.split("; "))
    assert "expires" not in session.lower()


def test_behind_tls_the_cookie_is_bound_to_the_host(production: Desk) -> None:
    visitor = production.visitor()
    page = visitor.http.get("/login")
    found = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert found
    form = {"login": "liang", "password": PASSWORD, "_xsrf": found[1]}
    xsrf = page.headers["set-cookie"].split(";")[0]

    answer = visitor.http.post("/login", data=form, headers={"Cookie": xsrf})

    cookies = answer.headers.get_list("set-cookie")
    session = next(one for one in cookies if one.startswith("__Host-weiyou_desk="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Secure"} <= set(session.split("; "))
    assert xsrf.startswith("__Host-weiyou_desk_xsrf=")
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_wrong_password_is_said_plainly_and_the_login_is_kept(desk: Desk) -> None:
    answer = desk.visitor().sign_in("liang", "wrong")

    assert answer.status_code == 401
    assert "账号或密码不对" in answer.text
    assert 'value="liang"' in answer.text
    assert "wrong" not in answer.text
    assert not [one for one in answer.headers.get_list("set-cookie") if "weiyou_desk=" in one]


def test_an_unknown_login_looks_the_same(desk: Desk) -> None:
    known, unknown = desk.visitor().sign_in("liang", "x"), desk.visitor().sign_in("nobody", "x")

    def without_numbers(page: str) -> str:
        return re.sub(r'value="[^"]*"', "", page)

    assert without_numbers(known.text) == without_numbers(unknown.text)


def test_what_was_typed_cannot_become_part_of_the_page(desk: Desk) -> None:
    answer = desk.visitor().sign_in('"><script>alert(1)</script>', "x")

    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_after_ten_failures_the_person_is_asked_to_wait(desk: Desk) -> None:
    visitor = desk.visitor()
    for _ in range(10):
        assert visitor.sign_in("guessed", "x").status_code == 401

    answer = visitor.sign_in("guessed", "x")

    assert answer.status_code == 429
    assert "请 5 分钟后再登录" in answer.text
    assert desk.visitor().sign_in("liang").status_code == 302


def test_the_first_page_greets_and_shows_what_one_may_open(desk: Desk) -> None:
    clerk = desk.visitor("liang").http.get("/").text
    leader = desk.visitor("zhou").http.get("/").text
    auditor = desk.visitor("chen").http.get("/").text

    assert "好，梁青禾" in clerk
    assert "受理分拨员" in clerk
    assert "戴圩街道" in clerk
    assert 'href="/app/triage"' in clerk
    assert 'href="/app/overview"' in clerk
    assert 'href="/app/triage"' not in leader
    assert 'href="/app/overview"' in leader
    assert "您的岗位在工作台上没有要办理的事项" in auditor


def test_made_up_data_is_marked_as_such_but_not_in_production(desk: Desk, production: Desk) -> None:
    visitor = desk.visitor("liang")
    assert "演示数据" in visitor.http.get("/").text
    assert "weiyou demo accounts" in desk.visitor().http.get("/login").text
    assert "weiyou demo accounts" not in production.visitor().http.get("/login").text
    assert PASSWORD not in visitor.http.get("/").text


def test_an_app_of_another_duty_is_refused_in_our_looks(desk: Desk) -> None:
    answer = desk.visitor("zhou").http.get("/app/triage")

    assert answer.status_code == 403
    assert "您的岗位（领导）没有开通“受理分拨”" in answer.text
    assert 'lang="zh-CN"' in answer.text


def test_an_address_that_does_not_exist_leads_home(desk: Desk) -> None:
    answer = desk.visitor().http.get("/nowhere")

    assert answer.status_code == 404
    assert "没有这个页面" in answer.text
    assert 'href="/"' in answer.text


def test_a_failing_cell_shows_a_sentence_and_a_number_that_the_log_knows(desk: Desk) -> None:
    opened = desk.visitor("liang").open("triage")

    page = opened.answer.text
    number = re.search(r"编号 ([0-9a-f]{6})", page)
    assert number
    assert [one["data"]["text/plain"] for one in opened.outputs()] == ["'第一步'"]
    assert "the name of a table" not in page
    assert "Traceback" not in page
    assert "不会到这里" not in page
    log = desk.log.read_text()
    assert f"[{number[1]}]" in log
    assert "the name of a table" in log


def test_a_refusal_in_a_cell_is_shown_in_its_own_words(desk: Desk) -> None:
    page = desk.visitor("zhou").open("overview").answer.text

    assert "您的职责不包括“信访事项”的“查看”" in page
    assert "编号" not in page


def test_the_page_tells_its_progress_before_it_is_ready(desk: Desk) -> None:
    page = desk.visitor("liang").open("triage").answer.text

    assert "正在打开“受理分拨”" in page
    assert page.index("desk.step(1, 3)") < page.index("desk.step(2, 3)")
    assert '<html lang="zh-CN"' in page
    assert "<title>受理分拨" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_no_page_holds_the_source_of_an_app(desk: Desk) -> None:
    assert "raise RuntimeError" not in desk.visitor("liang").open("triage").answer.text


def test_signing_out_ends_the_session_itself(desk: Desk) -> None:
    visitor = desk.visitor("liang")
    token = visitor.http.cookies["weiyou_desk"]

    left = visitor.post("/logout", {})

    assert (left.status_code, left.headers["location"]) == (302, "/login")
    assert "weiyou_desk" not in visitor.http.cookies
    visitor.http.cookies.set("weiyou_desk", token)
    assert visitor.http.get("/").status_code == 302


def test_signing_out_is_not_done_by_a_link(desk: Desk) -> None:
    visitor = desk.visitor("liang")

    assert visitor.http.get("/logout").status_code == 405
    assert visitor.http.get("/").status_code == 200


def test_signing_in_again_ends_what_the_browser_was_before(desk: Desk) -> None:
    visitor = desk.visitor("liang")
    token = visitor.http.cookies["weiyou_desk"]
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', visitor.http.get("/").text)
    assert xsrf

    form = {"login": "jiang", "password": PASSWORD, "_xsrf": xsrf[1]}
    assert visitor.http.post("/login", data=form).status_code == 302

    assert "江见山" in visitor.http.get("/").text
    former = desk.visitor()
    former.http.cookies.set("weiyou_desk", token)
    assert former.http.get("/").status_code == 302
