"""Opening an app: the page that loads while its kernel starts, and what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
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

COMPILED: Final = {"script-src": "blob:", "connect-src": "blob:"}
"""ipyvue compiles the templates of our screens in the page and imports them as blobs."""

WITH_MAPS: Final = frozenset({"overview"})
"""A plugin inside ipyleaflet compiles its templates with `Function` when it is loaded."""


def widening(app: str) -> dict[str, str]:
    """Return what the page of an app must be allowed beyond other pages, by directive."""
    if app in WITH_MAPS:
        return COMPILED | {"script-src": f"{COMPILED['script-src']} 'unsafe-eval'"}
    return COMPILED


class AppPage(Page):
    """An app: its loading screen at once, then its outputs as they come."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """Open it, for those who may."""
        app = apps.find(name)
        if app is None:
            raise NotFound("没有这个应用，请从首页进入")
        apps.require(self.visitor.who, app)
        cells = notebook.read(self.office.settings.apps, app.name)
        person = await self.person()
        self.set_header("Content-Security-Policy", self.policy_with(widening(app.name)))
        async with self._seat(app) as kernel_id:
            await self._say("app_head.html", app=app, person=person)
            await self._run(cells, kernel_id)

    @asynccontextmanager
    async def _seat(self, app: apps.App) -> AsyncIterator[str]:
        """Yield a kernel that is ended at once if the page is never finished."""
        kernel_id = await self.kernels.take(self.visitor, app)
        try:
            yield kernel_id
        except StreamClosedError:
            await self.kernels.end(kernel_id, Reason.LEFT)
        except BaseException:
            await self.kernels.end(kernel_id, Reason.DIED)
            raise

    async def _run(self, cells: Any, kernel_id: str) -> None:
        kernel = self.kernels.get_kernel(kernel_id)
        async with aclosing(notebook.run(cells, kernel)) as steps:
            async for step in steps:
                await self._say("app_step.html", step=step)
        await self._say("app_tail.html", config=assets.page_config(self.base_url, kernel_id))

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
    """What Voilà's front end asks before it connects; nothing can be done here."""

    async def delete(self, kernel_id: str) -> None:
        """Refuse: a seat is left at its own address."""
        del kernel_id
        raise web.HTTPError(405)
