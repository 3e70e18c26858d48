"""Who may do what to which thing: one table, and the two questions that are asked of it. 权限

`require(actor, action, subject, area)` answers for one thing, `scope(actor, action, subject)` cuts
a list. Both read `GRANTS` and nothing else; what is not written there is denied.
Source: the project's access matrix (rows and columns as there); 三员分立 of GB/T 22239-2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from weiyou.domain import areas
from weiyou.domain.areas import Level
from weiyou.domain.words import Word
from weiyou.errors import NotPermitted


class Role(Word):
    """What a person is here for. 角色"""

    RESIDENT = "resident", "居民"
    GRID_WORKER = "grid_worker", "网格员"
    VILLAGE = "village", "村（社区）两委"
    CADRE = "cadre", "街道条线"
    TRIAGE = "triage", "受理分拨员"
    SUPERVISOR = "supervisor", "督查员"
    LEADER = "leader", "领导"
    ANALYST = "analyst", "分析员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDITOR = "auditor", "审计员"


HOLDS: Final[Mapping[Role, Level]] = {
    Role.GRID_WORKER: Level.GRID,
    Role.VILLAGE: Level.VILLAGE,
    Role.CADRE: Level.DEPARTMENT,
    Role.TRIAGE: Level.STREET,
}
"""At which level of the chain a role has matters in hand. 经办层级"""


class Subject(Word):
    """What a permission is about. 对象"""

    HOUSEHOLD = "household", "户"
    PERSON = "person", "人员基本信息"
    PHONE = "phone", "联系电话"
    ID_NUMBER = "id_number", "证件号码"
    SPECIAL_TAG = "special_tag", "特殊类型"
    HEALTH_OR_CHILD = "health_or_child", "健康与未成年人"
    PETITION = "petition", "信访事项"
    IDENTITY = "identity", "反映人身份"
    SEALED = "sealed", "密封事项"
    ATTACHMENT = "attachment", "附件原件"
    NOTE = "note", "内部备注"
    VISIT = "visit", "走访记录"
    TRACK = "track", "巡访轨迹"
    SCORE = "score", "评分与提醒"
    STATISTICS = "statistics", "统计"
    QR_CODE = "qr_code", "二维码"
    NOTIFICATION = "notification", "通知"
    VIDEO_ROOM = "video_room", "视频房间"
    ACCOUNT = "account", "账号与角色"
    BULK_EXPORT = "bulk_export", "批量导出"
    AUDIT = "audit", "审计日志"
    BACKUP = "backup", "备份与密钥"
    CONFIGURATION = "configuration", "配置与日历"


class Action(Word):
    """What is done to it. 操作"""

    CREATE = "create", "新建"
    READ = "read", "查看"
    UPDATE = "update", "办理、修改"
    DELETE = "delete", "删除"
    EXPORT = "export", "导出"
    APPROVE = "approve", "审批"
    REVEAL = "reveal", "查看明文"
    BREAK_GLASS = "break_glass", "紧急查看"
    REQUEST = "request", "申请"
    ASSIGN = "assign", "分派"
    REPLY = "reply", "答复"
    CALL = "call", "拨打"
    APPEAL = "appeal", "申诉"
    PRINT = "print", "打印"
    ROTATE = "rotate", "更换"


class Reach(Word):
    """How far a grant goes. 范围"""

    OWN = "own", "本人的"
    ASSIGNED = "assigned", "经手的"
    AREA = "area", "辖区内的"


class View(Word):
    """How much of a thing is shown. 可见程度"""

    FULL = "full", "全部"
    MASKED = "masked", "脱敏"
    AGGREGATE = "aggregate", "汇总"


@dataclass(frozen=True)
class Grant:
    """One cell of the table, or a part of one."""

    reach: Reach
    view: View
    actions: frozenset[Action]


@dataclass(frozen=True)
class Actor:
    """The person (or the timer) who does a deed, as the session says at this instant.

    Attributes:
        account_id: None for a resident, who has no account.
        areas: Codes that the duty covers; a grid worker may have several grids.
        department_id: The department of a cadre.
    """

    account_id: int | None
    name: str
    role: Role
    areas: tuple[str, ...] = ()
    department_id: int | None = None
    session_id: int | None = None

    def covers(self, area: str) -> bool:
        """Return whether `area` lies inside the person's duty."""
        return any(areas.holds(own, area) for own in self.areas)


