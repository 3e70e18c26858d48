"""The office that each door opens once, and the unit of work that every deed is done in.

One deed is one `Work`: who, when, one transaction. Whoever acts is looked up inside that
transaction, so that a session that has ended or a role that was taken away counts at once.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from weiyou.adapters import keys as key_files
from weiyou.adapters.files import FileStore
from weiyou.domain import secondfactor
from weiyou.domain.keys import Keys
from weiyou.domain.people import Actor, Role
from weiyou.domain.workdays import WorkCalendar
from weiyou.errors import NotSignedIn
from weiyou.settings import Settings
from weiyou.store import accounts, audit, secondfactors
from weiyou.store.engine import Db, Store
from weiyou.store.look import Look as Look  # noqa: PLC0414 (the doors name it)
from weiyou.store.tables import Account, OutboxMessage

RESIDENT = Actor(account_id=None, name="居民", role=Role.RESIDENT)
"""Whoever writes from a phone without signing in; a link's token says what is his own."""

CLOCK = Actor(account_id=None, name="系统定时", role=Role.TRIAGE, areas=("",))
"""The timer: it does what the desk would do, everywhere."""

OPERATOR = Actor(account_id=None, name="运维命令行", role=Role.SYSTEM_ADMIN, areas=("",))
"""Whoever has the shell of the machine: sets up, prints codes, imports; reads no matter."""


@dataclass(frozen=True)
class SessionToken:
    """The secret of a signed-in browser's cookie.

    Attributes:
        door: Where it was shown; a session of another door does not count there. Empty: anywhere.
    """

    value: str
    door: str = ""


@dataclass(frozen=True)
class KernelPass:
    """The secret of a desk kernel; it is worth as much as the session behind it."""

    value: str


Who = Actor | SessionToken | KernelPass


@dataclass
class Work:
    """One deed: who does it, when, and the transaction it is done in."""

    office: Office
    session: Db
    by: Actor
    now: datetime
    _entries: list[audit.Entry] = field(default_factory=list)

    def remember(
        self, action: str, thing: str, thing_id: object, *, reason: str = "", purpose: str = ""
    ) -> None:
        """Put a row into the audit trail; it is kept if and only if the deed is."""
        self._entries.append(
            audit.Entry(
                at=self.now,
                actor_id=self.by.account_id,
                role=self.by.role,
                action=action,
                object=thing,
                object_id=str(thing_id),
                reason=reason[:200],
                purpose=purpose[:40],
            )
        )

    def tell(self, key: str, recipient: str, template: str, payload: dict[str, str]) -> None:
        """Put a message into the outbox; it leaves if and only if the deed is kept."""
        self.session.add(
            OutboxMessage(
                key=key,
                channel="bell",
                recipient=recipient,
                template=template,
                payload=payload,
                created_at=self.now,
            )
        )

    def finish(self) -> None:
        """Write what the deed left behind, the audit chain last: its lock is the busiest."""
        self.session.flush()
        audit.append(self.session, self.office.keys.audit, self._entries)


@dataclass
class Office:
    """What all deeds and readings need: the database, the keys, the files, the calendar."""

    settings: Settings
    store: Store
    keys: Keys
    files: FileStore
    calendar: WorkCalendar

    @contextmanager
    def work(self, who: Who, now: datetime) -> Iterator[Work]:
        """Yield a unit of work. Raises: NotSignedIn; Stale if somebody else was faster."""
        with self.store.write() as session:
            work = Work(self, session, self._identify(session, who, now), now)
            yield work
            work.finish()

    @contextmanager
    def look(self, who: Who, now: datetime) -> Iterator[Look]:
        """Yield a reading. Raises: NotSignedIn."""
        with self.store.read() as session:
            by = self._identify(session, who, now)
            yield Look(session, by, now, self.keys, self.calendar)

    def _identify(self, session: Db, who: Who, now: datetime) -> Actor:
        return identify(session, who, now, production=self.settings.production)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


def open_office(settings: Settings) -> Office:
    """Return the office of an installation, with its tables brought up to date."""
    office = enter_office(settings)
    office.store.migrate()
    return office


def enter_office(settings: Settings) -> Office:
    """Return the office of an installation that another process of ours has opened already."""
    return Office(
        settings=settings,
        store=Store(settings.store_url),
        keys=key_files.load(settings.keys),
        files=FileStore(settings.attachments),
        calendar=load_calendar(settings.reference / "workdays.csv"),
    )


def load_calendar(path: Path) -> WorkCalendar:
    """Return the calendar of a file with the columns `date` and `kind` (off, work)."""
    with path.open(encoding="utf-8", newline="") as file:
        return WorkCalendar.of(
            (date.fromisoformat(row["date"]), row["kind"]) for row in csv.DictReader(file)
        )


def digest(secret: str) -> str:
    """Return what is kept of a random secret: it can be recognised, not used."""
    return hashlib.sha256(secret.encode()).hexdigest()


def identify(session: Db, who: Who, now: datetime, *, production: bool) -> Actor:
    """Return who acts, as of this instant. Raises: NotSignedIn.

    Args:
        production: Then an administrator without a second step is nobody, whatever he was before.
    """
    if isinstance(who, Actor):
        return who
    if isinstance(who, SessionToken):
        live = accounts.live_session(session, digest(who.value), now, who.door)
    else:
        live = accounts.kernel_session(session, digest(who.value), now)
    account = session.get(Account, live.account_id) if live else None
    if live is None or account is None or not account.active:
        raise NotSignedIn("登录已失效，请重新登录（未提交的内容请先复制保存）")
    required = secondfactor.is_required(account.role, production=production)
    if required and not secondfactors.is_on(session, account.id):
        raise NotSignedIn("管理员账号要用两步登录，请重新登录并按提示设置")
    return accounts.actor(account, live.id)
