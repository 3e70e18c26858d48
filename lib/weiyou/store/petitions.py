"""Petitions as facts: find, count, page. 事项查询"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, and_, bindparam, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload
from sqlalchemy.orm.attributes import flag_modified

from weiyou.domain import areas, numbers, workflow
from weiyou.domain.people import Actor, Role, Scope, View
from weiyou.domain.petitions import plain
from weiyou.domain.words import Word
from weiyou.domain.workflow import State
from weiyou.errors import NotFound
from weiyou.store.tables import Area, Category, Petition, Rating


class Order(Word):
    """What a list is sorted by. 排序"""

    DUE = "due", "时限"
    RECEIVED = "received", "收到时间"
    NUMBER = "number", "编号"
    AREA = "area", "辖区"
    CATEGORY = "category", "类别"
    STATE = "state", "状态"


COLUMNS: Final[dict[Order, InstrumentedAttribute[Any]]] = {
    Order.DUE: Petition.due_at,
    Order.RECEIVED: Petition.received_at,
    Order.NUMBER: Petition.number,
    Order.AREA: Petition.area,
    Order.CATEGORY: Petition.category,
    Order.STATE: Petition.state,
}


COUNT_MAX: Final = 10_000
"""Nobody turns that many pages; counting on would cost more than the page itself."""

LISTED: Final = (
    Petition.id,
    Petition.number,
    Petition.title,
    Petition.area,
    Petition.state,
    Petition.received_at,
    Petition.due_at,
    Petition.due_provisional,
    Petition.urged,
    Petition.round,
)
"""What a line of a list is made of; never the text."""


@dataclass(frozen=True)
class Slice:
    """Which part of a list, in which order."""

    order: Order
    descending: bool = False
    limit: int = 25
    offset: int = 0


@dataclass(frozen=True)
class Filter:
    """What a list is cut to, besides what the person may see.

    Attributes:
        area: Only there; `seen_by` reads it together with what the person may see.
        words: A matter's number, or words looked for in what the person may read.
        late_at: Only matters that are late at this instant.
    """

    states: frozenset[State] = frozenset()
    not_states: frozenset[State] = frozenset()
    area: str = ""
    category: str = ""
    department_id: int | None = None
    words: str = ""
    late_at: datetime | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    closed_from: datetime | None = None
    closed_to: datetime | None = None


NO_SUCH_MATTER: Final = "没有找到这件事项"


def by_number(session: Session, number: str, *, locked: bool = False) -> Petition:
    """Return the petition with `number`. Raises: NotFound.

    Args:
        locked: For a deed: whoever comes second waits, and then sees what the first has done.
    """
    statement = select(Petition).where(Petition.number == number)
    if locked:
        statement = statement.with_for_update()
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFound("没有找到这件事项，请核对编号")
    return found


def get(session: Session, petition_id: int, *, locked: bool = False) -> Petition:
    """Return the petition, locked for a deed or as it is. Raises: NotFound."""
    found = session.get(Petition, petition_id, with_for_update=True if locked else None)
    if found is None:
        raise NotFound(NO_SUCH_MATTER)
    return found


def whole(session: Session, petition_id: int) -> Petition:
    """Return the petition with its events, attachments and ratings. Raises: NotFound."""
    found = session.scalars(
        select(Petition)
        .where(Petition.id == petition_id)
        .options(
            selectinload(Petition.events),
            selectinload(Petition.attachments),
            selectinload(Petition.ratings),
        )
    ).one_or_none()
    if found is None:
        raise NotFound(NO_SUCH_MATTER)
    return found


def within(prefixes: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a petition lies in one of the areas.

    Streets, villages and grids are compared as wholes, so that the indexes that begin with them
    also give the order of a list.
    """
    return or_(false(), *(_inside(code) for code in prefixes))


def _inside(code: str) -> ColumnElement[bool]:
    match len(code):
        case 0:
            return true()
        case 9:
            return Petition.street == code
        case 12:
            return Petition.village == code
        case 15:
            return Petition.area == code
        case _:
            after = f"{int(code) + 1:0{len(code)}d}"
            return and_(Petition.area >= code, Petition.area < after)


def assigned_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a petition has come through the person's hands."""
    if actor.role is Role.GRID_WORKER:
        return Petition.been_with_grid.is_(True)
    if actor.role is Role.VILLAGE:
        return Petition.been_with_village.is_(True)
    if actor.role is Role.CADRE and actor.department_id is not None:
        return Petition.department_id == actor.department_id
    return false()


def seen_by(actor: Actor, scope: Scope, area: str = "") -> ColumnElement[bool]:
    """Return the condition that the person may see a petition in a list.

    Args:
        area: Only petitions in there. Where it lies inside the person's areas it replaces them,
            so that one index answers; where it holds some of them, those remain.

    Raises: BadInput if `area` is no code.
    """
    if area:
        areas.check_code(area)
    wanted = [code if code.startswith(area) else area for code in scope.areas if _meet(code, area)]
    inside = within(wanted)
    return and_(inside, assigned_to(actor)) if scope.assigned_only else inside


