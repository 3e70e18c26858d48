"""How a matter is coming along, as the resident reads it: who, which step, until when. 进度"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from weiyou.domain import numbers, workflow
from weiyou.domain.areas import Level
from weiyou.domain.people import Role
from weiyou.domain.petitions import AttachmentKind, Grade
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.errors import NotFound
from weiyou.store import accounts, areas, petitions
from weiyou.store.look import Look
from weiyou.store.tables import Department, Petition, PetitionEvent

INSIDE = frozenset({Step.NOTE})
"""Steps that the resident does not read about."""

OFFERED = (
    Step.SUPPLY,
    Step.MESSAGE,
    Step.URGE,
    Step.NO_CONTACT,
    Step.RATE,
    Step.WITHDRAW,
)


@dataclass(frozen=True)
class Stage:
    """One line of the parcel-like history."""

    label: str
    at: datetime
    who: str
    words: str
    photos: tuple[int, ...]
    voices: tuple[int, ...]


@dataclass(frozen=True)
class Progress:
    """A matter as its resident sees it."""

    number: str
    token: str
    title: str
    text: str
    place_name: str
    state: State
    holder: str
    due_at: datetime
    due_provisional: bool
    late: bool
    received_at: datetime
    stages: tuple[Stage, ...]
    offered: frozenset[Step]
    urged_today: bool
    grade: Grade | None
    solved: bool | None
    rating_words: str


def progress(look: Look, token: str) -> Progress:
    """Return the progress of the matter that a private link opens. Raises: NotFound."""
    number = numbers.open_receipt_token(look.keys.receipt, token)
    if number is None:
        raise NotFound("链接不完整或已失效，请核对短信或回执上的链接")
    petition = petitions.by_number(look.session, number)
    names = areas.names(look.session, look.today)
    rating = next((r for r in petition.ratings if r.round == petition.round), None)
    return Progress(
        number=petition.number,
        token=numbers.receipt_token(look.keys.receipt, number),
        title=petition.title,
        text=petition.text,
        place_name="".join(names.get(code, "") for code in (petition.area[:12], petition.area)),
        state=petition.state,
        holder=_holder(look, petition, names),
        due_at=petition.due_at,
        due_provisional=petition.due_provisional,
        late=petition.state in workflow.OPEN and look.now >= petition.due_at,
        received_at=petition.received_at,
        stages=tuple(_stages(look, petition)),
        offered=frozenset(OFFERED) & workflow.steps(petition.state),
        urged_today=_urged_today(look, petition),
        grade=rating.grade if rating else None,
        solved=rating.solved if rating else None,
        rating_words=rating.words if rating else "",
    )


def photo(look: Look, token: str, attachment_id: int) -> tuple[str, str]:
    """Return the content hash and media type of a photo of the resident's own matter.

    Raises: NotFound.
    """
    number = numbers.open_receipt_token(look.keys.receipt, token)
    petition = petitions.by_number(look.session, number or "")
    for attachment in petition.attachments:
        if attachment.id == attachment_id:
            return attachment.sha256, attachment.media_type
    raise NotFound("没有这张照片")


def _holder(look: Look, petition: Petition, names: dict[str, str]) -> str:
    """Return who has the matter now, in the resident's words."""
    level = workflow.LEVEL.get(petition.state)
    if level is Level.DEPARTMENT and petition.department_id is not None:
        department = look.session.get(Department, petition.department_id)
        return department.name if department else Level.DEPARTMENT.label
    if level is Level.GRID:
        workers = accounts.workers_of(look.session, petition.area, Role.GRID_WORKER)
        return f"网格员 {workers[0].name}" if workers else "网格员"
    if level is Level.VILLAGE:
        return names.get(petition.area[:12], Level.VILLAGE.label)
    return names.get(petition.area[:9], Level.STREET.label) + "诉求中心"


def _stages(look: Look, petition: Petition) -> list[Stage]:
    ids = [event.by for event in petition.events if event.by]
    names = accounts.names(look.session, ids)
    files: dict[tuple[int | None, AttachmentKind], list[int]] = {}
    for attachment in petition.attachments:
        files.setdefault((attachment.event_id, attachment.kind), []).append(attachment.id)
    return [
        Stage(
            label=event.step.label,
            at=event.at.astimezone(SHANGHAI),
            who=_who(event, names),
            words=event.words,
            photos=tuple(files.get((_owner(event), AttachmentKind.PHOTO), ())),
            voices=tuple(files.get((_owner(event), AttachmentKind.VOICE), ())),
        )
        for event in petition.events
        if event.step not in INSIDE
    ]


def _owner(event: PetitionEvent) -> int | None:
    """Return what the files of an event name: those of the submission name no event."""
    return None if event.step is Step.SUBMIT else event.id


def _who(event: PetitionEvent, names: dict[int, str]) -> str:
    """Return who took a step: the grid worker by name, offices as offices."""
    if event.role is Role.RESIDENT:
        return "您"
    if event.role is Role.GRID_WORKER and event.by is not None:
        return f"网格员 {names.get(event.by, '')}".strip()
    return event.role.label if event.by else "系统"


def _urged_today(look: Look, petition: Petition) -> bool:
    return any(
        event.step is Step.URGE and event.at.astimezone(SHANGHAI).date() == look.today
        for event in petition.events
    )
