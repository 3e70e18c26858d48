"""A seat at the desk: one open app of one signed-in person, and when it is taken away. 座席"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from weiyou.domain import apps
from weiyou.domain.people import Role
from weiyou.domain.words import Word

IDLE_S: Final = 20 * 60.0
"""Without a word from the person's hand. The session itself lasts a little longer."""

LEFT_S: Final = 60.0
"""Without a page: time enough to come back from a tunnel, or to load the page at all."""

TOUCH_EVERY_S: Final = 60.0
"""How often work at an app is told to the session, which would run out otherwise."""


class Reason(Word):
    """Why a seat was taken away. 结束原因"""

    LEFT = "left", "页面已关闭"
    IDLE = "idle", "您有一阵没有操作，页面已自动收起，已提交的内容都在"
    SIGNED_OUT = "signed_out", "登录已结束，请重新登录后再打开"
    MOVED = "moved", "您的岗位有变动，请从首页重新进入"
    DIED = "died", "页面的后台程序意外停止，已提交的内容都在"
    STOPPED = "stopped", "工作台正在重新启动，请稍候再打开"
    GONE = "gone", "页面已过期，请重新打开"


@dataclass
class Seat:
    """One open app.

    Attributes:
        app: The name of the app.
        session_id: The session that opened it; nobody else may reach it.
        account_id: Whose session that is.
        token: The secret of the session's cookie.
        heard_at: When the person last did something, on a clock that only goes forward.
        touched_at: When the session was last told so.
        left_at: Since when no page has been connected; None while one is.
        started: Whether its process runs, so that it may be found dead.
        settled: Set when its process has been started, or could not be.
        sockets: The connected pages.
    """

    app: str
    session_id: int
    account_id: int
    token: str = field(repr=False)
    heard_at: float
    touched_at: float
    left_at: float | None
    started: bool = False
    settled: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    sockets: set[Any] = field(default_factory=set, repr=False)


def why_end(seat: Seat, *, alive: bool, role: Role | None, now: float) -> Reason | None:
    """Return why a seat must be taken away now, or None if it may stay.

    Args:
        alive: Whether its process runs.
        role: What the person is at this instant; None if the session has ended or run out.
        now: On the clock of `heard_at`.
    """
    if role is None:
        return Reason.SIGNED_OUT
    app = apps.find(seat.app)
    if app is None or role not in app.roles:
        return Reason.MOVED
    if not alive:
        return Reason.DIED
    if seat.left_at is not None and now - seat.left_at > LEFT_S:
        return Reason.LEFT
    if now - seat.heard_at > IDLE_S:
        return Reason.IDLE
    return None
