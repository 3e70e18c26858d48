"""Taking in the matters of another system from a table: again and again, and each one once. 导入

A row becomes a matter with a history that replays here, or is refused with a reason; it never
holds up the others. 500 rows are one transaction and one audit row. What a row is known by stands
in a unique column, so that the same file, run again, brings nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any, Final

from weiyou.adapters import mappings
from weiyou.adapters.spreadsheets import Row
from weiyou.domain import areas, columns, imports, people, timelimits
from weiyou.domain.columns import Columns, Dates
from weiyou.domain.imports import Matter, Plan
from weiyou.domain.people import Action, Actor, Subject
from weiyou.domain.petitions import Source
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import Step
from weiyou.errors import BadInput
from weiyou.services import intake, sources
from weiyou.services.office import Office, Who, Work
from weiyou.services.sources import Refused
from weiyou.store import areas as area_facts
from weiyou.store import imports as facts
from weiyou.store import intake as intake_facts
from weiyou.store.engine import Db
from weiyou.store.tables import Category

BATCH_ROWS: Final = 500
SAMPLE_ROWS: Final = 5
SYSTEM: Final = "table"
MAPPINGS_FILE: Final = "imports.json"
ASSUMED: Final = "来源系统没有记录时间，按已知的下一步记"
OTHER_CONTENT: Final = "同一编号已导入过，但内容不同；若来自另一个系统，请用 --system 指明"


@dataclass(frozen=True)
class Job:
    """A file to take in, and what was said about it.

    Attributes:
        said: Column by field; whatever is not said is remembered or guessed.
        system: Which system the file is from, where two of them count their matters alike. A
            matter that comes under a known id with another text is refused, never passed over.
    """

    path: Path
    area: str
    said: Mapping[str, str] = field(default_factory=dict)
    system: str = SYSTEM
    zone: tzinfo = SHANGHAI
    dates: Dates = Dates.AUTO


@dataclass
class Tally:
    """What became of the rows."""

    columns: Columns
    fresh: int = 0
    known: int = 0
    refused: list[Refused] = field(default_factory=list)
    sample: list[Matter] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict, repr=False)
    """Hash of the text by external id, of this file and of what it met in the store."""

    @property
    def rows(self) -> int:
        """Return how many rows have been read."""
        return self.fresh + self.known + len(self.refused)


Progress = Callable[[Tally], None]
"""Is told after each batch."""


def plan(office: Office, job: Job, now: datetime) -> Plan:
    """Return how the rows of the file will be read. Raises: BadInput."""
    header = sources.header(job.path)
    if not header:
        raise BadInput("这个文件是空的，第一行应为列名", "file")
    said = mappings.recall(_mappings(office), columns.kind(header)) | dict(job.said)
    return Plan(
        columns=columns.chosen(header, said),
        area=areas.check_code(job.area),
        system=job.system,
        zone=job.zone,
        dates=job.dates,
        now=now,
        confirm=timedelta(days=office.settings.confirm_days),
    )


def preview(office: Office, who: Who, job: Job, now: datetime, progress: Progress) -> Tally:
    """Return what an import would do; nothing is written. Raises: Refusal."""
    how = plan(office, job, now)
    tally = Tally(how.columns)
    for rows in _batches(sources.rows(job.path)):
        with office.look(who, now) as look:
            _check(look.session, look.by, how)
            for _, matter in _fresh(look.session, rows, how, tally):
                if len(tally.sample) < SAMPLE_ROWS:
                    tally.sample.append(matter)
        progress(tally)
    return tally


def run(office: Office, who: Who, job: Job, now: datetime, progress: Progress) -> Tally:
    """Take the rows of a file in, and return what became of them. Raises: Refusal."""
    how = plan(office, job, now)
    tally = Tally(how.columns)
    for rows in _batches(sources.rows(job.path)):
        with office.work(who, now) as work:
            take_in(work, rows=rows, plan=how, tally=tally)
        progress(tally)
    said = {field.value: how.columns.get(field, "") for field in columns.Field}
    mappings.remember(_mappings(office), columns.kind(sources.header(job.path)), said)
    return tally


def take_in(work: Work, *, rows: Sequence[Row], plan: Plan, tally: Tally) -> None:
    """Take a batch of rows in and count them. Raises: NotFound, NotPermitted."""
    _check(work.session, work.by, plan)
    facts.take_turn(work.session)
    fresh = _fresh(work.session, rows, plan, tally)
    if not fresh:
        return
    categories = _categories(work.session)
    numbers = intake.free_numbers(work.session, len(fresh))
    ids = intake_facts.put(
        work.session,
        [
            _petition(work, matter, plan, number, categories)
            for (_, matter), number in zip(fresh, numbers, strict=True)
        ],
    )
    intake_facts.put_events(
        work.session,
        [
            event
            for petition_id, (row, matter) in zip(ids, fresh, strict=True)
            for event in _events(work, petition_id, row, matter, categories)
        ],
    )
    span = f"{plan.system}:{rows[0].number}-{rows[-1].number}"
    work.remember("import", "petitions", span, reason=f"导入 {len(fresh)} 件到 {plan.area}")


def _check(session: Db, actor: Actor, plan: Plan) -> None:
    """Raises: NotPermitted; NotFound if there is no such area."""
    if not people.view(actor, Action.CREATE, Subject.CONFIGURATION, plan.area):
        people.require(actor, Action.CREATE, Subject.PETITION, plan.area)
    area_facts.by_code(session, plan.area, plan.now.astimezone(SHANGHAI).date())


def _fresh(session: Db, rows: Sequence[Row], plan: Plan, tally: Tally) -> list[tuple[Row, Matter]]:
    """Return the rows that are new, and count all of them."""
    told: list[tuple[Row, Matter]] = []
    for row in rows:
        try:
            told.append((row, _read(row, plan)))
        except BadInput as refusal:
            tally.refused.append(Refused(row, str(refusal)))
    before = facts.known(session, [matter.external_id for _, matter in told])
    tally.seen.update((key, hash(text)) for key, text in before.items())
    fresh: list[tuple[Row, Matter]] = []
    for row, matter in told:
        seen = tally.seen.setdefault(matter.external_id, hash(matter.text))
        if seen != hash(matter.text):
            tally.refused.append(Refused(row, OTHER_CONTENT))
        elif matter.external_id in before:
            tally.known += 1
        else:
            before[matter.external_id] = matter.text
            fresh.append((row, matter))
    tally.fresh += len(fresh)
    return fresh


def _read(row: Row, plan: Plan) -> Matter:
    if row.surplus:
        raise BadInput("这一行比表头多出几格，可能是正文里的逗号没有加引号", "row")
    return imports.read(row.cells, plan)


def _petition(
    work: Work, matter: Matter, plan: Plan, number: str, categories: Mapping[str, Category]
) -> intake_facts.Row:
    category, where = categories.get(matter.category), matter.location
    limit = timelimits.parse(category.limit_text) if category else timelimits.DEFAULT
    counted = timelimits.due(matter.received_at, limit, work.office.calendar)
    return {
        "number": number,
        "area": plan.area,
        "category": category.code if category else None,
        "source": Source.IMPORT,
        "external_id": matter.external_id,
        "title": matter.title,
        "text": matter.text,
        "reporter_name": matter.name,
        "reporter_phone": matter.phone,
        "place": matter.place,
        "lon": where.lon if where else None,
        "lat": where.lat if where else None,
        "state": matter.state,
        "received_at": matter.received_at,
        "due_at": matter.due_at or counted.at,
        "due_provisional": counted.provisional and matter.due_at is None,
        "answered_at": matter.at(Step.ANSWER),
        "closed_at": matter.closed_at,
    }


def _events(
    work: Work, petition_id: int, row: Row, matter: Matter, categories: Mapping[str, Category]
) -> Iterator[intake_facts.Row]:
    for past in matter.steps:
        details: dict[str, Any] = {"assumed": True} if past.assumed else {}
        if past.step is Step.SUBMIT:
            details = {"row": row.number}
            if matter.category and matter.category not in categories:
                details["category"] = matter.category
        yield {
            "petition_id": petition_id,
            "step": past.step,
            "state": past.state,
            "at": past.at,
            "by": work.by.account_id,
            "role": work.by.role,
            "words": past.words,
            "note": ASSUMED if past.assumed else "",
            "details": details,
        }


def _categories(session: Db) -> dict[str, Category]:
    """Return the categories by code and by name; nothing stands for no category."""
    found = area_facts.categories(session)
    return {leaf.name: leaf for leaf in found} | {leaf.code: leaf for leaf in found}


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch


def _mappings(office: Office) -> Path:
    return office.settings.home / MAPPINGS_FILE
