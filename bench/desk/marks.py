"""Runs inside our desk's server: notes when the stations of an opening are begun and done.

Stations are found by name. One that a later version no longer has is passed over, and named.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bench.desk.progress import say

STATIONS: Final = {
    "request": "weiyou.desk.opening.AppPage.get",
    "look up the person": "weiyou.desk.pages.Page.person",
    "take a kernel": "weiyou.desk.kernels.DeskKernels.launch",
    "write the kernel's pass": "weiyou.services.accounts.open_kernel",
    "start the process": "weiyou.desk.kernels.DeskKernels._launch",
    "connect to the kernel": "voila.execute.VoilaExecutor.async_start_new_kernel_client",
    "run a cell": "voila.execute.VoilaExecutor.async_execute_cell",
    "send a part of the page": "weiyou.desk.pages.Page.flush",
    "connect the page to the kernel": "weiyou.desk.channels.DeskChannels.open",
}


def main(log: Path) -> None:
    """Serve the desk, with each station noted as a line of JSON."""
    for station, name in STATIONS.items():
        holder, attribute = _find(name)
        if holder is None:
            say(f"{station}: there is no {name} any more")  # into the log of the server
            continue
        setattr(holder, attribute, _noted(log, station, getattr(holder, attribute)))
    from weiyou.desk.__main__ import main as serve  # noqa: PLC0415 (after the stations are set)

    serve()


def read(log: Path) -> list[tuple[str, float, float]]:
    """Return the stations that were passed: name, begun, done; in seconds since 1970."""
    if not log.exists():
        return []
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [(line["station"], line["at"], line["at"] + line["seconds"]) for line in lines]


def _find(name: str) -> tuple[Any, str]:
    """Return what holds the named function, or None."""
    path, attribute = name.rsplit(".", 1)
    for cut in range(path.count(".") + 1):
        module, *names = path.rsplit(".", cut)
        try:
            holder: Any = importlib.import_module(module)
        except ImportError:
            continue
        for one in names:
            holder = getattr(holder, one, None)
        return (holder, attribute) if hasattr(holder, attribute) else (None, attribute)
    return None, attribute


def _noted(log: Path, station: str, function: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def waited(*args: Any, **named: Any) -> Any:
            start = time.time()
            try:
                return await function(*args, **named)
            finally:
                _note(log, station, start, time.time() - start)

        return waited

    @functools.wraps(function)
    def called(*args: Any, **named: Any) -> Any:
        start = time.time()
        try:
            return function(*args, **named)
        finally:
            _note(log, station, start, time.time() - start)

    return called


def _note(log: Path, station: str, at: float, seconds: float) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"station": station, "at": at, "seconds": seconds}) + "\n")
