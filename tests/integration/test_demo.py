"""The demonstration is true to scale, keeps the rules, and comes out the same each time."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, inspect, select

from tests.factories import Databases, a_petition, an_account, the
from weiyou.domain import numbers, petitions, timelimits, workflow
from weiyou.domain.areas import AreaKind, Level
from weiyou.domain.figures import Figure, Period
from weiyou.domain.people import Role
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.errors import NotPermitted, NotSignedIn, Refusal
from weiyou.reports import overview
from weiyou.services import accounts, demo, reference, traces, triage
from weiyou.services.demo import areas as land
from weiyou.services.office import OPERATOR, RESIDENT, Office, open_office
from weiyou.settings import Settings
from weiyou.store.tables import (
    Account,
    Area,
    AuditEvent,
    Category,
    Department,
    Household,
    Person,
    Petition,
    PetitionEvent,
    Post,
    QrCode,
    QrScan,
    Rating,
    Table,
)

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=SHANGHAI)
SMALL = demo.Plan(seed=7, scale=0.12)  # three villages
TABLES: tuple[type[Table], ...] = (
    Area, Department, Category, QrCode, QrScan, Account, Post, Household, Person, Petition,
    PetitionEvent, Rating,
)  # fmt: skip
SECRET = {"password_hash"}


def sow(office: Office, plan: demo.Plan = SMALL, now: datetime = NOW) -> list[tuple[str, int]]:
    told: list[tuple[str, int]] = []
    with office.work(OPERATOR, now) as work:
        demo.sow(work, plan, lambda what, per_cent: told.append((what, per_cent)))
    return told


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def sown(
    request: pytest.FixtureRequest,
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Office]:
    """Give a sown office that is only read from; each test runs on both databases."""
    home = tmp_path_factory.mktemp("sown")
    opened = open_office(Settings(home=home, database_url=databases.fresh(request.param, home)))
    sow(opened)
    yield opened
    opened.close()


def every(office: Office, table: type[Any]) -> list[Any]:
    with office.store.read() as session:
        return list(session.scalars(select(table)))


def digest(office: Office) -> str:
    """Return the hash of everything sown, but for what is random by design."""
    total = hashlib.sha256()
    with office.store.read() as session:
        for table in TABLES:
            columns = [c for c in inspect(table).columns if c.name not in SECRET]
            keys = inspect(table).primary_key
            for row in session.execute(select(*columns).order_by(*keys)):
                total.update(repr(tuple(row)).encode())
    return total.hexdigest()


@pytest.fixture
def another(databases: Databases, tmp_path: Path) -> Iterator[Office]:
    """Give a second empty office, on SQLite."""
    home = tmp_path / "another"
    home.mkdir()
    opened = open_office(Settings(home=home, database_url=databases.fresh("sqlite", home)))
    yield opened
    opened.close()


def test_the_same_seed_and_instant_give_the_same_rows_on_either_database(
    sown: Office, another: Office
) -> None:
    sow(another)
    assert digest(sown) == digest(another)


def test_another_seed_gives_other_rows(sown: Office, another: Office) -> None:
    sow(another, demo.Plan(seed=8, scale=0.12))
    assert digest(sown) != digest(another)


def test_every_history_follows_the_table_of_steps(sown: Office) -> None:
    with sown.store.read() as session:
        for petition in session.scalars(select(Petition)):
            events = petition.events
            assert (events[0].step, events[0].at) == (Step.SUBMIT, petition.received_at)
            state = State.RECEIVED
            for event in events[1:]:
                state = workflow.after(state, event.step)
                assert event.state is state
            assert petition.state is state
            assert [event.at for event in events] == sorted(event.at for event in events)
            assert events[-1].at < NOW


def test_the_columns_of_a_matter_follow_from_its_steps(sown: Office) -> None:
    with sown.store.read() as session:
        for petition in session.scalars(select(Petition)):
            steps = [event.step for event in petition.events]
            states = {event.state for event in petition.events}
            assert petition.been_with_grid == (State.WITH_GRID in states)
            assert petition.been_with_village == (State.WITH_VILLAGE in states)
            assert (petition.accepted_at is not None) == (Step.ACCEPT in steps)
            assert (petition.closed_at is not None) == (petition.state in workflow.ENDED)
            again = [step for step in steps if step in {Step.REDO, Step.REOPEN}]
            assert petition.round == 1 + len(again)
            assert petition.urged == steps.count(Step.URGE)
            if petition.state is State.WITH_DEPARTMENT:
                assert petition.department_id is not None
            if petition.state in {State.ANSWERED, State.CLOSED}:
                answers = [e.at for e in petition.events if e.step is Step.ANSWER]
                assert petition.answered_at == answers[-1]


def test_time_limits_are_counted_with_the_working_days(sown: Office) -> None:
    with sown.store.read() as session:
        limits = {leaf.code: leaf.limit_text for leaf in session.scalars(select(Category))}
    for petition in every(sown, Petition):
        limit = timelimits.parse(limits[petition.category]) if petition.category else None
        deadline = timelimits.due(petition.received_at, limit or timelimits.DEFAULT, sown.calendar)
        assert petition.due_at == deadline.at
        assert petition.due_provisional == deadline.provisional


def test_numbers_are_well_formed_and_titles_are_cut_as_at_intake(sown: Office) -> None:
    for petition in every(sown, Petition):
        assert numbers.parse_number(petition.number) == petition.number
        assert petition.title == petitions.title(petition.text)
        assert petition.synthetic
        if petition.reporter_phone:
            assert petitions.check_phone(petition.reporter_phone) == petition.reporter_phone


def test_steps_are_taken_by_people_whose_duty_they_are(sown: Office) -> None:
    with sown.store.read() as session:
        staff = {account.id: account for account in session.scalars(select(Account))}
        for event in session.scalars(select(PetitionEvent)):
            if event.by is None:
                assert event.role in {Role.RESIDENT, Role.TRIAGE}  # the timer closes as the desk
                continue
            account = staff[event.by]
            area = event.petition.area
            assert event.role is account.role
            if event.step is not Step.SUBMIT:
                assert any(area.startswith(post.area) for post in account.posts)
            if event.role is Role.CADRE:
                sent = [
                    e.details["department_id"]
                    for e in event.petition.events
                    if e.step is Step.ASSIGN_DEPARTMENT and e.id < event.id
                ]
                assert account.department_id == sent[-1]


def test_ratings_stand_at_the_round_in_which_they_were_given(sown: Office) -> None:
    with sown.store.read() as session:
        ratings = list(session.scalars(select(Rating)))
        assert ratings
        for rating in ratings:
            events = rating.petition.events
            (rated,) = [e for e in events if e.step is Step.RATE and e.at == rating.at]
            assert rated.details == {"grade": rating.grade.value, "solved": rating.solved}
            before = [e for e in events if e.id < rated.id]
            turns = [e for e in before if e.step in {Step.REDO, Step.REOPEN}]
            assert rating.round == 1 + len(turns)


def test_some_matters_are_open_now_at_every_stage_and_some_are_late(sown: Office) -> None:
    rows = every(sown, Petition)
    now_open = Counter(petition.state for petition in rows if petition.state in workflow.OPEN)
    assert set(now_open) == workflow.OPEN
    late = [p for p in rows if p.state in workflow.OPEN and p.due_at <= NOW]
    assert 5 <= len(late) <= 8


def test_the_known_sign_ins_find_work_on_their_desks(sown: Office) -> None:
    with sown.store.read() as session:
        works = session.scalar(select(Department.id).where(Department.code == "jianshe"))
    rows = every(sown, Petition)
    central = [petition for petition in rows if petition.area.startswith(land.CENTRAL)]
    assert any(petition.state is State.WITH_GRID for petition in central)
    assert any(petition.state is State.WITH_VILLAGE for petition in central)
    assert any(p.state is State.WITH_DEPARTMENT and p.department_id == works for p in rows)


def test_every_area_has_a_drawn_border_and_says_so(sown: Office) -> None:
    with sown.store.read() as session:
        rows = list(session.scalars(select(Area)))
    assert {area.kind for area in rows} == set(AreaKind)
    for area in rows:
        drawn = area.polygon is not None
        assert drawn == (area.kind is not AreaKind.COUNTY)
        assert area.synthetic == drawn
        assert area.lon is not None
    codes = [area.code for area in rows]
    assert len(set(codes)) == len(codes)


def test_every_micro_grid_has_a_live_code_and_one_leading_worker(sown: Office) -> None:
    with sown.store.read() as session:
        grids = set(session.scalars(select(Area.code).where(Area.kind == AreaKind.GRID)))
        coded = list(session.scalars(select(QrCode.area).where(QrCode.revoked_at.is_(None))))
        led = list(
            session.scalars(
                select(Post.area)
                .join(Account)
                .where(Post.leads.is_(True), Account.role == Role.GRID_WORKER)
            )
        )
    assert sorted(coded) == sorted(grids)
    assert sorted(led) == sorted(grids)


def test_every_village_has_one_leading_secretary(sown: Office) -> None:
    with sown.store.read() as session:
        kinds = (AreaKind.VILLAGE, AreaKind.COMMUNITY)
        villages = set(session.scalars(select(Area.code).where(Area.kind.in_(kinds))))
        led = list(
            session.scalars(
                select(Post.area)
                .join(Account)
                .where(Post.leads.is_(True), Account.role == Role.VILLAGE)
            )
        )
    assert sorted(led) == sorted(villages)


def test_micro_grids_have_as_many_people_as_the_field_says(sown: Office) -> None:
    homes = {household.id: household.area for household in every(sown, Household)}
    houses = Counter(homes.values())
    people = Counter(homes[person.household_id] for person in every(sown, Person))
    assert all(50 <= count <= 110 for count in houses.values())
    assert all(150 <= count <= 330 for count in people.values())


def test_nobody_lives_in_an_empty_house_and_nobody_is_not_yet_born(sown: Office) -> None:
    with sown.store.read() as session:
        empty = session.scalar(
            select(func.count())
            .select_from(Person)
            .join(Household, Household.id == Person.household_id)
            .where(Household.house_use == "vacant")
        )
        born = [day for day in session.scalars(select(Person.born)) if day is not None]
    assert empty == 0
    assert date(1915, 1, 1) < min(born)
    assert max(born) <= NOW.date()


def test_only_the_documented_accounts_can_be_signed_in_to(office: Office) -> None:
    sow(office)
    known = demo.sign_ins(office, NOW)
    assert [one.login for one in known][:3] == ["fenbo", "ducha", "lingdao"]
    assert {one.role for one in known} == set(Role) - {Role.RESIDENT}
    assert next(one.area_name for one in known if one.login == "wangge") == "戴圩村第 1 网格"
    rows = every(office, Account)
    assert all(account.demo for account in rows)
    assert {a.login for a in rows if a.password_hash} == {one.login for one in known}
    signed = accounts.sign_in(
        office, login="fenbo", password=demo.PASSWORD, address="127.0.0.1", door="desk", now=NOW
    )
    assert signed.actor.role is Role.TRIAGE
    with pytest.raises(NotSignedIn):
        accounts.sign_in(
            office, login="fenbo2", password=demo.PASSWORD, address="::1", door="desk", now=NOW
        )


def test_real_work_goes_on_from_there(office: Office) -> None:
    sow(office)
    receipt = a_petition(office, area=f"{land.CENTRAL}001", now=NOW)
    clerk = an_account(office, Role.TRIAGE, land.STREET)
    with office.work(clerk, NOW + timedelta(minutes=5)) as work:
        triage.assign(work, petition_id=the(office, receipt).id, version=1, level=Level.GRID)
    assert the(office, receipt).state is State.WITH_GRID


def test_the_overview_counts_what_was_sown(office: Office) -> None:
    sow(office)
    leader = an_account(office, Role.LEADER, land.STREET)
    with office.look(leader, NOW) as look:
        year = Period(NOW - timedelta(days=366), NOW)
        total = overview.overview(look, year).total
    assert total.figures[Figure.RECEIVED] >= 0.9 * len(every(office, Petition))
    assert total.figures[Figure.OPEN] > 0


def test_sowing_leaves_one_row_in_the_audit_trail(sown: Office) -> None:
    assert [(row.action, row.object, row.object_id) for row in every(sown, AuditEvent)] == [
        ("seed", "database", "7")
    ]
    assert traces.faults(sown) == []


def test_the_bar_moves_from_nought_to_a_hundred(office: Office) -> None:
    per_cent = [share for _, share in sow(office)]
    assert per_cent == sorted(per_cent)
    assert (per_cent[0], per_cent[-1]) == (0, 100)


def test_a_store_with_reference_data_only_can_be_sown(office: Office) -> None:
    with office.work(OPERATOR, NOW) as work:
        assert reference.load(work, date(2025, 1, 1)) == 2 + 25 + 26 + 60
    with office.work(OPERATOR, NOW) as work:
        assert reference.load(work, date(2025, 1, 1)) == 0
    assert not demo.is_seeded(office)
    sow(office)
    assert demo.is_seeded(office)
    codes = [area.code for area in every(office, Area)]
    assert len(set(codes)) == len(codes)


def test_a_store_in_use_is_left_alone(office: Office) -> None:
    an_account(office, Role.LEADER, land.STREET)
    with pytest.raises(Refusal, match="请换一个空库"):
        sow(office)
    assert every(office, Area) == []


def test_production_is_never_sown_and_has_no_demonstration_accounts(office: Office) -> None:
    office.settings.production = True
    with pytest.raises(Refusal, match="正式环境"):
        sow(office)
    with pytest.raises(Refusal, match="正式环境"):
        demo.sign_ins(office, NOW)


def test_a_resident_cannot_sow(office: Office) -> None:
    with pytest.raises(NotPermitted), office.work(RESIDENT, NOW) as work:
        demo.sow(work, SMALL)


@pytest.mark.slow
def test_the_whole_sub_district_has_the_numbers_of_the_field(another: Office) -> None:
    begun = time.perf_counter()
    sow(another, demo.Plan())
    assert time.perf_counter() - begun < 60
    with another.store.read() as session:
        kinds = Counter(session.scalars(select(Area.kind)))
        roles = Counter(session.scalars(select(Account.role)))
        people = session.scalar(select(func.count()).select_from(Person))
        grids = session.scalars(
            select(func.length(Area.polygon)).where(Area.kind == AreaKind.GRID)
        ).all()
    assert kinds[AreaKind.VILLAGE] + kinds[AreaKind.COMMUNITY] == 25
    assert (kinds[AreaKind.NATURAL_VILLAGE], kinds[AreaKind.GRID]) == (68, 209)
    assert (roles[Role.VILLAGE], roles[Role.GRID_WORKER]) == (136, 172)
    assert people is not None
    assert 45_000 <= people <= 50_000
    assert sum(grids) < 400_000
    rows = every(another, Petition)
    assert len(rows) == 936 + 40
    assert sum(p.state in workflow.OPEN and p.due_at <= NOW for p in rows) == 8
    assert sum(p.state in workflow.OPEN for p in rows) == 40
    assert all(NOW - timedelta(days=400) < p.received_at < NOW for p in rows)
    by_village = Counter(petition.area[:12] for petition in rows)
    assert len(by_village) == 25
    ponding = Counter(p.received_at.month for p in rows if p.category == "A03")
    assert sum(ponding[month] for month in (6, 7, 8, 9)) > 0.7 * sum(ponding.values())
