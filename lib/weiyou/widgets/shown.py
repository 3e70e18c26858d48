"""How matters look on the desk's screens: words, moments, and one colour language.

Yellow asks for a hand, blue is in somebody else's, grey rests, green is done, red is late. No
colour stands without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from weiyou.domain import numbers, timelimits
from weiyou.domain.people import Role
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import OPEN, State, Step
from weiyou.reports.queue import SOON, Row
from weiyou.services.cases import AttachmentView, Case, EventView, RatingView

Json = dict[str, Any]

TONES: Final[Mapping[State, str]] = {
    State.RECEIVED: "act",
    State.ACCEPTED: "act",
    State.WITH_STREET: "act",
    State.WITH_GRID: "hand",
    State.WITH_VILLAGE: "hand",
    State.WITH_DEPARTMENT: "hand",
    State.WAITING: "rest",
    State.ANSWERED: "done",
    State.CLOSED: "done",
    State.REFUSED: "rest",
    State.WITHDRAWN: "rest",
}


def moment(at: datetime, now: datetime) -> str:
    """Return an instant as people say it: `今天 14:05`, `11月24日 14:05`, `2025年3月2日 9:30`."""
    local, today = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI).date()
    clock = f"{local:%H:%M}"
    days = (today - local.date()).days
    if days in {-1, 0, 1}:
        return f"{ {-1: '明天', 0: '今天', 1: '昨天'}[days] } {clock}"
    day = f"{local.month}月{local.day}日"
    return f"{day} {clock}" if local.year == today.year else f"{local.year}年{day} {clock}"


def deadline(at: datetime, now: datetime) -> str:
    """Return a time limit; the midnight that ends a day is read as that day's 24:00."""
    local = at.astimezone(SHANGHAI)
    if (local.hour, local.minute) != (0, 0):
        return moment(at, now)
    return moment(at - timedelta(minutes=1), now).replace("23:59", "24:00")


def place(*names: str) -> str:
    """Return the names of nested areas as one place."""
    return " · ".join(name for name in names if name)


def again(row: Row, now: datetime) -> Row:
    """Return a line of a list as it reads now: time goes on while it is looked at."""
    if row.state not in OPEN:
        return row
    left = timelimits.in_words(now, row.due_at)
    return replace(row, time_left=left, late=now >= row.due_at)


def row(row: Row, now: datetime) -> Json:
    """Return a line of the list."""
    return {
        "id": row.id,
        "number": numbers.spoken(row.number),
        "title": row.title or row.category,
        "place": place(row.village, row.grid),
        "category": row.category,
        "state": row.state.label,
        "tone": TONES[row.state],
        "left": row.time_left,
        "late": row.late,
        "soon": row.state in OPEN and not row.late and row.due_at - now <= SOON,
        "provisional": row.due_provisional and row.state in OPEN,
        "urged": row.urged,
        "round": row.round,
        "received": moment(row.received_at, now),
        "closed": "" if row.state in OPEN else deadline(row.due_at, now),
        "changed": "",
    }


def case(case: Case, now: datetime) -> Json:
    """Return an opened matter, without what may be done with it."""
    running = case.state in OPEN
    return {
        "id": case.id,
        "number": numbers.spoken(case.number),
        "digits": case.number,
        "title": case.title,
        "text": case.text,
        "source": case.source.label,
        "state": case.state.label,
        "tone": TONES[case.state],
        "received": moment(case.received_at, now),
        "due": deadline(case.due_at, now),
        "left": timelimits.in_words(now, case.due_at) if running else "",
        "late": running and now >= case.due_at,
        "soon": running and timedelta(0) < case.due_at - now <= SOON,
        "provisional": case.due_provisional,
        "ended": moment(case.closed_at, now) if case.closed_at else "",
        "areas": place(*(case.place_names[1:] or case.place_names)),  # the street is known
        "place": case.place,
        "accuracy": f"定位误差约 {case.accuracy_m:.0f} 米" if case.accuracy_m else "",
        "category": case.category_name,
        "department": case.department,
        "reporter": case.reporter,
        "phone": case.phone,
        "hint": case.household_hint,
        "round": case.round,
        "urged": case.urged,
        "history": [event(one, now) for one in reversed(case.events)],
        "files": [file(one) for one in _of_the_report(case)],
        "ratings": [rating(one, now) for one in case.ratings],
    }


def _of_the_report(case: Case) -> list[AttachmentView]:
    """Return the files that came with the matter, not with a step that was taken later."""
    later = {number for event in case.events for number in event.attachments}
    return [file for file in case.attachments if file.id not in later]


def file(file: AttachmentView) -> Json:
    """Return an attachment; its bytes are asked for one by one."""
    return {
        "id": file.id,
        "kind": file.kind.value,
        "label": file.kind.label,
        "width": file.width_px or 0,
        "height": file.height_px or 0,
    }


def event(event: EventView, now: datetime) -> Json:
    """Return a line of the history; `words` the resident reads, `note` only the office."""
    return {
        "label": event.step.label,
        "tone": "rest" if event.step is Step.NOTE else TONES[event.state],
        "state": event.state.label,
        "at": moment(event.at, now),
        "by": event.by,
        "resident": event.by == "反映人",
        "words": event.words,
        "note": event.note,
        "photos": list(event.attachments),
    }


def rating(rating: RatingView, now: datetime) -> Json:
    """Return what the resident thought of a round."""
    return {
        "round": rating.round,
        "grade": rating.grade.label,
        "solved": "问题已解决" if rating.solved else "问题没有解决",
        "good": rating.solved,
        "words": rating.words,
        "at": moment(rating.at, now),
    }


def person(name: str, role: Role) -> Json:
    """Return who sits at the desk."""
    return {"name": name, "role": role.label}
