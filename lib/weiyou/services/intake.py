"""Taking a matter in, and what the resident adds to it afterwards. 提交"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from weiyou.domain import numbers, petitions, timelimits
from weiyou.domain.petitions import Draft, Source
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.errors import BadInput, KeyReused, NotFound, Refusal, TooMany
from weiyou.services import steps
from weiyou.services.office import Office, Work
from weiyou.store import attachments
from weiyou.store import intake as facts
from weiyou.store.engine import Db
from weiyou.store.tables import Petition

TRIES: Final = 5


@dataclass(frozen=True)
class Receipt:
    """What the resident keeps: a number to say, a link to open."""

    number: str
    token: str
    state: State
    received_at: datetime


@dataclass(frozen=True)
class Handed:
    """One submission as it comes over the counter.

    Attributes:
        key: The phone's idempotency key.
        at: When it came.
        poster: The token of the code that was scanned, or
        area: the area, where somebody of the office writes for a resident.
    """

    key: str
    draft: Draft
    source: Source
    at: datetime
    poster: str = ""
    area: str = ""


def submit(work: Work, *, area: str, key: str, draft: Draft, source: Source) -> Receipt:
    """Take one matter in; the same key and body always give the same receipt.

    Raises: BadInput; KeyReused when the key stands for another body.
    """
    (answer,) = submit_all(work, [Handed(key, draft, source, work.now, area=area)])
    if isinstance(answer, Refusal):
        raise answer
    return answer


def submit_all(work: Work, handed: Sequence[Handed]) -> list[Receipt | Refusal]:
    """Take many matters in with one transaction, and answer each: a receipt or why not.

    The keys must differ from each other. A key, its matter and its receipt are written together;
    what is refused leaves no trace and does not hold the others up.
    """
    batch = _Batch(work, handed)
    answers = [batch.answer(one) for one in handed]
    batch.write()
    return answers


_Fresh: TypeAlias = tuple[Handed, dict[str, Any], list[int]]
"""A submission, the row it becomes, and the uploads it names."""


class _Batch:
    """What is looked up once for many submissions, and what is written once for all of them."""

    def __init__(self, work: Work, handed: Sequence[Handed]) -> None:
        self.work = work
        session = work.session
        self.known = facts.known(session, [one.key for one in handed])
        self.serials = {
            one.poster: numbers.open_poster_token(work.office.keys.poster, one.poster)
            for one in handed
            if one.poster
        }
        self.areas = facts.posters(session, [s for s in self.serials.values() if s])
        self.limits = facts.limits(session, {one.draft.category or "" for one in handed} - {""})
        self.free = free_numbers(session, len(handed))
        self.fresh: list[_Fresh] = []

    def answer(self, one: Handed) -> Receipt | Refusal:
        """Return the receipt of one submission, or why it is refused."""
        try:
            petitions.check_key(one.key)
            before = self.known.get(one.key)
            if before is not None:
                return self._again(before, fingerprint(one))
            row = self._row(one, one.area or self._area(one.poster))
            uploads = self._uploads(one)
        except Refusal as refusal:
            return refusal
        self.fresh.append((one, row, uploads))
        return self._receipt(row["number"], State.RECEIVED, one.at)

    def write(self) -> None:
        """Write matters, first events, keys and audit rows of all that was taken in."""
        if not self.fresh:
            return
        session, work = self.work.session, self.work
        ids = facts.put(session, [row for _, row, _ in self.fresh])
        facts.put_events(
            session, [self._event(*pair) for pair in zip(ids, self.fresh, strict=True)]
        )
        facts.put_submissions(
            session, [self._key(*pair) for pair in zip(ids, self.fresh, strict=True)]
        )
        for petition_id, (_, _, uploads) in zip(ids, self.fresh, strict=True):
            if uploads:
                facts.tie(session, uploads, petition_id)
            work.remember(Step.SUBMIT.value, "petition", petition_id)

    def _area(self, poster: str) -> str:
        area = self.areas.get(self.serials.get(poster) or "")
        if area is None:
            raise NotFound("这个二维码无效或已更换")
        return area

    def _again(self, before: facts.Known, body_hash: str) -> Receipt:
        if before.body_hash != body_hash:
            raise KeyReused("这次提交与之前的内容不同，请刷新页面后重新提交（内容不会丢失）")
        return self._receipt(before.number, before.state, before.received_at)

    def _receipt(self, number: str, state: State, at: datetime) -> Receipt:
        return Receipt(number, link(self.work.office, number), state, at)

    def _row(self, one: Handed, area: str) -> dict[str, Any]:
        draft, where = one.draft, one.draft.location
        if draft.category and draft.category not in self.limits:
            raise BadInput("没有这个类别，请重新选择，或选“说不清”", "category")
        text = self.limits.get(draft.category or "")
        limit = timelimits.parse(text) if text else timelimits.DEFAULT
        deadline = timelimits.due(one.at, limit, self.work.office.calendar)
        return {
            "number": self.free.pop(),
            "area": area,
            "category": draft.category,
            "source": one.source,
            "title": petitions.title(draft.text),
            "text": draft.text,
            "reporter_name": draft.name,
            "reporter_phone": draft.phone,
            "place": draft.place,
            "lon": where.lon if where else None,
            "lat": where.lat if where else None,
            "accuracy_m": where.accuracy_m if where else None,
            "notice_version": draft.notice_version,
            "received_at": one.at,
            "due_at": deadline.at,
            "due_provisional": deadline.provisional,
        }

    def _uploads(self, one: Handed) -> list[int]:
        """Return the uploads that a submission names. Raises: BadInput if one is missing."""
        wanted = {*one.draft.photos, *filter(None, [one.draft.voice])}
        found = attachments.uploaded(self.work.session, one.key, wanted)
        if {upload.source_sha256 for upload in found} != wanted:
            raise BadInput("有照片或语音没有传完，请重新提交（内容不会丢失）", "photos")
        return [upload.id for upload in found]

    def _event(self, petition_id: int, fresh: _Fresh) -> facts.Row:
        return {
            "petition_id": petition_id,
            "step": Step.SUBMIT,
            "state": State.RECEIVED,
            "at": fresh[0].at,
            "by": self.work.by.account_id,
            "role": self.work.by.role,
        }

    def _key(self, petition_id: int, fresh: _Fresh) -> facts.Row:
        one = fresh[0]
        return {
            "key": one.key,
            "body_hash": fingerprint(one),
            "petition_id": petition_id,
            "at": one.at,
        }


def fingerprint(one: Handed) -> str:
    """Return the hash by which a repeated submission is told from another one.

    It names the code, not its area: who tries again after the code was revoked has handed in.
    """
    return hashlib.sha256(f"{one.poster or one.area}\n{one.draft!r}".encode()).hexdigest()


def link(office: Office, number: str) -> str:
    """Return the token of a matter's private link; it can be made again at any time."""
    return numbers.receipt_token(office.keys.receipt, number)


