"""The matter that lies open on the desk: what is seen of it, and what is done with it. 办件"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import traitlets as t

from weiyou.domain import numbers, workflow
from weiyou.domain.areas import Level
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State
from weiyou.errors import BadInput, NotFound, Refusal
from weiyou.reports import maps
from weiyou.reports.choices import Choices, Leaf
from weiyou.reports.pulse import Change
from weiyou.services import cases
from weiyou.services.cases import Case, Tool
from weiyou.widgets import deeds, shown, sketch
from weiyou.widgets.deeds import Deed
from weiyou.widgets.door import Desk

PURPOSES: Final = ("联系反映人核实情况", "告知办理结果", "请反映人补充材料", "回访是否满意")
"""Why a number is shown in full; the word goes into the audit trail."""

UNASSIGNED: Final = frozenset({State.RECEIVED, State.WAITING, State.ACCEPTED})
PHONE_SHOWN: Final = timedelta(seconds=60)


class CaseModel(t.HasTraits):
    """One opened matter, or none. Its methods raise refusals; the screen's model says them.

    Attributes:
        shown: As `shown.case` makes it, with its buttons; empty while nothing is open.
        moved: Says who has changed the matter since it was opened.
        form: What was typed for a deed that has been refused, and why: it is never lost.
        phone: The reporter's number in full, for `PHONE_SHOWN`.
    """

    shown: t.Dict[str, Any] = t.Dict()
    moved = t.Unicode()
    form: t.Dict[str, Any] = t.Dict()
    phone = t.Unicode()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._case: Case | None = None
        self._choices = Choices((), (), ())
        self._hide_at: datetime | None = None

    def open(self, petition_id: int, choices: Choices) -> None:
        """Open a matter, which is noted, and forget the one before. Raises: NotFound."""
        with self._desk.work() as work:
            case = cases.open_case(work, petition_id=petition_id)
            now = work.now
        with self._desk.look() as look:
            around = maps.around(look, case.area)
        same = self._case is not None and self._case.id == case.id
        self.form = {**self.form, "error": "", "field": ""} if same and self.form else {}
        self.hide_phone()
        self._case, self._choices, self.moved = case, choices, ""
        leaf = choices.leaf(case.category)
        self.shown = {
            **shown.case(case, now),
            "limit": leaf.limit if leaf else "",
            "actions": actions(case),
            "levels": levels(case),
            "suggestion": suggestion(case, leaf, choices),
            "can_reveal": Tool.PHONE in case.tools,
            "purposes": list(PURPOSES),
            "sketch": sketch.drawing(around, _point(case)),
        }

    def close(self) -> None:
        """Put the matter away."""
        self.hide_phone()
        self._case, self.moved, self.form = None, "", {}
        self.shown = {}

    def do(self, key: str, words: Mapping[str, str]) -> Deed:
        """Do a deed with the opened matter; if it is refused, what was typed stays in `form`.

        Raises: Refusal.
        """
        deed, case = deeds.find(key), self._need()
        self.form = {"deed": key, "words": dict(words), "error": "", "field": ""}
        try:
            with self._desk.work() as work:
                deed.do(work, case.id, case.version, words)
        except Refusal as refusal:
            where = refusal.field if isinstance(refusal, BadInput) else ""
            self.form = {**self.form, "error": str(refusal), "field": where}
            raise
        self.form = {}
        return deed

    def sentence(self, deed: Deed, words: Mapping[str, str]) -> str:
        """Return what has been done with the opened matter, as it is said afterwards."""
        number = numbers.spoken(self._need().number)
        if deed.key != "assign":
            return f"{number} {deed.done}"
        named = {one["value"]: one["label"] for one in self.shown["levels"]}
        whom = named[words["level"]]
        if words["level"] == Level.DEPARTMENT:
            departments = {one.value: one.label for one in self._choices.departments}
            whom = departments[words["department"]]
        return f"{number} {deed.done}给{whom}"

    def file(self, attachment_id: int) -> tuple[bytes, str]:
        """Return bytes and media type of a file of the opened matter, noted. Raises: NotFound."""
        case = self._need()
        if attachment_id not in {file.id for file in case.attachments}:
            raise NotFound("没有这个附件")
        with self._desk.work() as work:
            return cases.attachment(work, attachment_id=attachment_id)

    def reveal_phone(self, purpose: str) -> None:
        """Show the reporter's number for a while, noted. Raises: BadInput, NotPermitted."""
        case = self._need()
        if purpose not in PURPOSES:
            raise BadInput("请选择为什么要看电话", "purpose")
        with self._desk.work() as work:
            self.phone = cases.reveal_phone(work, petition_id=case.id, purpose=purpose)
            self._hide_at = work.now + PHONE_SHOWN

    def hide_phone(self, now: datetime | None = None) -> None:
        """Hide the number; given an instant, only if its time is up."""
        if now is None or (self._hide_at is not None and now >= self._hide_at):
            self.phone, self._hide_at = "", None

    def notice(self, change: Change) -> None:
        """Say that somebody has changed the opened matter."""
        if self._case is not None and change.petition_id == self._case.id:
            moment = change.at.astimezone(SHANGHAI)
            self.moved = f"此件已由{change.by}于 {moment:%H:%M}“{change.step.label}”，点此刷新"

    def _need(self) -> Case:
        if self._case is None:
            raise NotFound("请先打开一件事项")
        return self._case


