"""What every answer of the phone service needs, opened once when it starts. 手机端"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias, cast

from anyio import CapacityLimiter
from starlette.requests import Request

from weiyou.phone.limits import Limits
from weiyou.phone.pages import Pages
from weiyou.phone.scans import Scans
from weiyou.phone.shelf import Shelf
from weiyou.services.counter import Counter
from weiyou.services.office import Office
from weiyou.services.uploads import Uploads

Clock: TypeAlias = Callable[[], datetime]


def now() -> datetime:
    """Return the present instant: the one place of this service that reads the clock."""
    return datetime.now(UTC)


@dataclass
class Door:
    """The office behind the pages, and what stands at its door.

    Attributes:
        slow: Threads for photos, kept apart so that they never hold up a submission.
        careful: Threads for sign-ins, which are slow on purpose.
    """

    office: Office
    clock: Clock
    shelf: Shelf
    pages: Pages
    limits: Limits
    counter: Counter
    uploads: Uploads
    scans: Scans
    slow: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(8))
    careful: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(4))

    def close(self) -> None:
        """Finish what is in hand, then let go."""
        self.counter.close()
        self.scans.write(self.clock())
        self.uploads.close()


def open_door(office: Office, shelf: Shelf, clock: Clock) -> Door:
    """Return the door of an office."""
    settings = office.settings
    return Door(
        office=office,
        clock=clock,
        shelf=shelf,
        pages=Pages(shelf, settings),
        limits=Limits(
            per_minute=settings.phone_per_minute,
            grid_per_minute=settings.phone_grid_per_minute,
        ),
        counter=Counter(office),
        uploads=Uploads(office),
        scans=Scans(office),
    )


def door_of(request: Request) -> Door:
    """Return the door that a request came through."""
    return cast(Door, request.app.state.door)
