"""What a kernel may know of its surroundings: a list of permissions, not of prohibitions.

Kernels inherit the environment of their server unless somebody stops it, and with it whatever an
operator keeps there. Here a kernel's environment is built from nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from weiyou.settings import Settings

DATABASE_URL: Final = "WEIYOU_DATABASE_URL"
DATABASE_URL_FILE: Final = "WEIYOU_DATABASE_URL_FILE"
KERNEL_PASS: Final = "WEIYOU_KERNEL_PASS"  # noqa: S105 (the name of a variable)
KERNEL_MB: Final = "WEIYOU_DESK_KERNEL_MB"

INHERITED: Final = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
"""What a kernel takes over from its server, if it is there."""

SETTINGS: Final = (
    "home",
    "reference",
    "apps",
    "public_url",
    "production",
    "street_name",
    "supervision_phone",
    "confirm_days",
    "desk_kernel_mb",
)
"""The settings that a kernel is told. The database address is not among them."""

FIXED: Final = {
    "LANG": "C.UTF-8",
    "JUPYTER_NO_CONFIG": "1",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",  # a desk kernel draws lists; thirty of them must share few cores
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",  # one heap for all threads: they seldom allocate at once
}


def of_kernel(settings: Settings, server: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return the environment of a kernel, without its pass.

    Args:
        settings: Those of the installation; `SETTINGS` of them are handed on.
        server: The environment of the server; `INHERITED` of it is handed on.
        home: An empty folder that stands in for the user's own, whose Jupyter and IPython
            start-up files must not run in a kernel.
    """
    told = {f"WEIYOU_{name.upper()}": _as_text(getattr(settings, name)) for name in SETTINGS}
    if settings.database_url_file is not None:
        told[DATABASE_URL_FILE] = str(settings.database_url_file)
    inherited = {name: server[name] for name in INHERITED if name in server}
    return FIXED | inherited | told | {"HOME": str(home), "IPYTHONDIR": str(home / "ipython")}


def put_away_the_database_url(settings: Settings, server: Mapping[str, str]) -> dict[str, str]:
    """Return the server's environment with the database address moved into a private file.

    The server starts itself again with the answer, so that not even `/proc/<pid>/environ` holds
    a password.
    """
    kept = {name: value for name, value in server.items() if name.upper() != DATABASE_URL}
    folder = settings.home / "run"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "desk_database_url"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(settings.database_url)
    return kept | {DATABASE_URL_FILE: str(path)}


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
