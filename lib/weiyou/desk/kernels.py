"""The kernels of the desk: opened for a session, with a pass of their own, ended with it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado import web

from weiyou.desk import environment
from weiyou.desk.identity import Visitor
from weiyou.desk.nursery import Nursery
from weiyou.desk.seats import TOUCH_EVERY_S, Reason, Seat, why_end
from weiyou.domain.apps import App
from weiyou.errors import NotSignedIn, TooMany
from weiyou.services import accounts
from weiyou.services.office import Office

KERNEL_NAME: Final = "weiyou"
SOCKETS_EACH: Final = 24
"""Of the desk, for one kernel: its own client's, and those of some pages that come back."""

REMEMBERED: Final = 512
"""So many ended seats are remembered, to tell their pages why."""

GOING_AWAY: Final = 4000
"""The websocket's closing code; the page then asks for the reason."""


class DeskKernelSpecs(KernelSpecManager):
    """Knows one kernel, this Python; what the machine's user has installed does not count."""

    def find_kernel_specs(self) -> dict[str, str]:
        """Return the one name."""
        return {KERNEL_NAME: ""}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the one kernel. Raises: NoSuchKernel."""
        if kernel_name != KERNEL_NAME:
            raise NoSuchKernel(kernel_name)
        return KernelSpec(
            name=KERNEL_NAME,
            display_name="圩您办",
            language="python",
            argv=[
                *(sys.executable, "-I", "-X", "utf8"),
                *("-m", "weiyou.desk.kernel", "{connection_file}"),
            ],
            metadata={"debugger": False},
        )


class DeskKernels(AsyncMappingKernelManager):
    """One kernel a seat. `reserve` and `launch` are the only way to start one."""

    kernel_manager_class = "weiyou.desk.provisioner.DeskKernel"

    def _context_default(self) -> zmq.asyncio.Context:
        """Return ZeroMQ's context, with room for the sockets of as many kernels as are allowed.

        Its own limit, 1,023 sockets, ends at 170 kernels.
        """
        context = super()._context_default()
        context.set(zmq.MAX_SOCKETS, SOCKETS_EACH * self.office.settings.desk_kernels_most)
        return context

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.seats: dict[str, Seat] = {}
        self.ended: OrderedDict[str, tuple[int, Reason]] = OrderedDict()
        self._errands: set[asyncio.Task[None]] = set()
        self._keeper = ThreadPoolExecutor(1, "keeper")  # of its own: it must never queue

    @property
    def office(self) -> Office:
        """Return the office."""
        return cast("Office", self.parent.office)  # type: ignore[union-attr]  # always ours

    @property
    def nursery(self) -> Nursery:
        """Return where kernels are forked."""
        return cast("Nursery", self.parent.nursery)  # type: ignore[union-attr]  # always ours

    @property
    def folder(self) -> Path:
        """Return the private folder that kernels take for their home."""
        return cast("Path", self.parent.runtime)  # type: ignore[union-attr]  # always ours

    def reserve(self, visitor: Visitor, app: App) -> str:
        """Return the id of the kernel that `launch` will start. Raises: NotSignedIn, TooMany."""
        self._check_room(visitor)
        kernel_id = self.new_kernel_id()
        self.seats[kernel_id] = _seat(visitor, app, time.monotonic())
        return kernel_id

    async def launch(self, kernel_id: str) -> None:
        """Start the kernel of a reserved seat. Raises: NotSignedIn."""
        seat = self.seats[kernel_id]
        try:
            kernel_pass = await asyncio.to_thread(
                accounts.open_kernel,
                self.office,
                token=seat.token,
                kernel_id=kernel_id,
                app=seat.app,
                now=datetime.now(UTC),
            )
            await self._launch(kernel_id, kernel_pass)
            await self._settle(kernel_id)
        except BaseException:
            await self.end(kernel_id, Reason.DIED)
            raise
        finally:
            seat.settled.set()

    async def wait_for(self, kernel_id: str) -> None:
        """Return when a reserved kernel has been started, or has failed to; at once for others."""
        if (seat := self.seats.get(kernel_id)) is not None:
            await seat.settled.wait()

    def _check_room(self, visitor: Visitor) -> None:
        settings = self.office.settings
        own = sum(seat.account_id == visitor.who.account_id for seat in self.seats.values())
        if own >= settings.desk_kernels_each:
            raise TooMany(f"您已打开 {own} 个页面，请先关闭不用的再打开新的")
        if len(self.seats) >= settings.desk_kernels_most:
            raise TooMany("同时使用工作台的人太多，请过几分钟再打开")

    async def _launch(self, kernel_id: str, kernel_pass: str) -> None:
        surroundings = environment.of_kernel(self.office.settings, os.environ, self.folder)
        await super()._async_start_kernel(
            kernel_id=kernel_id,
            kernel_name=KERNEL_NAME,
            cwd=str(self.folder),
            env=surroundings | {environment.KERNEL_PASS: kernel_pass},
        )

    async def _settle(self, kernel_id: str) -> None:
        """Mark the seat as taken. Raises: NotSignedIn if its session ended in the meantime."""
        seat = self.seats.get(kernel_id)
        if seat is None:
            await self.shutdown_kernel(kernel_id)
            raise NotSignedIn("登录已结束，请重新登录后再打开")
        seat.started = True

    async def _async_start_kernel(self, **wanted: Any) -> str:
        """Refuse: a kernel without a seat would be nobody's. Raises: HTTPError."""
        raise web.HTTPError(403, f"a kernel is opened by taking a seat, not like this: {wanted!r}")

    start_kernel = _async_start_kernel  # type: ignore[assignment]  # as upstream names it

    def belongs(self, kernel_id: str, visitor: Visitor) -> bool:
        """Return whether the visitor's session has opened the kernel. Raises: HTTPError."""
        seat = self.seats.get(kernel_id)
        if seat is None:
            raise web.HTTPError(404)
        return seat.session_id == visitor.who.session_id

    def state(self, kernel_id: str, visitor: Visitor) -> Reason | None:
        """Return None while the visitor's seat is there, or why it is not."""
        seat = self.seats.get(kernel_id)
        if seat is not None and seat.session_id == visitor.who.session_id:
            return None
        owner, reason = self.ended.get(kernel_id, (None, Reason.GONE))
        return reason if owner == visitor.who.session_id else Reason.GONE

    def arrive(self, kernel_id: str, socket: Any) -> None:
        """Note that a page has connected."""
        if (seat := self.seats.get(kernel_id)) is not None:
            seat.sockets.add(socket)
            seat.left_at = None

    def depart(self, kernel_id: str, socket: Any) -> None:
        """Note that a page has gone; it may be back soon."""
        if (seat := self.seats.get(kernel_id)) is not None:
            seat.sockets.discard(socket)
            if not seat.sockets:
                seat.left_at = time.monotonic()

    def is_heard(self, kernel_id: str) -> bool:
        """Return whether a page hears all that the kernel says from now on."""
        seat = self.seats.get(kernel_id)
        return seat is not None and any(socket.hears for socket in seat.sockets)

    def hear(self, kernel_id: str) -> None:
        """Note that the person has done something: the session goes on."""
        seat = self.seats.get(kernel_id)
        if seat is None:
            return
        seat.heard_at = time.monotonic()
        if seat.heard_at - seat.touched_at >= TOUCH_EVERY_S:
            seat.touched_at = seat.heard_at
            self._send_off(self._touch(kernel_id, seat))

    async def _touch(self, kernel_id: str, seat: Seat) -> None:
        try:
            await asyncio.to_thread(accounts.touch, self.office, seat.token, datetime.now(UTC))
        except NotSignedIn:
            await self.end(kernel_id, Reason.SIGNED_OUT)

    async def keep(self) -> None:
        """Take away the seats that have been left, have run out, or whose process has died.

        It comes twice a second, asks once for all seats, and does not wait for any process to end:
        a duty that was taken away, an account that was closed, and a sign-out elsewhere count
        within a second.
        """
        held = [kernel_id for kernel_id, seat in self.seats.items() if seat.started]
        if not held:
            return
        sessions = {self.seats[kernel_id].session_id for kernel_id in held}
        roles = await asyncio.get_running_loop().run_in_executor(
            self._keeper, accounts.standing, self.office, sessions, datetime.now(UTC)
        )
        for kernel_id in held:
            alive = kernel_id in self and await ensure_async(self.get_kernel(kernel_id).is_alive())
            if (seat := self.seats.get(kernel_id)) is not None:
                role = roles[seat.session_id]
                reason = why_end(seat, alive=alive, role=role, now=time.monotonic())
                if reason is not None:
                    self._send_off(self.end(kernel_id, reason))

    def _send_off(self, errand: Coroutine[Any, Any, None]) -> None:
        """Do something without waiting for it."""
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def end_where(self, unwanted: Callable[[Seat], bool], reason: Reason) -> None:
        """Take away the seats that `unwanted` points out."""
        chosen = [kernel_id for kernel_id, seat in self.seats.items() if unwanted(seat)]
        await asyncio.gather(*(self.end(kernel_id, reason) for kernel_id in chosen))

    async def stop(self) -> None:
        """Take all seats away: the server stops."""
        await asyncio.gather(*(self.end(one, Reason.STOPPED, now=True) for one in [*self.seats]))

    async def end(self, kernel_id: str, reason: Reason, *, now: bool = False) -> None:
        """Take a seat away: first its pages, then its pass, then its process.

        The pass waits for its turn at the database; the pages need not.
        """
        seat = self.seats.pop(kernel_id, None)
        if seat is None:
            return
        self.log.info("kernel %s (%s) ends: %s", kernel_id, seat.app, reason.value)
        self.ended[kernel_id] = (seat.session_id, reason)
        while len(self.ended) > REMEMBERED:
            self.ended.popitem(last=False)
        for socket in list(seat.sockets):
            socket.close(GOING_AWAY, reason.value)
        await asyncio.to_thread(
            accounts.end_kernel, self.office, kernel_id=kernel_id, now=datetime.now(UTC)
        )
        if kernel_id in self:
            await self.shutdown_kernel(kernel_id, now=now)


def _seat(visitor: Visitor, app: App, now: float) -> Seat:
    if visitor.who.session_id is None or visitor.who.account_id is None:
        raise NotSignedIn("请先登录")
    return Seat(
        app=app.name,
        session_id=visitor.who.session_id,
        account_id=visitor.who.account_id,
        token=visitor.token,
        heard_at=now,
        touched_at=now,
        left_at=now,
    )
