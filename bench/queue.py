"""Pages of the desk's queue at a million matters, beside the bare SQL of the same question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import text
from tests.factories import STREET, a_clerk

from bench.world import NOW, fill, median_ms
from weiyou.domain.people import Actor
from weiyou.reports import queue
from weiyou.reports.queue import Filter, Order, Queue
from weiyou.services.office import Office

OPEN = (
    "('received','waiting','accepted','with_grid','with_village','with_street','with_department')"
)
INSIDE = "street = '320382003'"
VIEWS: dict[str, tuple[Queue, Filter, Order, bool, str, str]] = {
    "new, by time limit": (
        Queue.NEW, Filter(), Order.DUE, False, f"{INSIDE} AND state = 'received'", "due_at, id",
    ),
    "handling, by time limit": (
        Queue.HANDLING, Filter(), Order.DUE, False,
        f"{INSIDE} AND state IN ('with_grid','with_village','with_street','with_department')",
        "due_at, id",
    ),
    "late": (
        Queue.LATE, Filter(), Order.DUE, False,
        f"{INSIDE} AND state IN {OPEN} AND due_at <= :now", "due_at, id",
    ),
    "one village, newest first": (
        Queue.ALL, Filter(area=f"{STREET}215"), Order.RECEIVED, True,
        "village = '320382003215'", "received_at DESC, id DESC",
    ),
    "closed, newest first": (
        Queue.CLOSED, Filter(), Order.RECEIVED, True, f"{INSIDE} AND state = 'closed'",
        "received_at DESC, id DESC",
    ),
    "everything, newest first": (
        Queue.ALL, Filter(), Order.RECEIVED, True, INSIDE, "received_at DESC, id DESC",
    ),
}  # fmt: skip


def run(office: Office, count: int) -> list[str]:
    """Return lines of Markdown: view, ours, bare, ratio."""
    clerk = a_clerk(office)
    fill(office, count)
    lines = ["| view | page ms | bare SQL ms | ratio |", "|---|---|---|---|"]
    for name, view in VIEWS.items():
        ours = median_ms(_ours(office, clerk, view))
        bare = median_ms(_bare(office, view))
        lines.append(f"| {name} | {ours:.1f} | {bare:.1f} | {ours / bare:.2f} |")
    counts = median_ms(lambda: _counts(office, clerk))
    lines.append(f"| the counts of all views | {counts:.1f} | – | – |")
    return lines


def _ours(
    office: Office, clerk: Actor, view: tuple[Queue, Filter, Order, bool, str, str]
) -> Callable[[], object]:
    chosen, wanted, order, descending, *_ = view

    def page() -> object:
        with office.look(clerk, NOW) as look:
            return queue.page(
                look, queue.in_queue(chosen, wanted, NOW), order=order, descending=descending
            )

    return page


def _bare(
    office: Office, view: tuple[Queue, Filter, Order, bool, str, str]
) -> Callable[[], object]:
    """Return the same two questions as SQL text, on a connection taken from the same pool."""
    *_, where, order = view
    fields = "id, number, title, area, category, state, received_at, due_at, due_provisional, urged"
    rows = text(f"SELECT {fields}, round FROM petition WHERE {where} ORDER BY {order} LIMIT 25")
    total = text(f"SELECT count(*) FROM petition WHERE {where}")
    moment = {"now": NOW.replace(tzinfo=None)} if ":now" in where else {}

    def ask() -> object:
        with office.store.engine.connect() as connection:
            found = connection.execute(rows, moment).all()
            return found, connection.execute(total, moment).scalar()

    return ask


def _counts(office: Office, clerk: Actor) -> object:
    with office.look(clerk, NOW) as look:
        return queue.counts(look, replace(Filter()))
