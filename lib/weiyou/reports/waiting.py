"""What waits for the person who has signed in, and where it can be opened. 待办提醒

Each number is counted by the same conditions as the list that it opens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from weiyou.domain import apps, figures, people
from weiyou.domain.figures import Figure, Span
from weiyou.domain.people import HOLDS, Action, Role, Subject
from weiyou.domain.words import Word
from weiyou.reports import overview, queue
from weiyou.reports.queue import Filter, Queue
from weiyou.store.look import Look

PHONE: Final = "phone"
"""Stands for the worker's page, where a `Tally` is of no app of the desk."""


class Tone(Word):
    """How a number is to be taken. 轻重"""

    ACT = "act", "要办"
    LATE = "late", "已超期"
    REST = "rest", "知道就好"


@dataclass(frozen=True)
class Tally:
    """A number, and the list that it was counted from.

    Attributes:
        app: Which app shows the list, or `PHONE`.
        of: The queue or figure that was counted.
        view: What the app's address must say to show just that list; empty where it has none.
        waits: The person is to do it, so it belongs into the sum; the rest only warns.
    """

    label: str
    number: int
    app: str
    of: Queue | Figure | None = None
    view: tuple[tuple[str, str], ...] = ()
    tone: Tone = Tone.REST
    waits: bool = False


DESK: Final[Mapping[Queue, Tone]] = {
    Queue.NEW: Tone.ACT,
    Queue.TO_ASSIGN: Tone.ACT,
    Queue.SOON: Tone.REST,
    Queue.LATE: Tone.LATE,
}
"""The queues that a desk must not lose sight of."""

TO_DO: Final[Mapping[Role, frozenset[Queue]]] = {
    Role.TRIAGE: frozenset({Queue.NEW, Queue.TO_ASSIGN}),
    Role.SUPERVISOR: frozenset({Queue.LATE}),
}
"""Which of them wait for whom; a matter stands in one of a role's only."""


def waiting(look: Look) -> tuple[Tally, ...]:
    """Return what waits for the person, and what is about to be late; empty for whoever has none.

    Nothing is refused here: who may see nothing has nothing waiting.
    """
    role = look.by.role
    if not look.by.areas:
        return ()
    if role in TO_DO:
        return queues(look)
    if role in HOLDS:
        return in_hand(look)
    if role is Role.LEADER:
        return counted(look, (Figure.LATE,))
    return ()


def queues(look: Look) -> tuple[Tally, ...]:
    """Return the numbers of the desk's queues. Raises: NotPermitted."""
    counts = queue.counts(look, Filter(), DESK)
    to_do = TO_DO.get(look.by.role, frozenset())
    return tuple(
        Tally(one.label, counts[one], "triage", one, (("queue", one.value),), tone, one in to_do)
        for one, tone in DESK.items()
    )


def in_hand(look: Look) -> tuple[Tally, ...]:
    """Return how much the person has in hand. Raises: NotPermitted."""
    found = queue.in_hand(look, size=1)
    late = bool(found.rows) and found.rows[0].late  # the most urgent stands first
    tone = Tone.LATE if late else Tone.ACT
    return (Tally("在您手上", found.total, PHONE, tone=tone, waits=True),)


FIGURES: Final = (Figure.RECEIVED, Figure.OPEN, Figure.LATE)
"""What the overview's card says."""


def counted(look: Look, wanted: Sequence[Figure] = FIGURES) -> tuple[Tally, ...]:
    """Return figures as the overview opens with them. Raises: NotPermitted."""
    week = figures.period(Span.WEEK, look.now)
    numbers = overview.totals(look, week, wanted)
    return tuple(
        Tally(
            f"{Span.WEEK.label}{one.label}" if one is Figure.RECEIVED else one.label,
            numbers[one],
            "overview",
            one,
            (("figure", one.value),) if _opens(look) else (),
            Tone.LATE if one is Figure.LATE and numbers[one] else Tone.REST,
            one is Figure.LATE and look.by.role is Role.LEADER,
        )
        for one in wanted
    )


def _opens(look: Look) -> bool:
    """Return whether the person may see the matters behind a figure."""
    return all(
        people.view(look.by, Action.READ, Subject.PETITION, code) is not None
        for code in look.by.areas
    )


def of_app(look: Look, app: apps.App) -> tuple[Tally, ...]:
    """Return the numbers that stand on an app's card. Raises: NotPermitted."""
    reports = {"triage": queues, "overview": counted}
    return reports[app.name](look) if app.name in reports and look.by.areas else ()
