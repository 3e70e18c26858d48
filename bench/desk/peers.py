"""The peers: the same app in their own manner, latest releases, their own production commands."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.desk.app import Content
from bench.desk.progress import say

REPOSITORY: Final = Path(__file__).resolve().parents[2]
APPS: Final = REPOSITORY / "bench" / "peers"
LOCK: Final = APPS / "requirements.txt"
VENV: Final = REPOSITORY / "var" / "bench" / "peers"

COMMANDS: Final[Mapping[str, Sequence[str]]] = {
    "solara": (
        *("solara", "run", "{app}", "--production", "--no-open"),
        *("--host=127.0.0.1", "--port={port}"),
    ),
    "streamlit": (
        *("streamlit", "run", "{app}", "--server.headless=true"),
        *("--server.address=127.0.0.1", "--server.port={port}"),
        *("--server.fileWatcherType=none", "--server.runOnSave=false"),
        *("--browser.gatherUsageStats=false", "--client.toolbarMode=viewer"),
    ),
    "panel": (
        *("panel", "serve", "{app}", "--address=127.0.0.1", "--port={port}"),
        *("--allow-websocket-origin=*",),
    ),
}
PATHS: Final[Mapping[str, str]] = {"solara": "/", "streamlit": "/", "panel": "/panel_app"}
MARKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "solara": {
        "button": ".bench-more",
        "count": ".bench-count",
        "rows": "tbody tr",
        "shapes": "path.leaflet-interactive",
    },
    "streamlit": {
        "button": ".st-key-more button",
        "count": ".st-key-count [data-testid='stText']",
        "rows": "[data-testid='stDataFrame'] [role='gridcell']",
        "shapes": "[data-testid='stVegaLiteChart'] svg path",
    },
    "panel": {
        "button": ".bench-more >>> button",
        "count": ".bench-count >>> pre",
        "rows": ".bench-matters >>> .tabulator-row",
        "shapes": ".bk-Figure >>> canvas.bk-layer",
    },
}


def command(name: str, port: int) -> list[str]:
    """Return what starts a peer; its venv is made, if it is not there."""
    make_venv()
    words = [word.format(app=APPS / f"{name}_app.py", port=port) for word in COMMANDS[name]]
    return [str(VENV / "bin" / words[0]), *words[1:]]


def surroundings(content: Content) -> dict[str, str]:
    """Return what the peers' apps read from their environment."""
    return {
        "BENCH_CONTENT": str(content.rows.parent),
        "PATH": f"{VENV / 'bin'}:/usr/bin:/bin",
        "BOKEH_RESOURCES": "server",
    }


def make_venv() -> None:
    """Install the peers as the lock file says, unless that has been done."""
    done = VENV / "requirements.txt"
    if done.exists() and done.read_bytes() == LOCK.read_bytes():
        return
    say(f"the peers are installed into {VENV}")
    uv = Path(sys.prefix) / "bin" / "uv"
    python = VENV / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", LOCK],
        check=True,
    )
    done.write_bytes(LOCK.read_bytes())
