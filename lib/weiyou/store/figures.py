"""Counting matters by figure and village; what counts a matter also finds it. 统计"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from weiyou.domain import workflow
from weiyou.domain.figures import Figure, Period
from weiyou.domain.petitions import SATISFIED
from weiyou.domain.workflow import State
from weiyou.store.tables import Petition, Rating


def by_village(session: Session, rules: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    """Return how many matters fit, by the 12-digit code of their village.

    Grouped by an expression: grouped by the bare column SQLite reads all matters in the order of
    an index on it, instead of finding the few that fit.
    """
    village = func.coalesce(Petition.village, "")
    rows = session.execute(select(village, func.count()).where(*rules).group_by(village))
    return {code: number for code, number in rows}  # noqa: C416 (rows are not pairs)


def counted(figure: Figure, period: Period, now: datetime) -> list[ColumnElement[bool]]:
    """Return what a matter must fulfil to be counted in a figure."""
    match figure:
        case Figure.RECEIVED:
            return _during(Petition.received_at, period)
        case Figure.OPEN:
            return [_among(workflow.OPEN)]
        case Figure.LATE:
            return [_among(workflow.OPEN), Petition.due_at <= now]
        case Figure.CLOSED:
            return [Petition.state == State.CLOSED, *_during(Petition.closed_at, period)]
        case Figure.RATED:
            return [_rated(period)]
        case Figure.SATISFIED:  # pragma: no branch (there is no other figure)
            return [_rated(period, Rating.grade.in_(sorted(SATISFIED)))]


def _among(states: Iterable[State]) -> ColumnElement[bool]:
    return Petition.state.in_(sorted(states))


def _during(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    period: Period,
) -> list[ColumnElement[bool]]:
    return [column >= period.start, column < period.end]


def _rated(period: Period, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that the last round of a matter was rated in the period.

    Said twice: the first half finds the few ratings by their time, the second compares rounds.
    """
    fitting = (*_during(Rating.at, period), *more)
    last_round = select(Rating.id).where(
        Rating.petition_id == Petition.id, Rating.round == Petition.round, *fitting
    )
    return and_(
        Petition.id.in_(select(Rating.petition_id).where(*fitting)),
        last_round.exists(),
    )
