"""Who may open which app of the desk."""

from __future__ import annotations

import pytest

from weiyou.domain import apps
from weiyou.domain.people import Actor, Role
from weiyou.errors import NotPermitted


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (Role.RESIDENT, ()),
        (Role.GRID_WORKER, ("overview",)),
        (Role.VILLAGE, ("overview",)),
        (Role.CADRE, ("overview",)),
        (Role.TRIAGE, ("triage", "overview")),
        (Role.SUPERVISOR, ("triage", "overview")),
        (Role.LEADER, ("overview",)),
        (Role.ANALYST, ("overview",)),
        (Role.SYSTEM_ADMIN, ()),
        (Role.SECURITY_ADMIN, ()),
        (Role.AUDITOR, ()),
    ],
)
def test_a_role_may_open(role: Role, names: tuple[str, ...]) -> None:
    assert tuple(app.name for app in apps.open_to(role)) == names


def test_an_app_is_found_by_its_name_and_only_so() -> None:
    triage = apps.find("triage")

    assert triage is not None
    assert triage.title == "受理分拨"
    assert apps.find("../triage") is None


def test_whoever_may_not_open_an_app_is_told_why() -> None:
    triage = apps.find("triage")
    assert triage is not None

    apps.require(Actor(1, "梁青禾", Role.TRIAGE), triage)
    with pytest.raises(NotPermitted, match="您的岗位（领导）没有开通“受理分拨”"):
        apps.require(Actor(2, "周正", Role.LEADER), triage)
