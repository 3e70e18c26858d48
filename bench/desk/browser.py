"""The browser that opens everything: one Chromium, which reaches this machine and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from tests.chromium import FLAGS, PROGRAM

from bench.desk.servers import Server

NOWHERE_ELSE: Final = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
SIZE: Final = {"width": 1440, "height": 1000}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield the browser; a name of another machine is refused at once, so that nobody waits."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=[*FLAGS, NOWHERE_ELSE])
        yield browser
        browser.close()


@dataclass
class User:
    """Somebody with a browser of their own: nothing cached, and signed in where one must.

    Attributes:
        foreign: The addresses of other machines that pages have asked for.
    """

    server: Server
    context: BrowserContext
    foreign: list[str] = field(default_factory=list)

    def open(self, *scripts: str) -> tuple[Page, dict[str, float]]:
        """Open the app; return its page, and when what of it was there (ms from the request).

        Args:
            scripts: What else runs first in the page.
        """
        page = self.context.new_page()
        page.on("request", self._note)
        for script in scripts:
            page.add_init_script(script)
        page.add_init_script(self.server.script())
        page.goto(self.server.address, wait_until="commit", timeout=120_000)
        try:
            opened: dict[str, float] = page.evaluate("() => window.bench.opened")
        except Error as fault:
            fault.add_note(f"{self.server.name} showed: {page.inner_text('body')[:300]!r}")
            raise
        return page, opened

    def _note(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.foreign.append(request.url)


@contextmanager
def a_user(browser: Browser, server: Server) -> Iterator[User]:
    """Yield somebody new."""
    context = browser.new_context(viewport=SIZE, locale="zh-CN")  # type: ignore[arg-type]
    try:
        server.sign_in(context)
        yield User(server, context)
    finally:
        context.close()


def clicks(page: Page, duration_ms: int, period_ms: int) -> list[float | None]:
    """Click for a while; return how many ms each click took, None for one that was lost."""
    taken: list[float | None] = page.evaluate(
        "([duration, period]) => window.bench.clicks(duration, period)", [duration_ms, period_ms]
    )
    return taken


def leave(page: Page) -> None:
    """Close a page as people do, so that it can say goodbye."""
    page.goto("about:blank")
    page.close()
