"""What a reading is done in. 查阅"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from weiyou.domain.keys import Keys
from weiyou.domain.people import Actor
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workdays import WorkCalendar


@dataclass
class Look:
    """One reading: who looks, when, and what he sees it in. It writes nothing."""

    session: Session
    by: Actor
    now: datetime
    keys: Keys
    calendar: WorkCalendar

    @property
    def today(self) -> date:
        """Return the Shanghai date."""
        return self.now.astimezone(SHANGHAI).date()
