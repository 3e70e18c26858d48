"""Keeping what a phone uploads until its matter comes: photos and voice, made harmless. 上传"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from weiyou.adapters import sounds
from weiyou.adapters.images import ImageCleaner
from weiyou.domain import petitions
from weiyou.domain.petitions import AttachmentKind
from weiyou.errors import BadInput, Collision
from weiyou.services.office import RESIDENT, Office, Work
from weiyou.store import attachments
from weiyou.store.tables import Attachment

FILES_OF_A_KEY: Final = petitions.PHOTOS_MAX + 1  # and a voice note


@dataclass(frozen=True)
class Sent:
    """A file as the phone sent it.

    Attributes:
        key: The idempotency key of the submission that it will belong to.
        name: SHA-256 of `data`, as the phone counted it.
    """

    key: str
    name: str
    kind: AttachmentKind
    data: bytes


@dataclass(frozen=True)
class Kept:
    """The answer to an upload: the same, however often it is sent."""

    name: str
    kind: AttachmentKind
    is_new: bool


@dataclass(frozen=True)
class _Clean:
    data: bytes
    media_type: str
    width_px: int | None = None
    height_px: int | None = None


class Uploads:
    """Where uploads are handed over. May be called from threads."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._cleaner = ImageCleaner()

    def keep(self, sent: Sent, now: datetime) -> Kept:
        """Clean and keep a file; sent again, it is not kept again.

        Raises: BadInput; TooMany while all cleaners are busy.
        """
        petitions.check_key(sent.key)
        if hashlib.sha256(sent.data).hexdigest() != sent.name:
            raise BadInput("这个文件没有传完整，请再传一次", _field(sent.kind))
        with self.office.look(RESIDENT, now) as look:
            if attachments.known(look.session, sent.key, sent.name):
                return Kept(sent.name, sent.kind, is_new=False)
            _check_room(attachments.count_of_key(look.session, sent.key))
        clean = self._clean(sent)
        content = self.office.files.put(clean.data)
        try:
            with self.office.work(RESIDENT, now) as work:
                return _note(work, sent, clean, content)
        except Collision:  # the same file came twice at once, and the other was faster
            return Kept(sent.name, sent.kind, is_new=False)

    def close(self) -> None:
        """End the cleaners. A photo in hand is answered first."""
        self._cleaner.close()

    def _clean(self, sent: Sent) -> _Clean:
        if sent.kind is AttachmentKind.VOICE:
            sound = sounds.check(sent.data)
            return _Clean(sound.data, sound.media_type)
        image = self._cleaner.clean(sent.data)
        return _Clean(image.data, image.media_type, image.width_px, image.height_px)


def _note(work: Work, sent: Sent, clean: _Clean, content: str) -> Kept:
    if attachments.known(work.session, sent.key, sent.name):
        return Kept(sent.name, sent.kind, is_new=False)
    _check_room(attachments.count_of_key(work.session, sent.key))
    work.session.add(
        Attachment(
            upload_key=sent.key,
            source_sha256=sent.name,
            sha256=content,
            kind=sent.kind,
            media_type=clean.media_type,
            size_bytes=len(clean.data),
            width_px=clean.width_px,
            height_px=clean.height_px,
            added_at=work.now,
        )
    )
    return Kept(sent.name, sent.kind, is_new=True)


def _check_room(count: int) -> None:
    if count >= FILES_OF_A_KEY:
        raise BadInput(f"一次最多 {petitions.PHOTOS_MAX} 张照片和一段语音，请去掉几个", "photos")


def _field(kind: AttachmentKind) -> str:
    return "voice" if kind is AttachmentKind.VOICE else "photos"
