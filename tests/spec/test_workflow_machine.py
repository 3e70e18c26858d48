"""Random journeys of a matter over the real deeds, beside a model that only knows the table.

Every step is tried by everybody, on both databases, and after each one the store must hold exactly
what the model foresaw. `WEIYOU_JOURNEYS` and `WEIYOU_STEPS` make a campaign of it.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.factories import (
    FAR_GRID,
    GRID,
    NOW,
    OTHER_GRID,
    OTHER_VILLAGE,
    STREET,
    VILLAGE,
    a_clerk,
    a_petition,
    a_street,
    a_worker,
    an_account,
    the,
)
from tests.journeys import department
from tests.spec.deeds import HANDLING_STEPS, OFFICE_STEPS, RESIDENTS_STEPS
from tests.spec.test_workflow import ENDED, TABLE
from weiyou.domain import timelimits
from weiyou.domain.areas import Level
from weiyou.domain.people import Actor, Role
from weiyou.domain.petitions import Grade
from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import NotFound, NotPermitted, Refusal, Stale, TooMany, WrongStep
from weiyou.services import closure, traces, triage
from weiyou.services.office import CLOCK, RESIDENT, Office, Work
from weiyou.store.tables import AuditEvent

JOURNEYS = int(os.environ.get("WEIYOU_JOURNEYS", "60"))
STEPS = int(os.environ.get("WEIYOU_STEPS", "30"))
LIMITS = {None: "5wd", "A01": "15wd", "A02": "3wd", "A03": "24h"}
HOLDS = {
    Role.GRID_WORKER: "with_grid",
    Role.VILLAGE: "with_village",
    Role.CADRE: "with_department",
}
CLERK = 0
"""Where the clerk stands among the people."""

RIGHT_ONE = -1
"""Whoever can do it."""

BEGINNINGS = [
    [],
    ["assign_grid"],
    ["assign_grid", "escalate_village"],
    ["assign_department", "answer"],
    ["assign_grid", "answer"],
    ["assign_street", "answer", "close"],
]
"""How far the office has come when a journey begins, so that the end is tried as often."""

UPDATES = {Role.TRIAGE, *HOLDS}
RUNNING = set(TABLE) - ENDED - {"answered"}


@dataclass(frozen=True)
class World:
    """The office of all journeys, the people in it, and its departments by code."""

    office: Office
    people: tuple[Actor, ...]
    departments: dict[str, int]


def a_world(office: Office) -> World:
    a_street(office)
    people = (
        a_clerk(office),
        a_worker(office, GRID),
        a_worker(office, FAR_GRID),
        an_account(office, Role.VILLAGE, VILLAGE),
        an_account(office, Role.VILLAGE, OTHER_VILLAGE),
        an_account(office, Role.CADRE, STREET, department="jianshe"),
        an_account(office, Role.CADRE, STREET, department="shuiwu"),
        an_account(office, Role.SUPERVISOR, STREET),
    )
    return World(office, people, {code: department(office, code) for code in ("jianshe", "shuiwu")})


somebody = st.sampled_from([RIGHT_ONE] * 24 + list(range(8)))
codes = st.sampled_from(["jianshe", "shuiwu"])
categories = st.sampled_from(list(LIMITS))
areas = st.sampled_from([GRID, OTHER_GRID, FAR_GRID])
Deed = Callable[[Work], object]


class Journey(RuleBasedStateMachine):
    """One matter, what is done to it, and what ought to have come of it."""

    world: ClassVar[World]

    @initialize(category=categories, beginning=st.sampled_from(BEGINNINGS))
    def hand_in(self, category: str | None, beginning: list[str]) -> None:
        self.now = NOW
        self.receipt = a_petition(self.world.office, category=category, now=self.now)
        kept = the(self.world.office, self.receipt)
        self.id, self.version = kept.id, kept.version
        self.area, self.state, self.round = GRID, "received", 1
        self.last: str = "received"
        self.tries = 0
        self.history = [("submit", "received")]
        self.due = self._deadline(category)
        self.been: set[str] = set()
        self.department: int | None = None
        self.accepted = self.answered = False
        self.answered_at = self.closed_at = NOW
        self.said: dict[str, list[object]] = {"urge": [], "no_contact": []}
        self.ratings: set[int] = set()
        for step in beginning:
            self._take(step)
            self.the_store_holds_what_was_foreseen()

    def _deadline(self, category: str | None) -> object:
        limit = timelimits.parse(LIMITS[category])
        return timelimits.due(NOW, limit, self.world.office.calendar).at

    # who may, as the access matrix says

    def _sees(self, actor: Actor) -> bool:
        if not any(self.area.startswith(code) for code in actor.areas):
            return False
        if actor.role is Role.CADRE:
            return self.department == actor.department_id
        wanted = {Role.GRID_WORKER: "with_grid", Role.VILLAGE: "with_village"}.get(actor.role)
        return wanted is None or wanted in self.been

    def _desk(self, actor: Actor) -> type[Refusal] | None:
        if not self._sees(actor):
            return NotFound
        return None if actor.role is Role.TRIAGE else NotPermitted

    def _holder(self, actor: Actor) -> type[Refusal] | None:
        if not self._sees(actor):
            return NotFound
        if actor.role is Role.TRIAGE or HOLDS.get(actor.role) == self.state:
            return None
        return NotPermitted

    # doing, and foreseeing

    def _do(
        self,
        actor: Actor,
        steps: Sequence[str],
        deed: Deed,
        refusal: type[Refusal] | None = None,
    ) -> bool:
        """Do a deed; return whether it was foreseen to succeed, after checking that it did."""
        state, expected = self.state, refusal
        for step in steps:
            if expected is None and step not in TABLE[state]:
                expected = WrongStep
            state = TABLE[state].get(step, state)
        if expected is not None:
            with pytest.raises(Refusal) as caught, self.world.office.work(actor, self.now) as work:
                deed(work)
            assert type(caught.value) is expected
            return False
        with self.world.office.work(actor, self.now) as work:
            deed(work)
        for step in steps:
            self._took(step)
        return True

    def _took(self, step: str) -> None:
        self.state = TABLE[self.state][step]
        self.history.append((step, self.state))
        self.been |= {self.state} & {"with_grid", "with_village"}
        self.accepted |= step == "accept"
        if step == "answer":
            self.answered, self.answered_at = True, self.now
        if self.state == "closed":
            self.closed_at = self.now if step in {"confirm", "close"} else self.closed_at
        if step in {"redo", "reopen"}:
            self.round, self.answered = self.round + 1, False

    # the office: mostly what can be done by whoever can do it, sometimes anything by anybody

    @rule(data=st.data(), who=somebody)
    def take_a_step(self, data: st.DataObject, who: int) -> None:
        self._take(data.draw(st.sampled_from(self._likely(OFFICE_STEPS))), who, data.draw(codes))

    def _take(self, step: str, who: int = RIGHT_ONE, code: str = "jianshe") -> None:
        if step.startswith("escalate_"):  # one button: where it leads depends on who has it
            step = "escalate_street" if self.state == "with_village" else "escalate_village"
        if step.startswith("assign_"):
            self._assign(self._person(who, CLERK), Level(step[7:]), code)  # type: ignore[call-arg]
        elif step in HANDLING_STEPS:
            actor = self._person(who, self._whoever_holds_it())
            self._do(actor, [step], partial(OFFICE_STEPS[step], self), self._holder(actor))
        else:
            actor = self._person(who, CLERK)
            self._do(actor, [step], partial(OFFICE_STEPS[step], self), self._desk(actor))

    def _likely(self, steps: Iterable[str]) -> list[str]:
        """Return the steps that lead on, or all of them where none does and every fifth time."""
        self.tries += 1
        possible = [step for step in steps if step in TABLE[self.state]]
        return possible if possible and self.tries % 5 else list(steps)

    def _person(self, who: int, right_one: int) -> Actor:
        return self.world.people[right_one if who == RIGHT_ONE else who]

    def _whoever_holds_it(self) -> int:
        fitting = [
            place
            for place, actor in enumerate(self.world.people)
            if HOLDS.get(actor.role) == self.state and self._sees(actor)
        ]
        return fitting[0] if fitting else CLERK

    def _assign(self, actor: Actor, level: Level, code: str) -> None:
        first = ["accept"] if self.state in {"received", "waiting"} else []
        chosen = self.world.departments[code] if level is Level.DEPARTMENT else None
        deed: Deed = partial(
            triage.assign,
            petition_id=self.id,
            version=self.version,
            level=level,
            department_id=chosen,
        )
        if self._do(actor, [*first, f"assign_{level.value}"], deed, self._desk(actor)):
            self.department = chosen

    @rule(data=st.data(), who=somebody)
    def go_on(self, data: st.DataObject, who: int) -> None:
        """Take another step: a matter ought to come far."""
        self.take_a_step(data, who)

    @rule(data=st.data(), who=somebody)
    def do_something_besides(self, data: st.DataObject, who: int) -> None:
        actor = self._person(who, CLERK)
        match data.draw(st.sampled_from(["classify", "relocate", "note", "come second"])):
            case "classify":
                self._classify(actor, data.draw(st.sampled_from(["A01", "A02", "A03"])))
            case "relocate":
                self._relocate(actor, data.draw(areas))
            case "note":
                refusal = None if actor.role in UPDATES else NotPermitted
                deed: Deed = partial(triage.add_note, petition_id=self.id, note="记一笔")
                self._do(actor, ["note"], deed, refusal if self._sees(actor) else NotFound)
            case _:
                deed = partial(triage.accept, petition_id=self.id, version=self.version - 1)
                self._do(self.world.people[CLERK], [], deed, Stale)

    def _classify(self, actor: Actor, category: str) -> None:
        deed: Deed = partial(
            triage.classify, petition_id=self.id, version=self.version, category=category
        )
        if self._do(actor, ["note"], deed, self._desk(actor)) and self.state in RUNNING:
            self.due = self._deadline(category)

    def _relocate(self, actor: Actor, area: str) -> None:
        deed: Deed = partial(triage.relocate, petition_id=self.id, version=self.version, area=area)
        if self._do(actor, ["note"], deed, self._desk(actor)):
            if area != self.area:
                self.been -= {"with_grid"} - {self.state}
            if area[:12] != self.area[:12]:
                self.been -= {"with_village"} - {self.state}
            self.area = area

    # the resident, and time

    @rule(data=st.data())
    def speak(self, data: st.DataObject) -> None:
        step = data.draw(st.sampled_from(self._likely(RESIDENTS_STEPS)))
        if step in {"message", "supply"}:  # the same words; who was asked has answered with them
            step = "supply" if self.state == "waiting" else "message"
        if step == "rate":
            self._rate(data.draw(st.sampled_from(list(Grade))), solved=data.draw(st.booleans()))
        elif step in self.said:  # once a day
            today = self.now.astimezone(SHANGHAI).date()
            refusal = TooMany if today in self.said[step] else None
            if self._do(RESIDENT, [step], partial(RESIDENTS_STEPS[step], self), refusal):
                self.said[step].append(today)
        elif step != "withdraw" or data.draw(st.integers(0, 5)) == 0:  # there is no way back
            self._do(RESIDENT, [step], partial(RESIDENTS_STEPS[step], self))

    def _rate(self, grade: Grade, *, solved: bool) -> None:
        then = []
        if self.state == "answered":
            then = ["confirm" if solved else "redo"]
        elif self.state == "closed" and not solved:
            then = ["reopen"] if self.now - self.closed_at < timedelta(days=30) else []
        rated = self.round
        deed: Deed = partial(closure.rate, token=self.receipt.token, grade=grade, solved=solved)
        if self._do(RESIDENT, ["rate", *then], deed):
            self.ratings.add(rated)

    @rule(hours=st.integers(1, 200))
    def let_time_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        before = self.now - timedelta(days=10)
        with self.world.office.work(CLOCK, self.now) as work:
            closure.close_unanswered(work, answered_before=before)
        if self.state == "answered" and self.answered_at < before:
            self._took("close")

    # what the store must hold after every step

    @invariant()
    def the_store_holds_what_was_foreseen(self) -> None:
        kept = the(self.world.office, self.receipt)
        assert [(event.step, event.state) for event in kept.events] == self.history
        assert (kept.state, kept.area, kept.round) == (self.state, self.area, self.round)
        assert (kept.received_at, kept.due_at) == (NOW, self.due)
        been = {"with_grid": kept.been_with_grid, "with_village": kept.been_with_village}
        assert {state for state, is_so in been.items() if is_so} == self.been
        assert kept.department_id == self.department
        assert (kept.closed_at is not None) == (self.state in ENDED)
        assert (kept.answered_at is not None) == self.answered
        assert (kept.accepted_at is not None) == (kept.accepted_by is not None) == self.accepted
        assert kept.urged == len(self.said["urge"])
        assert sorted(rating.round for rating in kept.ratings) == sorted(self.ratings)
        assert kept.version > self.version or kept.state == self.last
        assert kept.version >= self.version
        self.version, self.last = kept.version, kept.state

    @invariant()
    def the_events_replay_to_the_state(self) -> None:
        events = the(self.world.office, self.receipt).events
        assert [event.step for event in events].count("submit") == 1  # type: ignore[arg-type]
        state = "received"
        for before, event in itertools.pairwise(events):
            state = TABLE[state][event.step.value]
            assert event.state == state
            assert event.at >= before.at
        assert events[-1].state == self.state

    def teardown(self) -> None:
        """Every step is in the audit trail, in order."""
        with self.world.office.store.read() as session:
            rows = session.query(AuditEvent).filter_by(object="petition", object_id=str(self.id))
            assert [row.action for row in rows.order_by(AuditEvent.seq)] == [
                step for step, _ in self.history
            ]


def walk(office: Office, *, journeys: int, steps: int) -> None:
    """Take random journeys through one office; afterwards the audit chains must be whole."""

    class HereAndNow(Journey):
        world = a_world(office)

    run_state_machine_as_test(
        HereAndNow,
        settings=settings(
            max_examples=journeys,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert traces.faults(office) == []


def test_any_journey_ends_where_the_table_says_and_loses_nothing(office: Office) -> None:
    walk(office, journeys=10, steps=20)


@pytest.mark.slow
def test_so_do_many_long_ones(office: Office) -> None:
    walk(office, journeys=JOURNEYS, steps=STEPS)
