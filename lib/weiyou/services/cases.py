"""Opening a matter: what this person may see of it, and the trace that he looked. 查看事项"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from weiyou.domain import masking, people, workflow
from weiyou.domain.people import Action, Actor, Role, Subject, View
from weiyou.domain.petitions import AttachmentKind, Grade, Source
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.words import Word
from weiyou.domain.workflow import State, Step
from weiyou.errors import NotFound, NotPermitted
from weiyou.services import steps
from weiyou.services.office import Work
from weiyou.store import accounts, areas, households, petitions
from weiyou.store.tables import (
    Attachment,
    Category,
    Department,
    Petition,
    PetitionEvent,
    Rating,
)

DESK_STEPS = frozenset(
    {Step.ACCEPT, Step.REFUSE, Step.ASK, Step.CLOSE, Step.REOPEN, *workflow.ASSIGN.values()}
)
HANDLER_STEPS = frozenset({Step.HANDLE, Step.ANSWER, Step.RETURN, *workflow.ESCALATE.values()})


class Tool(Word):
    """What a person may do with a matter besides taking a step. 工具"""

    NOTE = "note", "内部备注"
    CATEGORY = "category", "改类别"
    AREA = "area", "改辖区"
    PHONE = "phone", "显示电话"


@dataclass(frozen=True)
class EventView:
    """One line of the history."""

    step: Step
    state: State
    at: datetime
    by: str
    words: str
    note: str
    attachments: tuple[int, ...]


@dataclass(frozen=True)
class AttachmentView:
    """A file of the matter; its bytes are fetched one by one."""

    id: int
    kind: AttachmentKind
    media_type: str
    width_px: int | None
    height_px: int | None


@dataclass(frozen=True)
class RatingView:
    """What the resident thought of a round."""

    round: int
    grade: Grade
    solved: bool
    words: str
    at: datetime


@dataclass(frozen=True)
class Case:
    """A matter as one person may see it, at one instant."""

    id: int
    version: int
    number: str
    title: str
    text: str
    source: Source
    state: State
    area: str
    place_names: tuple[str, ...]  # street, village, grid
    place: str
    category: str | None
    category_name: str
    department: str
    reporter: str
    phone: str
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    received_at: datetime
    due_at: datetime
    due_provisional: bool
    answered_at: datetime | None
    closed_at: datetime | None
    round: int
    urged: int
    household_hint: str
    steps: frozenset[Step]
    tools: frozenset[Tool]
    events: tuple[EventView, ...]
    attachments: tuple[AttachmentView, ...]
    ratings: tuple[RatingView, ...]


def open_case(work: Work, *, petition_id: int) -> Case:
    """Return the matter, cut and masked for the person, and note that he read it.

    Raises: NotFound, also where he may not see it: the two are never told apart.
    """
    petition = petitions.whole(work.session, petition_id)
    steps.seen(work.by, Subject.PETITION, petition)
    work.remember("read", "petition", petition.id, purpose="办理事项")
    return _case(work, petition)


def _case(work: Work, petition: Petition) -> Case:
    hand = steps.assigned(work.by, petition)
    who = people.view(work.by, Action.READ, Subject.IDENTITY, petition.area, assigned=hand)
    is_known = who is View.FULL
    say = _as_written if is_known else masking.text
    return Case(
        id=petition.id,
        version=petition.version,
        number=petition.number,
        title=say(petition.title),
        text=say(petition.text),
        source=petition.source,
        state=petition.state,
        area=petition.area,
        place_names=_place_names(work, petition.area),
        place=_place(petition.place, who),
        category=petition.category,
        category_name=_category_name(work, petition),
        department=_department_name(work, petition),
        reporter=_shown(petition.reporter_name, who),
        phone=_phone(work.by, petition, hand),
        lon=petition.lon if is_known else None,  # it may be the reporter's own door
        lat=petition.lat if is_known else None,
        accuracy_m=petition.accuracy_m if is_known else None,
        received_at=petition.received_at,
        due_at=petition.due_at,
        due_provisional=petition.due_provisional,
        answered_at=petition.answered_at,
        closed_at=petition.closed_at,
        round=petition.round,
        urged=petition.urged,
        household_hint=_household_hint(work, petition) if is_known else "",
        steps=allowed(work.by, petition),
        tools=tools(work.by, petition),
        events=_events(work, petition, hand, say),
        attachments=_attachments(work.by, petition, hand),
        ratings=tuple(_rating(rating, say) for rating in petition.ratings),
    )


def _category_name(work: Work, petition: Petition) -> str:
    category = work.session.get(Category, petition.category) if petition.category else None
    return category.name if category else "未分类"


def _department_name(work: Work, petition: Petition) -> str:
    chosen = petition.department_id
    department = work.session.get(Department, chosen) if chosen else None
    return department.name if department else ""


def allowed(actor: Actor, petition: Petition) -> frozenset[Step]:
    """Return the steps that the person could take now; the deeds check again."""
    possible = workflow.steps(petition.state)
    hand = steps.assigned(actor, petition)
    mine: frozenset[Step] = frozenset()
    if people.view(actor, Action.ASSIGN, Subject.PETITION, petition.area, assigned=hand):
        mine |= DESK_STEPS | {Step.ANSWER, Step.RETURN, Step.HANDLE}
    level = workflow.LEVEL.get(petition.state)
    if level is not None and people.HOLDS.get(actor.role) is level and actor.covers(petition.area):
        mine |= HANDLER_STEPS if hand else frozenset()
    return possible & mine


def tools(actor: Actor, petition: Petition) -> frozenset[Tool]:
    """Return what else the person could do with the matter; the deeds check again."""
    hand = steps.assigned(actor, petition)
    asked = {
        Tool.NOTE: (Action.UPDATE, Subject.PETITION),
        Tool.CATEGORY: (Action.ASSIGN, Subject.PETITION),
        Tool.AREA: (Action.ASSIGN, Subject.PETITION),
        Tool.PHONE: (Action.REVEAL, Subject.PHONE),
    }
    given = {
        tool
        for tool, (action, subject) in asked.items()
        if people.view(actor, action, subject, petition.area, assigned=hand)
    }
    return frozenset(given if petition.reporter_phone else given - {Tool.PHONE})


def _as_written(words: str) -> str:
    return words


def _shown(value: str | None, view: View | None) -> str:
    if not value or view is None:
        return ""
    return value if view is View.FULL else masking.name(value)


def _place(value: str | None, view: View | None) -> str:
    return (value or "") if view is View.FULL else masking.address(value or "")


def _phone(actor: Actor, petition: Petition, hand: bool) -> str:
    """Return the number, masked, to whoever may call it; to nobody else even that."""
    called = people.view(actor, Action.CALL, Subject.PHONE, petition.area, assigned=hand)
    return masking.phone(petition.reporter_phone or "") if called else ""


def _place_names(work: Work, area: str) -> tuple[str, ...]:
    names = areas.names(work.session, work.now.astimezone(SHANGHAI).date())
    codes = dict.fromkeys((area[:9], area[:12], area))  # a village's own code only once
    return tuple(names[code] for code in codes if code in names)


def _events(
    work: Work, petition: Petition, hand: bool, say: Callable[[str], str]
) -> tuple[EventView, ...]:
    with_notes = people.view(work.by, Action.READ, Subject.NOTE, petition.area, assigned=hand)
    names = accounts.names(work.session, [event.by for event in petition.events if event.by])
    files: dict[int, list[int]] = {}
    for attachment in petition.attachments:
        if attachment.event_id is not None:
            files.setdefault(attachment.event_id, []).append(attachment.id)
    return tuple(
        EventView(
            step=event.step,
            state=event.state,
            at=event.at,
            by=_by(event, names),
            words=say(event.words),
            note=say(event.note) if with_notes else "",
            attachments=tuple(files.get(event.id, ())),
        )
        for event in petition.events
        if with_notes or event.step is not Step.NOTE
    )


def _by(event: PetitionEvent, names: dict[int, str]) -> str:
    if event.by is None:
        return "反映人" if event.role is Role.RESIDENT else "系统"
    return f"{names.get(event.by, '')}（{event.role.label}）"


def _attachments(actor: Actor, petition: Petition, hand: bool) -> tuple[AttachmentView, ...]:
    view = people.view(actor, Action.READ, Subject.ATTACHMENT, petition.area, assigned=hand)
    return tuple(
        AttachmentView(file.id, file.kind, file.media_type, file.width_px, file.height_px)
        for file in petition.attachments
        if _may_open(view, file)
    )


def _may_open(view: View | None, file: Attachment) -> bool:
    """Return whether a file may be opened: a voice gives away whose identity is masked."""
    return view is View.FULL or (view is View.MASKED and file.kind is not AttachmentKind.VOICE)


def _rating(rating: Rating, say: Callable[[str], str]) -> RatingView:
    return RatingView(rating.round, rating.grade, rating.solved, say(rating.words), rating.at)


def attachment(work: Work, *, attachment_id: int) -> tuple[bytes, str]:
    """Return the bytes and media type of a file, and note that it was opened. Raises: NotFound."""
    found = work.session.get(Attachment, attachment_id)
    if found is None or found.petition_id is None:
        raise NotFound(petitions.NO_SUCH_MATTER)
    petition = petitions.get(work.session, found.petition_id)
    if not _may_open(steps.seen(work.by, Subject.ATTACHMENT, petition), found):
        raise NotFound(petitions.NO_SUCH_MATTER)
    work.remember("read", "attachment", found.id, purpose="办理事项")
    return work.office.files.get(found.sha256), found.media_type


def reveal_phone(work: Work, *, petition_id: int, purpose: str) -> str:
    """Return the reporter's number in full, for a purpose that the audit keeps.

    Raises: BadInput, NotFound, NotPermitted.
    """
    purpose = steps.said(purpose, what="为什么要看电话", field="purpose")
    petition = petitions.get(work.session, petition_id)
    steps.seen(work.by, Subject.PETITION, petition)
    hand = steps.assigned(work.by, petition)
    people.require(work.by, Action.REVEAL, Subject.PHONE, petition.area, assigned=hand)
    if not petition.reporter_phone:
        raise NotPermitted("反映人没有留电话")
    work.remember("reveal", "petition", petition.id, purpose=purpose)
    return petition.reporter_phone


def _household_hint(work: Work, petition: Petition) -> str:
    """Return who in the same grid has the reporter's number, masked, and of what household."""
    if not petition.reporter_phone or not _may_read(work.by, Subject.PERSON, petition):
        return ""
    found = households.with_phone(work.session, petition.area, petition.reporter_phone)
    if found is None:
        return ""
    person, members = found
    hint = f"电话与本网格一户登记一致：{masking.name(person.name)}"
    if _may_read(work.by, Subject.HOUSEHOLD, petition):
        hint += f"，{members} 口人"
    return hint


def _may_read(actor: Actor, subject: Subject, petition: Petition) -> bool:
    hand = steps.assigned(actor, petition)
    view = people.view(actor, Action.READ, subject, petition.area, assigned=hand)
    return view in {View.FULL, View.MASKED}
