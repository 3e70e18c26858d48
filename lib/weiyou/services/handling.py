"""What those do who have a matter in hand: record, send up, give back, answer. 处置"""

from __future__ import annotations

from collections.abc import Sequence

from weiyou.domain import workflow
from weiyou.domain.workflow import Step
from weiyou.errors import BadInput
from weiyou.services import steps
from weiyou.services.office import Work
from weiyou.store import attachments, petitions
from weiyou.store.tables import Attachment, Petition


def record(
    work: Work,
    *,
    petition_id: int,
    version: int,
    words: str,
    upload_key: str = "",
    photos: Sequence[str] = (),
) -> Petition:
    """Write down what was done, with photos. The resident reads it.

    Args:
        upload_key: Under which key the photos were uploaded.
        photos: SHA-256 of what the phone uploaded.

    Raises: BadInput, NotFound, NotPermitted, Stale, WrongStep.
    """
    petition = steps.in_hand(work, petition_id, version=version)
    text = steps.said(words, what="做了什么", field="words")
    petitions.touch(petition)  # sent once more after a lost answer, it is told instead of doubled
    event = steps.take(work, petition, Step.HANDLE, words=text)
    for attachment in _uploads(work, upload_key, photos):
        attachment.petition_id, attachment.event_id = petition.id, event.id
    return petition


def _uploads(work: Work, key: str, photos: Sequence[str]) -> Sequence[Attachment]:
    found = attachments.uploaded(work.session, key, photos)
    if len(found) != len(set(photos)):
        raise BadInput("有照片没有传完，请重新提交（内容不会丢失）", "photos")
    return found


def escalate(work: Work, *, petition_id: int, version: int, tried: str) -> Petition:
    """Send a matter one level up, with what was tried; the resident's clock does not restart.

    Raises: BadInput, NotFound, NotPermitted, Stale, WrongStep.
    """
    petition = steps.in_hand(work, petition_id, version=version)
    note = steps.said(tried, what="已经做过什么、为什么要上报", field="tried")
    step = workflow.escalation(petition.state)
    steps.tell_holders(work, petition, steps.take(work, petition, step, note=note))
    return petition


def give_back(work: Work, *, petition_id: int, version: int, reason: str) -> Petition:
    """Give a wrongly assigned matter back to the desk. Raises: as escalate."""
    petition = steps.in_hand(work, petition_id, version=version)
    note = steps.said(reason, what="退回的理由", field="reason")
    steps.take(work, petition, Step.RETURN, note=note)
    return petition


def answer(work: Work, *, petition_id: int, version: int, words: str) -> Petition:
    """Answer the resident: what was done, or what will be done and until when.

    Raises: BadInput, NotFound, NotPermitted, Stale, WrongStep.
    """
    petition = steps.in_hand(work, petition_id, version=version)
    text = steps.said(words, what="给群众的答复", field="words")
    steps.take(work, petition, Step.ANSWER, words=text)
    return petition
