"""The way of a matter: which step leads from which state to which. 办理流程

Sources: the order of registering, accepting, handing on, answering and asking back of
信访工作条例 arts. 22-23 and 34; the first receiver stays responsible
(北京市接诉即办工作条例 art. 14).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from weiyou.domain.areas import Level
from weiyou.domain.words import Word
from weiyou.errors import WrongStep


class State(Word):
    """Where a matter stands. 状态"""

    RECEIVED = "received", "待受理"
    WAITING = "waiting", "待群众补充"
    ACCEPTED = "accepted", "待分派"
    WITH_GRID = "with_grid", "网格处置"
    WITH_VILLAGE = "with_village", "村（社区）办理"
    WITH_STREET = "with_street", "街道办理"
    WITH_DEPARTMENT = "with_department", "部门办理"
    ANSWERED = "answered", "待确认"
    CLOSED = "closed", "已办结"
    REFUSED = "refused", "不予受理"
    WITHDRAWN = "withdrawn", "已撤回"


class Step(Word):
    """What is done to a matter. 步骤"""

    SUBMIT = "submit", "提交"
    ACCEPT = "accept", "受理"
    REFUSE = "refuse", "不予受理"
    ASK = "ask", "请群众补充"
    SUPPLY = "supply", "补充信息"
    ASSIGN_GRID = "assign_grid", "派给网格"
    ASSIGN_VILLAGE = "assign_village", "派给村（社区）"
    ASSIGN_STREET = "assign_street", "由街道办理"
    ASSIGN_DEPARTMENT = "assign_department", "派给部门"
    HANDLE = "handle", "处置记录"
    ESCALATE_VILLAGE = "escalate_village", "上报村（社区）"
    ESCALATE_STREET = "escalate_street", "上报街道"
    RETURN = "return", "退回分派"
    ANSWER = "answer", "答复"
    CONFIRM = "confirm", "群众确认"
    REDO = "redo", "要求重办"
    CLOSE = "close", "办结"
    REOPEN = "reopen", "重新办理"
    WITHDRAW = "withdraw", "撤回"
    MESSAGE = "message", "群众留言"
    URGE = "urge", "催办"
    NO_CONTACT = "no_contact", "反映无人联系"
    RATE = "rate", "评价"
    NOTE = "note", "内部备注"


HANDLING: Final = frozenset(
    {State.WITH_GRID, State.WITH_VILLAGE, State.WITH_STREET, State.WITH_DEPARTMENT}
)
"""Somebody has the matter in hand. 办理中"""

OPEN: Final = HANDLING | {State.RECEIVED, State.WAITING, State.ACCEPTED}
"""The clock that the resident sees is running. 未办结"""

REOPEN_WITHIN: Final = timedelta(days=30)
"""So long after its closing a resident's "not solved" opens a matter again; later it is kept as a
rating only. Ours; DIGIT's complaint service allows ten days. 重办期限
"""

ENDED: Final = frozenset({State.CLOSED, State.REFUSED, State.WITHDRAWN})
"""Nothing more is owed. 已终结"""


def _from(
    states: frozenset[State], step: Step, to: State | None = None
) -> dict[tuple[State, Step], State]:
    """Return the rows for one step; without `to` the state stays as it is."""
    return {(state, step): to or state for state in states}


NEXT: Final[Mapping[tuple[State, Step], State]] = {
    # the desk takes a matter in
    (State.RECEIVED, Step.ACCEPT): State.ACCEPTED,
    (State.RECEIVED, Step.REFUSE): State.REFUSED,
    (State.RECEIVED, Step.ASK): State.WAITING,
    (State.WAITING, Step.SUPPLY): State.RECEIVED,
    (State.WAITING, Step.ACCEPT): State.ACCEPTED,
    (State.WAITING, Step.REFUSE): State.REFUSED,
    # the desk hands it on, or hands it to somebody else
    **_from(HANDLING | {State.ACCEPTED}, Step.ASSIGN_GRID, State.WITH_GRID),
    **_from(HANDLING | {State.ACCEPTED}, Step.ASSIGN_VILLAGE, State.WITH_VILLAGE),
    **_from(HANDLING | {State.ACCEPTED}, Step.ASSIGN_STREET, State.WITH_STREET),
    **_from(HANDLING | {State.ACCEPTED}, Step.ASSIGN_DEPARTMENT, State.WITH_DEPARTMENT),
    # whoever has it works on it, sends it up one level, or gives it back
    **_from(HANDLING, Step.HANDLE),
    (State.WITH_GRID, Step.ESCALATE_VILLAGE): State.WITH_VILLAGE,
    (State.WITH_VILLAGE, Step.ESCALATE_STREET): State.WITH_STREET,
    **_from(HANDLING, Step.RETURN, State.ACCEPTED),
    # the answer, and what the resident says to it
    **_from(HANDLING | {State.ACCEPTED}, Step.ANSWER, State.ANSWERED),
    (State.ANSWERED, Step.CONFIRM): State.CLOSED,
    (State.ANSWERED, Step.REDO): State.ACCEPTED,
    (State.ANSWERED, Step.CLOSE): State.CLOSED,
    (State.CLOSED, Step.REOPEN): State.ACCEPTED,
    (State.REFUSED, Step.REOPEN): State.RECEIVED,
    **_from(OPEN, Step.WITHDRAW, State.WITHDRAWN),
    # words that change no state
    **_from(OPEN | {State.ANSWERED}, Step.MESSAGE),
    **_from(OPEN - {State.WAITING}, Step.URGE),
    **_from(HANDLING | {State.ACCEPTED, State.ANSWERED, State.CLOSED}, Step.NO_CONTACT),
    **_from(frozenset({State.ANSWERED, State.CLOSED}), Step.RATE),
    **_from(frozenset(State), Step.NOTE),
}

LEVEL: Final[Mapping[State, Level]] = {
    State.WITH_GRID: Level.GRID,
    State.WITH_VILLAGE: Level.VILLAGE,
    State.WITH_STREET: Level.STREET,
    State.WITH_DEPARTMENT: Level.DEPARTMENT,
}

ASSIGN: Final[Mapping[Level, Step]] = {
    Level.GRID: Step.ASSIGN_GRID,
    Level.VILLAGE: Step.ASSIGN_VILLAGE,
    Level.STREET: Step.ASSIGN_STREET,
    Level.DEPARTMENT: Step.ASSIGN_DEPARTMENT,
}

ESCALATE: Final[Mapping[State, Step]] = {
    State.WITH_GRID: Step.ESCALATE_VILLAGE,
    State.WITH_VILLAGE: Step.ESCALATE_STREET,
}


def after(state: State, step: Step) -> State:
    """Return the state that `step` leads to. Raises: WrongStep."""
    try:
        return NEXT[state, step]
    except KeyError:
        raise WrongStep(f"“{state.label}”的事项不能“{step.label}”") from None


def steps(state: State) -> frozenset[Step]:
    """Return the steps that lead on from `state`."""
    return frozenset(step for (start, step) in NEXT if start is state)


def escalation(state: State) -> Step:
    """Return the step that sends a matter one level up. Raises: WrongStep."""
    try:
        return ESCALATE[state]
    except KeyError:
        raise WrongStep(f"“{state.label}”的事项不能再上报") from None
