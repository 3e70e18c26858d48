"""Signing in and out, and how soon what was taken away counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    OTHER_GRID,
    PASSWORD,
    STREET,
    VILLAGE,
    a_street,
    an_account,
)
from tests.journeys import traces
from weiyou.domain.people import Actor, Role
from weiyou.errors import BadInput, NotFound, NotPermitted, NotSignedIn, Refusal, TooMany
from weiyou.reports import staff as staff_report
from weiyou.services import accounts, passwords, staff
from weiyou.services.accounts import SignedIn
from weiyou.services.office import (
    OPERATOR,
    KernelPass,
    Office,
    SessionToken,
    digest,
)
from weiyou.store import accounts as facts
from weiyou.store.tables import Account, Department, Kernel, Post, Session, SignInAttempt

HERE, ELSEWHERE = "10.1.2.3", "10.9.9.9"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def password_hash() -> str:
    """Return a hash that costs little: what a real one costs has a test of its own."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture
def worker(office: Office, password_hash: str) -> Actor:
    return an_account(office, Role.GRID_WORKER, GRID, login="shi", password_hash=password_hash)


def sign_in(
    office: Office,
    *,
    login: str = "shi",
    password: str = PASSWORD,
    address: str = HERE,
    door: str = "desk",
    now: datetime = NOW,
) -> SignedIn:
    return accounts.sign_in(
        office, login=login, password=password, address=address, door=door, now=now
    )


