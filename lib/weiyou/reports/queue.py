"""Lists of matters: the desk's queue, the worker's list, what a figure was counted from. 列表"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from weiyou.domain import masking, people, timelimits, workflow
from weiyou.domain.people import Action, Scope, Subject, View
from weiyou.domain.words import Word
from weiyou.domain.workflow import State
from weiyou.errors import NotPermitted
from weiyou.store import petitions
from weiyou.store.look import Look
from weiyou.store.petitions import COUNT_MAX, Filter, Order, Slice

__all__ = ["Filter", "Order", "Page", "Queue", "Row", "counts", "in_hand", "page", "shown"]

PAGE_MAX: Final = 200
SOON: Final = timedelta(hours=24)
ALIVE: Final = workflow.OPEN | {State.ANSWERED}


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
    """A page of a list, and how many there are in all (see `shown`)."""

    rows: tuple[Row, ...]
    total: int


def in_queue(queue: Queue, wanted: Filter, now: datetime) -> Filter:
    """Return the filter of a standing view, narrowed by what else is wanted."""
    narrowed = _among(wanted, STATES[queue])
    if queue is Queue.LATE:
        return replace(narrowed, late_at=now)
    if queue is Queue.SOON:
        not_late = now + timedelta(microseconds=1)  # what is due at this instant is late
        return replace(narrowed, due_before=now + SOON, due_from=not_late)
    return narrowed


def _among(wanted: Filter, states: frozenset[State]) -> Filter:
    """Return the filter narrowed to `states`; an empty set asks for all."""
    both = states & wanted.states if states and wanted.states else states or wanted.states
    if not both and (states or wanted.states):
        return replace(wanted, not_states=frozenset(State))  # nothing can fit
    return replace(wanted, states=both)


def _chosen(look: Look, wanted: Filter, view: View) -> list[Any]:
    """Return the conditions of a filter, as far as the person may know what they ask for."""
    try:
        identity = people.scope(look.by, Action.READ, Subject.IDENTITY).view
    except NotPermitted:
        identity = None
    return petitions.chosen(wanted, view, identity)


def page(
    look: Look,
    wanted: Filter,
    *,
    order: Order = Order.DUE,
    descending: bool = False,
    number: int = 1,
    size: int = 25,
) -> Page:
    """Return page `number` (from 1) of what fits and may be seen.

    Raises: BadInput, NotPermitted.
    """
    scope = people.scope(look.by, Action.READ, Subject.PETITION)
    seen = petitions.seen_by(look.by, scope, wanted.area)
    rules = [seen, *_chosen(look, wanted, scope.view)]
    size = min(max(size, 1), PAGE_MAX)
    cut = Slice(order, descending, size, (max(number, 1) - 1) * size)
    found = petitions.page(look.session, rules, cut, look.today)
    return Page(lines(look, found, scope.view), petitions.count(look.session, rules))


def counts(look: Look, wanted: Filter, among: Collection[Queue] = tuple(Queue)) -> dict[Queue, int]:
    """Return how many matters stand in each view; `shown` says it in words. Raises: NotPermitted.

    What is still alive is counted exactly, what has ended up to `COUNT_MAX`.

    Args:
        among: Only these views; each but the standing states costs a query of its own.
    """
    scope = people.scope(look.by, Action.READ, Subject.PETITION)
    seen = petitions.seen_by(look.by, scope, wanted.area)
    alive = _chosen(look, _among(wanted, ALIVE), scope.view)
    by_state = petitions.count_by_state(look.session, [seen, *alive])
    numbers: dict[Queue, int] = {}
    for queue in among:
        states = STATES[queue]
        if states and states <= ALIVE and queue not in {Queue.SOON, Queue.LATE}:
            numbers[queue] = sum(by_state.get(state, 0) for state in states)
        else:
            narrowed = _chosen(look, in_queue(queue, wanted, look.now), scope.view)
            numbers[queue] = petitions.count(look.session, [seen, *narrowed])
    return numbers


def shown(number: int) -> str:
    """Return a count as people read it: where it was not counted to the end, it says so."""
    return f"{number:,}" if number <= COUNT_MAX else f"{COUNT_MAX:,}+"


def lines(look: Look, found: Sequence[Any], view: View) -> tuple[Row, ...]:
    """Return what the store found as lines of a list, cut to what `view` allows."""
    return tuple(_line(look, view, row) for row in found)


def _line(look: Look, view: View, row: Any) -> Row:
    running = row.state in workflow.OPEN
    return Row(
        id=row.id,
        number=row.number,
        title="" if view is View.AGGREGATE else masking.text(row.title),
        area=row.area,
        village=row.village_name or "",
        grid=row.grid_name or "",
        category=row.category_name or "未分类",
        state=row.state,
        received_at=row.received_at,
        due_at=row.due_at,
        due_provisional=row.due_provisional,
        time_left=timelimits.in_words(look.now, row.due_at) if running else "",
        late=running and look.now >= row.due_at,
        urged=row.urged,
        round=row.round,
    )


def in_hand(look: Look, *, done: bool = False, size: int = 100) -> Page:
    """Return what the person has in hand, the most urgent first, or what he is done with.

    Raises: NotPermitted.
    """
    scope: Scope = people.scope(look.by, Action.UPDATE, Subject.PETITION)
    held = frozenset(
        state for state, level in workflow.LEVEL.items() if level is people.HOLDS[look.by.role]
    )
    wanted = Filter(not_states=held) if done else Filter(states=held)
    rules = [petitions.seen_by(look.by, scope, wanted.area), *petitions.chosen(wanted)]
    cut = Slice(Order.RECEIVED if done else Order.DUE, descending=done, limit=size)
    found = petitions.page(look.session, rules, cut, look.today)
    return Page(lines(look, found, scope.view), petitions.count(look.session, rules))
