"""The door of the desk's screens: who sits here, and what time it is.

A desk kernel finds `WEIYOU_HOME` and the pass of its session in the environment. Whoever opens a
notebook without a pass, in plain JupyterLab, is told where to go instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ipywidgets.comm import get_comm_manager

from weiyou.errors import NotSignedIn
from weiyou.services.office import KernelPass, Look, Office, Who, Work, enter_office
from weiyou.settings import Settings

PASS: Final = "WEIYOU_KERNEL_PASS"  # noqa: S105 (the name of the variable)
MADE_BY_THE_BROWSER: Final = "jupyter.widget"
ELSEWHERE: Final = (
    "这个页面要从工作台打开：请用浏览器登录街道工作台，再进入本页面。"
    "JupyterLab 里没有登录身份，不能办理或查看事项。"
)


class NoPass(NotSignedIn):
    """The notebook runs outside the desk."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints instead of a stack of our files."""
        return [str(self)]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Desk:
    """One person's desk. Time is read here, once for each deed or reading."""

    office: Office
    who: Who
    clock: Callable[[], datetime] = _now

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Yield a unit of work. Raises: NotSignedIn; Stale if somebody else was faster."""
        with self.office.work(self.who, self.clock()) as work:
            yield work

    @contextmanager
    def look(self) -> Iterator[Look]:
        """Yield a reading. Raises: NotSignedIn."""
        with self.office.look(self.who, self.clock()) as look:
            yield look


def open_desk() -> Desk:
    """Return the desk of the session that this kernel acts for. Raises: NotSignedIn."""
    secret = os.environ.get(PASS, "")
    if not secret:
        raise NoPass(ELSEWHERE)
    shut_out_foreign_widgets()
    return Desk(enter_office(Settings()), KernelPass(secret))


def shut_out_foreign_widgets() -> None:
    """Let only this kernel make widgets.

    A browser may otherwise open a widget of any registered class; some of them import and call
    what a message names. Our own screens answer listed events only (see `screen`).
    """
    manager = get_comm_manager()
    if manager is not None:
        manager.targets.pop(MADE_BY_THE_BROWSER, None)
