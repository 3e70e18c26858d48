"""Doing once what every screen does at its opening, on an empty office that is thrown away.

The zygote rehearses before kernels are forked from it: tables are mapped to classes, statements
are put together, patterns compiled, and all kernels share what that leaves in memory.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from weiyou.domain.people import Actor, Role
from weiyou.errors import NotSignedIn
from weiyou.services.office import KernelPass, Office, open_office
from weiyou.settings import Settings
from weiyou.widgets.door import Desk
from weiyou.widgets.overview import OverviewModel
from weiyou.widgets.triage import TriageModel

SCREENS: Final[tuple[tuple[Role, Callable[[Desk], object]], ...]] = (
    (Role.TRIAGE, TriageModel),
    (Role.LEADER, OverviewModel),
)
"""What the apps show, and to whom. Only what they know: nothing is shown to anybody here."""


def rehearse() -> None:
    """Open what each screen knows, once. Nothing stays open."""
    with tempfile.TemporaryDirectory() as folder:
        office = open_office(Settings(home=Path(folder), database_url="", database_url_file=None))
        try:
            _open_all(office)
        finally:
            office.close()


def _open_all(office: Office) -> None:
    with contextlib.suppress(NotSignedIn), office.look(KernelPass(""), datetime.now(UTC)):
        pass  # how a kernel finds out whom it acts for
    for role, model in SCREENS:
        model(Desk(office, Actor(account_id=None, name="预演", role=role, areas=("",))))
