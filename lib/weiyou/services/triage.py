"""What the desk does with a matter: open, accept, refuse, ask, assign. 分拨"""

from __future__ import annotations

from weiyou.domain import timelimits, workflow
from weiyou.domain.areas import Level
from weiyou.domain.people import Action
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.errors import BadInput
from weiyou.services import steps
from weiyou.services.office import Work
from weiyou.store import areas
from weiyou.store.tables import Category, Department, Petition


def accept(work: Work, *, petition_id: int, version: int, note: str = "") -> Petition:
    """Accept a matter: it is the office's now. Raises: NotFound, NotPermitted, Stale, WrongStep."""
    petition = steps.take_up(work, petition_id, Action.ASSIGN, version=version)
    petition.accepted_at, petition.accepted_by = work.now, work.by.account_id
    steps.take(work, petition, Step.ACCEPT, note=steps.aside(note))
    return petition


def refuse(work: Work, *, petition_id: int, version: int, reason: str, way: str) -> Petition:
    """Refuse a matter, with the reason and where to go instead. Raises: BadInput and as accept."""
    petition = steps.take_up(work, petition_id, Action.ASSIGN, version=version)
    reason = steps.said(reason, what="不予受理的理由", field="reason")
    way = steps.said(way, what="应当向谁提出、怎么提出", field="way")
    steps.take(
        work,
        petition,
        Step.REFUSE,
        words=f"{reason}\n可以这样办：{way}",
        details={"reason": reason, "way": way},
    )
    return petition


def ask(work: Work, *, petition_id: int, version: int, question: str) -> Petition:
    """Ask the resident for more. Raises: BadInput and as accept."""
    petition = steps.take_up(work, petition_id, Action.ASSIGN, version=version)
    words = steps.said(question, what="需要群众补充什么", field="question")
    steps.take(work, petition, Step.ASK, words=words)
    return petition


def assign(
    work: Work,
    *,
    petition_id: int,
    version: int,
    level: Level,
    department_id: int | None = None,
    note: str = "",
) -> Petition:
    """Hand a matter to its grid, its village, the street or a department.

    A matter that was just received is accepted in the same deed.

    Raises: BadInput and as accept.
    """
    petition = steps.take_up(work, petition_id, Action.ASSIGN, version=version)
    _check_department(work, level, department_id)
    _check_area(petition.area, level)
    if petition.state in {State.RECEIVED, State.WAITING}:
        petition.accepted_at, petition.accepted_by = work.now, work.by.account_id
        steps.take(work, petition, Step.ACCEPT)
    petition.department_id = department_id
    event = steps.take(
        work,
        petition,
        workflow.ASSIGN[level],
        note=steps.aside(note),
        details={"department_id": department_id} if department_id else {},
    )
    steps.tell_holders(work, petition, event)
    return petition


def _check_department(work: Work, level: Level, department_id: int | None) -> None:
    if level is Level.DEPARTMENT:
        if department_id is None or work.session.get(Department, department_id) is None:
            raise BadInput("请选择承办部门", "department")
    elif department_id is not None:
        raise BadInput("只有派给部门时才选部门", "department")


def _check_area(area: str, level: Level | None) -> None:
    """Refuse an area in which nobody of that level could have the matter in hand."""
    if level is Level.GRID and len(area) < 15:
        raise BadInput("由网格办理的事项要定位到网格：请选网格，或改派给村（社区）", "level")
    if level is Level.VILLAGE and len(area) < 12:
        raise BadInput("由村（社区）办理的事项要定位到村（社区），请先选村（社区）", "level")


def classify(work: Work, *, petition_id: int, version: int, category: str) -> Petition:
    """Set the category; the time limit follows it, counted from the day of receipt as before.

    Whether an answer was late is settled by the limit that held when it was given.

    Raises: BadInput and as accept.
    """
    petition = steps.take_up(work, petition_id, Action.ASSIGN, version=version)
    found = work.session.get(Category, category)
    if found is None:
        raise BadInput("没有这个类别，请重新选择", "category")
    details = {
        "before": petition.category,
        "after": category,
        "due_before": petition.due_at.isoformat(),
    }
    petition.category = category
    if petition.state in workflow.OPEN:
        limit = timelimits.parse(found.limit_text)
        deadline = timelimits.due(petition.received_at, limit, work.office.calendar)
        petition.due_at, petition.due_provisional = deadline.at, deadline.provisional
    steps.take(work, petition, Step.NOTE, note=f"类别改为“{found.name}”", details=details)
    return petition


def relocate(work: Work, *, petition_id: int, version: int, area: str) -> Petition:
    """Move a matter to the area where it belongs; whoever has it in hand there is told.

    Raises: BadInput and as accept.
    """
    petition = steps.take_up(work, petition_id, Action.ASSIGN, version=version)
    if not work.by.covers(area):
        raise BadInput("这个辖区不在您的范围内，请重新选择", "area")
    today = work.now.astimezone(SHANGHAI).date()
    areas.by_code(work.session, area, today)
    names = areas.names(work.session, today)
    place = "".join(names.get(code, "") for code in dict.fromkeys((area[:12], area)))
    _check_area(area, workflow.LEVEL.get(petition.state))
    before = petition.area
    _move(petition, area)
    event = steps.take(
        work,
        petition,
        Step.NOTE,
        note=f"辖区改为“{place}”",
        details={"from": before, "to": area},
    )
    steps.tell_holders(work, petition, event)
    return petition


def _move(petition: Petition, area: str) -> None:
    """Put a matter into an area: those there have not had it in hand, unless they have it now."""
    if area != petition.area:
        petition.been_with_grid = petition.state is State.WITH_GRID
    if area[:12] != petition.area[:12]:
        petition.been_with_village = petition.state is State.WITH_VILLAGE
    petition.area = area


def reopen(work: Work, *, petition_id: int, version: int, reason: str) -> Petition:
    """Take a closed or refused matter up again. Raises: BadInput and as accept."""
    petition = steps.take_up(work, petition_id, Action.ASSIGN, version=version)
    words = steps.said(reason, what="重新办理的理由", field="reason")
    steps.take(work, petition, Step.REOPEN, words=words)
    return petition


def add_note(work: Work, *, petition_id: int, note: str) -> Petition:
    """Leave a note that only the office reads. Raises: BadInput, NotFound, NotPermitted."""
    petition = steps.take_up(work, petition_id, Action.UPDATE)
    steps.take(work, petition, Step.NOTE, note=steps.said(note, what="备注", field="note"))
    return petition
