"""The second step of signing in on a phone: no way around it, and none through the other door."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from tests.factories import GRID, NOW, PASSWORD, STREET, a_street, an_account
from tests.phones import Watch, a_phone, sign_in
from tests.secondsteps import App, half, switch_on
from weiyou.domain.people import Role
from weiyou.services import accounts, secondfactor
from weiyou.services.office import Office
from weiyou.services.secondfactor import HalfToken

LATER = NOW + timedelta(minutes=2)
CODE = "/w/sign-in/code"


@pytest.fixture
def app(office: Office) -> App:
    """Give the authenticator app of a grid worker who has switched the second step on."""
    a_street(office)
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    an_account(office, Role.GRID_WORKER, GRID, login="shi", name="石大川", password_hash=cheap)
    an_account(office, Role.AUDITOR, STREET, login="chen", password_hash=cheap)
    app, _ = switch_on(office, "shi")
    return app


def give(phone: TestClient, code: str, going: str = "") -> tuple[int, str]:
    answer = phone.post(CODE, data={"code": code, "next": going})
    return answer.status_code, answer.headers.get("location", answer.text)


def test_a_worker_with_a_second_step_is_asked_for_the_code(office: Office, app: App) -> None:
    with a_phone(office, Watch(LATER)) as phone:
        going = "/w/matters/7"
        asked = phone.post("/w/sign-in", data={"login": "shi", "password": PASSWORD, "next": going})
        assert (asked.status_code, asked.headers["location"]) == (303, f"{CODE}?next={going}")
        assert phone.get("/w/").headers["location"].startswith("/w/sign-in"), "nothing is open"
        page = phone.get(asked.headers["location"])
        assert page.status_code == 200
        assert f'value="{going}"' in page.text
        assert 'autocomplete="one-time-code"' in page.text

        assert give(phone, app.code(LATER), going) == (303, going)
        assert "石大川" in phone.get("/w/").text
        assert "weiyou_phone_half" not in phone.cookies
        assert give(phone, app.code(LATER, off=1))[0] == 401, "it serves once"


def test_a_wrong_code_is_said_plainly_and_too_many_must_wait(office: Office, app: App) -> None:
    with a_phone(office, Watch(LATER)) as phone:
        sign_in(phone, "shi")
        for _ in range(5):
            status, page = give(phone, app.wrong(LATER))
            assert status == 422
            assert "验证码不对或已用过" in page
        status, page = give(phone, app.code(LATER))
        assert status == 429
        assert "账号没有被锁" in page
        assert phone.get("/w/").status_code == 303


def test_after_five_minutes_one_starts_again(office: Office, app: App) -> None:
    watch = Watch(LATER)
    with a_phone(office, watch) as phone:
        assert phone.get(CODE).status_code == 401
        sign_in(phone, "shi")
        watch.now += timedelta(minutes=5)
        for answer in (phone.get(CODE), phone.post(CODE, data={"code": app.code(watch.now)})):
            assert answer.status_code == 401
            assert "请重新登录" in answer.text
            assert 'name="password"' in answer.text


def test_half_of_a_sign_in_at_the_desk_is_worth_nothing_on_a_phone(
    office: Office, app: App
) -> None:
    at_the_desk: HalfToken = half(office, "shi", now=LATER)
    with a_phone(office, Watch(LATER)) as phone:
        phone.cookies.set("weiyou_phone_half", at_the_desk.value)
        phone.cookies.set("weiyou_phone", at_the_desk.value)
        assert give(phone, app.code(LATER))[0] == 401
        assert phone.get("/w/").status_code == 303


def test_another_site_cannot_send_the_code(office: Office, app: App) -> None:
    with a_phone(office, Watch(LATER)) as phone:
        sign_in(phone, "shi")
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = phone.post(CODE, data={"code": app.code(LATER)}, headers=headers)
            assert answer.status_code == 403
        assert give(phone, app.code(LATER))[0] == 303


def test_after_the_code_one_is_led_to_our_own_pages_only(office: Office, app: App) -> None:
    with a_phone(office, Watch(LATER)) as phone:
        sign_in(phone, "shi")
        assert "evil" not in phone.get(f"{CODE}?next=//evil.example").text
        assert give(phone, app.code(LATER), "//evil.example") == (303, "/w/")


def test_the_cookie_of_half_a_sign_in_is_kept_from_scripts_and_other_sites(
    office: Office, app: App
) -> None:
    office.settings.public_url = "https://wei.example"
    with a_phone(office, Watch(LATER)) as phone:
        cookie = sign_in(phone, "shi").headers["set-cookie"]
    assert cookie.startswith("__Host-weiyou_half=")
    words = set(cookie.lower().split("; "))
    assert {"httponly", "secure", "samesite=strict", "path=/", "max-age=300"} <= words


def test_a_secret_that_was_planted_never_becomes_a_session(office: Office, app: App) -> None:
    planted = "chosen-by-somebody-else-0123456789-0123456"
    with a_phone(office, Watch(LATER)) as phone:
        for name in ("weiyou_phone", "weiyou_phone_half"):
            phone.cookies.set(name, planted)
        asked = sign_in(phone, "shi").headers["set-cookie"]
        assert planted not in asked
        phone.cookies.clear()
        phone.cookies.set("weiyou_phone_half", asked.split(";")[0].partition("=")[2])
        phone.cookies.set("weiyou_phone", planted)
        answer = phone.post(CODE, data={"code": app.code(LATER)})
        assert answer.status_code == 303
        assert planted not in str(answer.headers.get_list("set-cookie"))
        phone.cookies.clear()
        phone.cookies.set("weiyou_phone", planted)
        assert phone.get("/w/").status_code == 303


def test_an_administrator_sets_it_up_at_the_desk_first(office: Office, app: App) -> None:
    office.settings.production = True
    with a_phone(office, Watch(LATER)) as phone:
        answer = sign_in(phone, "chen")
        assert answer.status_code == 403
        assert "请先用电脑登录工作台" in answer.text
        assert "set-cookie" not in answer.headers
        assert phone.get("/w/").status_code == 303


def test_signing_out_everywhere_at_the_desk_ends_the_phone_too(office: Office, app: App) -> None:
    office.settings.production = False
    with a_phone(office, Watch(LATER)) as phone:
        sign_in(phone, "shi")
        assert give(phone, app.code(LATER))[0] == 303
        assert phone.get("/w/").status_code == 200
        at_the_desk = accounts.sign_in(
            office, login="chen", password=PASSWORD, address="10.1.1.1", door="desk", now=LATER
        )
        accounts.sign_out(office, at_the_desk.token, LATER, everywhere=True)
        assert phone.get("/w/").status_code == 200, "somebody else's"
        later = LATER + timedelta(minutes=1)
        waiting = half(office, "shi", now=later)
        own = secondfactor.finish(office, waiting, app.code(later), later)
        accounts.sign_out(office, own.token, later, everywhere=True)
        assert phone.get("/w/").status_code == 303
