"""The way of a matter, typed a second time as a table to be read, and what must hold for any table.

Rows are states, cells say where a step leads; a step that stands in no cell is refused.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from weiyou.domain import workflow
from weiyou.domain.areas import Level
from weiyou.domain.workflow import State, Step
from weiyou.errors import WrongStep

ASSIGNING = {
    "assign_grid": "with_grid",
    "assign_village": "with_village",
    "assign_street": "with_street",
    "assign_department": "with_department",
}


def handled(state: str) -> dict[str, str]:
    """Return what everybody who has a matter in hand can do with it."""
    return ASSIGNING | {
        "handle": state,
        "return": "accepted",
        "answer": "answered",
        "withdraw": "withdrawn",
        "message": state,
        "urge": state,
        "no_contact": state,
        "note": state,
    }


TABLE: dict[str, dict[str, str]] = {
    "received": {
        "accept": "accepted",
        "refuse": "refused",
        "ask": "waiting",
        "withdraw": "withdrawn",
        "message": "received",
        "urge": "received",
        "note": "received",
    },
    "waiting": {
        "supply": "received",
        "accept": "accepted",
        "refuse": "refused",
        "withdraw": "withdrawn",
        "message": "waiting",
        "note": "waiting",
    },
    "accepted": ASSIGNING
    | {
        "answer": "answered",
        "withdraw": "withdrawn",
        "message": "accepted",
        "urge": "accepted",
        "no_contact": "accepted",
        "note": "accepted",
    },
    "with_grid": handled("with_grid") | {"escalate_village": "with_village"},
    "with_village": handled("with_village") | {"escalate_street": "with_street"},
    "with_street": handled("with_street"),
    "with_department": handled("with_department"),
    "answered": {
        "confirm": "closed",
        "redo": "accepted",
        "close": "closed",
        "message": "answered",
        "no_contact": "answered",
        "rate": "answered",
        "note": "answered",
    },
    "closed": {"reopen": "accepted", "no_contact": "closed", "rate": "closed", "note": "closed"},
    "refused": {"reopen": "received", "note": "refused"},
    "withdrawn": {"note": "withdrawn"},
}

ENDED = {"closed", "refused", "withdrawn"}
THE_RESIDENTS = {
    "supply", "confirm", "redo", "withdraw", "message", "urge", "no_contact", "rate",
}  # fmt: skip


def reachable(start: str, steps: Iterable[str] = frozenset(Step)) -> set[str]:
    """Return the states that can be come to from `start`, itself among them."""
    allowed, found, new = set(steps), {start}, [start]
    while new:
        for step, state in TABLE[new.pop()].items():
            if step in allowed and state not in found:
                found.add(state)
                new.append(state)
    return found


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_every_step_leads_where_the_table_says_or_is_refused(state: State, step: Step) -> None:
    wanted = TABLE[state.value].get(step.value)
    if wanted is None:
        with pytest.raises(WrongStep, match=f"“{state.label}”.*“{step.label}”"):
            workflow.after(state, step)
    else:
        assert workflow.after(state, step) == wanted


def test_the_table_speaks_of_every_state_and_of_known_steps() -> None:
    assert set(TABLE) == set(State)
    for cells in TABLE.values():
        assert set(cells) <= set(Step)
        assert set(cells.values()) <= set(State)
    used = set(itertools.chain.from_iterable(TABLE.values()))
    assert set(Step) - used == {"submit"}, "only the first step leads out of nothing"


@pytest.mark.parametrize("state", State)
def test_the_steps_on_offer_are_those_of_the_table(state: State) -> None:
    assert workflow.steps(state) == set(TABLE[state.value])


@pytest.mark.parametrize("word", [*State, *Step, *Level])
def test_every_state_step_and_level_has_a_chinese_label(word: State | Step | Level) -> None:
    assert word.label
    assert all("\u4e00" <= sign <= "\u9fff" or sign in "（）" for sign in word.label)


def test_no_two_states_and_no_two_steps_are_called_the_same() -> None:
    for words in (State, Step):
        labels = [word.label for word in words]
        assert len(set(labels)) == len(labels)


def test_the_groups_of_states_are_those_of_the_table() -> None:
    assert workflow.ENDED == ENDED
    assert workflow.OPEN | {"answered"} | ENDED == set(State)
    assert set() == workflow.OPEN & ENDED
    assert {state for state, cells in TABLE.items() if "handle" in cells} == workflow.HANDLING


@pytest.mark.parametrize("state", [state for state in TABLE if state not in ENDED])
def test_every_matter_can_come_to_an_end_even_if_the_resident_keeps_silent(state: str) -> None:
    office = set(Step) - THE_RESIDENTS
    assert "closed" in reachable(state, office)


@pytest.mark.parametrize("state", [state for state in TABLE if state not in ENDED])
def test_whatever_is_not_answered_yet_can_be_taken_back(state: str) -> None:
    assert ("withdraw" in TABLE[state]) == (state != "answered")


def test_what_was_taken_back_stays_so() -> None:
    assert reachable("withdrawn") == {"withdrawn"}


def test_every_state_can_be_come_to_from_the_first() -> None:
    assert reachable("received") == set(State)


def test_a_matter_climbs_one_level_at_a_time_and_only_upwards() -> None:
    climbs = {
        (state.value, workflow.escalation(state).value, TABLE[state][workflow.escalation(state)])
        for state in workflow.ESCALATE
    }
    assert climbs == {
        ("with_grid", "escalate_village", "with_village"),
        ("with_village", "escalate_street", "with_street"),
    }
    for state in set(State) - {"with_grid", "with_village"}:
        with pytest.raises(WrongStep, match="不能再上报"):
            workflow.escalation(State(state.value))  # type: ignore[call-arg]


def test_each_level_has_one_state_and_one_step_that_leads_to_it() -> None:
    assert set(workflow.ASSIGN) == set(workflow.LEVEL.values()) == set(Level)
    for level, step in workflow.ASSIGN.items():
        assert workflow.LEVEL[workflow.after(State.ACCEPTED, step)] is level


def test_a_closed_or_refused_matter_comes_back_only_by_reopening() -> None:
    for state in ("closed", "refused"):
        leaving = {step for step, to in TABLE[state].items() if to != state}
        assert leaving == {"reopen"}
