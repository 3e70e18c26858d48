"""The end of a matter: the resident's word, the desk's closing, the rating. 办结与评价"""

from __future__ import annotations

from datetime import datetime

from weiyou.domain import people
from weiyou.domain.people import Action, Subject
from weiyou.domain.petitions import Grade
from weiyou.domain.workflow import REOPEN_WITHIN, State, Step
from weiyou.services import steps
from weiyou.services.office import Work
from weiyou.store import petitions
from weiyou.store.tables import Petition, Rating


def close(work: Work, *, petition_id: int, version: int, note: str = "") -> Petition:
    """Close an answered matter after asking the resident back.

    Raises: NotFound, NotPermitted, Stale, WrongStep.
    """
    petition = steps.take_up(work, petition_id, Action.ASSIGN, version=version)
    steps.take(work, petition, Step.CLOSE, note=steps.aside(note))
    return petition


def rate(work: Work, *, token: str, grade: Grade, solved: bool, words: str = "") -> Petition:
    """Take the resident's rating of this round; said again, it replaces the earlier one.

    While an answer waits for confirmation, "solved" closes the matter and "not solved" sends it
    back to be done again. Of a matter closed not long ago, "not solved" opens it again.

    Raises: NotFound, WrongStep.
    """
    petition = steps.own(work, token)
    steps.take(work, petition, Step.RATE, details={"grade": grade.value, "solved": solved})
    rating = petitions.rating(work.session, petition)
    if rating is None:
        rating = Rating(petition_id=petition.id, round=petition.round)
        work.session.add(rating)
    rating.grade, rating.solved, rating.at = grade, solved, work.now
    rating.words = steps.aside(words)
    if petition.state is State.ANSWERED:
        steps.take(work, petition, Step.CONFIRM if solved else Step.REDO)
    elif not solved and _closed_lately(work, petition):
        steps.take(work, petition, Step.REOPEN, words="群众评价：没有解决")
    return petition


def _closed_lately(work: Work, petition: Petition) -> bool:
    return petition.closed_at is not None and work.now - petition.closed_at < REOPEN_WITHIN


def close_unanswered(work: Work, *, answered_before: datetime, limit: int = 200) -> int:
    """Close answers that the resident has left alone, and return how many. For the timer."""
    people.require(work.by, Action.ASSIGN, Subject.PETITION, "")
    waiting = petitions.answered_before(work.session, answered_before, limit)
    for petition in waiting:
        steps.take(work, petition, Step.CLOSE, note="答复后群众未再提出意见，按期办结")
    return len(waiting)