def refusal(office: Office, **how: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        sign_in(office, **how)  # type: ignore[arg-type]
    return caught.value


def failures(office: Office, count: int, *, login: str = "", address: str = HERE) -> None:
    """Put failed tries of this minute on record, each of another login unless one is given."""
    with office.store.write() as session:
        session.add_all(
            SignInAttempt(login=login or f"nobody-{n}", address=address, at=NOW, succeeded=False)
            for n in range(count)
        )


def is_signed_in(office: Office, token: str, now: datetime) -> bool:
    try:
        accounts.who(office, token, now)
    except NotSignedIn:
        return False
    return True


def test_the_right_password_opens_a_session_for_the_right_person(
    office: Office, worker: Actor
) -> None:
    session = sign_in(office)
    seen = accounts.who(office, session.token, NOW)
    assert (seen.account_id, seen.role) == (worker.account_id, Role.GRID_WORKER)
    assert seen.areas == (GRID,)
    assert seen.session_id == session.actor.session_id is not None
    assert [row.action for row in traces(office, "sign_in")] == ["sign_in"]


def test_whatever_was_wrong_the_words_are_the_same(
    office: Office, worker: Actor, password_hash: str
) -> None:
    an_account(office, Role.TRIAGE, STREET, login="gone", password_hash=password_hash)
    an_account(office, Role.TRIAGE, STREET, login="never", password_hash=None)
    an_account(office, Role.TRIAGE, STREET, login="empty", password_hash="")
    an_account(office, Role.TRIAGE, STREET, login="broken", password_hash="x")
    with office.store.write() as session:
        session.query(Account).filter_by(login="gone").one().active = False
    tries = [
        refusal(office, password="field-and-willow-27"),
        refusal(office, login="unknown"),
        refusal(office, login="gone"),
        refusal(office, login="never"),
        refusal(office, login="empty", password=""),
        refusal(office, login="broken"),
        refusal(office, login="", password=""),
        refusal(office, login="\x00\ud800" + "很" * 200, address="fe80::" + "1" * 60),
    ]
    assert {type(one) for one in tries} == {NotSignedIn}
    assert len({str(one) for one in tries}) == 1
    refused = traces(office, "sign_in_refused")
    assert len(refused) == len(tries)
    assert "shi" not in repr([vars(row) for row in refused])


def test_an_unknown_login_costs_as_much_as_a_wrong_password(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_account(
        office, Role.TRIAGE, STREET, login="liang", password_hash=passwords.HASHER.hash(PASSWORD)
    )
    verified: list[str] = []
    real = passwords.HASHER

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            verified.append(kept)
            return real.verify(kept, password)

    monkeypatch.setattr(passwords, "HASHER", Counting())
    refusal(office, login="liang", password="field-and-willow-27")
    refusal(office, login="unknown")
    assert len(verified) == 2
    assert all(kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for kept in verified)


def test_after_ten_failures_even_the_right_password_must_wait_five_minutes(
    office: Office, worker: Actor
) -> None:
    failures(office, 9, login="shi")
    assert type(refusal(office, password="field-and-willow-27")) is NotSignedIn, "the tenth"
    assert type(refusal(office)) is TooMany
    assert type(refusal(office, now=NOW + 5 * MINUTE - timedelta(seconds=1))) is TooMany
    assert sign_in(office, now=NOW + 5 * MINUTE).token


def test_whoever_guesses_elsewhere_does_not_lock_the_person_out(
    office: Office, worker: Actor
) -> None:
    sign_in(office, now=NOW - timedelta(days=29))
    for n in range(30):
        failures(office, 10, login="shi", address=f"10.66.0.{n}")
    assert sign_in(office).token, "where he signed in this month, he does so at once"
    stranger = refusal(office, address=ELSEWHERE)
    assert type(stranger) is TooMany
    assert "平时登录" in str(stranger)
    assert sign_in(office, address=ELSEWHERE, now=NOW + timedelta(seconds=1)).token, "a second"


def test_a_stranger_has_three_tries_at_a_login_under_fire(office: Office, worker: Actor) -> None:
    failures(office, 10, login="shi", address="10.66.0.1")
    for n in range(1, 4):
        moment = NOW + timedelta(seconds=2 * n)
        assert type(refusal(office, password="x", address=ELSEWHERE, now=moment)) is NotSignedIn
    assert type(refusal(office, address=ELSEWHERE, now=NOW + MINUTE)) is TooMany
    assert sign_in(office, address=ELSEWHERE, now=NOW + 6 * MINUTE).token


def test_an_address_is_forgotten_as_the_persons_own_after_thirty_days(
    office: Office, worker: Actor
) -> None:
    sign_in(office, now=NOW - timedelta(days=30))
    failures(office, 10, login="shi", address="10.66.0.1")
    assert type(refusal(office)) is TooMany


def test_one_persons_failures_do_not_shut_out_another(
    office: Office, worker: Actor, password_hash: str
) -> None:
    an_account(office, Role.TRIAGE, STREET, login="liang", password_hash=password_hash)
    failures(office, 30, login="shi")
    assert sign_in(office, login="liang").token


def test_after_fifty_failures_an_address_must_wait_and_another_need_not(
    office: Office, worker: Actor
) -> None:
    failures(office, 49)
    sign_in(office)
    failures(office, 1)
    assert type(refusal(office)) is TooMany
    assert sign_in(office, address=ELSEWHERE).token


def test_whoever_has_a_whole_network_of_addresses_waits_as_one(
    office: Office, worker: Actor
) -> None:
    for n in range(2):
        assert type(refusal(office, login=f"nobody-{n}", address=f"2001:db8:1:2::{n}")) is (
            NotSignedIn
        )
    failures(office, 48, address="2001:db8:1:2::")
    assert type(refusal(office, address="2001:db8:1:2:ffff::9")) is TooMany
    assert sign_in(office, address="2001:db8:1:3::9").token


def test_after_a_thousand_failures_everybody_must_wait(office: Office, worker: Actor) -> None:
    failures(office, 999, address=ELSEWHERE)
    sign_in(office)
    failures(office, 1, address="10.7.7.7")
    assert type(refusal(office)) is TooMany


def test_who_signs_in_rightly_never_has_to_wait(office: Office, worker: Actor) -> None:
    with office.store.write() as session:
        session.add_all(
            SignInAttempt(login="shi", address=HERE, at=NOW, succeeded=True) for _ in range(60)
        )
    assert sign_in(office).token


def test_guessing_in_parallel_gains_nothing(office: Office, worker: Actor) -> None:
    with ThreadPoolExecutor(24) as pool:
        tries = list(
            pool.map(lambda n: refusal(office, password=f"field-and-willow-{n}"), range(100, 124))
        )
    guesses = sum(type(one) is NotSignedIn for one in tries)
    assert 10 <= guesses <= 13, "ten, and those that were under way"


def test_the_secret_of_a_session_is_kept_as_a_hash_only(office: Office, worker: Actor) -> None:
    session = sign_in(office)
    kernel_pass = accounts.open_kernel(
        office, token=session.token, kernel_id="k1", app="triage", now=NOW
    )
    with office.store.read() as db:
        kept = db.query(Session).one()
        kernel = db.query(Kernel).one()
        assert kept.token_hash == digest(session.token)
        assert kernel.pass_hash == digest(kernel_pass)
        assert session.token not in repr(vars(kept))
        assert kernel_pass not in repr(vars(kernel))
    assert session.token != sign_in(office).token


def test_signing_out_ends_this_session_and_no_other(office: Office, worker: Actor) -> None:
    one, other = sign_in(office), sign_in(office)
    accounts.sign_out(office, one.token, NOW)
    assert not is_signed_in(office, one.token, NOW)
    assert is_signed_in(office, other.token, NOW)
    assert len(traces(office, "sign_out")) == 1


def test_signing_out_everywhere_ends_all_of_ones_own_sessions(
    office: Office, worker: Actor, password_hash: str
) -> None:
    an_account(office, Role.TRIAGE, STREET, login="liang", password_hash=password_hash)
    mine = [sign_in(office), sign_in(office, door="phone")]
    others = sign_in(office, login="liang")
    accounts.sign_out(office, mine[0].token, NOW, everywhere=True)
    assert [is_signed_in(office, session.token, NOW) for session in (*mine, others)] == [
        False,
        False,
        True,
    ]


def test_a_desk_left_alone_is_signed_out_after_half_an_hour(office: Office, worker: Actor) -> None:
    session = sign_in(office)
    assert session.expires_at == NOW + 30 * MINUTE
    assert is_signed_in(office, session.token, NOW + 30 * MINUTE - timedelta(seconds=1))
    fresh = sign_in(office)
    assert not is_signed_in(office, fresh.token, NOW + 30 * MINUTE)


def test_a_desk_in_use_stays_signed_in_for_twelve_hours_and_no_longer(
    office: Office, worker: Actor
) -> None:
    session, last = sign_in(office), NOW
    while is_signed_in(office, session.token, last + 20 * MINUTE):
        last += 20 * MINUTE
    assert last + 20 * MINUTE == NOW + timedelta(hours=12)


def test_a_look_within_the_same_minute_writes_nothing(office: Office, worker: Actor) -> None:
    session = sign_in(office)
    for moment in (NOW + timedelta(seconds=59), NOW + MINUTE):
        accounts.who(office, session.token, moment)
    with office.store.read() as db:
        assert db.query(Session).one().seen_at == NOW + MINUTE


def test_a_phone_stays_signed_in_for_a_week_however_much_it_is_used(
    office: Office, worker: Actor
) -> None:
    session = sign_in(office, door="phone")
    week = timedelta(days=7)
    assert is_signed_in(office, session.token, NOW + week - MINUTE)
    assert not is_signed_in(office, session.token, NOW + week)


def test_a_made_up_cookie_is_nobody(office: Office, worker: Actor) -> None:
    sign_in(office)
    for token in ("", "x", "0" * 43):
        with pytest.raises(NotSignedIn):
            accounts.who(office, token, NOW)
        with pytest.raises(NotSignedIn):
            accounts.touch(office, token, NOW)
        with pytest.raises(NotSignedIn):
            accounts.sign_out(office, token, NOW)
        with pytest.raises(NotSignedIn), office.work(KernelPass(token), NOW):
            pass


def test_a_deactivated_account_counts_at_once(office: Office, worker: Actor) -> None:
    session = sign_in(office)
    kernel_pass = accounts.open_kernel(
        office, token=session.token, kernel_id="k1", app="triage", now=NOW
    )
    with office.store.write() as db:
        db.query(Account).filter_by(login="shi").one().active = False
    assert not is_signed_in(office, session.token, NOW)
    for who in (SessionToken(session.token), KernelPass(kernel_pass)):
        with pytest.raises(NotSignedIn), office.work(who, NOW):
            pass
        with pytest.raises(NotSignedIn), office.look(who, NOW):
            pass


def test_a_post_that_is_taken_away_or_given_counts_at_once(office: Office, worker: Actor) -> None:
    session = sign_in(office)
    with office.store.write() as db:
        db.query(Post).one().area = OTHER_GRID
    assert accounts.who(office, session.token, NOW).areas == (OTHER_GRID,)
    with office.store.write() as db:
        db.query(Post).delete()
        db.query(Account).one().role = Role.VILLAGE
    seen = accounts.who(office, session.token, NOW)
    assert (seen.role, seen.areas) == (Role.VILLAGE, ())


def test_a_kernel_acts_for_its_session_until_either_ends(office: Office, worker: Actor) -> None:
    session = sign_in(office)
    passes = [
        accounts.open_kernel(office, token=session.token, kernel_id=name, app="triage", now=NOW)
        for name in ("k1", "k2")
    ]
    for kernel_pass in passes:
        with office.look(KernelPass(kernel_pass), NOW) as look:
            assert (look.by.account_id, look.by.session_id) == (
                worker.account_id,
                session.actor.session_id,
            )
    assert [row.object_id for row in traces(office, "open")] == ["triage", "triage"]

    accounts.end_kernel(office, kernel_id="k1", now=NOW + MINUTE)
    accounts.end_kernel(office, kernel_id="k1", now=NOW + 2 * MINUTE)
    accounts.end_kernel(office, kernel_id="never started", now=NOW)
    with pytest.raises(NotSignedIn), office.look(KernelPass(passes[0]), NOW):
        pass
    with office.store.read() as db:
        assert db.get_one(Kernel, "k1").ended_at == NOW + MINUTE, "the first end stands"
    with office.look(KernelPass(passes[1]), NOW):
        pass

    accounts.sign_out(office, session.token, NOW)
    with pytest.raises(NotSignedIn), office.look(KernelPass(passes[1]), NOW):
        pass


def test_a_kernel_does_not_outlive_the_idle_limit_of_its_session(
    office: Office, worker: Actor
) -> None:
    session = sign_in(office)
    kernel_pass = accounts.open_kernel(
        office, token=session.token, kernel_id="k1", app="triage", now=NOW
    )
    with pytest.raises(NotSignedIn), office.look(KernelPass(kernel_pass), NOW + 30 * MINUTE):
        pass


def test_nobody_opens_a_kernel_without_a_session(office: Office, worker: Actor) -> None:
    with pytest.raises(NotSignedIn):
        accounts.open_kernel(office, token="x", kernel_id="k1", app="triage", now=NOW)
    with office.store.read() as db:
        assert db.query(Kernel).count() == 0


def add(office: Office, by: Actor, **changes: object) -> None:
    fields: dict[str, object] = {
        "login": "new",
        "name": "周小满",
        "role": Role.VILLAGE,
        "areas": (VILLAGE,),
        **changes,
    }
    password = str(fields.pop("password", PASSWORD))
    with office.work(by, NOW) as work:
        staff.add(work, staff.NewAccount(**fields), password)  # type: ignore[arg-type]


def test_an_added_account_can_sign_in_and_is_on_record(office: Office) -> None:
    a_street(office)
    add(office, OPERATOR)
    seen = sign_in(office, login="new").actor
    assert (seen.role, seen.areas, seen.name) == (Role.VILLAGE, (VILLAGE,), "周小满")
    assert [row.object_id for row in traces(office, "create")] == [str(seen.account_id)]
    with office.store.read() as db:
        kept = db.query(Account).one().password_hash or ""
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"password": "short-one"}, id="short"),
        pytest.param({"password": "my-NEW-field-and-willow"}, id="contains the login"),
        pytest.param({"password": "abababababababab"}, id="four different signs at the most"),
        pytest.param({"role": Role.RESIDENT}, id="a resident has no account"),
        pytest.param({"areas": ()}, id="answers for nothing"),
        pytest.param({"areas": (VILLAGE, "3203")}, id="no area code"),
        pytest.param({"areas": ("",)}, id="everywhere"),
        pytest.param({"areas": ("320382003999",)}, id="no such area"),
        pytest.param({"areas": (VILLAGE, "320382003215099")}, id="one of two areas unknown"),
        pytest.param({"login": "taken"}, id="taken"),
        pytest.param({"login": " taken "}, id="taken, but for blanks"),
        pytest.param({"login": " "}, id="no login"),
        pytest.param({"login": "x" * 61}, id="a login that no column holds"),
        pytest.param({"name": "满" * 41}, id="a name that no column holds"),
        pytest.param({"telephone": "ring the bell"}, id="no telephone number"),
        pytest.param({"role": Role.CADRE}, id="a cadre of no department"),
        pytest.param({"role": Role.CADRE, "department": "nowhere"}, id="an unknown department"),
        pytest.param({"department": "jianshe"}, id="a department, but no cadre"),
    ],
)
def test_an_account_that_cannot_be_is_not_added(office: Office, changes: dict[str, object]) -> None:
    a_street(office)
    an_account(office, Role.TRIAGE, STREET, login="taken")
    with pytest.raises(BadInput, match=r"[一-龥]"):
        add(office, OPERATOR, **changes)
    with office.store.read() as db:
        assert [account.login for account in db.query(Account)] == ["taken"]


