"""What can be done with an opened matter: one table of deeds, each with its small form. 办理操作"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from weiyou.domain.areas import Level
from weiyou.domain.workflow import ASSIGN, Step
from weiyou.errors import BadInput, NotFound
from weiyou.services import closure, handling, triage
from weiyou.services.cases import Case, Tool
from weiyou.services.office import Work

Words = Mapping[str, str]
"""What was typed and chosen, by field."""

INSIDE: Final = "只有办公室看得到"
OUTSIDE: Final = "群众会看到这段话"


@dataclass(frozen=True)
class Field:
    """One thing to fill in.

    Attributes:
        kind: `text` (several lines), or a choice: `level`, `department`, `category`, `area`.
        phrases: Ready words that a click puts in; they are edited before they are sent.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    hint: str = ""
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deed:
    """One button of the case panel.

    Attributes:
        done: What the person reads afterwards.
        call: Does it; given the matter's id, the version that was on the screen, and each field.
        steps: Offered if the matter allows one of them.
        tool: Offered if the person has this tool.
        leaves: The matter goes on to somebody else, so the next one is opened.
    """

    key: str
    label: str
    done: str
    call: Callable[[Work, int, int, Words], Any]
    fields: tuple[Field, ...]
    steps: frozenset[Step] = field(default=frozenset())
    tool: Tool | None = None
    leaves: bool = True

    def is_offered(self, case: Case) -> bool:
        """Return whether the person could do it now; the service checks again."""
        return bool(self.steps & case.steps) or self.tool in case.tools

    def do(self, work: Work, petition_id: int, version: int, words: Words) -> None:
        """Do it with what stands in the fields of the form, and nothing else that came along."""
        typed = {field.name: words.get(field.name, "") for field in self.fields}
        self.call(work, petition_id, version, typed)

    def shown(self) -> dict[str, Any]:
        """Return the button and its form for a screen."""
        return {
            "key": self.key,
            "label": self.label,
            "fields": [asdict(field) for field in self.fields],
        }


def _level(words: Words) -> Level:
    try:
        return Level.of(words.get("level", ""))
    except ValueError:
        raise BadInput("请选择派给谁", "level") from None


def _assign(work: Work, petition_id: int, version: int, words: Words) -> Any:
    level, chosen = _level(words), words.get("department", "")
    department = int(chosen) if level is Level.DEPARTMENT and chosen.isdecimal() else None
    return triage.assign(
        work,
        petition_id=petition_id,
        version=version,
        level=level,
        department_id=department,
        note=words.get("note", ""),
    )


def _by_name(deed: Callable[..., Any]) -> Callable[[Work, int, int, Words], Any]:
    """Return the call of a deed whose arguments are named like the fields of its form."""

    def call(work: Work, petition_id: int, version: int, words: Words) -> Any:
        return deed(work, petition_id=petition_id, version=version, **words)

    return call


NOTE: Final = Field("note", "内部备注", required=False, hint=INSIDE)

DEEDS: Final = (
    Deed(
        "assign",
        "分派",
        "已分派",
        _assign,
        (
            Field("level", "派给", "level"),
            Field("department", "承办部门", "department"),
            Field("note", "交办意见", required=False, hint="承办人看得到，群众看不到"),
        ),
        steps=frozenset({Step.ACCEPT, *ASSIGN.values()}),
    ),
    Deed(
        "accept",
        "受理",
        "已受理",
        _by_name(triage.accept),
        (NOTE,),
        steps=frozenset({Step.ACCEPT}),
    ),
    Deed(
        "ask",
        "请群众补充",
        "已请群众补充",
        _by_name(triage.ask),
        (
            Field(
                "question",
                "需要补充什么",
                hint=OUTSIDE,
                phrases=(
                    "请补充具体地点，例如门牌号、路口或附近的标志物。",
                    "请补充几张现场照片，远近各一张。",
                    "请留一个联系电话，方便承办人核实。",
                    "请说明事情发生的时间和经过。",
                ),
            ),
        ),
        steps=frozenset({Step.ASK}),
    ),
    Deed(
        "refuse",
        "不予受理",
        "已告知不予受理",
        _by_name(triage.refuse),
        (
            Field(
                "reason",
                "不予受理的理由",
                hint=OUTSIDE,
                phrases=(
                    "您反映的事项不属于本街道职责范围。",
                    "您反映的事项正在由法院审理，应当按诉讼程序解决。",
                    "您反映的事项此前已经办结并答复，没有新的情况。",
                ),
            ),
            Field(
                "way",
                "应当向谁提出、怎么提出",
                hint=OUTSIDE,
                phrases=("请拨打 12345 政务服务便民热线。", "请到市级主管部门的窗口提出。"),
            ),
        ),
        steps=frozenset({Step.REFUSE}),
    ),
    Deed(
        "handle",
        "处置记录",
        "已记录",
        _by_name(handling.record),
        (Field("words", "做了什么", hint=OUTSIDE),),
        steps=frozenset({Step.HANDLE}),
        leaves=False,
    ),
    Deed(
        "answer",
        "答复",
        "已答复",
        _by_name(handling.answer),
        (Field("words", "给群众的答复", hint="写明办了什么；没办完的，写明什么时候办到哪一步"),),
        steps=frozenset({Step.ANSWER}),
    ),
    Deed(
        "return",
        "退回分派",
        "已退回待分派",
        _by_name(handling.give_back),
        (Field("reason", "退回的理由", hint=INSIDE),),
        steps=frozenset({Step.RETURN}),
        leaves=False,
    ),
    Deed(
        "close",
        "办结",
        "已办结",
        _by_name(closure.close),
        (Field("note", "回访情况", required=False, hint=INSIDE),),
        steps=frozenset({Step.CLOSE}),
    ),
    Deed(
        "reopen",
        "重新办理",
        "已重新办理",
        _by_name(triage.reopen),
        (Field("reason", "重新办理的理由", hint=OUTSIDE),),
        steps=frozenset({Step.REOPEN}),
        leaves=False,
    ),
    Deed(
        "classify",
        "改类别",
        "类别已改，时限随之重算",
        _by_name(triage.classify),
        (Field("category", "类别", "category", hint="时限从收到之日重新计算"),),
        tool=Tool.CATEGORY,
        leaves=False,
    ),
    Deed(
        "relocate",
        "改辖区",
        "辖区已改",
        _by_name(triage.relocate),
        (Field("area", "事发辖区", "area"),),
        tool=Tool.AREA,
        leaves=False,
    ),
    Deed(
        "note",
        "内部备注",
        "备注已保存",
        lambda work, id_, _version, words: triage.add_note(
            work, petition_id=id_, note=words.get("note", "")
        ),
        (Field("note", "备注", hint=INSIDE),),
        tool=Tool.NOTE,
        leaves=False,
    ),
)


def find(key: str) -> Deed:
    """Return the deed of a button. Raises: NotFound."""
    for deed in DEEDS:
        if deed.key == key:
            return deed
    raise NotFound("没有这个操作，请刷新页面")