@dataclass(frozen=True)
class Scope:
    """What a list must be cut to.

    Attributes:
        areas: Area prefixes; a row must lie in one of them.
        assigned_only: Only rows that have come through the person's hands.
        view: How much of a row may be shown.
    """

    areas: tuple[str, ...]
    assigned_only: bool
    view: View


_VIEW: Final = {"F": View.FULL, "M": View.MASKED, "A": View.AGGREGATE}
_REACH: Final = {"o": Reach.OWN, "as": Reach.ASSIGNED, "in": Reach.AREA}
_ACTION: Final = {
    "c": Action.CREATE,
    "r": Action.READ,
    "u": Action.UPDATE,
    "d": Action.DELETE,
    "x": Action.EXPORT,
    "ap": Action.APPROVE,
    "rv": Action.REVEAL,
    "b": Action.BREAK_GLASS,
    "req": Action.REQUEST,
    "asg": Action.ASSIGN,
    "rep": Action.REPLY,
    "call": Action.CALL,
    "app": Action.APPEAL,
    "prt": Action.PRINT,
    "rot": Action.ROTATE,
}


def _cell(text: str) -> tuple[Grant, ...]:
    """Return the grants of a cell such as `"in:F r u; as:M rv"`."""
    grants = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        head, *verbs = part.split()
        reach, view = head.split(":")
        grants.append(Grant(_REACH[reach], _VIEW[view], frozenset(_ACTION[verb] for verb in verbs)))
    return tuple(grants)


_COLUMNS: Final = tuple(Role)
_TABLE: Final[Mapping[Subject, tuple[str, ...]]] = {
    # R 居民, G 网格员, V 村, C 条线, T 分拨, S 督查, L 领导, A 分析, Ad 系统, Se 安全, Au 审计
    # in = inside the person's areas, as = came through his hands, o = his own
    Subject.HOUSEHOLD: (
        "", "in:F c r u", "in:M r req", "as:M r", "", "in:A r", "in:A r", "in:A r", "", "", "",
    ),
    Subject.PERSON: (
        "o:F r req", "in:M c r u rv", "in:M r rv", "as:M r rv", "as:M r rv", "", "in:A r",
        "in:A r", "", "", "",
    ),
    Subject.PHONE: (
        "o:F r", "in:M call rv", "in:M call rv", "as:M call rv", "as:M call rv",
        "", "", "", "", "", "",
    ),
    Subject.ID_NUMBER: (
        "o:F r", "in:M c req", "in:M rv ap", "as:M rv", "", "", "", "", "", "", "",
    ),
    Subject.SPECIAL_TAG: (
        "o:F r", "in:F r", "in:F r", "as:F r", "", "in:A r", "in:A r", "in:A r", "", "", "",
    ),
    Subject.HEALTH_OR_CHILD: (
        "o:F r", "as:F r", "in:M b", "as:F r", "", "", "", "", "", "", "",
    ),
    Subject.PETITION: (
        "o:F c r u", "as:F r u rep", "as:F r u rep", "as:F r u rep",
        "in:F c r u asg rep", "in:F r", "as:F r; in:A r", "in:A r", "", "", "",
    ),
    Subject.IDENTITY: (
        "o:F r", "as:F r", "as:F r", "as:F r", "as:F r", "in:M r", "as:M r rv", "", "", "", "",
    ),
    Subject.SEALED: ("o:F c r", "", "", "", "as:F r asg", "", "as:F r", "", "", "", ""),
    Subject.ATTACHMENT: (
        "o:F c r", "as:F r", "as:F r", "as:F r", "as:F r", "in:M r", "as:F r", "", "", "", "",
    ),
    Subject.NOTE: (
        "", "as:F c r", "as:F c r", "as:F c r", "in:F c r", "in:F r", "as:F r", "", "", "", "",
    ),
    Subject.VISIT: (
        "o:F r", "in:F c r u", "in:F r", "as:F r", "", "in:M r", "in:A r", "in:A r", "", "", "",
    ),
    Subject.TRACK: (
        "", "o:F c r d", "", "", "", "in:A r", "in:A r", "", "", "in:A ap", "in:M b",
    ),
    Subject.SCORE: (
        "", "o:F r app", "in:F r app", "o:F r app", "", "in:F r u", "in:A r", "in:A r", "", "", "",
    ),
    Subject.STATISTICS: (
        "in:A r", "in:A r", "in:A r", "in:A r", "in:A r", "in:A r", "in:A r", "in:A r", "", "", "",
    ),
    Subject.QR_CODE: (
        "o:F r", "in:F r", "in:F r prt", "", "in:F r", "in:F r", "in:F r", "", "in:F c r prt rot",
        "in:F ap", "in:F r",
    ),
    Subject.NOTIFICATION: (
        "o:F r", "o:F r", "o:F r", "o:F r", "o:F r", "o:F r", "o:F r", "", "in:A u", "", "",
    ),
    Subject.VIDEO_ROOM: (
        "o:F r", "as:F c r", "in:F c r", "in:F c r", "", "", "in:F c r", "", "in:A u", "", "in:A r",
    ),
    Subject.ACCOUNT: (
        "", "o:F r u", "o:F r u; in:M req", "o:F r u", "o:F r u", "o:F r u", "o:F r u; in:M ap",
        "o:F r u", "in:M c r d", "in:M r u ap", "in:M r",
    ),
    Subject.BULK_EXPORT: (
        "o:F x", "", "in:M req", "in:M req", "in:M req", "in:M req", "in:M ap", "in:A x", "",
        "in:A ap", "in:A r",
    ),
    Subject.AUDIT: ("o:A req", "o:F r", "", "", "", "", "", "", "", "in:A r", "in:F r"),
    Subject.BACKUP: ("", "", "", "", "", "", "", "", "in:A c", "in:A rot", "in:A r"),
    Subject.CONFIGURATION: (
        "", "", "", "", "in:F r u", "", "in:F ap", "", "in:F c r", "in:F ap", "in:F r",
    ),
}  # fmt: skip

