"""What all screens of the desk have in common: they hear listed events only, and own up to faults.

The template widget that this builds on lets a message name any module, class or method and calls
it. Whoever is signed in could so run code in his kernel and walk around every permission. A
`Screen` therefore replaces the whole dispatch: a message can name a `vue_…` method of the class and
nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Final

import ipyvue
import traitlets as t
from ipyvuetify.Themes import theme
from ipyvuetify.VuetifyTemplate import VuetifyTemplate

VUE: Final = Path(__file__).parent / "vue"
FAULT: Final = "系统出错了，刚才的操作可能没有完成。请刷新页面核对后重试；还不行请告诉系统管理员。"
GREEN: Final = "#17695a"  # the desk's own
EVERY_S: Final = 4.0
"""How often a screen asks whether anything has happened."""

log = logging.getLogger(__name__)


class Screen(VuetifyTemplate):
    """A page of the desk.

    Attributes:
        pieces: The `.vue` files that the template is put together from, as `<wy-…>`.
        answered: Counts up to the event that was dealt with last: the page knows it is waiting.
        fault: Not a refusal but a fault of ours; it is in the log.
    """

    pieces: ClassVar[tuple[str, ...]] = ()

    answered = t.Int().tag(sync=True)
    fault = t.Unicode().tag(sync=True)

    def __init__(self) -> None:
        for piece in self.pieces:
            template = (VUE / f"{piece}.vue").read_text(encoding="utf-8")
            ipyvue.register_component_from_string(f"wy-{piece}", template, f"{piece}.vue")
        theme.themes.light.primary = GREEN
        super().__init__()
        self._watching: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        """Return the name only: libraries log what they call, and the state is about people."""
        return f"<{type(self).__name__}>"

    @classmethod
    def hears(cls) -> frozenset[str]:
        """Return the names of the events that a page may send."""
        return frozenset(name[4:] for name in dir(cls) if name.startswith("vue_"))

    def _handle_event(self, _: object, content: dict[str, Any], buffers: object) -> None:
        """Deal with `{"event": name, "data": {"n": count, "of": value}}`; drop anything else."""
        del buffers
        name, data = content.get("event"), content.get("data")
        if not isinstance(name, str) or name not in self.hears() or not isinstance(data, dict):
            log.warning("dropped a message that is no event of this screen: %.40r", name)
            return
        self._own_up(lambda: getattr(self, f"vue_{name}")(data.get("of")))
        count = data.get("n")
        self.answered = count if isinstance(count, int) else self.answered

    def _own_up(self, deed: Callable[[], None]) -> None:
        """Do something for the page; a fault is logged, and said without its details."""
        try:
            deed()
        except Exception:  # the door: what is no refusal is a fault, and must not kill the page
            log.exception("fault on a screen of the desk")
            self.fault = FAULT
        else:
            self.fault = ""

    def watch(self, tick: Callable[[], bool]) -> None:
        """Call `tick` every few seconds in the kernel's own loop until it returns False.

        In the same thread as the events, so that nothing moves under a deed. Without a running
        loop, as in a test, nothing is started.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._watching = loop.create_task(self._keep_watching(tick))

    async def _keep_watching(self, tick: Callable[[], bool]) -> None:
        going = True

        def once() -> None:
            nonlocal going
            going = tick()

        while going:
            await asyncio.sleep(EVERY_S)
            self._own_up(once)
