"""Lists of matters: the desk's queue, the worker's list, what a figure was counted from. 列表"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from weiyou.domain import masking, people, timelimits, workflow
from weiyou.domain.people import Action, Role, Scope, Subject, View
from weiyou.domain.words import Word
from weiyou.domain.workflow import State
from weiyou.store import areas, petitions
from weiyou.store.look import Look
from weiyou.store.petitions import Filter, Order
from weiyou.store.tables import Petition

__all__ = ["Filter", "Order", "Page", "Queue", "Row", "counts", "in_hand", "page"]

PAGE_MAX: Final = 200
SOON: Final = timedelta(hours=24)


class Queue(Word):
    """The desk's standing views. 队列"""

    ALL = "all", "全部"
    NEW = "new", "待受理"
    TO_ASSIGN = "to_assign", "待分派"
    HANDLING = "handling", "办理中"
    SOON = "soon", "24 小时内到期"
    LATE = "late", "已超期"
    WAITING = "waiting", "待群众补充"
    ANSWERED = "answered", "待确认"
    CLOSED = "closed", "已办结"
    REFUSED = "refused", "不予受理"


STATES: Final[dict[Queue, frozenset[State]]] = {
    Queue.ALL: frozenset(),
    Queue.NEW: frozenset({State.RECEIVED}),
    Queue.TO_ASSIGN: frozenset({State.ACCEPTED}),
    Queue.HANDLING: workflow.HANDLING,
    Queue.SOON: workflow.OPEN,
    Queue.LATE: workflow.OPEN,
    Queue.WAITING: frozenset({State.WAITING}),
    Queue.ANSWERED: frozenset({State.ANSWERED}),
    Queue.CLOSED: frozenset({State.CLOSED}),
    Queue.REFUSED: frozenset({State.REFUSED}),
}


@dataclass(frozen=True)
class Row:
    """One matter in a list; the title is empty where the person may not read it."""

    id: int
    number: str
    title: str
    area: str
    village: str
    grid: str
    category: str
    state: State
    received_at: datetime
    due_at: datetime
    due_provisional: bool
    time_left: str
    late: bool
    urged: int
    round: int


@dataclass(frozen=True)
class Page:
    """A page of a list, and how many there are in all."""

    rows: tuple[Row, ...]
    total: int


def in_queue(queue: Queue, wanted: Filter, now: datetime) -> Filter:
    """Return the filter of a standing view, narrowed by what else is wanted."""
    states = STATES[queue]
    both = states & wanted.states if states and wanted.states else states or wanted.states
    narrowed = replace(wanted, states=both)
    if queue is Queue.LATE:
        return replace(narrowed, late_at=now)
    if queue is Queue.SOON:
        return replace(narrowed, due_before=now + SOON, due_from=now)
    return narrowed


def page(
    look: Look,
    wanted: Filter,
    *,
    order: Order = Order.DUE,
    descending: bool = False,
    number: int = 1,
    size: int = 25,
) -> Page:
    """Return page `number` (from 1) of what fits and may be seen. Raises: NotPermitted."""
    scope = people.scope(look.by, Action.READ, Subject.PETITION)
    rules = [petitions.seen_by(look.by, scope), *petitions.chosen(wanted)]
    size = min(max(size, 1), PAGE_MAX)
    found = petitions.page(
        look.session,
        rules,
        order,
        descending=descending,
        limit=size,
        offset=(max(number, 1) - 1) * size,
    )
    return Page(rows(look, found, scope.view), petitions.count(look.session, rules))


def counts(look: Look, wanted: Filter) -> dict[Queue, int]:
    """Return how many matters stand in each view. Raises: NotPermitted."""
    scope = people.scope(look.by, Action.READ, Subject.PETITION)
    base = [petitions.seen_by(look.by, scope), *petitions.chosen(wanted)]
    by_state = petitions.count_by_state(look.session, base)
    numbers = {
        queue: sum(by_state.get(state, 0) for state in states) if states else sum(by_state.values())
        for queue, states in STATES.items()
    }
    for queue in (Queue.SOON, Queue.LATE):
        timed = petitions.chosen(in_queue(queue, wanted, look.now))
        numbers[queue] = petitions.count(look.session, [petitions.seen_by(look.by, scope), *timed])
    return numbers


def rows(look: Look, found: list[Petition], view: View) -> tuple[Row, ...]:
    """Return petitions as lines of a list, cut to what `view` allows."""
    names = areas.names(look.session, look.today)
    leaves = {leaf.code: leaf.name for leaf in areas.categories(look.session)}
    return tuple(_row(look, petition, view, names, leaves) for petition in found)


def _row(
    look: Look, petition: Petition, view: View, names: dict[str, str], leaves: dict[str, str]
) -> Row:
    running = petition.state in workflow.OPEN
    return Row(
        id=petition.id,
        number=petition.number,
        title="" if view is View.AGGREGATE else masking.text(petition.title),
        area=petition.area,
        village=names.get(petition.area[:12], ""),
        grid=names.get(petition.area, "") if len(petition.area) > 12 else "",
        category=leaves.get(petition.category or "", "未分类"),
        state=petition.state,
        received_at=petition.received_at,
        due_at=petition.due_at,
        due_provisional=petition.due_provisional,
        time_left=timelimits.in_words(look.now, petition.due_at) if running else "",
        late=running and look.now >= petition.due_at,
        urged=petition.urged,
        round=petition.round,
    )


HELD: Final = {
    Role.GRID_WORKER: State.WITH_GRID,
    Role.VILLAGE: State.WITH_VILLAGE,
    Role.CADRE: State.WITH_DEPARTMENT,
    Role.TRIAGE: State.WITH_STREET,
}


def in_hand(look: Look, *, done: bool = False, size: int = 100) -> Page:
    """Return what the person has in hand, the most urgent first, or what he is done with.

    Raises: NotPermitted.
    """
    scope: Scope = people.scope(look.by, Action.UPDATE, Subject.PETITION)
    held = frozenset({HELD[look.by.role]})
    wanted = Filter(not_states=held) if done else Filter(states=held)
    rules = [petitions.seen_by(look.by, scope), *petitions.chosen(wanted)]
    order = Order.RECEIVED if done else Order.DUE
    found = petitions.page(look.session, rules, order, descending=done, limit=size)
    return Page(rows(look, found, scope.view), petitions.count(look.session, rules))
