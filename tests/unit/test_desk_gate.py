"""What a browser may say to a kernel."""

from __future__ import annotations

import json
from typing import Any

import pytest

from weiyou.desk import gate
from weiyou.desk.gate import Message


def a_comm(data: Any, **content: Any) -> Message:
    return Message("shell", "comm_msg", {"comm_id": "c", "data": data} | content)


def a_text(**message: Any) -> str:
    return json.dumps(
        {"channel": "shell", "header": {"msg_type": "comm_msg"}, "content": {}, **message}
    )


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(Message("shell", "kernel_info_request", {}), id="who are you"),
        pytest.param(Message("shell", "comm_info_request", {}), id="which widgets are there"),
        pytest.param(
            Message(
                "shell", "comm_open", {"comm_id": "c", "target_name": "jupyter.widget.control"}
            ),
            id="a line to ask for states",
        ),
        pytest.param(Message("shell", "comm_close", {"comm_id": "c"}), id="a widget is closed"),
        pytest.param(a_comm({"method": "update", "state": {"value": 1}}), id="a field changes"),
        pytest.param(a_comm({"method": "custom", "content": {"event": "click"}}), id="a click"),
        pytest.param(a_comm({"method": "request_states"}), id="all states"),
    ],
)
def test_what_our_screens_say_passes(message: Message) -> None:
    gate.check(message)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(Message("shell", "execute_request", {"code": "1"}), id="code"),
        pytest.param(Message("shell", "shutdown_request", {}), id="an end"),
        pytest.param(Message("control", "comm_msg", {}), id="the wrong channel"),
        pytest.param(Message("stdin", "input_reply", {}), id="an answer to a prompt"),
        pytest.param(
            Message("shell", "comm_open", {"comm_id": "c", "target_name": "jupyter.widget"}),
            id="widget",
        ),
        pytest.param(Message("shell", "comm_open", {"comm_id": "c"}), id="a target without a name"),
        pytest.param(
            a_comm({"method": "request_states"}, comm_id=["c"]), id="a comm that is a list"
        ),
        pytest.param(Message("shell", "comm_close", {}), id="a comm without a name"),
        pytest.param(a_comm({"method": "echo_update"}), id="a method for the other direction"),
        pytest.param(a_comm({"method": ["update"]}), id="a method that is no word"),
        pytest.param(a_comm("update"), id="data that is no table"),
        pytest.param(a_comm({"method": "custom", "content": "click"}), id="a bare word"),
        pytest.param(a_comm({"method": "custom"}), id="no content"),
        *(
            pytest.param(
                a_comm({"method": "custom", "content": {"event": "click", order: []}}), id=order
            )
            for order in sorted(gate.ORDERS)
        ),
    ],
)
def test_everything_else_is_refused(message: Message) -> None:
    with pytest.raises(gate.Refused):
        gate.check(message)


def test_only_a_hand_keeps_the_session_alive() -> None:
    assert a_comm({"method": "update", "state": {}}).is_deed
    assert a_comm({"method": "custom", "content": {}}).is_deed
    assert not a_comm({"method": "request_states"}).is_deed
    assert not Message("shell", "kernel_info_request", {}).is_deed


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        pytest.param("[" * 200_000, id="brackets without end"),
        "[]",
        "7",
        a_text(header=None),
        a_text(header={}),
        a_text(header={"msg_type": 3}),
        a_text(content=[]),
        a_text(channel=None),
    ],
)
def test_a_text_that_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(gate.Refused):
        gate.read(text, new_protocol=False)


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("frame", [b"", b"\x00", b"\xff" * 64, b"\x00" * 64, bytes(range(64))])
def test_bytes_that_are_no_message_are_refused(frame: bytes, *, new: bool) -> None:
    with pytest.raises(gate.Refused):
        gate.read(frame, new_protocol=new)


def test_a_text_is_refused_where_bytes_were_agreed_on() -> None:
    with pytest.raises(gate.Refused):
        gate.read(a_text(), new_protocol=True)


def test_a_message_is_read_as_it_was_written() -> None:
    read = gate.read(
        a_text(content={"comm_id": "c", "data": {"method": "update"}}), new_protocol=False
    )

    assert read == Message("shell", "comm_msg", {"comm_id": "c", "data": {"method": "update"}})
    gate.check(read)
