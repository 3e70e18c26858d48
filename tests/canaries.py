"""A street with secrets in it, and the look for them, and for changes, after an attack."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import secrets
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.factories import (
    FAR_GRID,
    GRID,
    OTHER_VILLAGE,
    PASSWORD,
    STREET,
    VILLAGE,
    a_petition,
    a_street,
    an_account,
    the,
)
from tests.journeys import an_attachment, department
from weiyou.domain.apps import APPS
from weiyou.domain.areas import AreaKind, Level
from weiyou.domain.people import Role
from weiyou.domain.petitions import AttachmentKind, Grade
from weiyou.services import triage
from weiyou.services.office import Office
from weiyou.services.passwords import HASHER
from weiyou.store.tables import (
    Account,
    Area,
    Attachment,
    Household,
    Kernel,
    Person,
    Rating,
    Session,
    Table,
)

ROLES: Final = tuple(sorted({role for app in APPS for role in app.roles}, key=lambda r: r.value))
"""Whoever may open an app."""

PLACES: Final = {Role.GRID_WORKER: GRID, Role.VILLAGE: VILLAGE}
ELSEWHERE: Final = "320382004"
ELSEWHERE_GRID: Final = "320382004201001"
TRIAGE: Final = frozenset({("triage", Role.TRIAGE)})
READERS: Final = TRIAGE | {("triage", Role.SUPERVISOR)}
NOBODY: Final[frozenset[tuple[str, Role]]] = frozenset()
TOKENS: Final = re.compile(rb"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
"""What a cookie or the pass of a kernel looks like."""


@dataclass(frozen=True)
class Secret:
    """Something that only `readers` may be shown, each an app and a role."""

    what: str
    words: bytes
    readers: frozenset[tuple[str, Role]] = NOBODY


@dataclass
class World:
    """A street full of secrets, and who the people of each role are."""

    office: Office
    logins: dict[Role, str] = field(default_factory=dict)
    accounts: dict[Role, int] = field(default_factory=dict)
    secrets: list[Secret] = field(default_factory=list)

    def plant(
        self, what: str, readers: frozenset[tuple[str, Role]] = NOBODY, words: str = ""
    ) -> str:
        """Return words that nobody else would write, and look out for them."""
        words = words or f"wy{secrets.token_hex(8)}"
        self.secrets.append(Secret(what, words.encode(), readers))
        return words

    def number(self, what: str, readers: frozenset[tuple[str, Role]] = NOBODY) -> str:
        """Return a telephone number of nobody, and look out for it."""
        return self.plant(what, readers, "154" + "0000" + f"{len(self.secrets):04d}")


def a_world(office: Office) -> World:
    """Lay out two streets, people of every role, matters in all places, and hide things there."""
    world = World(office)
    a_street(office)
    _draw_outlines(office)
    for role in ROLES:
        _hire(world, role)
    for number, grid in enumerate((GRID, FAR_GRID, GRID)):
        _a_matter(world, grid, TRIAGE, READERS, f"own {number}")
    _a_matter(world, ELSEWHERE_GRID, NOBODY, NOBODY, "elsewhere")
    for number in range(24):
        a_petition(
            office,
            (GRID, FAR_GRID)[number % 2],
            text=f"路灯 {number} 坏了",
            phone=world.number(f"phone of reporter, {number}", TRIAGE),
            now=_now(),
        )
    _a_household(world)
    for name, key in vars(office.keys).items():
        for form in (key, key.hex().encode(), base64.b64encode(key).rstrip(b"=")):
            world.secrets.append(Secret(f"key {name}", form))
    world.plant("database address", words=str(office.settings.store_url).split("///")[-1])
    return world


def _now() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=5)


def _draw_outlines(office: Office) -> None:
    """Give the villages outlines, so that there is a map; and lay out a street elsewhere."""
    with office.store.write() as session:
        for west, code in ((117.9, VILLAGE), (118.0, OTHER_VILLAGE)):
            corners = [[west, 34.3], [west + 0.1, 34.3], [west + 0.1, 34.4], [west, 34.3]]
            found = session.query(Area).filter_by(code=code).one()
            found.polygon = json.dumps({"type": "Polygon", "coordinates": [corners]})
        for code, kind in (
            (ELSEWHERE, AreaKind.STREET),
            (ELSEWHERE_GRID[:12], AreaKind.VILLAGE),
            (ELSEWHERE_GRID, AreaKind.GRID),
        ):
            session.add(Area(code=code, kind=kind, name="别处", valid_from=date(2020, 1, 1)))


def _hire(world: World, role: Role) -> None:
    hashed = HASHER.hash(PASSWORD)
    login = role.value.replace("_", "-")
    actor = an_account(
        world.office,
        role,
        PLACES.get(role, STREET),
        login=login,
        department="jianshe" if role is Role.CADRE else None,
        password_hash=hashed,
    )
    world.plant(f"password of {login}", words=hashed)
    world.logins[role], world.accounts[role] = login, actor.account_id or 0
    with world.office.store.write() as session:
        session.get_one(Account, actor.account_id).telephone = world.number(f"phone of {login}")


def _a_matter(
    world: World,
    area: str,
    full: frozenset[tuple[str, Role]],
    text: frozenset[tuple[str, Role]],
    what: str,
) -> None:
    """Plant a matter; `full` sees who reported it, `text` what was reported."""
    called = world.number(f"phone of reporter, {what}", full)
    words = f"{world.plant(f'text, {what}', text)} {world.number(f'phone in text, {what}', full)}"
    receipt = a_petition(
        world.office,
        area,
        text=words,
        name=world.plant(f"name, {what}", full),
        phone=called,
        place=f"{world.plant(f'place, {what}', full)} 12号",
        now=_now(),
    )
    world.plant(f"link of the resident, {what}", words=receipt.token)
    petition = the(world.office, receipt)
    for kind, readers in ((AttachmentKind.PHOTO, text), (AttachmentKind.VOICE, full)):
        _a_file(world, an_attachment(world.office, receipt, kind), f"{kind}, {what}", readers)
    with world.office.store.write() as session:
        session.add(
            Rating(
                petition_id=petition.id,
                round=1,
                grade=Grade.FAIR,
                solved=True,
                words=world.plant(f"rating, {what}", text),
                at=_now(),
            )
        )
    if full:
        _annotate(world, petition.id, world.plant(f"note, {what}", text))


def _a_file(
    world: World, attachment_id: int, what: str, readers: frozenset[tuple[str, Role]]
) -> None:
    data = world.plant(what, readers).encode()
    with world.office.store.write() as session:
        kept = session.get_one(Attachment, attachment_id)
        kept.sha256 = world.plant(f"hash of {what}", words=world.office.files.put(data))
        kept.upload_key = secrets.token_hex(8)


def _annotate(world: World, petition_id: int, note: str) -> None:
    clerk = an_account(world.office, Role.TRIAGE, STREET)
    with world.office.work(clerk, _now()) as work:
        triage.add_note(work, petition_id=petition_id, note=note)
        triage.assign(
            work,
            petition_id=petition_id,
            version=1,
            level=Level.DEPARTMENT,
            department_id=department(world.office, "jianshe"),
        )


def _a_household(world: World) -> None:
    with world.office.store.write() as session:
        home = Household(area=GRID, door=world.plant("door"), house_use="own", created_at=_now())
        session.add(home)
        session.flush()
        session.add(
            Person(
                household_id=home.id,
                relation="户主",
                name=world.plant("name in the register"),
                sex="f",
                telephone=world.number("phone in the register"),
                created_at=_now(),
            )
        )


Rows = Mapping[str, Mapping[tuple[Any, ...], Mapping[str, Any]]]


def rows(office: Office) -> Rows:
    """Return every row of every table, by its key."""
    with office.store.read() as session:
        return {
            table.name: {
                tuple(row[column.name] for column in table.primary_key): dict(row)
                for row in session.execute(table.select()).mappings()
            }
            for table in Table.metadata.sorted_tables
        }


def changes(before: Rows, after: Rows) -> Iterator[tuple[str, Any, Any]]:
    """Yield table, row before, row after of what has been changed, added (None) or removed."""
    for table, then in before.items():
        now = after[table]
        for key in then.keys() | now.keys():
            if then.get(key) != now.get(key):
                yield table, then.get(key), now.get(key)


def found(world: World, app: str, role: Role, heard: Iterable[bytes]) -> list[str]:
    """Return the secrets in what a page of that role was sent that it may not be shown."""
    everything = b"\n".join(_readable(heard))
    seen = [
        secret.what
        for secret in world.secrets
        if (app, role) not in secret.readers and secret.words in everything
    ]
    return seen + _passes(world.office, everything)


def _readable(heard: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what was sent, and what is packed in it."""
    for frame in heard:
        yield frame
        start = frame.find(b"PK\x03\x04")
        if start >= 0:
            with zipfile.ZipFile(io.BytesIO(frame[start:])) as packed:
                yield from (packed.read(name) for name in packed.namelist())


def _passes(office: Office, everything: bytes) -> list[str]:
    """Return what opens a session or acts for one, known by its hash."""
    with office.store.read() as session:
        hashes = {one for (one,) in session.query(Session.token_hash)}
        hashes |= {one for (one,) in session.query(Kernel.pass_hash)}
    words = set(TOKENS.findall(everything))
    digests = {hashlib.sha256(word).hexdigest() for word in words}
    shown = ["a cookie or a pass"] if digests & hashes else []
    return shown + [f"hash {one[:8]}" for one in hashes if one.encode() in everything]


def in_log(world: World, log: Path) -> list[str]:
    """Return the secrets that the log of a desk has written down."""
    said = log.read_bytes()
    return [secret.what for secret in world.secrets if secret.words in said] + _passes(
        world.office, said
    )
