"""A row of another system's table as a matter of ours, with a history that is legal here. 导入

What the source does not say is not made up: a step that must have been taken carries the instant
of the step that proves it, and says so in its details.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from weiyou.domain import columns, petitions, workflow
from weiyou.domain.columns import Columns, Dates, Field
from weiyou.domain.petitions import Location
from weiyou.domain.workflow import State, Step
from weiyou.errors import BadInput

TEXT_MAX_CHARS: Final = 50_000
"""Other systems take longer texts than we do; nothing of them is cut."""
TITLE_MAX_CHARS: Final = 120
NAME_MAX_CHARS: Final = 40
PLACE_MAX_CHARS: Final = 120
EXTERNAL_ID_MAX_CHARS: Final = 80
CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""By so much another system's clock may be ahead of ours."""
SAME: Final = (
    Field.TITLE, Field.TEXT, Field.RECEIVED, Field.NAME, Field.PHONE, Field.PLACE,
)  # fmt: skip
"""What makes two rows without an id the same matter."""
NO_WORDS: Final = "（来源系统没有记录答复内容）"


@dataclass(frozen=True)
class Plan:
    """How the rows of one file are read.

    Attributes:
        system: Stands before each id of the source, so that two systems' ids can be told apart.
        zone: Where the source's clock hung.
        now: When a matter counts as received if the source has no column for it.
        confirm: So long after its answer a matter counts as closed if the source does not say.
    """

    columns: Columns
    area: str
    system: str
    zone: tzinfo
    dates: Dates
    now: datetime
    confirm: timedelta


@dataclass(frozen=True)
class Taken:
    """A step that was taken before the matter came to us."""

    step: Step
    state: State  # after the step
    at: datetime
    words: str = ""
    assumed: bool = False  # the source does not say when


@dataclass(frozen=True)
class Matter:
    """A matter as the source tells it."""

    external_id: str
    title: str
    text: str
    category: str
    name: str | None
    phone: str | None
    place: str | None
    location: Location | None
    received_at: datetime
    due_at: datetime | None
    steps: tuple[Taken, ...]

    @property
    def state(self) -> State:
        """Return where the matter stands."""
        return self.steps[-1].state

    @property
    def closed_at(self) -> datetime | None:
        """Return when the matter was closed, or would have been here; None while it is not."""
        return self.steps[-1].at if self.state is State.CLOSED else None

    def at(self, step: Step) -> datetime | None:
        """Return when a step was taken, if it was and the source says so."""
        return next(
            (past.at for past in self.steps if past.step is step and not past.assumed), None
        )


def read(cells: Mapping[str, str], plan: Plan) -> Matter:
    """Return the matter in one row. Raises: BadInput."""
    said = {field: cells[column].replace("\x00", "") for field, column in plan.columns.items()}
    title, text = said.get(Field.TITLE, ""), said.get(Field.TEXT, "")
    received = _instant(said, Field.RECEIVED, plan) or plan.now
    return Matter(
        external_id=_external_id(said, plan.system),
        title=_title(title, text),
        text=_limited(text or title, TEXT_MAX_CHARS, "正文"),
        category=said.get(Field.CATEGORY, ""),
        name=_limited(said.get(Field.NAME, ""), NAME_MAX_CHARS, "姓名", needed=False) or None,
        phone=_phone(said.get(Field.PHONE, "")),
        place=_limited(said.get(Field.PLACE, ""), PLACE_MAX_CHARS, "地点", needed=False) or None,
        location=_location(said.get(Field.LON, ""), said.get(Field.LAT, "")),
        received_at=received,
        due_at=_instant(said, Field.DUE, plan, ends=True, past=False),
        steps=_history(
            plan,
            received,
            _instant(said, Field.ANSWERED, plan, ends=True),
            _instant(said, Field.CLOSED, plan, ends=True),
            _limited(said.get(Field.ANSWER, ""), TEXT_MAX_CHARS, "答复内容", needed=False),
        ),
    )