def _meet(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def chosen(
    wanted: Filter, view: View = View.FULL, identity: View | None = View.FULL
) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter.

    Args:
        view: How much of a matter the person may read: nothing is found by what is hidden.
        identity: How much of who reported it.
    """
    rules: list[ColumnElement[bool]] = []
    if wanted.states:
        rules.append(Petition.state.in_(sorted(wanted.states)))
    if wanted.not_states:
        rules.append(Petition.state.not_in(sorted(wanted.not_states)))
    if wanted.category:
        rules.append(Petition.category.startswith(wanted.category, autoescape=True))
    if wanted.department_id is not None:
        rules.append(Petition.department_id == wanted.department_id)
    return rules + _times(wanted) + _words(plain(wanted.words), view, identity)


def _times(wanted: Filter) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = []
    if wanted.late_at is not None:
        rules += [Petition.state.in_(sorted(workflow.OPEN)), Petition.due_at <= wanted.late_at]
    for column, lower, upper in (
        (Petition.due_at, wanted.due_from, wanted.due_before),
        (Petition.received_at, wanted.received_from, wanted.received_to),
        (Petition.closed_at, wanted.closed_from, wanted.closed_to),
    ):
        if lower is not None:
            rules.append(column >= lower)
        if upper is not None:
            rules.append(column < upper)
    return rules


def _words(text: str, view: View, identity: View | None) -> list[ColumnElement[bool]]:
    """Return the condition of a whole number, or one condition a word: each must be found."""
    number = numbers.parse_number(text)
    if number is not None:
        return [Petition.number == number]
    return [
        or_(
            Petition.number.startswith(word, autoescape=True),
            *(_contains(column, word) for column in _searched(word, view, identity)),
        )
        for word in text.split()
    ]


def _searched(
    word: str, view: View, identity: View | None
) -> Sequence[InstrumentedAttribute[str] | InstrumentedAttribute[str | None]]:
    """Return where a word may be looked for, so that no search tells what masking hides."""
    if view is View.AGGREGATE:
        return ()
    if identity is View.FULL:
        return (Petition.title, Petition.text, Petition.place, Petition.reporter_name)
    has_digit = any(character.isdigit() for character in word)
    return () if has_digit else (Petition.title, Petition.text)


def _contains(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], word: str
) -> ColumnElement[bool]:
    """Return whether a column contains a word; capitals do not matter on either database."""
    if word.lower() == word.upper():
        return column.contains(word, autoescape=True)
    return column.icontains(word, autoescape=True)


_DAY: Final = bindparam("day", type_=Date)
_GRID, _VILLAGE = aliased(Area), aliased(Area)


def _named(area: type[Area], code: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that `area` is the one with that code, as of the day that is asked."""
    ends = area.valid_to
    return and_(area.code == code, area.valid_from <= _DAY, or_(ends.is_(None), ends > _DAY))


_LIST: Final = (
    select(
        *LISTED,
        Category.name.label("category_name"),
        _VILLAGE.name.label("village_name"),
        _GRID.name.label("grid_name"),
    )
    .outerjoin(Category, Category.code == Petition.category)
    .outerjoin(_VILLAGE, _named(_VILLAGE, Petition.village))
    .outerjoin(_GRID, and_(_named(_GRID, Petition.area), _GRID.code != Petition.village))
)
"""Built once: putting the joins together costs more than running them."""


def page(
    session: Session,
    rules: Sequence[ColumnElement[bool]],
    cut: Slice,
    day: date,
) -> Sequence[Any]:
    """Return one slice of the petitions that fit, ties broken by id: rows with `LISTED` and names.

    Args:
        day: The Shanghai date on which the areas' names are read.
    """
    keys = (COLUMNS[cut.order], Petition.id)
    order = [key.desc() if cut.descending else key.asc() for key in keys]
    chosen_ids = (
        select(Petition.id).where(*rules).order_by(*order).limit(cut.limit).offset(cut.offset)
    )
    statement = _LIST.where(Petition.id.in_(chosen_ids.subquery().select())).order_by(*order)
    return session.execute(statement, {"day": day}).all()


def count(session: Session, rules: Sequence[ColumnElement[bool]]) -> int:
    """Return how many petitions fit, or `COUNT_MAX + 1` where there are more than `COUNT_MAX`."""
    some = select(Petition.id).where(*rules).limit(COUNT_MAX + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def count_by_state(session: Session, rules: Sequence[ColumnElement[bool]]) -> dict[State, int]:
    """Return how many petitions fit, by state; states without one are absent."""
    rows = session.execute(
        select(Petition.state, func.count()).where(*rules).group_by(Petition.state)
    )
    return {state: number for state, number in rows}  # noqa: C416 (rows are not pairs)


def touch(petition: Petition) -> None:
    """Let the matter count as changed though no column of it is: its version grows."""
    flag_modified(petition, "state")


def rating(session: Session, petition: Petition) -> Rating | None:
    """Return the rating of the matter's present round."""
    return session.scalars(
        select(Rating).where(Rating.petition_id == petition.id, Rating.round == petition.round)
    ).one_or_none()


def answered_before(session: Session, instant: datetime, limit: int) -> list[Petition]:
    """Return matters whose answer has waited for a word since before `instant`, oldest first.

    They are locked; one that somebody has in hand at this moment is left for the next time.
    """
    return list(
        session.scalars(
            select(Petition)
            .where(Petition.state == State.ANSWERED, Petition.answered_at < instant)
            .order_by(Petition.answered_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
