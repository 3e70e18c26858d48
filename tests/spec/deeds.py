"""The deeds of a random journey, by step: what is said in them does not matter there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from weiyou.domain.areas import Level
from weiyou.services import closure, handling, intake, triage
from weiyou.services.intake import Receipt
from weiyou.services.office import Work


class Matter(Protocol):
    """What a deed needs to know of the matter that it is done to."""

    id: int
    version: int
    receipt: Receipt


OFFICE_STEPS: dict[str, Callable[[Matter, Work], object]] = {
    "accept": lambda j, work: triage.accept(work, petition_id=j.id, version=j.version),
    "refuse": lambda j, work: triage.refuse(
        work, petition_id=j.id, version=j.version, reason="不属本街道", way="12345"
    ),
    "ask": lambda j, work: triage.ask(
        work, petition_id=j.id, version=j.version, question="在哪个路口？"
    ),
    "close": lambda j, work: closure.close(work, petition_id=j.id, version=j.version),
    "reopen": lambda j, work: triage.reopen(
        work, petition_id=j.id, version=j.version, reason="群众又来反映"
    ),
    "handle": lambda j, work: handling.record(
        work, petition_id=j.id, version=j.version, words="到现场看过"
    ),
    "escalate_village": lambda j, work: handling.escalate(
        work, petition_id=j.id, version=j.version, tried="要动用机械"
    ),
    "escalate_street": lambda j, work: handling.escalate(
        work, petition_id=j.id, version=j.version, tried="要动用机械"
    ),
    "return": lambda j, work: handling.give_back(
        work, petition_id=j.id, version=j.version, reason="不在本网格"
    ),
    "answer": lambda j, work: handling.answer(
        work, petition_id=j.id, version=j.version, words="已经修好"
    ),
    **dict.fromkeys([f"assign_{level.value}" for level in Level], lambda j, work: None),
}
HANDLING_STEPS: Final = {"handle", "escalate_village", "escalate_street", "return", "answer"}
RESIDENTS_STEPS: dict[str, Callable[[Matter, Work], object]] = {
    "message": lambda j, work: intake.add_message(work, token=j.receipt.token, words="在村口"),
    "supply": lambda j, work: intake.add_message(work, token=j.receipt.token, words="在村口"),
    "urge": lambda j, work: intake.urge(work, token=j.receipt.token),
    "no_contact": lambda j, work: intake.say_no_contact(work, token=j.receipt.token),
    "withdraw": lambda j, work: intake.withdraw(work, token=j.receipt.token),
    "rate": lambda j, work: None,
}