def _history(
    plan: Plan,
    received: datetime,
    answered: datetime | None,
    closed: datetime | None,
    answer: str,
) -> tuple[Taken, ...]:
    """Return the steps that lead from the receipt to what the source says. Raises: BadInput."""
    taken = [(Step.SUBMIT, received, "", False)]
    if answered or closed or answer:
        moment = answered or closed
        if moment is None:
            raise BadInput("有答复内容但没有答复时间，请补上答复时间或办结时间", "answered")
        taken.append((Step.ACCEPT, moment, "", True))
        taken.append((Step.ANSWER, moment, answer or NO_WORDS, not (answered or answer)))
    if closed:
        taken.append((Step.CLOSE, closed, "", False))
    elif answered and answered + plan.confirm <= plan.now:
        taken.append((Step.CLOSE, answered + plan.confirm, "", True))
    state, steps, before = State.RECEIVED, [], received
    for step, at, words, assumed in taken:
        if at < before:
            raise BadInput(f"“{step.label}”的时间早于上一步，请核对各个时间列", "time")
        before = at
        state = state if step is Step.SUBMIT else workflow.after(state, step)
        steps.append(Taken(step, state, at, words, assumed))
    return tuple(steps)


def _instant(
    said: Mapping[Field, str], field: Field, plan: Plan, *, ends: bool = False, past: bool = True
) -> datetime | None:
    """Return the instant in a column, or None where the source has none. Raises: BadInput."""
    words = said.get(field, "")
    if not words:
        if field is Field.RECEIVED and field in said:
            raise BadInput("没有收到时间", field.value)
        return None
    moment = columns.instant(words, plan.zone, plan.dates, ends=ends)
    return _not_ahead(moment, words, field, plan) if past else moment


def _not_ahead(moment: datetime, words: str, field: Field, plan: Plan) -> datetime:
    """Return the instant, now at the latest: today has not ended yet. Raises: BadInput."""
    local, today = moment.astimezone(plan.zone), plan.now.astimezone(plan.zone).date()
    ends_today = local.time() == columns.END_OF_DAY and local.date() == today
    if moment - plan.now > CLOCKS_DIFFER and not ends_today:
        raise BadInput(f"{field.label}“{words}”在将来，请核对时区和日期写法", field.value)
    return min(moment, plan.now)


def _external_id(said: Mapping[Field, str], system: str) -> str:
    """Return by what the row is known again: the source's id, or what was said, when and by whom.

    What may change later, such as the answer, is no part of it.
    """
    own = said.get(Field.ID, "")
    found = f"{system}:{own}"
    if own and len(found) <= EXTERNAL_ID_MAX_CHARS:
        return found
    whole = own or "\n".join(f"{field}={said.get(field, '')}" for field in SAME)
    return f"{system}:#{hashlib.sha256(whole.encode()).hexdigest()[:40]}"


def _title(title: str, text: str) -> str:
    if not title:
        return petitions.title(text)
    return title if len(title) <= TITLE_MAX_CHARS else title[: TITLE_MAX_CHARS - 1] + "…"


def _limited(text: str, chars: int, what: str, *, needed: bool = True) -> str:
    words = text.strip()
    if needed and not words:
        raise BadInput(f"没有{what}", what)
    if len(words) > chars:
        raise BadInput(f"{what}太长（{len(words)} 字，最多 {chars} 字）", what)
    return words


def _phone(text: str) -> str | None:
    """Return a number that can be called; a masked one cannot. Raises: BadInput."""
    return None if "*" in text else petitions.check_phone(text)


def _location(lon: str, lat: str) -> Location | None:
    """Return a place, or None for nothing or nought. Raises: BadInput."""
    try:
        east, north = float(lon or 0), float(lat or 0)
    except ValueError:
        raise BadInput(f"坐标“{lon}，{lat}”不是数字", "location") from None
    return petitions.check_location(east, north) if east or north else None
