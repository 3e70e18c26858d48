"""Opening an app of the desk: seconds until its content stands, and processor seconds it costs.

A real server and a real Chromium; the app is a table, a field and a button of ipyvuetify.
`python -m bench.desk [openings]`
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright
from tests import desk as desks
from tests.desk import Desk
from tests.factories import PASSWORD

CHROMIUM: Final = Path("/usr/bin/chromium")
APP: Final = """
import os
import ipyvuetify, traitlets
class Screen(ipyvuetify.VuetifyTemplate):
    count = traitlets.Int(0).tag(sync=True)
    pid = traitlets.Int(os.getpid()).tag(sync=True)
    rows = traitlets.List([{"number": n, "what": "路灯"} for n in range(20)]).tag(sync=True)
    template = traitlets.Unicode('''
        <template><v-app><v-main><v-container fluid>
          <v-text-field label="查找"></v-text-field>
          <v-btn id="more" @click="more(1)">受理</v-btn><b id="count">{{ count }}</b>
          <i id="pid">{{ pid }}</i><v-data-table :items="rows"></v-data-table>
        </v-container></v-main></v-app></template>
    ''').tag(sync=True)
    def vue_more(self, step):
        self.count += step
Screen()
"""


@dataclass(frozen=True)
class Opening:
    """One opening of the app."""

    seconds: float
    server_cpu_s: float
    kernel_cpu_s: float
    click_ms: float


def main(openings: int) -> None:
    """Print medians for a browser that comes for the first time, and for one that comes again."""
    with tempfile.TemporaryDirectory() as folder, _desk(Path(folder)) as desk, _chromium() as own:
        _open(own, desk)  # the server imports what it has not needed yet
        first = [_open(own, desk) for _ in range(openings)]
        page = _sign_in(own, desk)
        _measure(page, desk)
        again = [_measure(page, desk) for _ in range(openings)]
    sys.stdout.write("| browser | open s | server CPU s | kernel CPU s | click ms |\n")
    sys.stdout.write("|---|---|---|---|---|\n")
    for name, taken in (("first time", first), ("again", again)):
        numbers = (
            f"{statistics.median(getattr(one, field) for one in taken):.2f}"
            for field in ("seconds", "server_cpu_s", "kernel_cpu_s", "click_ms")
        )
        sys.stdout.write(f"| {name} | {' | '.join(numbers)} |\n")


@contextmanager
def _desk(folder: Path) -> Iterator[Desk]:
    desks.a_notebook(folder / "apps", "triage", APP)
    desks.a_world(folder / "home")
    with desks.running(folder / "home", folder / "apps") as served:
        yield served


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        yield browser
        browser.close()


def _sign_in(browser: Browser, desk: Desk) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(desk.address)
    page.fill("input[name=login]", "liang")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{desk.address}/")
    return page


def _open(browser: Browser, desk: Desk) -> Opening:
    page = _sign_in(browser, desk)
    taken = _measure(page, desk)
    page.context.close()
    return taken


def _measure(page: Page, desk: Desk) -> Opening:
    before, start = _cpu_s(desk.process.pid), time.perf_counter()
    page.goto(f"{desk.address}/app/triage", wait_until="commit")
    page.wait_for_selector("body.shown #count", timeout=60_000)
    seconds = time.perf_counter() - start
    click_ms = _click_ms(page)
    kernel = int(page.inner_text("#pid"))
    taken = Opening(seconds, _cpu_s(desk.process.pid) - before, _cpu_s(kernel), click_ms)
    page.goto(desk.address)
    return taken


def _click_ms(page: Page) -> float:
    """Return how long the page waits from a click until the kernel's answer stands in it."""
    measured: Any = page.evaluate(
        """() => new Promise((done) => {
            const start = performance.now();
            const changes = {childList: true, characterData: true, subtree: true};
            new MutationObserver(() => done(performance.now() - start))
                .observe(document.querySelector("#count"), changes);
            document.querySelector("#more").click();
        })"""
    )
    return float(measured)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
