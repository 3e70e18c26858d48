"""What a browser may say to a kernel, decided message by message.

Voilà lets only comm messages through, and that is not enough. A template widget of ipyvue obeys
`create_widget` and `update_ref` from the browser: it imports any module, calls any of its classes,
sets any attribute of any widget and calls its own methods, which reads files and may run code. Our
screens send neither, so neither passes; nor does a widget that the browser wants to open itself.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
)

MOST_PARTS: Final = 64
"""Parts of one message; the count stands in the frame, and a false one fills the memory."""

TYPES: Final = frozenset(
    {"comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request"}
)
OF_A_COMM: Final = frozenset({"comm_open", "comm_msg", "comm_close"})
METHODS: Final = frozenset({"update", "custom", "request_state", "request_states"})
TARGETS: Final = frozenset({"jupyter.widget.control"})
ORDERS: Final = frozenset({"create_widget", "update_ref", "destroy_widget"})
"""What ipyvue would obey."""

DEEDS: Final = frozenset({"update", "custom"})
"""What a person's hand causes; the rest is the page talking to itself."""

MALFORMED: Final = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, struct.error,
)  # fmt: skip
"""What reading raises where there is nothing to read; brackets without end exhaust the stack."""


class Refused(Exception):
    """The message must not reach the kernel."""


@dataclass(frozen=True)
class Message:
    """What counts of a message."""

    channel: str
    type: str
    content: Mapping[str, Any]

    @property
    def method(self) -> str:
        """Return what a comm message asks of its widget, or an empty word."""
        data = self.content.get("data")
        method = data.get("method") if isinstance(data, Mapping) else None
        return method if isinstance(method, str) else ""

    @property
    def is_deed(self) -> bool:
        """Return whether the person did something: it keeps the session alive."""
        return self.type == "comm_msg" and self.method in DEEDS


def read(
    frame: str | bytes, unpack: Callable[[bytes], Any] = json.loads, *, new_protocol: bool
) -> Message:
    """Return the message in a websocket frame. Raises: Refused.

    Args:
        unpack: How the kernel will read a part; it must be read here in the same way.
        new_protocol: Whether the frame follows `v1.kernel.websocket.jupyter.org`.
    """
    try:
        if new_protocol:
            return _read_v1(frame, unpack)
        return _read_legacy(frame)
    except MALFORMED as fault:
        raise Refused(f"malformed: {type(fault).__name__}") from fault


def check(message: Message) -> None:
    """Let a message pass. Raises: Refused."""
    if message.channel != "shell" or message.type not in TYPES:
        raise Refused(f"{message.type[:40]!a} on {message.channel[:20]!a}")  # one line of log
    if message.type in OF_A_COMM and not isinstance(message.content.get("comm_id"), str):
        raise Refused(f"{message.type} of nothing")
    if message.type == "comm_open" and message.content.get("target_name") not in TARGETS:
        raise Refused("comm_open of a widget")
    if message.type == "comm_msg":
        _check_comm(message)


def _check_comm(message: Message) -> None:
    if message.method not in METHODS:
        raise Refused(f"comm method {message.method[:40]!a}")
    if message.method == "custom":
        words = message.content["data"].get("content")
        if not isinstance(words, Mapping) or ORDERS & words.keys():
            raise Refused("an order to ipyvue")


def _read_v1(frame: str | bytes, unpack: Callable[[bytes], Any]) -> Message:
    if isinstance(frame, str) or int.from_bytes(frame[:8], "little") > MOST_PARTS:
        raise Refused("a text, or too many parts")
    channel, parts = deserialize_msg_from_ws_v1(frame)
    return _message(channel, unpack(parts[0]), unpack(parts[3]))


def _read_legacy(frame: str | bytes) -> Message:
    if isinstance(frame, bytes):
        if int.from_bytes(frame[:4], "big") > MOST_PARTS:
            raise Refused("too many parts")
        message = deserialize_binary_message(frame)
    else:
        message = json.loads(frame)
    return _message(message.get("channel"), message["header"], message["content"])


def _message(channel: Any, header: Any, content: Any) -> Message:
    kind = header["msg_type"]
    if not (isinstance(channel, str) and isinstance(kind, str) and isinstance(content, dict)):
        raise Refused("not a message")
    return Message(channel, kind, content)
