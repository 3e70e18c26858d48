"""Taking a matter in, and what the resident adds to it afterwards. 提交"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from weiyou.domain import numbers, petitions, timelimits
from weiyou.domain.petitions import Draft, Source
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.errors import BadInput, KeyReused, NotFound, TooMany
from weiyou.services import steps
from weiyou.services.office import Office, Work
from weiyou.store import areas, attachments
from weiyou.store import petitions as facts
from weiyou.store.tables import Category, Petition, Submission

KEYS_KEPT: Final = timedelta(days=30)
TRIES: Final = 5


@dataclass(frozen=True)
class Receipt:
    """What the resident keeps: a number to say, a link to open."""

    number: str
    token: str
    state: State
    received_at: datetime


def submit(work: Work, *, area: str, key: str, draft: Draft, source: Source) -> Receipt:
    """Take a matter in; the same key and body always give the same receipt.

    Args:
        area: The micro-grid (or village) of the code that was scanned.
        key: The phone's idempotency key, kept 30 days in the same transaction as the matter.

    Raises: BadInput; KeyReused when the key stands for another body.
    """
    petitions.check_key(key)
    body_hash = fingerprint(area, draft)
    known = work.session.get(Submission, key)
    if known is not None:
        return _again(work, known, body_hash)
    petition = _petition(work, area, draft, source)
    steps.take_in(work, petition)
    work.session.add(Submission(key=key, body_hash=body_hash, petition_id=petition.id, at=work.now))
    _attach(work, petition, key, draft)
    return receipt(work.office, petition)


def fingerprint(area: str, draft: Draft) -> str:
    """Return the hash by which a repeated submission is told from another one."""
    body = json.dumps([area, asdict(draft)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()


def receipt(office: Office, petition: Petition) -> Receipt:
    """Return the receipt of a matter; its link can be made again at any time."""
    token = numbers.receipt_token(office.keys.receipt, petition.number)
    return Receipt(petition.number, token, petition.state, petition.received_at)


def _again(work: Work, known: Submission, body_hash: str) -> Receipt:
    if known.body_hash != body_hash:
        raise KeyReused("这次提交与之前的内容不同，请刷新页面后重新提交（内容不会丢失）")
    return receipt(work.office, facts.get(work.session, known.petition_id))


def _petition(work: Work, area: str, draft: Draft, source: Source) -> Petition:
    category = work.session.get(Category, draft.category) if draft.category else None
    if draft.category and category is None:
        raise BadInput("没有这个类别，请重新选择，或选“说不清”", "category")
    limit = timelimits.parse(category.limit_text) if category else timelimits.DEFAULT
    deadline = timelimits.due(work.now, limit, work.office.calendar)
    where = draft.location
    return Petition(
        number=_free_number(work),
        area=area,
        category=draft.category,
        source=source,
        title=petitions.title(draft.text),
        text=draft.text,
        reporter_name=draft.name,
        reporter_phone=draft.phone,
        place=draft.place,
        lon=where.lon if where else None,
        lat=where.lat if where else None,
        accuracy_m=where.accuracy_m if where else None,
        notice_version=draft.notice_version,
        state=State.RECEIVED,
        received_at=work.now,
        due_at=deadline.at,
        due_provisional=deadline.provisional,
    )


def _free_number(work: Work) -> str:
    for _ in range(TRIES):
        number = numbers.petition_number(secrets.randbits(64))
        if not facts.is_taken(work.session, number):
            return number
    raise TooMany("系统繁忙，请稍后再提交（内容不会丢失）")


def _attach(work: Work, petition: Petition, key: str, draft: Draft) -> None:
    """Tie the uploads of this submission to the matter. Raises: BadInput if one is missing."""
    wanted = {*draft.photos, *filter(None, [draft.voice])}
    if not wanted:
        return
    found = attachments.uploaded(work.session, key, wanted)
    if {attachment.source_sha256 for attachment in found} != wanted:
        raise BadInput("有照片或语音没有传完，请重新提交（内容不会丢失）", "photos")
    for attachment in found:
        attachment.petition_id = petition.id


def add_message(work: Work, *, token: str, words: str) -> Petition:
    """Add a resident's message; if the office had asked, this is the answer. Raises: Refusal."""
    petition = steps.own(work, token)
    text = steps.said(words, what="留言内容", field="words")
    step = Step.SUPPLY if petition.state is State.WAITING else Step.MESSAGE
    steps.tell_holders(work, petition, steps.take(work, petition, step, words=text))
    return petition


def withdraw(work: Work, *, token: str, words: str = "") -> Petition:
    """Take the matter back. Raises: NotFound, WrongStep."""
    petition = steps.own(work, token)
    steps.take(work, petition, Step.WITHDRAW, words=words.strip())
    return petition


def urge(work: Work, *, token: str) -> Petition:
    """Urge once a Shanghai day. Raises: NotFound, WrongStep, TooMany."""
    petition = steps.own(work, token)
    today = work.now.astimezone(SHANGHAI).date()
    urged = [event.at for event in petition.events if event.step is Step.URGE]
    if any(at.astimezone(SHANGHAI).date() == today for at in urged):
        raise TooMany("今天已经催办过了，明天可以再催")
    event = steps.take(work, petition, Step.URGE)
    petition.urged += 1
    steps.tell_holders(work, petition, event)
    return petition


def say_no_contact(work: Work, *, token: str) -> Petition:
    """Say that nobody has been in touch. Raises: NotFound, WrongStep."""
    petition = steps.own(work, token)
    steps.take(work, petition, Step.NO_CONTACT)
    return petition


def area_of_poster(work: Work, token: str) -> str:
    """Return the area of a scanned code. Raises: NotFound for a made-up or revoked one."""
    serial = numbers.open_poster_token(work.office.keys.poster, token)
    code = areas.live_code(work.session, serial) if serial else None
    if code is None:
        raise NotFound("这个二维码无效或已更换")
    return code.area
