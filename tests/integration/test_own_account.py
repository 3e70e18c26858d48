"""What a person does with his own account, and sees of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher

from tests.factories import NOW, PASSWORD, STREET, a_street, an_account
from tests.journeys import traces
from tests.secondsteps import ADDRESS, switch_on
from weiyou.domain.people import Actor, Role
from weiyou.errors import BadInput, NotFound, NotSignedIn, TooMany
from weiyou.reports import account as report
from weiyou.services import accounts, ownaccount
from weiyou.services.accounts import SignedIn
from weiyou.services.office import Office, SessionToken

NEW = "river-and-heron-31"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def password_hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture
def clerk(office: Office, password_hash: str) -> Actor:
    a_street(office)
    an_account(office, Role.TRIAGE, STREET, login="jiang", password_hash=password_hash)
    return an_account(
        office, Role.TRIAGE, STREET, login="liang", name="梁青禾", password_hash=password_hash
    )


def sign_in(
    office: Office,
    login: str = "liang",
    *,
    password: str = PASSWORD,
    door: str = "desk",
    now: datetime = NOW,
    device: str = "",
) -> SignedIn:
    return accounts.sign_in(
        office,
        login=login,
        password=password,
        address=ADDRESS,
        door=door,
        now=now,
        device=device,
    )


def is_signed_in(office: Office, token: str) -> bool:
    try:
        accounts.who(office, token, NOW)
    except NotSignedIn:
        return False
    return True


def change(office: Office, token: str, *, old: str = PASSWORD, new: str = NEW) -> SignedIn:
    return ownaccount.change_password(
        office, SessionToken(token), old=old, new=new, address=ADDRESS, now=NOW
    )


def test_a_new_password_renews_the_session_and_ends_all_others(
    office: Office, clerk: Actor
) -> None:
    here, desk, phone = sign_in(office), sign_in(office), sign_in(office, door="phone")
    somebody = sign_in(office, "jiang")
    fresh = change(office, here.token)
    assert is_signed_in(office, fresh.token)
    assert fresh.actor.session_id != here.actor.session_id
    former = [is_signed_in(office, one.token) for one in (here, desk, phone)]
    assert former == [False, False, False]
    assert is_signed_in(office, somebody.token)
    with pytest.raises(NotSignedIn):
        sign_in(office)
    assert sign_in(office, password=NEW).token
    changed = traces(office, "set_password")
    assert [(row.object_id, row.actor_id) for row in changed] == [
        (str(clerk.account_id), clerk.account_id)
    ]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        pytest.param("wrong", NEW, "password", id="the old one is wrong"),
        pytest.param("", NEW, "password", id="no old one"),
        pytest.param(PASSWORD, PASSWORD, "new", id="the same again"),
        pytest.param(PASSWORD, "short-one", "new", id="short"),
        pytest.param(PASSWORD, "my-LIANG-field-and-willow", "new", id="contains the login"),
        pytest.param(PASSWORD, "abababababababab", "new", id="few signs"),
    ],
)
def test_a_password_that_cannot_be_changes_nothing(
    office: Office, clerk: Actor, old: str, new: str, field: str
) -> None:
    here, other = sign_in(office), sign_in(office)
    with pytest.raises(BadInput) as refused:
        change(office, here.token, old=old, new=new)
    assert refused.value.field == field
    assert is_signed_in(office, here.token)
    assert is_signed_in(office, other.token)
    assert sign_in(office).token


def test_guessing_the_old_password_is_throttled_as_at_the_sign_in(
    office: Office, clerk: Actor
) -> None:
    here = sign_in(office)
    for _ in range(10):
        with pytest.raises(BadInput):
            change(office, here.token, old="wrong")
    with pytest.raises(TooMany):
        change(office, here.token)
    with pytest.raises(TooMany):
        sign_in(office)
    assert sign_in(office, "jiang").token


def test_nobody_changes_a_password_without_a_session(office: Office, clerk: Actor) -> None:
    ended = sign_in(office)
    accounts.sign_out(office, ended.token, NOW)
    for token in (ended.token, "", "x"):
        with pytest.raises(NotSignedIn):
            change(office, token)


def test_one_of_ones_own_sessions_is_ended_and_nobody_elses(office: Office, clerk: Actor) -> None:
    here, phone = sign_in(office), sign_in(office, door="phone")
    somebody = sign_in(office, "jiang")
    for session_id in (phone.actor.session_id, phone.actor.session_id):
        assert session_id is not None
        with office.work(SessionToken(here.token), NOW) as work:
            ownaccount.end_session(work, session_id)
    assert not is_signed_in(office, phone.token)
    assert len(traces(office, "sign_out")) == 1
    for other in (somebody.actor.session_id, 10**6):
        assert other is not None
        with pytest.raises(NotFound), office.work(SessionToken(here.token), NOW) as work:
            ownaccount.end_session(work, other)
    assert is_signed_in(office, somebody.token)


def test_a_session_that_was_signed_out_cannot_be_used_or_ended_again(
    office: Office, clerk: Actor
) -> None:
    here = sign_in(office)
    accounts.sign_out(office, here.token, NOW)
    for deed in (accounts.who, accounts.touch, accounts.sign_out):
        with pytest.raises(NotSignedIn):
            deed(office, here.token, NOW)


def test_a_session_of_the_phone_counts_for_nothing_at_the_desk(
    office: Office, clerk: Actor
) -> None:
    phone = sign_in(office, door="phone")
    assert accounts.who(office, phone.token, NOW, door="phone").name == "梁青禾"
    with pytest.raises(NotSignedIn):
        accounts.who(office, phone.token, NOW, door="desk")


def test_one_sees_where_one_is_signed_in_and_on_what(office: Office, clerk: Actor) -> None:
    sign_in(office, door="phone", now=NOW - 5 * MINUTE, device="安卓 · 微信")
    ended = sign_in(office)
    accounts.sign_out(office, ended.token, NOW)
    sign_in(office, now=NOW - timedelta(hours=1))  # has run out since
    sign_in(office, "jiang")
    here = sign_in(office, device="Windows · Edge" + "x" * 99)
    with office.look(SessionToken(here.token), NOW) as look:
        own = report.own(look, production=True)
    assert (own.login, own.person.name, own.person.role) == ("liang", "梁青禾", "受理分拨员")
    assert own.person.areas == ("戴圩街道",)
    shown = [(one.door, one.device[:14], one.since, one.is_this) for one in own.sessions]
    assert shown == [
        ("工作台", "Windows · Edge", NOW, True),
        ("手机端", "安卓 · 微信", NOW - 5 * MINUTE, False),
    ]
    assert len(own.sessions[0].device) == 60
    assert (own.has_second_step, own.must_have_it, own.recovery_left) == (False, False, 0)


def test_every_door_has_a_name_that_people_know() -> None:
    assert set(report.DOORS) == set(accounts.FIRST)


def test_one_sees_whether_a_second_step_is_on_and_must_be(office: Office, clerk: Actor) -> None:
    _, confirmed = switch_on(office)
    with office.look(SessionToken(confirmed.signed_in.token), NOW) as look:
        own = report.own(look, production=True)
    assert (own.has_second_step, own.must_have_it, own.recovery_left) == (True, False, 8)


def test_an_administrator_sees_that_he_must_have_it(office: Office, password_hash: str) -> None:
    an_account(office, Role.AUDITOR, STREET, login="chen", password_hash=password_hash)
    here = sign_in(office, "chen")
    with office.look(SessionToken(here.token), NOW) as look:
        assert report.own(look, production=True).must_have_it
        assert not report.own(look, production=False).must_have_it