def test_only_a_system_administrator_adds_accounts_and_only_in_his_area(office: Office) -> None:
    a_street(office)
    for role in set(Role) - {Role.SYSTEM_ADMIN}:
        with pytest.raises(NotPermitted):
            add(office, Actor(None, "x", role, (STREET,)))
    with pytest.raises(NotPermitted):
        add(office, Actor(None, "x", Role.SYSTEM_ADMIN, (VILLAGE,)), areas=(VILLAGE, STREET))
    add(office, Actor(None, "x", Role.SYSTEM_ADMIN, (STREET,)))


def test_a_cadre_acts_for_his_department_and_a_leading_worker_stands_on_the_poster(
    office: Office,
) -> None:
    a_street(office)
    add(office, OPERATOR, login="gan", role=Role.CADRE, areas=(STREET,), department="shuiwu")
    telephone = "0516" + "-" + "8000000" + "1"
    worker = {"role": Role.GRID_WORKER, "areas": (GRID, OTHER_GRID, GRID)}
    add(office, OPERATOR, login="first", **worker)
    add(office, OPERATOR, login="wang", **worker, telephone=f" {telephone} ", leads=True)
    with office.store.read() as db:
        water = db.query(Department).filter_by(code="shuiwu").one().id
        leading = [one.login for one in facts.workers_of(db, GRID, Role.GRID_WORKER)]
        assert db.query(Account).filter_by(login="wang").one().telephone == telephone
    assert sign_in(office, login="gan").actor.department_id == water
    assert leading == ["wang", "first"]
    assert sign_in(office, login="wang").actor.areas == (GRID, OTHER_GRID)


