"""Opening an app: the page that loads while its kernel starts, and what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado import web
from tornado.iostream import StreamClosedError

from weiyou.desk import assets, notebook
from weiyou.desk.channels import sorry
from weiyou.desk.pages import Page
from weiyou.desk.seats import Reason
from weiyou.domain import apps
from weiyou.errors import NotFound

COMPILES: Final = {"script-src": "blob:"}
"""A template that was not built into our files is compiled in the page and imported as a blob."""


class AppPage(Page):
    """An app: its loading screen at once, then its outputs as they come."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """Open it, for those who may."""
        app = apps.find(name)
        if app is None:
            raise NotFound("没有这个应用，请从首页进入")
        apps.require(self.visitor.who, app)
        paper = notebook.read(self.office.settings.apps, app.name)
        person = await self.person()
        built = assets.built(self._libraries(app, paper))
        if paper.compiles or built.compiles:
            self.set_header("Content-Security-Policy", self.policy_with(COMPILES))
        async with self._seat(app) as kernel_id:
            names = {"app": app, "person": person, "built": built, "kernel_id": kernel_id}
            await self._say("app_head.html", **names)
            await self.kernels.launch(kernel_id)
            await self._run(app, paper, kernel_id)

    @asynccontextmanager
    async def _seat(self, app: apps.App) -> AsyncIterator[str]:
        """Yield a kernel's id; the kernel is ended at once if the page is never finished."""
        kernel_id = self.kernels.reserve(self.visitor, app)
        try:
            yield kernel_id
        except StreamClosedError:
            await self.kernels.end(kernel_id, Reason.LEFT)
        except BaseException:
            await self.kernels.end(kernel_id, Reason.DIED)
            raise

    def _libraries(self, app: apps.App, paper: notebook.Paper) -> frozenset[str]:
        """Return what the page should fetch beside the common files: what it needed last time."""
        known: dict[str, frozenset[str]] = self.settings["libraries"]
        compiler = frozenset({assets.COMPILER} if paper.compiles else ())
        return known.get(app.name, frozenset()) | compiler

    async def _run(self, app: apps.App, paper: notebook.Paper, kernel_id: str) -> None:
        kernel = self.kernels.get_kernel(kernel_id)
        async with notebook.reader(paper, kernel) as reader:
            async for step in reader.steps():
                await self._say("app_step.html", step=step)
            heard = self.kernels.is_heard(kernel_id)  # asked before: no word is missed between
            widgets = await reader.widgets()
            self.settings["libraries"][app.name] = widgets.libraries
            await self._say("app_tail.html", widgets=widgets, heard=heard)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Answer a fault; if the page is there already, in the page."""
        if self._headers_written and not self._finished:
            self.finish(self.page("app_trouble.html", sentence=sorry(self.fault)))
        else:
            super().send_error(status_code, **kwargs)

    async def _say(self, template: str, **names: Any) -> None:
        self.write(self.page(template, **names))
        await self.flush()


class SeatState(Page):
    """Tells a page whether its kernel is still there, and if not, why."""

    @allow_unauthenticated
    async def get(self, kernel_id: str) -> None:
        """Answer with a word and a sentence."""
        reason: Reason | None = Reason.SIGNED_OUT
        if self.current_user is not None:
            reason = self.kernels.state(kernel_id, self.visitor)
        self.finish(
            {"state": "open", "sentence": ""}
            if reason is None
            else {"state": reason.value, "sentence": reason.label}
        )


class LeaveSeat(Page):
    """Where a page says goodbye when it is closed."""

    @web.authenticated
    async def post(self, kernel_id: str) -> None:
        """End the kernel, if it is the visitor's."""
        if not self.kernels.belongs(kernel_id, self.visitor):
            raise web.HTTPError(403)
        await self.kernels.end(kernel_id, Reason.LEFT)
        self.set_status(204)


class KernelModel(KernelHandler):
    """What is known of a kernel; nothing can be done here."""

    def set_default_headers(self) -> None:
        """Say how the answer may be used."""
        super().set_default_headers()
        assets.guard(self)

    async def delete(self, kernel_id: str) -> None:
        """Refuse: a seat is left at its own address."""
        del kernel_id
        raise web.HTTPError(405)
