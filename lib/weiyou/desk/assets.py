"""The files of the page: ours, Voilà's and the widget libraries', all from this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import voila
from tornado import web

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
TEMPLATES: Final = HERE / "templates"
SHARE: Final = Path(sys.prefix) / "share" / "jupyter"
VOILA_STATIC: Final = SHARE / "voila" / "templates" / "base" / "static"
EXTENSIONS: Final = (SHARE / "labextensions", SHARE / "voila" / "labextensions")

WANTED: Final = (
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "jupyter-vue",
    "jupyter-vuetify",
    "jupyter-leaflet",
    "anywidget",
)
"""The front ends that our screens use, if installed. Others of the machine do not count."""

A_YEAR_S: Final = 365 * 24 * 3600
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Files(web.StaticFileHandler):
    """Files that anybody may read: the code of free libraries and our own style."""

    def initialize(  # type: ignore[override]  # more roots than Tornado knows
        self, path: str = "", *, roots: Sequence[str] = (), immutable: bool = False
    ) -> None:
        """Serve from the first of `roots` that has the file, or from `path` alone."""
        self.roots = [str(Path(root).resolve()) for root in roots or (path,)]
        self.immutable = immutable
        super().initialize(path=self.roots[0])

    def set_default_headers(self) -> None:
        """Say how the file may be used."""
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """Return where the file would lie below `root`."""
        return str(Path(root, path))

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the file's path. Raises: HTTPError if no root has it."""
        wanted = Path(absolute_path).relative_to(root)
        for candidate in () if ".." in wanted.parts else self.roots:
            if (Path(candidate) / wanted).is_file():
                self.root = candidate
                return super().validate_absolute_path(candidate, str(Path(candidate) / wanted))
        raise web.HTTPError(404)

    def set_extra_headers(self, path: str) -> None:
        """Let browsers keep what never changes under its name."""
        del path
        if self.immutable:
            self.set_header("Cache-Control", f"public, max-age={A_YEAR_S}, immutable")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with the bare number."""
        del kwargs
        self.finish(f"{status_code}")


@cache
def extensions() -> tuple[Mapping[str, str], ...]:
    """Return the front ends to load, as the page's start script wants to read them."""
    found = []
    for name in WANTED:
        for folder in EXTENSIONS:
            package = folder / name / "package.json"
            if package.is_file():
                build = json.loads(package.read_text(encoding="utf-8"))["jupyterlab"]["_build"]
                found.append({"name": name, **build})
                break
    return tuple(found)


def page_config(base_url: str, kernel_id: str) -> dict[str, Any]:
    """Return what Voilà's front end reads from the page when it starts."""
    return {
        "appName": "Voilà",
        "appVersion": voila.__version__,
        "appUrl": "voila/",
        "baseUrl": base_url,
        "kernelId": kernel_id,
        "fullStaticUrl": static_url(base_url),
        "fullLabextensionsUrl": f"{base_url}voila/labextensions",
        "federated_extensions": list(extensions()),
        "disabledExtensions": [],
        "fullMathjaxUrl": f"{base_url}static/formulas.js",  # otherwise it is fetched from a CDN
        "mathjaxConfig": "none",
        "extensionConfig": None,
        "progressiveRendering": False,
        "jupyterLabTheme": "light",
        "terminalsAvailable": False,
        "token": "",
    }


def static_url(base_url: str) -> str:
    """Return where Voilà's own files are: a new version has a new address."""
    return f"{base_url}voila/static/{voila.__version__}"


def routes(base_url: str) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Return the addresses of all files."""
    version = voila.__version__.replace(".", r"\.")
    return [
        (
            rf"{base_url}voila/static/{version}/(.*)",
            Files,
            {"roots": (str(VOILA_STATIC),), "immutable": True},
        ),
        (
            rf"{base_url}voila/labextensions/((?:{'|'.join(map(_escaped, WANTED))})/static/.*)",
            Files,
            {"roots": tuple(map(str, EXTENSIONS)), "immutable": True},
        ),
    ]


def _escaped(name: str) -> str:
    return name.replace("/", r"\/").replace("-", r"\-")
