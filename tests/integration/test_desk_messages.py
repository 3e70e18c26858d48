"""Which messages of a browser reach a kernel: every type on every channel, in both protocols."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import websocket

from tests import desk as desks
from tests.desk import V1, Desk, Line, OpenApp
from weiyou.desk.gate import TYPES

pytestmark = pytest.mark.slow

CHANNELS: Final = ("shell", "control", "stdin", "iopub", "hb", "Shell", "")
PROTOCOLS: Final = (None, V1)
CODE: Final = "open('mark', 'w').close()"
A_WIDGET: Final = {
    "_model_module": "@jupyter-widgets/controls",
    "_model_module_version": "2.0.0",
    "_model_name": "HTMLModel",
    "_view_module": "@jupyter-widgets/controls",
    "_view_module_version": "2.0.0",
    "_view_name": "HTMLView",
}


def a_comm(method: Any, **data: Any) -> dict[str, Any]:
    return {"comm_id": "f" * 32, "data": {"method": method, **data}}


def an_opening(target: str, **more: Any) -> dict[str, Any]:
    state = {"state": A_WIDGET, "buffer_paths": []}
    return {"comm_id": "f" * 32, "target_name": target, "data": state, **more}


REFUSED: Final[tuple[tuple[str, Any], ...]] = (
    ("execute_request", {"code": CODE, "silent": False, "allow_stdin": True}),
    ("execute_request", {"code": "", "silent": True, "user_expressions": {"x": CODE}}),
    ("EXECUTE_REQUEST", {"code": CODE}),
    ("execute_request\x00", {"code": CODE}),
    (" execute_request", {"code": CODE}),
    ("complete_request", {"code": "open", "cursor_pos": 4}),
    ("inspect_request", {"code": "open", "cursor_pos": 4, "detail_level": 1}),
    ("is_complete_request", {"code": CODE}),
    ("history_request", {"hist_access_type": "tail", "n": 9, "output": True, "raw": True}),
    ("connect_request", {}),
    ("debug_request", {"type": "request", "command": "evaluate", "seq": 1, "arguments": {}}),
    ("input_reply", {"value": CODE}),
    ("interrupt_request", {}),
    ("shutdown_request", {"restart": False}),
    ("shutdown_request", {"restart": True}),
    ("create_subshell_request", {}),
    ("delete_subshell_request", {"subshell_id": "a"}),
    ("list_subshell_request", {}),
    ("usage_request", {}),
    ("apply_request", {}),
    ("abort_request", {}),
    ("clear_request", {}),
    ("input_request", {"prompt": "密码", "password": True}),
    ("execute_input", {"code": CODE, "execution_count": 1}),
    ("execute_result", {"data": {"text/html": "<script>1</script>"}, "metadata": {}}),
    ("display_data", {"data": {"text/html": "<script>1</script>"}, "metadata": {}}),
    ("update_display_data", {"data": {}, "metadata": {}, "transient": {}}),
    ("stream", {"name": "stdout", "text": "x"}),
    ("error", {"ename": "x", "evalue": "x", "traceback": []}),
    ("status", {"execution_state": "dead"}),
    ("clear_output", {"wait": False}),
    ("iopub_welcome", {}),
    ("", {}),
    ("x\n[DeskServer] a line of the log\x1b[2J", {}),
    ("comm_open", an_opening("jupyter.widget")),
    ("comm_open", an_opening("jupyter.widget.version")),
    ("comm_open", an_opening("jupyter.widget ", target_module="os")),
    ("comm_open", {"comm_id": "f" * 32, "target_module": "os", "data": {}}),
    ("comm_msg", a_comm("echo_update", state={})),
    ("comm_msg", a_comm("update_states", states={})),
    ("comm_msg", a_comm("backbone", sync_data={})),
    ("comm_msg", a_comm("display")),
    ("comm_msg", a_comm(None)),
    ("comm_msg", a_comm(["update"])),
    ("comm_msg", a_comm("custom", content={"create_widget": ["builtins", "dict"], "props": {}})),
    ("comm_msg", a_comm("custom", content={"update_ref": "x", "id": "x", "prop": "x"})),
    ("comm_msg", a_comm("custom", content={"destroy_widget": "x", "event": "click"})),
    ("comm_msg", a_comm("custom", content=[["event", "click"]])),
    ("comm_msg", {"comm_id": "f" * 32, "data": "request_states"}),
    ("comm_msg", {"comm_id": "f" * 32}),
    ("comm_msg", {"comm_id": ["f"], "data": {"method": "update", "state": {}}}),
    ("comm_msg", {"data": {"method": "request_states"}}),
    ("comm_close", {"comm_id": {"f": "f"}}),
)
"""What must not reach a kernel on any channel."""

PASSES: Final[tuple[tuple[str, Any], ...]] = (
    ("comm_open", {"comm_id": "e" * 32, "target_name": "jupyter.widget.control", "data": {}}),
    ("comm_msg", a_comm("update", state={})),
    ("comm_msg", a_comm("custom", content={"event": "click"})),
    ("comm_msg", a_comm("request_state")),
    ("comm_msg", a_comm("request_states")),
    ("comm_close", {"comm_id": "e" * 32, "data": {}}),
    ("comm_info_request", {}),
    ("kernel_info_request", {}),
)
"""What reaches it on `shell`, and on no other channel."""

TABLE: Final = (
    *(
        (kind, content, channel)
        for (kind, content), channel in itertools.product(REFUSED, CHANNELS)
    ),
    *(
        (*message, channel)
        for message, channel in itertools.product(PASSES, CHANNELS)
        if channel != "shell"
    ),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("messages")
    desks.a_notebook(home / "apps", "triage", desks.WIDGETS)
    desks.a_world(home / "home")
    with desks.running(home / "home", home / "apps") as served:
        yield served


HASTY: Final = """
from weiyou.desk import server
server.PING_LOST_MS = server.PING_LOST_MS * 400 // server.PING_EVERY_MS
server.PING_EVERY_MS = 400
from weiyou.desk.__main__ import main
main()
"""
"""A desk that pings 75 times as often; all else is as it is set."""


@pytest.fixture(scope="module")
def opened(desk: Desk) -> OpenApp:
    return desk.visitor("liang").open("triage")


def refusals(desk: Desk, kernel_id: str) -> int:
    """Return how many messages the gate has kept from a kernel."""
    log = desk.log.read_text(encoding="utf-8", errors="replace")
    return log.count(f"kernel {kernel_id}: refused ")


def kinds(heard: list[tuple[str, Any]]) -> set[str]:
    return {kind for kind, _ in heard}


def test_the_table_names_every_type_that_passes() -> None:
    assert {kind for kind, _ in PASSES} == TYPES
    assert len(TABLE) > 390


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_of_the_whole_table_nothing_reaches_the_kernel_of_ones_own(
    desk: Desk, protocol: str | None
) -> None:
    opened = desk.visitor("liang").open("triage")
    line = opened.line(protocol=protocol)
    before, refused = set(line.states()), refusals(desk, opened.kernel_id)

    for kind, content, channel in TABLE:
        line.say(kind, content, channel)
    heard = line.everything_up_to_here()

    assert kinds(heard) <= {"status", "comm_info_reply"}
    assert refusals(desk, opened.kernel_id) - refused == len(TABLE)
    assert "\n[DeskServer] a line of the log" not in desk.log.read_text(errors="replace")
    assert set(line.states()) == before
    assert not list(Path(desk.home).parent.rglob("mark"))
    assert opened.state() == "open"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_our_screens_say_does_reach_it(opened: OpenApp, protocol: str | None) -> None:
    line = opened.line(protocol=protocol)

    for kind, content in PASSES:
        line.say(kind, content)
    heard = line.hear_until("kernel_info_reply")

    assert "comm_info_reply" in kinds(heard)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"subshell_id": "x"}, id="a subshell that is not there"),
        pytest.param({"subshell_id": ["x"]}, id="a subshell that is no name"),
        pytest.param({"session": None, "username": [1], "date": "yesterday"}, id="nobody"),
        pytest.param({"version": "99"}, id="another version"),
        pytest.param({"msg_id": None}, id="no number"),
    ],
)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_strange_header_stops_nothing(
    opened: OpenApp, protocol: str | None, more: dict[str, Any]
) -> None:
    line = opened.line(protocol=protocol)

    line.say("comm_msg", a_comm("update", state={}), **more)

    assert opened.line(protocol=protocol).states()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("login", ["jiang", "zhou", "liang", ""])
def test_the_kernel_of_somebody_else_cannot_be_spoken_to_at_all(
    desk: Desk, opened: OpenApp, login: str, protocol: str | None
) -> None:
    stranger = desk.visitor(login)
    for kernel_id in (opened.kernel_id, "0" * 8 + "-0000-4000-8000-" + "0" * 12):
        with pytest.raises(websocket.WebSocketBadStatusException) as kept_out:
            stranger.socket(kernel_id, protocol=protocol)
        assert kept_out.value.status_code in {403, 404}
    assert opened.state() == "open"


def twice(channel: str, kind: str, content: Any) -> str:
    """Return a text in which each word stands twice, harmless first or last."""
    header = {"msg_id": "1", "msg_type": kind, "session": "s", "username": "", "version": "5.3"}
    return (
        f'{{"channel": "shell", "channel": {json.dumps(channel)}, "buffers": [], '
        f'"header": {{"msg_type": "kernel_info_request"}}, "header": {json.dumps(header)}, '
        f'"parent_header": {{}}, "metadata": {{}}, '
        f'"content": {{}}, "content": {json.dumps(content)}}}'
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(twice("shell", "execute_request", {"code": CODE}), id="the type twice"),
        pytest.param(twice("control", "shutdown_request", {}), id="the channel twice"),
        pytest.param("[" * 200_000, id="a text so deep that it cannot be read"),
        pytest.param('{"a":' * 200_000, id="a table so deep that it cannot be read"),
        pytest.param('{"header": ' + "9" * 10_000 + "}", id="a number that is too long"),
        pytest.param('{"channel": "shell", "header": {"msg_type": NaN}}', id="a type of NaN"),
        pytest.param(
            twice("shell", "comm_msg", a_comm("update", state={"value": "\ud800"})),
            id="half a character",
        ),
        pytest.param(
            '{"channel": "shell", "header": {"msg_type": "comm_info_request"}, "content": {}}',
            id="no parent",
        ),
    ],
)
def test_a_text_that_might_be_read_in_two_ways_is_dropped(opened: OpenApp, text: str) -> None:
    line = opened.line()
    line.connection.send(text)
    heard = line.everything_up_to_here()

    assert kinds(heard) <= {"status", "comm_info_reply"}
    assert not list(Path(opened.visitor.desk.home).parent.rglob("mark"))


def frame_of(parts: list[bytes], offsets: list[int] | None = None) -> bytes:
    places = [8 * (len(parts) + 2)]
    for part in parts:
        places.append(places[-1] + len(part))
    places = offsets or places
    head = len(places).to_bytes(8, "little")
    return head + b"".join(one.to_bytes(8, "little") for one in places) + b"".join(parts)


def header(kind: str) -> bytes:
    return json.dumps({"msg_id": "1", "msg_type": kind, "session": "s", "username": ""}).encode()


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(
            frame_of([b"shell", header("execute_request"), b"{}", b"{}", b'{"code": "1"}']),
            id="code in a proper frame",
        ),
        pytest.param(
            frame_of([b"shell", b"[" * 100_000, b"{}", b"{}", b"{}"]), id="a header without end"
        ),
        pytest.param(
            frame_of([b"shell", header("comm_msg"), b"{}", b"{}", b"[" * 100_000]),
            id="a content without end",
        ),
        pytest.param(frame_of([b"shell", header("comm_msg")]), id="two parts"),
        pytest.param(
            frame_of([b"\xff\xfe", header("comm_msg"), b"{}", b"{}", b"{}"]), id="no channel"
        ),
        pytest.param(
            frame_of(
                [b"shell", header("comm_msg"), header("execute_request"), b"{}", b"{}"],
                [56, 61, 61, 61, 61, 61],
            ),
            id="parts that lie upon each other",
        ),
    ],
)
def test_a_frame_that_might_be_read_in_two_ways_is_dropped(opened: OpenApp, frame: bytes) -> None:
    line = opened.line(protocol=V1)
    line.connection.send_binary(frame)
    heard = line.everything_up_to_here()

    assert kinds(heard) <= {"status", "comm_info_reply"}


def test_a_text_and_bytes_of_the_other_protocol_are_dropped(opened: OpenApp) -> None:
    old, new = opened.line(), opened.line(protocol=V1)
    proper = frame_of([b"shell", header("execute_request"), b"{}", b"{}", b'{"code": "1"}'])

    old.connection.send_binary(proper)
    new.connection.send(twice("shell", "execute_request", {"code": CODE}))

    for line in (old, new):
        assert kinds(line.everything_up_to_here()) <= {"status", "comm_info_reply"}


def test_a_message_that_is_too_large_ends_the_connection_and_nothing_else(opened: OpenApp) -> None:
    line = opened.line()

    with contextlib.suppress(OSError, websocket.WebSocketException):
        line.connection.send("x" * (5 * 1024 * 1024))
    with pytest.raises((OSError, websocket.WebSocketException)):
        line.hear_until("never")

    assert opened.line().states()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("depth", [10, 100, 300, 600, 900, 950, 980, 990, 5_000])
def test_what_is_deep_but_may_be_read_harms_nobody(
    opened: OpenApp, protocol: str | None, depth: int
) -> None:
    line = opened.line(protocol=protocol)
    button = line.find(description="受理")
    nest = "[" * depth + "]" * depth
    state = f'{{"method": "update", "state": {{"description": {nest}, "style": {nest}}}}}'
    event = f'{{"method": "custom", "content": {{"event": {nest}}}}}'

    for data in (state, event):
        send_raw(line, f'{{"comm_id": "{button}", "data": {data}}}')

    line.say("comm_info_request", {})
    while "comm_info_reply" not in str(line.connection.recv()):
        pass  # it fails when nothing more comes
    assert opened.line(protocol=protocol).find(description="受理") == button


def send_raw(line: Line, content: str) -> None:
    """Send a comm message whose content was written by hand."""
    if line.protocol == V1:
        parts = [b"shell", header("comm_msg"), b"{}", b"{}", content.encode()]
        line.connection.send_binary(frame_of(parts))
    else:
        head = header("comm_msg").decode()
        line.connection.send(
            f'{{"channel": "shell", "buffers": [], "header": {head}, "parent_header": {{}}, '
            f'"metadata": {{}}, "content": {content}}}'
        )


def test_whoever_only_reads_stays_connected(desk: Desk) -> None:
    with desks.running(desk.home, desk.home.parent / "apps", serve=HASTY) as hasty:
        line = hasty.visitor("liang").open("triage").line()
        until = time.monotonic() + 3
        while time.monotonic() < until:
            kind, _ = line.connection.recv_data(control_frame=True)
            assert kind != websocket.ABNF.OPCODE_CLOSE
