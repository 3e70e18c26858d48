"""Starting a desk as a process of this machine. It learns nothing of the hub, not even a token."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from jupyterhub.spawner import SimpleLocalProcessSpawner

from weiyou_hub.plan import Desk, Plan

KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "HOME", "CREDENTIALS_DIRECTORY")


def environment(desk: Desk, hub: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a desk: the installation's settings, and what is its own."""
    kept = {
        name: value for name, value in hub.items() if name in KEPT or name.startswith("WEIYOU_")
    }
    return kept | {
        "WEIYOU_DESK_HOST": "127.0.0.1",
        "WEIYOU_DESK_PORT": str(desk.port),
        "WEIYOU_DESK_PROXIES": "127.0.0.1",
        "WEIYOU_STREET_NAME": desk.street_name,
    }


class DeskSpawner(SimpleLocalProcessSpawner):  # type: ignore[misc]  # the hub carries no types
    """One desk."""

    plan: Plan

    @property
    def desk(self) -> Desk:
        """Return which. Raises: KeyError for a person, who has none."""
        return self.plan.by_owner[self.user.name]

    def get_env(self) -> dict[str, str]:
        """Return the environment of the process."""
        return environment(self.desk, os.environ)

    async def start(self) -> Any:
        """Start it where its address says."""
        self.port = self.desk.port
        return await super().start()
