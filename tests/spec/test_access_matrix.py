"""Who may do what to which thing, tried out cell by cell against the typed matrix.

`access_matrix.csv` was typed from the project's access design, not from the code. Where the design
is silent and the field needs an answer, the column `basis` says so. What is in no row is denied.
"""

from __future__ import annotations

import csv
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from weiyou.domain import people
from weiyou.domain.people import Action, Actor, Role, Subject, View
from weiyou.errors import NotPermitted

HOME = "320382003215"
PLACES = {
    "320382003215": True,  # his own area
    "320382003215001": True,  # a grid inside it
    "320382003216": False,  # the village next door
    "320382003216001": False,  # a grid of the village next door
    "320382003": False,  # the street around it
    "320382": False,  # the county around that
    "110101001001": False,  # far away
    "": False,  # nowhere, or everywhere
}
WIDEST = ("full", "masked", "aggregate")
THREE = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)
CONTENT = set(Subject) - {
    Subject.QR_CODE,
    Subject.ACCOUNT,
    Subject.BACKUP,
    Subject.CONFIGURATION,
    Subject.NOTIFICATION,
    Subject.VIDEO_ROOM,
}


@dataclass(frozen=True)
class Row:
    """One line of the typed matrix."""

    reach: str
    view: str
    verbs: frozenset[str]


def typed() -> dict[tuple[str, str], list[Row]]:
    cells: dict[tuple[str, str], list[Row]] = defaultdict(list)
    with (Path(__file__).parent / "access_matrix.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            verbs = frozenset(line["verbs"].split())
            cells[line["role"], line["object"]].append(Row(line["reach"], line["view"], verbs))
    return cells


MATRIX = typed()


def expected(
    role: Role, subject: Subject, action: Action, *, inside: bool, assigned: bool, own: bool
) -> str | None:
    """Return the widest view that the typed matrix gives, or None."""
    reached = {"own": own, "assigned": assigned and inside, "area": inside}
    views = {
        row.view
        for row in MATRIX.get((role.value, subject.value), [])
        if action.value in row.verbs and reached[row.reach]
    }
    return next((view for view in WIDEST if view in views), None)


def claims() -> Iterator[tuple[str, bool, bool, bool]]:
    for (place, inside), assigned, own in itertools.product(
        PLACES.items(), (False, True), (False, True)
    ):
        yield place, inside, assigned, own


def an_actor(role: Role, *areas: str) -> Actor:
    return Actor(7, "周小满", role, areas or (HOME,))


def test_the_typed_matrix_speaks_of_known_things_only() -> None:
    for (role, subject), rows in MATRIX.items():
        assert role in set(Role)
        assert subject in set(Subject)
        for row in rows:
            assert row.reach in {"own", "assigned", "area"}
            assert row.view in WIDEST
            assert row.verbs <= {action.value for action in Action}


@pytest.mark.parametrize("subject", Subject)
@pytest.mark.parametrize("role", Role)
def test_everybody_may_do_what_the_matrix_gives_and_nothing_else(
    role: Role, subject: Subject
) -> None:
    actor = an_actor(role)
    for action in Action:
        for place, inside, assigned, own in claims():
            wanted = expected(role, subject, action, inside=inside, assigned=assigned, own=own)
            seen = people.view(actor, action, subject, place, assigned=assigned, own=own)
            assert (seen.value if seen else None) == wanted, (action, place, assigned, own)


@pytest.mark.parametrize("role", Role)
def test_what_may_not_be_seen_is_refused_by_name_and_what_may_is_not(role: Role) -> None:
    actor = an_actor(role)
    for subject, action in itertools.product(Subject, Action):
        for place, inside, assigned, own in claims():
            wanted = expected(role, subject, action, inside=inside, assigned=assigned, own=own)
            if wanted is None:
                with pytest.raises(NotPermitted, match=subject.label):
                    people.require(actor, action, subject, place, assigned=assigned, own=own)
            else:
                seen = people.require(actor, action, subject, place, assigned=assigned, own=own)
                assert seen.value == wanted, (subject, action, place)


@pytest.mark.parametrize("role", Role)
def test_a_list_is_cut_to_the_areas_and_hands_that_the_matrix_names(role: Role) -> None:
    actor = an_actor(role, HOME, "320382003217")
    for subject, action in itertools.product(Subject, Action):
        rows = [
            row
            for row in MATRIX.get((role.value, subject.value), [])
            if action.value in row.verbs and row.reach != "own"
        ]
        if not rows:
            with pytest.raises(NotPermitted):
                people.scope(actor, action, subject)
            continue
        widest = min(rows, key=lambda row: WIDEST.index(row.view))
        scope = people.scope(actor, action, subject)
        assert scope.areas == (HOME, "320382003217")
        assert scope.view.value == widest.view, (subject, action)
        assert scope.assigned_only == (widest.reach == "assigned"), (subject, action)


@pytest.mark.parametrize("role", Role)
def test_whoever_answers_for_no_area_has_nothing_but_his_own(role: Role) -> None:
    nobody = Actor(7, "周小满", role, areas=())
    for subject, action in itertools.product(Subject, Action):
        for place in PLACES:
            assert people.view(nobody, action, subject, place, assigned=True) is None
        with pytest.raises(NotPermitted):
            people.scope(nobody, action, subject)


def test_a_claim_of_having_had_it_in_hand_does_not_reach_beyond_the_area() -> None:
    worker = an_actor(Role.GRID_WORKER, "320382003215001")
    for subject, action in itertools.product(Subject, Action):
        assert people.view(worker, action, subject, "320382003215002", assigned=True) is None


def test_the_three_administrators_hold_no_power_in_common() -> None:
    powers = {
        role: {
            (subject, action)
            for subject, action in itertools.product(Subject, Action)
            if action is not Action.READ
            and people.view(an_actor(role), action, subject, HOME, assigned=True, own=True)
        }
        for role in THREE
    }
    for one, other in itertools.combinations(THREE, 2):
        assert powers[one].isdisjoint(powers[other]), (one, other)
    assert {action for _, action in powers[Role.AUDITOR]} == {Action.BREAK_GLASS}


def test_a_system_administrator_never_sees_content() -> None:
    admin = an_actor(Role.SYSTEM_ADMIN)
    for subject, action in itertools.product(CONTENT, Action):
        for place, _, assigned, own in claims():
            assert people.view(admin, action, subject, place, assigned=assigned, own=own) is None
    for subject in (Subject.NOTIFICATION, Subject.VIDEO_ROOM):
        assert people.view(admin, Action.READ, subject, HOME, assigned=True, own=True) is None


def test_a_sealed_matter_is_nothing_at_all_to_whoever_is_not_appointed() -> None:
    for role, action in itertools.product(Role, Action):
        for place, _, _, own in claims():
            seen = people.view(an_actor(role), action, Subject.SEALED, place, own=own)
            assert seen is None or (role is Role.RESIDENT and own)
    appointed = {
        role
        for role in Role
        if people.view(an_actor(role), Action.READ, Subject.SEALED, HOME, assigned=True)
    }
    assert appointed == {Role.TRIAGE, Role.LEADER}
    for role in set(Role) - {Role.RESIDENT, Role.TRIAGE, Role.LEADER}:
        for action in Action:
            with pytest.raises(NotPermitted):
                people.scope(an_actor(role), action, Subject.SEALED)


def test_the_only_way_to_a_full_identity_is_a_matter_in_hand() -> None:
    for role in set(Role) - {Role.RESIDENT}:
        seen = people.view(an_actor(role), Action.READ, Subject.IDENTITY, HOME)
        assert seen is not View.FULL
