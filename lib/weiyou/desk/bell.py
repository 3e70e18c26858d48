"""The bell of the bar: what waits for whoever has signed in, asked for once a minute. 提醒"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from jupyter_server.auth.decorator import allow_unauthenticated

from weiyou.desk.identity import Visitor
from weiyou.desk.pages import Page
from weiyou.reports import waiting
from weiyou.reports.waiting import PHONE, Tally


class Bell(Page):
    """Answers as JSON; no kernel is asked, and asking does not keep a session alive."""

    is_use = False

    @allow_unauthenticated
    async def get(self) -> None:
        """Say what waits, or 401 to whoever is not, or no longer, signed in."""
        visitor = self.current_user
        if not isinstance(visitor, Visitor):
            self.set_status(HTTPStatus.UNAUTHORIZED)
            self.finish({"total": 0, "late": False, "kinds": []})
            return
        self.finish(await asyncio.to_thread(self._read, visitor))

    def _read(self, visitor: Visitor) -> dict[str, Any]:
        with self.office.look(visitor.who, datetime.now(UTC)) as look:
            tallies = waiting.waiting(look)
        return told(tallies, self.office.settings.public_url)


def told(tallies: tuple[Tally, ...], public_url: str) -> dict[str, Any]:
    """Return what the page is told.

    `total` is what the person is to do, `late` whether anything is late.
    """
    return {
        "total": sum(one.number for one in tallies if one.waits),
        "late": any(one.number and one.tone is waiting.Tone.LATE for one in tallies),
        "kinds": [
            {
                "label": one.label,
                "count": one.number,
                "tone": one.tone.value,
                "href": opens(one, public_url),
            }
            for one in tallies
        ],
    }


def opens(tally: Tally, public_url: str) -> str:
    """Return the address of the list that a number was counted from."""
    if tally.app == PHONE:
        return f"{public_url.rstrip('/')}/w/"
    return f"/app/{tally.app}" + (f"?{urlencode(tally.view)}" if tally.view else "")