def test_a_new_password_ends_every_session_and_the_old_one_no_longer_fits(
    office: Office, worker: Actor, password_hash: str
) -> None:
    an_account(office, Role.TRIAGE, STREET, login="liang", password_hash=password_hash)
    mine = [sign_in(office), sign_in(office, door="phone")]
    other = sign_in(office, login="liang")
    with pytest.raises(BadInput), office.work(OPERATOR, NOW) as work:
        staff.set_password(work, "shi", "short-one")
    assert is_signed_in(office, mine[0].token, NOW), "a refused password changes nothing"
    with office.work(OPERATOR, NOW) as work:
        staff.set_password(work, "shi", "river-and-heron-31")
    assert not any(is_signed_in(office, session.token, NOW) for session in mine)
    assert is_signed_in(office, other.token, NOW)
    assert type(refusal(office)) is NotSignedIn
    assert sign_in(office, password="river-and-heron-31").token
    assert [row.object_id for row in traces(office, "set_password")] == [str(worker.account_id)]


def test_a_disabled_account_is_signed_out_for_good_and_can_be_enabled_again(
    office: Office, worker: Actor
) -> None:
    session = sign_in(office)
    with office.work(OPERATOR, NOW) as work:
        staff.set_active(work, "shi", active=False)
    assert not is_signed_in(office, session.token, NOW)
    assert type(refusal(office)) is NotSignedIn
    with office.work(OPERATOR, NOW) as work:
        staff.set_active(work, "shi", active=True)
    assert not is_signed_in(office, session.token, NOW), "an ended session does not come back"
    assert sign_in(office).token
    for action in ("disable", "enable"):
        assert [row.object_id for row in traces(office, action)] == [str(worker.account_id)]


