"""The second step of signing in: set up, asked for, used up, lost, and taken away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count

import pytest
from argon2 import PasswordHasher

from tests.factories import GRID, NOW, PASSWORD, STREET, a_street, an_account
from tests.journeys import traces
from tests.secondsteps import ADDRESS, App, half, sign_in, switch_on
from weiyou.adapters import sealing
from weiyou.domain.people import Actor, Role
from weiyou.errors import (
    BadInput,
    CodeNeeded,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Refusal,
    TooMany,
    WrongStep,
)
from weiyou.services import accounts, secondfactor, staff, upkeep
from weiyou.services.office import OPERATOR, KernelPass, Office, SessionToken
from weiyou.services.secondfactor import HalfToken
from weiyou.store import secondfactors
from weiyou.store.tables import (
    Account,
    HalfSignIn,
    RecoveryCode,
    SecondFactor,
    Session,
    SignInAttempt,
    WrongCode,
)

HALF_MINUTE = timedelta(seconds=30)
MINUTE = timedelta(minutes=1)
LATER = NOW + 2 * MINUTE


@pytest.fixture(scope="module")
def password_hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture
def clerk(office: Office, password_hash: str) -> Actor:
    a_street(office)
    return an_account(office, Role.TRIAGE, STREET, login="liang", password_hash=password_hash)


@pytest.fixture
def auditor(office: Office, password_hash: str) -> Actor:
    office.settings.production = True
    return an_account(office, Role.AUDITOR, STREET, login="chen", password_hash=password_hash)


def is_signed_in(office: Office, token: str, now: datetime = NOW) -> bool:
    try:
        accounts.who(office, token, now)
    except NotSignedIn:
        return False
    return True


def refusal(office: Office, who: HalfToken, code: str, now: datetime) -> Refusal:
    with pytest.raises(Refusal) as caught:
        secondfactor.finish(office, who, code, now)
    return caught.value


def test_whoever_has_it_signs_in_with_password_and_code(office: Office, clerk: Actor) -> None:
    app, _ = switch_on(office)
    waiting = half(office, now=LATER)
    assert secondfactor.needs_code(office, waiting, LATER)
    opened = secondfactor.finish(office, waiting, app.code(LATER), LATER)
    assert accounts.who(office, opened.token, LATER).account_id == clerk.account_id
    assert len(traces(office, "second_factor_begin")) == 1
    assert [row.object_id for row in traces(office, "second_factor_on")] == [str(clerk.account_id)]
    assert len(traces(office, "sign_in_half")) == 1
    assert len(traces(office, "sign_in")) == 2, "before it was switched on, and after"
    on = traces(office, "second_factor_on")[0]
    assert (on.actor_id, on.role) == (clerk.account_id, Role.TRIAGE)


def test_a_right_password_alone_opens_nothing(office: Office, clerk: Actor) -> None:
    switch_on(office)
    waiting = half(office)
    for who in (SessionToken(waiting.value), KernelPass(waiting.value)):
        with pytest.raises(NotSignedIn), office.look(who, NOW):
            pass
        with pytest.raises(NotSignedIn), office.work(who, NOW):
            pass
    with office.store.read() as db:
        assert db.query(Session).filter(Session.ended_at.is_(None)).count() == 1
        succeeded = db.query(SignInAttempt).filter_by(succeeded=True).count()
        assert succeeded == 1, "an address is known only after both steps"


def test_what_waits_for_a_code_waits_five_minutes_at_its_own_door_and_serves_once(
    office: Office, clerk: Actor
) -> None:
    app, _ = switch_on(office)
    waiting = half(office, now=LATER)
    elsewhere = HalfToken(waiting.value, "phone")
    assert type(refusal(office, elsewhere, app.code(LATER), LATER)) is NotSignedIn
    late = LATER + 5 * MINUTE
    assert type(refusal(office, waiting, app.code(late), late)) is NotSignedIn
    in_time = late - timedelta(seconds=1)
    assert secondfactor.finish(office, waiting, app.code(in_time), in_time).token
    again = refusal(office, waiting, app.code(in_time, off=1), in_time)
    assert type(again) is NotSignedIn
    for made_up in ("", "x", "很"):
        assert type(refusal(office, HalfToken(made_up, "desk"), "123456", NOW)) is NotSignedIn


@pytest.mark.parametrize(
    ("off", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_half_a_minute_off(
    office: Office, clerk: Actor, off: int, fits: bool
) -> None:
    app, _ = switch_on(office)
    waiting = half(office, now=LATER)
    code = app.code(LATER, off=off)
    if fits:
        assert secondfactor.finish(office, waiting, code, LATER).token
    else:
        assert isinstance(refusal(office, waiting, code, LATER), BadInput)


def test_a_code_counts_once_however_it_is_used(office: Office, clerk: Actor) -> None:
    app, _ = switch_on(office)
    confirmed_with = app.code(NOW)
    assert isinstance(refusal(office, half(office), confirmed_with, NOW), BadInput)
    code = app.code(LATER)
    assert secondfactor.finish(office, half(office, now=LATER), code, LATER).token
    assert isinstance(refusal(office, half(office, now=LATER), code, LATER), BadInput)
    older = app.code(LATER, off=-1)
    assert isinstance(refusal(office, half(office, now=LATER), older, LATER), BadInput)
    assert secondfactor.finish(office, half(office, now=LATER), app.code(LATER, off=1), LATER).token


def test_of_many_who_use_the_same_code_at_once_one_gets_in(office: Office, clerk: Actor) -> None:
    app, confirmed = switch_on(office)
    much_later = LATER + 10 * MINUTE
    for code, at in ((app.code(LATER), LATER), (confirmed.recovery[0], much_later)):
        waiting = [half(office, now=at) for _ in range(6)]

        def tried(who: HalfToken, code: str = code, at: datetime = at) -> bool:
            try:
                return bool(secondfactor.finish(office, who, code, at).token)
            except Refusal:
                return False

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(tried, waiting)) == 1


def test_typing_is_forgiven(office: Office, clerk: Actor) -> None:
    app, confirmed = switch_on(office)
    code = app.code(LATER)
    wide = "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in code)
    typed = f" {wide[:3]} {wide[3:]} "
    assert secondfactor.finish(office, half(office, now=LATER), typed, LATER).token
    written = confirmed.recovery[0].lower().replace(" ", "-")
    assert secondfactor.finish(office, half(office, now=LATER), written, LATER).token


def test_after_five_wrong_codes_one_waits_and_nobody_is_locked_out(
    office: Office, clerk: Actor
) -> None:
    app, confirmed = switch_on(office)
    for n in range(5):
        at = LATER + n * timedelta(seconds=1)
        wrong = refusal(office, half(office, now=at), app.wrong(at), at)
        assert isinstance(wrong, BadInput)
        assert wrong.field == "code"
    waiting = half(office, now=LATER + MINUTE)
    for code in (app.code(LATER + MINUTE), confirmed.recovery[0]):
        assert type(refusal(office, waiting, code, LATER + MINUTE)) is TooMany
    free = LATER + 5 * MINUTE
    assert secondfactor.finish(office, half(office, now=free), app.code(free), free).token
    assert len(traces(office, "second_factor_refused")) == 5


def test_guessing_in_parallel_gains_nothing(office: Office, clerk: Actor) -> None:
    switch_on(office)
    waiting = [half(office, now=LATER) for _ in range(8)]
    numbers = count()

    def guess(who: HalfToken) -> type[Refusal]:
        return type(refusal(office, who, f"{next(numbers):07d}", LATER))

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(guess, waiting))
    assert said.count(BadInput) == 5
    assert said.count(TooMany) == 3


def test_recovery_codes_are_eight_kept_as_hashes_and_used_up(office: Office, clerk: Actor) -> None:
    app, confirmed = switch_on(office)
    codes = confirmed.recovery
    assert len(set(codes)) == 8
    with office.store.read() as db:
        kept = " ".join(one.code_hash for one in db.query(RecoveryCode))
        assert not [code for code in codes if code.replace(" ", "") in kept]
    for code in codes[:2]:
        assert secondfactor.finish(office, half(office, now=LATER), code, LATER).token
        used = refusal(office, half(office, now=LATER), code, LATER)
        assert isinstance(used, BadInput)
    assert len(traces(office, "recovery_code")) == 2

    opened = secondfactor.finish(office, half(office, now=LATER), app.code(LATER), LATER)
    who = SessionToken(opened.token)
    at = LATER + MINUTE
    with pytest.raises(BadInput):
        secondfactor.new_recovery_codes(office, who, app.wrong(at), at)
    fresh = secondfactor.new_recovery_codes(office, who, app.code(at), at)
    assert len(set(fresh) | set(codes)) == 16
    assert isinstance(refusal(office, half(office, now=at), codes[7], at), BadInput)
    assert secondfactor.finish(office, half(office, now=at), fresh[7], at).token
    with office.store.read() as db:
        assert clerk.account_id is not None
        assert secondfactors.recovery_left(db, clerk.account_id) == 7


def test_the_recovery_code_of_another_account_is_worth_nothing(
    office: Office, clerk: Actor, password_hash: str
) -> None:
    an_account(office, Role.TRIAGE, STREET, login="jiang", password_hash=password_hash)
    _, others = switch_on(office, "jiang")
    switch_on(office)
    assert isinstance(refusal(office, half(office), others.recovery[0], NOW), BadInput)


def test_the_secret_is_sealed_and_opens_only_where_it_belongs(
    office: Office, clerk: Actor, password_hash: str
) -> None:
    an_account(office, Role.TRIAGE, STREET, login="jiang", password_hash=password_hash)
    app, _ = switch_on(office)
    switch_on(office, "jiang")
    secret = app._generator.byte_secret()
    with office.store.write() as db:
        mine, other = db.query(SecondFactor).order_by(SecondFactor.account_id)
        assert secret.hex() not in mine.secret_sealed.encode().hex()
        key = office.keys.second_factor
        place = f"second_factor:{mine.account_id}"
        assert sealing.unseal(key, mine.secret_sealed, place) == secret
        for sealed in (mine.secret_sealed[:-4] + "AAAA", mine.secret_sealed[:8], "", "=", "很"):
            with pytest.raises(sealing.Damaged):
                sealing.unseal(key, sealed, place)
        with pytest.raises(sealing.Damaged):
            sealing.unseal(office.keys.audit, mine.secret_sealed, place)
        other.secret_sealed = mine.secret_sealed
    with pytest.raises(sealing.Damaged):
        secondfactor.finish(office, half(office, "jiang"), app.code(LATER), LATER)
    assert (office.settings.keys / "second_factor.key").stat().st_mode & 0o777 == 0o600


def test_switching_it_on_ends_every_other_session_and_renews_this_one(
    office: Office, clerk: Actor
) -> None:
    others = [sign_in(office).token for _ in range(2)]
    _, confirmed = switch_on(office)
    assert is_signed_in(office, confirmed.signed_in.token)
    assert not any(is_signed_in(office, token) for token in others)
    with office.store.read() as db:
        assert db.query(Session).filter(Session.ended_at.is_(None)).count() == 1


def test_it_does_not_count_before_the_first_code(office: Office, clerk: Actor) -> None:
    who = SessionToken(sign_in(office).token)
    with pytest.raises(BadInput, match="密码不对"):
        secondfactor.begin(office, who, password="x", address=ADDRESS, now=NOW)
    assert secondfactor.begun(office, who, NOW) is None
    with pytest.raises(WrongStep):
        secondfactor.confirm(office, who, "123456", NOW)

    secondfactor.begin(office, who, password=PASSWORD, address=ADDRESS, now=NOW)
    first = secondfactor.begun(office, who, NOW)
    assert first is not None
    assert (first.login, len(first.secret.replace(" ", ""))) == ("liang", 32)
    assert first.picture.startswith("<svg")
    with pytest.raises(BadInput):
        secondfactor.confirm(office, who, App(first.secret).wrong(NOW), NOW)
    assert sign_in(office).token, "nothing is asked for yet"

    secondfactor.begin(office, who, password=PASSWORD, address=ADDRESS, now=NOW)
    second = secondfactor.begun(office, who, NOW)
    assert second is not None
    assert second.secret != first.secret
    late = NOW + 15 * MINUTE
    assert secondfactor.begun(office, who, late) is None
    with pytest.raises(WrongStep):
        secondfactor.confirm(office, who, App(second.secret).code(late), late)
    confirmed = secondfactor.confirm(office, who, App(second.secret).code(LATER), LATER)

    again = SessionToken(confirmed.signed_in.token)
    with pytest.raises(WrongStep, match="已经开启"):
        secondfactor.begin(office, again, password=PASSWORD, address=ADDRESS, now=LATER)
    assert secondfactor.begun(office, again, LATER) is None


def test_it_is_switched_off_with_password_and_code_only(office: Office, clerk: Actor) -> None:
    app, confirmed = switch_on(office)
    who = SessionToken(confirmed.signed_in.token)

    def off(password: str, code: str) -> accounts.SignedIn:
        return secondfactor.switch_off(
            office, who, password=password, code=code, address=ADDRESS, now=LATER
        )

    with pytest.raises(BadInput, match="密码不对"):
        off("x", app.code(LATER))
    with pytest.raises(BadInput, match="验证码不对"):
        off(PASSWORD, app.wrong(LATER))
    fresh = off(PASSWORD, app.code(LATER))
    assert not is_signed_in(office, who.value, LATER)
    assert is_signed_in(office, fresh.token, LATER)
    assert sign_in(office, now=LATER).token
    assert len(traces(office, "second_factor_off")) == 1
    with office.store.read() as db:
        left = [db.query(table).count() for table in (SecondFactor, RecoveryCode, WrongCode)]
    assert left == [0, 0, 0]
    now = SessionToken(fresh.token)
    with pytest.raises(WrongStep):
        secondfactor.new_recovery_codes(office, now, "123456", LATER)


def test_an_administrator_is_led_to_it_in_production_and_can_do_nothing_before(
    office: Office, auditor: Actor
) -> None:
    waiting = half(office, "chen")
    assert not secondfactor.needs_code(office, waiting, NOW)
    assert type(refusal(office, waiting, "123456", NOW)) is NotSignedIn
    assert secondfactor.begun(office, waiting, NOW) is None
    secondfactor.begin_half(office, waiting, NOW)
    begun = secondfactor.begun(office, waiting, NOW)
    assert begun is not None
    app = App(begun.secret)
    assert type(refusal(office, waiting, app.code(NOW), NOW)) is NotSignedIn, "not by this way"
    with pytest.raises(BadInput):
        secondfactor.confirm(office, waiting, app.wrong(NOW), NOW)
    with office.store.read() as db:
        assert db.query(Session).count() == 0

    confirmed = secondfactor.confirm(office, waiting, app.code(NOW), NOW)

    assert accounts.who(office, confirmed.signed_in.token, NOW).role is Role.AUDITOR
    with pytest.raises(NotSignedIn):
        secondfactor.confirm(office, waiting, app.code(NOW, off=1), NOW)
    with pytest.raises(NotPermitted, match="不能关闭"):
        secondfactor.switch_off(
            office,
            SessionToken(confirmed.signed_in.token),
            password=PASSWORD,
            code=app.code(LATER),
            address=ADDRESS,
            now=LATER,
        )
    assert half(office, "chen", now=LATER).value


def test_whoever_becomes_an_administrator_must_sign_in_anew(office: Office, clerk: Actor) -> None:
    office.settings.production = True
    opened = sign_in(office)
    kernel_pass = accounts.open_kernel(
        office, token=opened.token, kernel_id="k1", app="triage", now=NOW
    )
    with office.store.write() as db:
        db.query(Account).one().role = Role.SECURITY_ADMIN
    for who in (SessionToken(opened.token), KernelPass(kernel_pass)):
        with pytest.raises(NotSignedIn, match="两步登录"), office.work(who, NOW):
            pass
    assert not secondfactor.needs_code(office, half(office), NOW)


def test_outside_production_an_administrator_may_do_without(office: Office, auditor: Actor) -> None:
    office.settings.production = False
    assert sign_in(office, "chen").token


def test_an_account_that_is_closed_or_signed_out_everywhere_takes_the_half_sign_in_along(
    office: Office, clerk: Actor
) -> None:
    app, confirmed = switch_on(office)
    waiting = half(office, now=LATER)
    accounts.sign_out(office, confirmed.signed_in.token, LATER, everywhere=True)
    assert type(refusal(office, waiting, app.code(LATER), LATER)) is NotSignedIn

    waiting = half(office, now=LATER)
    with office.store.write() as db:
        db.query(Account).one().active = False
    assert type(refusal(office, waiting, app.code(LATER), LATER)) is NotSignedIn
    with pytest.raises(NotSignedIn):
        secondfactor.begun(office, waiting, LATER)


def test_an_operator_takes_it_away_from_whoever_has_lost_it(office: Office, clerk: Actor) -> None:
    app, confirmed = switch_on(office)
    waiting = half(office, now=LATER)
    for _ in range(2):
        with office.work(OPERATOR, LATER) as work:
            secondfactor.reset(work, "liang")
    assert not is_signed_in(office, confirmed.signed_in.token, LATER)
    assert type(refusal(office, waiting, app.code(LATER), LATER)) is NotSignedIn
    assert sign_in(office, now=LATER).token
    reset = traces(office, "second_factor_reset")
    assert [(row.object_id, row.actor_id) for row in reset] == [(str(clerk.account_id), None)] * 2


def test_only_a_system_administrator_resets_and_only_in_his_area(
    office: Office, clerk: Actor
) -> None:
    switch_on(office)
    for role in set(Role) - {Role.SYSTEM_ADMIN}:
        by = Actor(None, "x", role, (STREET,))
        with pytest.raises(NotPermitted), office.work(by, NOW) as work:
            secondfactor.reset(work, "liang")
    elsewhere = Actor(None, "x", Role.SYSTEM_ADMIN, (GRID,))
    for by, login in ((elsewhere, "liang"), (OPERATOR, "nobody")):
        with pytest.raises(NotFound), office.work(by, NOW) as work:
            secondfactor.reset(work, login)
    with pytest.raises(CodeNeeded):
        sign_in(office)


def test_a_new_password_does_not_take_the_second_step_away(office: Office, clerk: Actor) -> None:
    app, _ = switch_on(office)
    with office.work(OPERATOR, NOW) as work:
        staff.set_password(work, "liang", "river-and-heron-31")
    with pytest.raises(CodeNeeded) as needed:
        accounts.sign_in(
            office,
            login="liang",
            password="river-and-heron-31",
            address=ADDRESS,
            door="desk",
            now=LATER,
        )
    waiting = HalfToken(needed.value.token, "desk")
    assert secondfactor.finish(office, waiting, app.code(LATER), LATER).token


def test_wrong_codes_and_what_waited_for_one_are_forgotten_after_half_a_year(
    office: Office, clerk: Actor
) -> None:
    app, _ = switch_on(office)
    refusal(office, half(office), app.wrong(NOW), NOW)
    kept = upkeep.tick(office, NOW + timedelta(days=179))
    gone = upkeep.tick(office, NOW + timedelta(days=181))
    assert (kept["codes"], gone["codes"]) == (0, 2)
    with office.store.read() as db:
        assert [db.query(table).count() for table in (HalfSignIn, WrongCode)] == [0, 0]
        assert db.query(SecondFactor).count() == 1
