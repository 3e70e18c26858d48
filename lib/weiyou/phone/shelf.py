"""Styles, scripts and pictures: read once, addressed by their content, kept for a year. 静态文件

All files share one version, the hash of them all, so that modules may import each other by
relative names. A page that is kept on a phone and asks for an older version gets today's file.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER: Final = Path(__file__).parent / "static"
WORKERS: Final = ("sw.js", "sw-sync.js")
"""Service workers are served from the root, since their folder is what they watch over."""

MEDIA_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_COMMENT: Final = re.compile(rb"^\s*(?:/\*.*?\*/|//[^\n]*)\s*$", re.DOTALL | re.MULTILINE)
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_FIRST: Final = "no-cache"


@dataclass(frozen=True)
class Item:
    """A file, plain and squeezed."""

    media_type: str
    plain: bytes
    squeezed: bytes

    def answer(self, request: Request, cache: str) -> Response:
        """Return the file, squeezed where the browser takes it so."""
        headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(self.squeezed, headers=headers, media_type=self.media_type)
        return Response(self.plain, headers=headers, media_type=self.media_type)


def bare(content: bytes) -> bytes:
    """Return a file without comments that fill lines, and without indentation: it travels so."""
    without = _COMMENT.sub(b"", content)
    return b"\n".join(line.strip() for line in without.splitlines() if line.strip())


class Shelf:
    """All static files."""

    def __init__(self, files: dict[str, bytes]) -> None:
        digest = hashlib.sha256()
        for name, content in sorted(files.items()):
            digest.update(f"{name}:{len(content)}:".encode() + content)
        self.version = digest.hexdigest()[:12]
        self.shell = [name for name in sorted(files) if name not in WORKERS]
        self.items = {name: self._item(name, content) for name, content in files.items()}

    @classmethod
    def load(cls) -> Shelf:
        """Return the shelf of this service."""
        return cls({path.name: path.read_bytes() for path in FOLDER.iterdir() if path.is_file()})

    def address(self, name: str) -> str:
        """Return where a file is found. Raises: KeyError for one that does not exist."""
        self.items[name]
        return self._path(name)

    def text(self, name: str) -> str:
        """Return what is in a file, for a page that carries it along."""
        return self.items[name].plain.decode()

    def hash(self, name: str) -> str:
        """Return how a policy names a file that a page carries along (CSP Level 3, 2.3.1)."""
        return b64encode(hashlib.sha256(self.items[name].plain).digest()).decode()

    def file(self, request: Request) -> Response:
        """Answer `/static/{version}/{name}`."""
        item = self.items.get(request.path_params["name"])
        if item is None:
            raise HTTPException(404)
        current = request.path_params["version"] == self.version
        return item.answer(request, FOR_EVER if current else ASK_FIRST)

    def worker(self, request: Request) -> Response:
        """Answer `/sw.js` and `/sw-sync.js`."""
        return self.items[request.url.path.removeprefix("/")].answer(request, ASK_FIRST)

    def _item(self, name: str, content: bytes) -> Item:
        if name in WORKERS:
            shell = ",".join(f'"{self._path(other)}"' for other in self.shell)
            content = content.replace(b"@VERSION@", self.version.encode())
            content = content.replace(b'"@SHELL@"', shell.encode())
        content = bare(content)
        return Item(MEDIA_TYPES[Path(name).suffix], content, gzip.compress(content, 9, mtime=0))

    def _path(self, name: str) -> str:
        return f"/static/{self.version}/{name}"
