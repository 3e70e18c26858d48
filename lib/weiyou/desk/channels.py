"""The websocket of a page and its kernel: what goes in is checked, what comes out is cleaned."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from typing import Any, Final

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado import web
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from weiyou.desk import assets, gate

HIDDEN: Final = frozenset({"execute_input", "stream", "debug_event", "input_request"})
"""What a kernel says that no browser shall hear: source code, and whatever is printed."""


ASK_AGAIN_S: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""How long to wait for the kernel's first word before it is asked once more."""


MOST_LOGGED: Final = 3_000
COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


def sorry(number: str) -> str:
    """Return what a person reads when our own code has failed."""
    return f"这一步没有完成（编号 {number}）。请重试；再次出现时，请把编号告诉系统管理员"


class DeskConnection(ZMQChannelsWebsocketConnection):
    """Passes on what the gate lets through."""

    async def prepare(self) -> None:
        """Take up the session; the kernel has answered the desk already and may be at work."""
        await self._register_session()
        self.session.key = self.kernel_manager.session.key

    def nudge(self) -> asyncio.Future[None]:
        """Return what is done when this line hears the kernel, and has passed on what it heard."""
        return asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        """Ask until something is heard: a subscription takes a moment to count.

        Jupyter's own way asks twice a second, throws away what it hears first, and asks nothing
        while the kernel is busy.
        """
        heard: list[list[bytes]] = []
        first = asyncio.Event()
        iopub, control = self.channels["iopub"], self.kernel_manager.connect_control()

        def hear(parts: list[bytes]) -> None:
            heard.append(parts)
            first.set()

        iopub.on_recv(hear)
        try:
            for wait_s in ASK_AGAIN_S:
                self.session.send(control, "kernel_info_request")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(first.wait(), wait_s)
                    break
        finally:
            control.close()
            if not iopub.closed():
                iopub.stop_on_recv()
        for parts in heard:
            self.handle_outgoing_message(iopub, parts)

    def handle_incoming_message(self, incoming_msg: str) -> None:
        """Hand a message of the browser to the kernel, if the gate agrees."""
        new = self.subprotocol == "v1.kernel.websocket.jupyter.org"
        try:
            message = gate.read(incoming_msg, self.session.unpack, new_protocol=new)
            gate.check(message)
        except gate.Refused as refused:
            self.log.warning("kernel %s: refused %s", self.kernel_id, refused)
            return
        if self.kernel_id not in self.multi_kernel_manager.seats:
            return  # taken away: a browser can go on talking until it has said goodbye, too
        if message.is_deed:
            self.multi_kernel_manager.hear(self.kernel_id)
        try:
            super().handle_incoming_message(incoming_msg)
        except gate.MALFORMED as fault:  # half a character, or no parent: the page stays connected
            self.log.warning("kernel %s: refused %s", self.kernel_id, type(fault).__name__)

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Hand a message of the kernel to the browser, unless it is nothing for browsers."""
        _, parts = self.session.feed_identities(outgoing_msg)
        kind = self.session.unpack(parts[1])["msg_type"]
        if kind in HIDDEN:
            if kind == "stream":
                self._log_stream(self.session.unpack(parts[4]))
            return
        super().handle_outgoing_message(stream, outgoing_msg)

    def _on_error(self, channel: str, msg: dict[str, Any], msg_list: list[Any]) -> None:
        """Replace an exception by a sentence and a number; the log knows the rest."""
        header = self._part("header", msg, msg_list)
        if channel != "iopub" or header["msg_type"] != "error":
            return
        content = self._part("content", msg, msg_list)
        number = secrets.token_hex(3)
        story = _shortened("\n".join(content.get("traceback", ())))
        self.log.error("[%s] kernel %s\n%s", number, self.kernel_id, story)
        told = {"ename": "Error", "evalue": sorry(number), "traceback": []}
        msg["content"] = told
        if msg_list and self.subprotocol == "v1.kernel.websocket.jupyter.org":
            msg_list[3] = self.session.pack(told)

    def _part(self, name: str, msg: dict[str, Any], msg_list: list[Any]) -> dict[str, Any]:
        part: dict[str, Any] = self.get_part(name, msg[name], msg_list)
        return part

    def _log_stream(self, content: dict[str, Any]) -> None:
        if content.get("name") == "stderr":
            self.log.warning("kernel %s: %s", self.kernel_id, _shortened(content.get("text", "")))


def _shortened(text: str) -> str:
    """Return the end of a text, without colours: nobody shall fill the log from a page."""
    return COLOURS.sub("", text).rstrip()[-MOST_LOGGED:]


class DeskChannels(VoilaKernelWebsocketHandler):
    """The websocket itself: only for the owner, and only from our own pages.

    Attributes:
        hears: Whether nothing that the kernel says is missed any more.
    """

    hears = False

    def set_default_headers(self) -> None:
        """Say how an answer may be used that is no websocket."""
        super().set_default_headers()
        assets.guard(self)

    async def pre_get(self) -> None:
        """Ask who it is, and from which page: browsers always say. Raises: HTTPError."""
        if not self.get_origin() or not self.check_origin():
            raise web.HTTPError(403)
        await self.kernel_manager.wait_for(self.kernel_id)  # the page is faster than its kernel
        await super().pre_get()

    def write_message(self, message: bytes | str | dict[str, Any], binary: bool = False) -> Any:
        """Send a message without Voilà's look into it, for what it hides is gone already.

        Voilà reads whatever is binary as `v1`, also where the browser has asked for the older
        protocol: the false count of parts then fills the memory and stops the desk.
        """
        return super(VoilaKernelWebsocketHandler, self).write_message(message, binary)

    def get_compression_options(self) -> dict[str, Any]:
        """Pack what is sent: a list of matters shrinks to a fifth, and many lines are slow."""
        return {"compression_level": 3, "mem_level": 6}

    async def open(self, kernel_id: str) -> None:
        """Take up the connection, and let the kernel's seat know."""
        self.kernel_manager.arrive(kernel_id, self)
        await super().open(kernel_id)
        self.hears = True

    def on_close(self) -> None:
        """Let go."""
        self.kernel_manager.depart(self.kernel_id, self)
        if self.connection is not None:
            super().on_close()
