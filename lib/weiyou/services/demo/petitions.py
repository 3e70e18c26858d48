"""Made-up matters as rows: the matter, its events, its ratings, the scans of its code. 演示事项"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from weiyou.domain import numbers, petitions, timelimits
from weiyou.domain.people import Role
from weiyou.domain.petitions import NOTICE_VERSION, Grade, Source
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.services.demo import households
from weiyou.services.demo.stories import Beat, Hand
from weiyou.services.demo.year import Case, Leaf, World
from weiyou.store import areas, bulk
from weiyou.store.tables import Petition, PetitionEvent, QrScan, Rating

Row = dict[str, Any]

ROLES: Final = {
    Hand.RESIDENT: Role.RESIDENT,
    Hand.DESK: Role.TRIAGE,
    Hand.CLOCK: Role.TRIAGE,
    Hand.GRID: Role.GRID_WORKER,
    Hand.VILLAGE: Role.VILLAGE,
    Hand.DEPARTMENT: Role.CADRE,
}
WRITERS: Final = {
    Source.QR: Hand.RESIDENT,
    Source.PHONE: Hand.DESK,
    Source.VISIT: Hand.DESK,
    Source.WORKER: Hand.GRID,
    Source.IMPORT: Hand.DESK,
}
"""Who enters a matter, by the way it comes in."""

CLOSED_BY_CLOCK: Final = "答复后群众未再提出意见，按期办结"
NOTES: Final = {
    Step.ACCEPT: ("accept_note", 0.5),
    Step.ASSIGN_GRID: ("assign_note", 0.4),
    Step.ASSIGN_VILLAGE: ("assign_note", 0.4),
    Step.ASSIGN_STREET: ("assign_note", 0.4),
    Step.ASSIGN_DEPARTMENT: ("assign_note", 0.6),
    Step.ESCALATE_VILLAGE: ("escalate_village", 1.0),
    Step.ESCALATE_STREET: ("escalate_street", 1.0),
    Step.RETURN: ("", 1.0),
    Step.CLOSE: ("close_note", 0.8),
    Step.NOTE: ("note", 1.0),
}
"""Kind of phrase that the office writes for itself, and how often."""

WORDS: Final = {
    Step.ASK: "ask",
    Step.SUPPLY: "supply",
    Step.MESSAGE: "message",
    Step.REOPEN: "reopen_reason",
    Step.WITHDRAW: "withdraw",
}
"""Kind of phrase that resident and office read both."""


def leaves(world: World) -> list[Leaf]:
    """Return the categories of the store."""
    session = world.work.session
    departments = {number: code for code, number in bulk.department_ids(session).items()}
    return [
        Leaf(
            category.code,
            category.name,
            category.first_level,
            departments[category.department_id or 0],
            timelimits.parse(category.limit_text),
        )
        for category in areas.categories(session)
    ]


def put(world: World, cases: Sequence[Case]) -> None:
    """Put matters with everything that hangs on them into the store, in the order of time."""
    session = world.work.session
    ordered = sorted(cases, key=lambda case: case.received)
    free = _numbers(world, len(ordered))
    told = [Telling(world, case) for case in ordered]
    rows = [one.petition(number) for one, number in zip(told, free, strict=True)]
    ids = bulk.put_for_ids(session, Petition, rows)
    events = [event for pair in zip(told, ids, strict=True) for event in pair[0].events(pair[1])]
    bulk.put(session, PetitionEvent, sorted(events, key=lambda event: event["at"]))
    ratings = [r for pair in zip(told, ids, strict=True) for r in pair[0].ratings(pair[1])]
    bulk.put(session, Rating, sorted(ratings, key=lambda rating: rating["at"]))
    bulk.put(session, QrScan, _scans(world, ordered))


def _numbers(world: World, count: int) -> list[str]:
    """Return different numbers, in the order in which they were thrown."""
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        drawn[numbers.petition_number(world.dice.whole(0, 2**62))] = None
    return list(drawn)


def _scans(world: World, cases: Sequence[Case]) -> list[Row]:
    """Return how often the codes were opened: to write, or only to look."""
    counts: Counter[tuple[int, Any]] = Counter()
    codes = world.land.codes
    for case in cases:
        if case.where.source is Source.QR:
            day = case.received.astimezone(SHANGHAI).date()
            counts[codes[case.where.grid.code], day] += world.dice.whole(1, 3)
    today = world.work.now.astimezone(SHANGHAI).date()
    for code in codes.values():
        for _ in range(world.dice.whole(4, 14)):
            counts[code, today - timedelta(days=world.dice.whole(0, 364))] += 1
    return [{"qr_code_id": code, "day": day, "count": n} for (code, day), n in counts.items()]


class Telling:
    """One case, told in rows."""

    def __init__(self, world: World, case: Case) -> None:
        self.world, self.case = world, case
        self.dice, self.texts, self.staff = world.dice, world.texts, world.staff
        self.clerk = self.dice.pick(self.staff.desk)
        self.departments = world.departments
        self.department = ""
        self.records = iter(self.texts.handlings(self.dice, case.message.spot))

    def petition(self, number: str) -> Row:
        """Return the row of the matter."""
        case, spot = self.case, self.case.message.spot
        row: Row = {
            "number": number,
            "area": case.where.area,
            "category": case.category,
            "source": case.where.source,
            "external_id": f"demo-{number}" if case.where.source is Source.IMPORT else None,
            "title": petitions.title(case.message.text),
            "text": case.message.text,
            "place": spot.place if self.dice.chance(0.85 if spot.named else 0.15) else None,
            "notice_version": NOTICE_VERSION,
            "received_at": case.received,
            "due_at": case.deadline.at,
            "due_provisional": case.deadline.provisional,
            "synthetic": True,
            "version": len(case.at),
        }
        return row | self._reporter() | self._spot() | self._settled()

    def _reporter(self) -> Row:
        heads = self.world.heads[self.case.where.grid.code]
        resident = self.dice.pick(heads) if heads and self.dice.chance(0.72) else None
        with_phone = resident is not None and self.dice.chance(0.85)
        return {
            "reporter_name": resident.name if resident else None,
            "reporter_phone": resident.phone if resident and with_phone else None,
        }

    def _spot(self) -> Row:
        """Return the columns of a place on the map, which less than half of the writers give."""
        case = self.case
        if case.where.source not in {Source.QR, Source.WORKER} or not self.dice.chance(0.55):
            return {"lon": None, "lat": None, "accuracy_m": None}
        lon, lat = households.scatter(self.dice, case.where.grid, 1)[0]
        return {"lon": lon, "lat": lat, "accuracy_m": float(self.dice.whole(6, 60))}

    def _settled(self) -> Row:
        """Return the columns that follow from the steps, as the deeds keep them."""
        columns: Row = {
            "state": State.RECEIVED, "department_id": None, "been_with_grid": False,
            "been_with_village": False, "accepted_at": None, "accepted_by": None,
            "answered_at": None, "closed_at": None, "round": 1, "urged": 0,
        }  # fmt: skip
        for beat, at in zip(self.case.story.beats, self.case.at, strict=True):
            columns["state"] = beat.state
            columns["been_with_grid"] |= beat.state is State.WITH_GRID
            columns["been_with_village"] |= beat.state is State.WITH_VILLAGE
            columns |= self._change(beat, at, columns)
        return columns

    def _change(self, beat: Beat, at: datetime, before: Row) -> Row:
        """Return the columns that one step changes."""
        if beat.step is Step.ACCEPT:
            return {"accepted_at": at, "accepted_by": self.clerk}
        if beat.step.value.startswith("assign_"):
            return {"department_id": self.departments.get(beat.department)}
        if beat.step is Step.ANSWER:
            return {"answered_at": at}
        if beat.step in {Step.REDO, Step.REOPEN}:
            return {"round": before["round"] + 1, "answered_at": None, "closed_at": None}
        if beat.step in {Step.CONFIRM, Step.CLOSE, Step.REFUSE, Step.WITHDRAW}:
            return {"closed_at": at}
        return {"urged": before["urged"] + (beat.step is Step.URGE)}

    def events(self, petition_id: int) -> Iterator[Row]:
        """Yield the rows of the steps."""
        for beat, at in zip(self.case.story.beats, self.case.at, strict=True):
            hand = WRITERS[self.case.where.source] if beat.hand is Hand.WRITER else beat.hand
            self.department = beat.department or self.department
            details = self._details(beat)
            yield {
                "petition_id": petition_id,
                "step": beat.step,
                "state": beat.state,
                "at": at,
                "by": self._who(hand),
                "role": ROLES[hand],
                "words": self._words(beat, details),
                "note": self._note(beat),
                "details": details,
            }

    def _who(self, hand: Hand) -> int | None:
        grid = self.case.where.grid
        members = self.staff.members[grid.village]
        who: dict[Hand, Callable[[], int]] = {
            Hand.DESK: lambda: self.clerk,
            Hand.GRID: lambda: self.staff.worker[grid.code],
            Hand.VILLAGE: lambda: members[0] if self.dice.chance(0.6) else self.dice.pick(members),
            Hand.DEPARTMENT: lambda: self.dice.pick(self.staff.cadres[self.department]),
        }
        return who[hand]() if hand in who else None

    def _details(self, beat: Beat) -> Row:
        if beat.step is Step.ASSIGN_DEPARTMENT:
            return {"department_id": self.departments[beat.department]}
        if beat.step is Step.RATE and beat.grade is not None:
            return {"grade": beat.grade.value, "solved": beat.solved}
        if beat.step is Step.REFUSE:
            reason, way = self.texts.refusal(self.dice, self.case.leaf.code)
            return {"reason": reason, "way": way}
        return {"before": None} if beat.classify else {}

    def _words(self, beat: Beat, details: Row) -> str:
        message = self.case.message
        if beat.step is Step.ANSWER:
            return self.texts.answer(self.dice, message.answer, message.spot)
        if beat.step is Step.HANDLE:
            return next(self.records, "继续办理中。")
        if beat.step is Step.REFUSE:
            return f"{details['reason']}\n可以这样办：{details['way']}"
        kind = WORDS.get(beat.step)
        return self.texts.phrase(self.dice, kind, message.spot) if kind else ""

    def _note(self, beat: Beat) -> str:
        if beat.classify:
            return f"类别改为“{self.case.leaf.name}”"
        if beat.hand is Hand.CLOCK:
            return CLOSED_BY_CLOCK
        kind, share = NOTES.get(beat.step, ("", 0.0))
        if beat.step is Step.RETURN:
            kind = f"return_{beat.hand.value}"
        return self._phrase(kind, share)

    def ratings(self, petition_id: int) -> Iterator[Row]:
        """Yield the rows of what the resident thought."""
        turn = 1
        for beat, at in zip(self.case.story.beats, self.case.at, strict=True):
            if beat.grade is not None:
                yield {
                    "petition_id": petition_id,
                    "round": turn,
                    "grade": beat.grade,
                    "solved": beat.solved,
                    "words": self._opinion(beat.grade, solved=beat.solved),
                    "at": at,
                }
            turn += beat.step in {Step.REDO, Step.REOPEN}

    def _opinion(self, grade: Grade, *, solved: bool) -> str:
        kind = grade.value if solved else "redo"
        share = 0.4 if solved else 0.9
        return self._phrase(kind, share)

    def _phrase(self, kind: str, share: float) -> str:
        """Return a phrase in `share` of all cases, otherwise nothing."""
        if not self.dice.chance(share):
            return ""
        return self.texts.phrase(self.dice, kind, self.case.message.spot)