def free_numbers(session: Db, count: int) -> list[str]:
    """Return `count` random numbers that no matter has."""
    for _ in range(TRIES):
        drawn = {numbers.petition_number(secrets.randbits(64)) for _ in range(count)}
        if len(drawn) == count and not facts.taken(session, drawn):
            return sorted(drawn)
    raise TooMany("系统繁忙，请稍后再提交（内容不会丢失）")


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
    steps.take(work, petition, Step.WITHDRAW, words=steps.aside(words))
    return petition


def urge(work: Work, *, token: str) -> Petition:
    """Urge once a Shanghai day. Raises: NotFound, WrongStep, TooMany."""
    petition = steps.own(work, token)
    if _was_today(work, petition, Step.URGE):
        raise TooMany("今天已经催办过了，明天可以再催")
    event = steps.take(work, petition, Step.URGE)
    petition.urged += 1
    steps.tell_holders(work, petition, event)
    return petition


def say_no_contact(work: Work, *, token: str) -> Petition:
    """Say once a Shanghai day that nobody has been in touch. Raises: as urge."""
    petition = steps.own(work, token)
    if _was_today(work, petition, Step.NO_CONTACT):
        raise TooMany("今天已经记下了，街道看得到；明天还没人联系您，可以再说一次")
    steps.tell_holders(work, petition, steps.take(work, petition, Step.NO_CONTACT))
    return petition


def _was_today(work: Work, petition: Petition, step: Step) -> bool:
    today = work.now.astimezone(SHANGHAI).date()
    taken = [event.at for event in petition.events if event.step is step]
    return any(at.astimezone(SHANGHAI).date() == today for at in taken)
