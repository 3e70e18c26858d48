"""The apps of the desk, and who may open which. 应用

An app is a notebook of the same name in the apps folder. Opening one is the door's question only:
what a person may see and do inside is asked again by every reading and deed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from weiyou.domain.people import GRANTS, Action, Actor, Role, Subject
from weiyou.errors import NotPermitted


@dataclass(frozen=True)
class App:
    """One app of the desk.

    Attributes:
        name: Stands in the address and is the notebook's file name.
        title: What people call it.
        summary: One line on the home page.
        roles: Who may open it.
    """

    name: str
    title: str
    summary: str
    roles: frozenset[Role]


def _staff_that_reads(subject: Subject) -> frozenset[Role]:
    return frozenset(
        role
        for role in Role
        if role is not Role.RESIDENT
        and any(Action.READ in grant.actions for grant in GRANTS[role, subject])
    )


APPS: Final = (
    App(
        name="triage",
        title="受理分拨",
        summary="接收新来的反映，核对归类，分派承办，盯住时限",
        roles=frozenset({Role.TRIAGE, Role.SUPERVISOR}),
    ),
    App(
        name="overview",
        title="一屏总览",
        summary="辖区内的事项、时限和满意度，一屏看全",
        roles=_staff_that_reads(Subject.STATISTICS),
    ),
)


def find(name: str) -> App | None:
    """Return the app with `name`, if there is one."""
    return next((app for app in APPS if app.name == name), None)


def open_to(role: Role) -> tuple[App, ...]:
    """Return the apps that a role may open, in the order of the home page."""
    return tuple(app for app in APPS if role in app.roles)


def require(actor: Actor, app: App) -> None:
    """Refuse whoever may not open the app. Raises: NotPermitted."""
    if actor.role not in app.roles:
        raise NotPermitted(f"您的岗位（{actor.role.label}）没有开通“{app.title}”")
