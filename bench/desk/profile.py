"""Where the time of one opening goes: stations of the server, the kernel and the browser.

`python -m bench.desk profile [--server stock] [--warm]` prints one timeline, the files that were
fetched, and what kept the browser's one thread busy.

What it told before kernels were forked and before the desk had a front end of its own (a page of
Voilà's, 24 November 2026, a busy machine, about 5.0 s cold and 3.6 s warm):

- 0.0 to 2.1 s, the server: the loading screen is there after 0.1 s; 0.8-1.1 s until the kernel
  answers, then 0.4-1.0 s in which it imports the widgets' modules, 0.1 s to make the widgets.
  Looking up the person and writing the pass take 5 ms together.
- 2.1 to 3.9 s, nothing but files: the browser learns of the scripts from the last bytes of the
  page, so its work begins when the kernel's is over. Three waves one after the other (Voilà's
  40 chunks; the front ends' entries; their chunks), 121 files, 8.6 MB, nothing compressed. A warm
  browser fetches nothing and still needs 1.3 s for this.
- 3.9 to 4.0 s, the websocket; 4.0 to 4.9 s: a fourth wave for ipyleaflet, ipyvue's compiler
  (0.8 MB, 0.26 s to evaluate) and fonts; widgets, then map, then table.
- The page's thread works for 1.3-1.9 s in all, 1.0-1.3 s of it evaluating scripts: Vuetify 0.26,
  ipyvue's compiler 0.26, ipyleaflet 0.20, the shell of JupyterLab 0.35.
- The server's processes take 0.85 s of processor time, 0.63 of them the kernel.

So: name the scripts in the first bytes of the page, in one wave, compressed, while the kernel
starts; leave out JupyterLab's shell; compile no templates in the page; open the websocket early.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from bench.desk import app, marks, processes, servers, tracing
from bench.desk.browser import a_user, chromium, leave
from bench.desk.servers import Server

REPOSITORY: Final = Path(__file__).resolve().parents[2]
SERVE: Final = """
import sys, pathlib
sys.path.insert(0, {repository!r})
from bench.desk import marks
marks.main(pathlib.Path({log!r}))
"""
LARGE_KB: Final = 40
LEAST_S: Final = 0.005
PROFILED: Final = "\nimport time as _time\n_begun = _time.time()\n"
IMPORTS_END: Final = "import ipyleaflet, ipyvuetify, ipywidgets, traitlets\n"


@dataclass(frozen=True)
class Timeline:
    """One opening.

    Attributes:
        moments: What happened when, in seconds from the request, and how long it took.
        files: Address, seconds from the request, seconds until it was there, kB in the air.
        work: What the browser's main thread did, and for how many seconds.
        scripts: The files whose code kept it busy.
        cpu: Processor seconds of each process of the server.
    """

    moments: list[tuple[float, float, str]]
    files: list[tuple[str, float, float, float]]
    work: dict[str, float]
    scripts: dict[str, float]
    cpu: dict[str, float]


def run(name: str, *, warm: bool) -> str:
    """Return the timeline of one opening, in words."""
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        with _profiled(name, folder) as server, chromium() as browser:
            with a_user(browser, server) as user:  # the server has then imported what it needs
                leave(user.open()[0])
            timeline = _open(browser, server, folder, warm=warm)
    return _words(timeline)


@contextmanager
def _profiled(name: str, folder: Path) -> Iterator[Server]:
    content = app.lay_out(folder)
    if name != "ours":
        with servers.STARTS[name](folder, content) as server:
            yield server
        return
    serve = SERVE.format(repository=str(REPOSITORY), log=str(folder / "stations"))
    timed = _TimedContent(content.rows, content.grids)
    with servers.ours(folder, timed, serve=serve) as server:
        yield server


class _TimedContent(app.Content):
    """The same content; its notebook says when its steps were done."""

    def notebook(self) -> str:
        """Return the cell, with three clocks in it."""
        head, tail = super().notebook().split(IMPORTS_END)
        end = tail.rstrip().rsplit("\n", 1)
        path = str(self.rows.with_name("kernel"))
        told = f"pathlib.Path({path!r}).write_text(json.dumps([_begun, _imported, _time.time()]))"
        return (
            f"{PROFILED}{head}{IMPORTS_END}_imported = _time.time()\n{end[0]}\n"
            f"_shown = {end[1]}\n{told}\n_shown"
        )


def _open(browser: Browser, server: Server, folder: Path, *, warm: bool) -> Timeline:
    own = Path(__file__).with_name("profile.js").read_text(encoding="utf-8")
    with a_user(browser, server) as user:
        if warm:
            leave(user.open()[0])
        (folder / "stations").unlink(missing_ok=True)
        before = processes.cpu_by_process(server.pid)
        browser.start_tracing(categories=tracing.CATEGORIES)
        page, opened = user.open(own)
        trace = json.loads(browser.stop_tracing())
        after = processes.cpu_by_process(server.pid)
        moments = _of_page(page, opened) + _of_server(folder, opened["origin"] / 1000)
        work, scripts = tracing.of_thread(trace["traceEvents"], server.address)
        cpu = {
            processes.command(pid)[-70:]: round(seconds - before.get(pid, 0), 2)
            for pid, seconds in after.items()
        }
        return Timeline(sorted(moments), _files(page), work, scripts, cpu)


def _of_page(page: Page, opened: Mapping[str, float]) -> list[tuple[float, float, str]]:
    notes: list[tuple[str, float]] = page.evaluate("() => window.benchNotes")
    answer: dict[str, float] = page.evaluate(
        """() => {
            const { responseStart, responseEnd } = performance.getEntriesByType("navigation")[0];
            return { "page: first byte": responseStart, "page: last byte": responseEnd };
        }"""
    )
    told = {
        "button": "page.js: the button can be clicked",
        "rows": "page.js: the table has its rows",
        "shapes": "page.js: the map has its polygons",
        "worked": "page.js: A CLICK HAS WORKED",
    }
    seen = [(told[name], opened[name]) for name in told]
    return [(at / 1000, 0.0, f"browser  {what}") for what, at in [*notes, *answer.items(), *seen]]


def _of_server(folder: Path, origin: float) -> list[tuple[float, float, str]]:
    passed = [
        (begun - origin, done - begun, f"server   {station}")
        for station, begun, done in marks.read(folder / "stations")
        if begun >= origin  # the page before may just have been left
    ]
    kernel = folder / "kernel"
    if not kernel.exists():
        return passed
    begun, imported, done = json.loads(kernel.read_text(encoding="utf-8"))
    return [
        *passed,
        (begun - origin, imported - begun, "kernel   import the widgets' modules"),
        (imported - origin, done - imported, "kernel   make the widgets"),
    ]


def _files(page: Page) -> list[tuple[str, float, float, float]]:
    entries: list[dict[str, Any]] = page.evaluate(
        """() => performance.getEntriesByType("resource").map(
            ({ name, startTime, responseEnd, transferSize, encodedBodySize }) =>
            ({ name, startTime, responseEnd, transferSize, encodedBodySize }))"""
    )
    return [
        (
            urlsplit(entry["name"]).path or entry["name"],
            entry["startTime"] / 1000,
            (entry["responseEnd"] - entry["startTime"]) / 1000,
            entry["transferSize"] / 1000,
        )
        for entry in entries
    ]


def _words(timeline: Timeline) -> str:
    lines = ["| at s | took s | what |", "|---:|---:|---|"]
    for at, took, what in timeline.moments:
        lines.append(f"| {at:.3f} | {took:.3f} | {what} |" if took else f"| {at:.3f} | | {what} |")
    fetched = [file for file in timeline.files if file[3]]
    total = sum(file[3] for file in fetched)
    lines += ["", f"{len(fetched)} files fetched, {total:.0f} kB; the larger ones:", ""]
    lines += ["| file | asked at s | took s | kB |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name[-70:]} | {at:.3f} | {took:.3f} | {kb:.1f} |"
        for name, at, took, kb in fetched
        if kb > LARGE_KB
    ]
    lines += ["", "| main thread of the page | s |", "|---|---:|", *_largest(timeline.work)]
    lines += ["", "| busy with the script | s |", "|---|---:|", *_largest(timeline.scripts)]
    lines += ["", "| process of the server | CPU s |", "|---|---:|", *_largest(timeline.cpu)]
    return "\n".join(lines)


def _largest(table: Mapping[str, float]) -> list[str]:
    ranked = sorted(table.items(), key=lambda pair: -pair[1])
    return [
        f"| {name[-80:]} | {seconds:.3f} |" for name, seconds in ranked[:12] if seconds >= 0.005
    ]
