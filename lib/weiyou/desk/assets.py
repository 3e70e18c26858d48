"""The files of the page: our own style and what an open app runs, all from this machine.

What an app runs is built from `frontend/` and lies in `static/app`: every file is named after its
content, so that browsers may keep it for ever, and lies there compressed as well.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from tornado import web

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
APP: Final = STATIC / "app"
TEMPLATES: Final = HERE / "templates"
SCREENS: Final = HERE.parent / "widgets" / "vue"
REPOSITORY: Final = HERE.parents[2]

A_YEAR_S: Final = 365 * 24 * 3600
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
PACKED: Final = (("br", ".br"), ("gzip", ".gz"))
"""How a file may be sent, the smallest first, and how its packed copy is called."""

COMPILER: Final = "compiler"
PARTS: Final = {
    "jupyter-leaflet": "leaflet",
    "@jupyter-widgets/controls": "controls",
    COMPILER: "compiling",
}
"""What of our files carries which library; the others are in what every page loads."""

log = logging.getLogger(__name__)


def guard(handler: web.RequestHandler) -> None:
    """Put on what Jupyter's own handlers leave out: kept nowhere, sniffed by nobody."""
    handler.clear_header("Server")
    for name, value in (HEADERS | {"Cache-Control": "no-store"}).items():
        handler.set_header(name, value)


class Files(web.StaticFileHandler):
    """Files that anybody may read: the code of free libraries and our own style."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the path of a file below `root`. Raises: HTTPError."""
        if "\0" in absolute_path:
            raise web.HTTPError(404)
        return super().validate_absolute_path(root, absolute_path)

    def set_default_headers(self) -> None:
        """Say how the file may be used."""
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with the bare number."""
        del kwargs
        self.finish(f"{status_code}")


class AppFiles(Files):
    """What an open app runs: kept by browsers for ever, and sent packed to whoever unpacks."""

    packed = ""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the path of the file, or of its packed copy. Raises: HTTPError."""
        understood = self.request.headers.get("Accept-Encoding", "")
        for name, ending in PACKED if "\0" not in absolute_path else ():
            if name in understood and Path(f"{absolute_path}{ending}").is_file():
                self.packed = name
                return super().validate_absolute_path(root, f"{absolute_path}{ending}")
        return super().validate_absolute_path(root, absolute_path)

    def get_content_type(self) -> str:
        """Return the kind of the file inside."""
        name = self.path.rsplit("/", 1)[-1]
        return "text/css" if name.endswith(".css") else "text/javascript"

    def set_extra_headers(self, path: str) -> None:
        """Let browsers keep what never changes under its name."""
        del path
        self.set_header("Cache-Control", f"public, max-age={A_YEAR_S}, immutable")
        if self.packed:
            self.set_header("Content-Encoding", self.packed)


@dataclass(frozen=True)
class Built:
    """What a page of an app names in its head.

    Attributes:
        script: Starts the app.
        style: Is needed before anything is painted.
        modules: Are fetched together with the script, not after it.
        compiles: Whether a screen has changed since, so that the page itself must compile it.
    """

    script: str
    style: str
    modules: tuple[str, ...]
    compiles: bool


def built(libraries: Iterable[str] = ()) -> Built:
    """Return what the head of a page names.

    Args:
        libraries: Those that the widgets of the app came from when it was last opened.
    """
    made = _manifest()
    parts = (PARTS.get(library, "") for library in sorted(libraries))
    later = [name for part in parts for name in made["parts"].get(part, ())]
    return Built(
        script=made["script"],
        style=made["style"],
        modules=tuple(dict.fromkeys([*made["with"], *later])),
        compiles=_is_older(made["sources"]),
    )


@cache
def _manifest() -> dict[str, Any]:
    made: dict[str, Any] = json.loads((APP / "manifest.json").read_text(encoding="utf-8"))
    return made


def _is_older(sources: dict[str, str]) -> bool:
    """Return whether a screen has been changed since the files were built."""
    now = tuple((path.name, path.stat().st_mtime_ns) for path in sorted(SCREENS.glob("*.vue")))
    return _differ(now, tuple(sources.items()))


@cache
def _differ(now: Sequence[tuple[str, int]], sources: Sequence[tuple[str, str]]) -> bool:
    known = dict(sources)
    for name, _ in now:
        path = SCREENS / name
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if known.get(str(path.relative_to(REPOSITORY))) != digest:
            log.warning("%s has changed: build frontend/ anew", path)
            return True
    return False


def routes(base_url: str) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Return the addresses of the files of an app."""
    names = r"[a-z]+-[A-Z0-9]{8}\.(?:js|css)"
    return [(rf"{base_url}static/app/({names})", AppFiles, {"path": str(APP)})]