@pytest.mark.parametrize("login", ["nobody", "shi"])
def test_an_account_elsewhere_is_as_good_as_none(office: Office, worker: Actor, login: str) -> None:
    elsewhere = Actor(None, "x", Role.SYSTEM_ADMIN, (FAR_GRID,))
    with pytest.raises(NotFound), office.work(elsewhere, NOW) as work:
        staff.set_active(work, login, active=False)
    with pytest.raises(NotFound), office.work(elsewhere, NOW) as work:
        staff.set_password(work, login, PASSWORD)


def test_only_a_system_administrator_changes_passwords_and_disables(
    office: Office, worker: Actor
) -> None:
    for role in set(Role) - {Role.SYSTEM_ADMIN}:
        by = Actor(None, "x", role, (STREET,))
        with pytest.raises(NotPermitted), office.work(by, NOW) as work:
            staff.set_password(work, "shi", PASSWORD)
        with pytest.raises(NotPermitted), office.work(by, NOW) as work:
            staff.set_active(work, "shi", active=False)
    assert sign_in(office).token


def test_the_list_is_cut_to_ones_area_and_hides_names(office: Office, worker: Actor) -> None:
    an_account(office, Role.VILLAGE, "320382003216", login="far")
    with office.store.write() as db:
        db.query(Account).filter_by(login="shi").one().active = False
    with office.look(Actor(None, "x", Role.SYSTEM_ADMIN, (VILLAGE,)), NOW) as look:
        found = [(one.login, one.name, one.areas, one.active) for one in staff_report.members(look)]
    assert found == [("shi", "周**", (GRID,), False)]
    with office.look(OPERATOR, NOW) as look:
        assert [one.login for one in staff_report.members(look)] == ["far", "shi"]
    with pytest.raises(NotPermitted), office.look(worker, NOW) as look:
        staff_report.members(look)