def _point(case: Case) -> tuple[float, float] | None:
    """Return where the reporter pointed: longitude, latitude."""
    return (case.lon, case.lat) if case.lon is not None and case.lat is not None else None


def actions(case: Case) -> list[dict[str, Any]]:
    """Return the buttons; once somebody works on a matter, handing it on comes last."""
    offered = [deed.shown() for deed in deeds.DEEDS if deed.is_offered(case)]
    if case.state in workflow.HANDLING:
        handing_on = [{**one, "label": "改派"} for one in offered if one["key"] == "assign"]
        return [*(one for one in offered if one["key"] != "assign"), *handing_on]
    return offered


def levels(case: Case) -> list[dict[str, Any]]:
    """Return to whom a matter can be handed, by name; `off` says why one is not possible."""
    street, village, grid = (*case.place_names, "", "", "")[:3]
    return [
        {
            "value": Level.GRID.value,
            "label": f"网格：{village} {grid}" if grid else "网格",
            "off": "" if grid else "还没有定位到网格，请先改辖区",
        },
        {
            "value": Level.VILLAGE.value,
            "label": f"村（社区）：{village}" if village else "村（社区）",
            "off": "" if village else "还没有定位到村（社区），请先改辖区",
        },
        {"value": Level.STREET.value, "label": f"街道：{street}诉求中心自办", "off": ""},
        {"value": Level.DEPARTMENT.value, "label": "部门", "off": ""},
    ]


def suggestion(case: Case, leaf: Leaf | None, choices: Choices) -> dict[str, str]:
    """Return to whom the category's rule would hand the matter first, and the words of the rule.

    It is shown as a suggestion and chosen by the person. A matter that starts at the street goes
    to the department that the rule names.
    """
    if leaf is None or case.state not in UNASSIGNED:
        return {}
    level, department = leaf.first_level, ""
    if level in {Level.STREET, Level.DEPARTMENT} and leaf.department_id is not None:
        level, department = Level.DEPARTMENT, str(leaf.department_id)
    named = {choice.value: choice.label for choice in choices.departments}
    labels = {one["value"]: one["label"] for one in levels(case) if not one["off"]}
    if level.value not in labels:
        return {}
    label = named.get(department, "") or labels[level.value]
    return {
        "level": level.value,
        "department": department,
        "label": label,
        "why": f"“{leaf.name}”类由{leaf.first_level.label}先办，时限 {leaf.limit}",
    }