GRANTS: Final[Mapping[tuple[Role, Subject], tuple[Grant, ...]]] = {
    (role, subject): _cell(cell)
    for subject, cells in _TABLE.items()
    for role, cell in zip(_COLUMNS, cells, strict=True)
}

_WIDEST: Final = (View.FULL, View.MASKED, View.AGGREGATE)


def _reaches(grant: Grant, actor: Actor, area: str, *, assigned: bool, own: bool) -> bool:
    if grant.reach is Reach.OWN:
        return own
    if grant.reach is Reach.ASSIGNED:
        return assigned and actor.covers(area)
    return actor.covers(area)


def view(
    actor: Actor,
    action: Action,
    subject: Subject,
    area: str,
    *,
    assigned: bool = False,
    own: bool = False,
) -> View | None:
    """Return how much the person sees when he does `action`, or None if he may not.

    Args:
        area: Where the thing lies.
        assigned: The thing has come through the person's hands (a claim of the calling service).
        own: The thing is the person's own (a claim of the calling service).
    """
    views = {
        grant.view
        for grant in GRANTS[actor.role, subject]
        if action in grant.actions and _reaches(grant, actor, area, assigned=assigned, own=own)
    }
    return next((widest for widest in _WIDEST if widest in views), None)


def require(
    actor: Actor,
    action: Action,
    subject: Subject,
    area: str,
    *,
    assigned: bool = False,
    own: bool = False,
) -> View:
    """Return how much the person sees when he does `action`. Raises: NotPermitted."""
    seen = view(actor, action, subject, area, assigned=assigned, own=own)
    if seen is None:
        raise NotPermitted(f"您的职责不包括“{subject.label}”的“{action.label}”")
    return seen


def scope(actor: Actor, action: Action, subject: Subject) -> Scope:
    """Return what a list of `subject` must be cut to. Raises: NotPermitted."""
    reaching = [grant for grant in GRANTS[actor.role, subject] if action in grant.actions]
    listed = [grant for grant in reaching if grant.reach is not Reach.OWN]
    if not listed or not actor.areas:
        raise NotPermitted(f"您的职责不包括“{subject.label}”的“{action.label}”")
    best = min(listed, key=lambda grant: _WIDEST.index(grant.view))
    return Scope(actor.areas, best.reach is Reach.ASSIGNED, best.view)
