"""Thousands of forged messages from people who have signed in: a hidden button is no permission."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests import canaries, desk, forging
from tests.canaries import World
from tests.desk import Desk
from weiyou.domain import apps
from weiyou.domain.people import Role
from weiyou.domain.workflow import Step
from weiyou.services.office import open_office
from weiyou.settings import REPOSITORY, Settings
from weiyou.store.tables import Table

pytestmark = pytest.mark.slow

PER_ROLE: Final = 1_000
GROWS: Final = frozenset({"audit_event", "petition_event", "outbox_message"})
"""Tables that a permitted deed may add to."""

READS: Final = frozenset({"read", "reveal"})
UNMARKED: Final = frozenset({"audit_head", "kernel", "session"})
"""Bookkeeping of the signed-in browser itself; `session` may only live longer."""


@dataclass(frozen=True)
class Visit:
    """What one person tried at one app, and what he was shown that he may not see."""

    app: str
    role: Role
    sent: int
    frames: int
    shown: list[str]


@dataclass(frozen=True)
class Storm:
    """What came of it all."""

    visits: tuple[Visit, ...]
    wrong: list[str]
    done: Mapping[str, int]
    logged: list[str]
    faults: int

    @property
    def sent(self) -> int:
        """Return how many messages were forged."""
        return sum(visit.sent for visit in self.visits)


@contextmanager
def a_place(folder: Path) -> Iterator[tuple[World, Desk]]:
    """Yield a street full of secrets, whose address of the database is one, and its desk."""
    address = f"sqlite:///{folder / 'a-name-that-no-page-shows.db'}"
    home = folder / "home"
    office = open_office(Settings(home=home, database_url=address))
    world = canaries.a_world(office)
    surroundings = {"WEIYOU_DATABASE_URL": address}
    with desk.running(home, REPOSITORY / "apps", surroundings) as served:
        yield world, served
    office.close()


def storm(world: World, served: Desk, *, per_role: int, at_once: int = 2) -> Storm:
    """Let every role that may open an app send `per_role` forged messages to its apps.

    Args:
        at_once: How many people; looking through what one has heard may hold up the others.
    """
    pairs = [(app.name, role) for role in canaries.ROLES for app in apps.open_to(role)]
    visitors = {role: served.visitor(world.logins[role]) for role in canaries.ROLES}
    before = canaries.rows(world.office)

    def visit(pair: tuple[str, Role]) -> Visit:
        app, role = pair
        share = per_role // len(apps.open_to(role))
        heard = forging.attack(visitors[role].open(app), share, seed=pairs.index(pair))
        return Visit(app, role, share, len(heard), canaries.found(world, app, role, heard))

    with ThreadPoolExecutor(at_once) as people:
        visits = tuple(people.map(visit, pairs))
    after = canaries.rows(world.office)
    changes = list(canaries.changes(before, after))
    return Storm(
        visits=visits,
        wrong=sorted(set(_wrong(world, changes))),
        done=_done(changes),
        logged=canaries.in_log(world, served.log),
        faults=len(re.findall("fault on a screen", served.log.read_text(errors="replace"))),
    )


def _done(changes: list[tuple[str, Any, Any]]) -> Mapping[str, int]:
    """Return how often each deed was done or noted, by its name in the audit trail."""
    names = [now["action"] for table, then, now in changes if table == "audit_event" and not then]
    return {name: names.count(name) for name in sorted(set(names))}


def _wrong(world: World, changes: list[tuple[str, Any, Any]]) -> Iterator[str]:
    """Yield what has changed in the database though nobody had the right to change it."""
    roles = {account: role for role, account in world.accounts.items()}
    added = {
        table: [now for name, then, now in changes if name == table and then is None]
        for table in GROWS
    }
    touched = {event["petition_id"] for event in added["petition_event"]}
    for table, then, now in changes:
        if table in UNMARKED:
            continue
        if table == "petition" and then and now and then["id"] in touched:
            continue
        if table not in GROWS or then is not None:
            yield f"{table} {(then or now)['id' if 'id' in (then or now) else 'chain']}"
    yield from _wrong_events(roles, added)


def _wrong_events(roles: Mapping[int, Role], added: Mapping[str, list[Any]]) -> Iterator[str]:
    noted = {
        (row["actor_id"], row["at"], row["action"], row["object_id"])
        for row in added["audit_event"]
    }
    for event in added["petition_event"]:
        key = (event["by"], event["at"], event["step"].value, str(event["petition_id"]))
        if roles.get(event["by"]) is not Role.TRIAGE or key not in noted:
            yield f"event {event['id']} {event['step'].value} by {roles.get(event['by'])}"
    steps = {step.value for step in Step}
    for row in added["audit_event"]:
        role = roles.get(row["actor_id"])
        may = {Role.TRIAGE: steps | READS, Role.SUPERVISOR: {"read"}}
        if row["action"] not in may.get(role, set()) | {"open"}:  # type: ignore[arg-type]
            yield f"audit {row['action']} by {role}"


@pytest.fixture(scope="module")
def weather(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storm]:
    with a_place(tmp_path_factory.mktemp("forged")) as (world, served):
        yield storm(world, served, per_role=PER_ROLE)


def test_every_role_that_may_open_an_app_has_tried(weather: Storm) -> None:
    assert {visit.role for visit in weather.visits} == set(canaries.ROLES)
    assert weather.sent == PER_ROLE * len(canaries.ROLES)


def test_nothing_has_changed_that_the_person_might_not_change(weather: Storm) -> None:
    assert weather.wrong == []


def test_what_was_permitted_was_done_and_noted(weather: Storm) -> None:
    """Otherwise the messages were too strange to reach any deed, and the test proves nothing."""
    assert weather.done["read"] > 10
    assert weather.done["reveal"] > 0
    assert len(weather.done.keys() & {step.value for step in Step}) >= 3


def test_no_secret_was_sent_to_a_page(weather: Storm) -> None:
    assert {(v.app, v.role.value): v.shown for v in weather.visits if v.shown} == {}


def test_no_secret_was_written_into_the_log(weather: Storm) -> None:
    assert weather.logged == []


def test_the_look_for_secrets_would_notice(tmp_path: Path) -> None:
    office = open_office(Settings(home=tmp_path))
    world = canaries.a_world(office)
    for secret in world.secrets:
        heard = [b"harmless", b"{" + secret.words + b"}"]
        assert secret.what in canaries.found(world, "overview", Role.LEADER, heard)
        for app, role in secret.readers:
            assert canaries.found(world, app, role, heard) == []
    office.close()


def test_the_look_for_changes_would_notice(tmp_path: Path) -> None:
    office = open_office(Settings(home=tmp_path))
    world = canaries.a_world(office)
    before = canaries.rows(office)
    with office.store.write() as session:
        session.execute(Table.metadata.tables["petition"].update().values(urged=9))
    changes = list(canaries.changes(before, canaries.rows(office)))
    assert len(list(_wrong(world, changes))) == len(before["petition"])
    office.close()
