"""What a copy of the zygote does to become somebody's kernel. 分出的内核

It is alone in its memory, but not in its habits: environment, random numbers, signals, the group
of processes and the widgets that libraries have made at import are the zygote's until here.
"""

from __future__ import annotations

import os
import random
import signal
import socket
from typing import NoReturn

import numpy as np

from weiyou.desk import kernel, lifeline
from weiyou.desk.orders import REQUEST_BYTES, SERVES, Request


def become(request: int, line: int) -> NoReturn:
    """Be the kernel that is asked for, to the end.

    Args:
        request: The socket that the request comes over, and the answer goes back.
        line: The server's lifeline.
    """
    lifeline.tie(line)
    with socket.socket(fileno=request) as desk:
        wanted = Request.of(desk.recv(REQUEST_BYTES))
        begin_anew(wanted)

        def answer() -> None:
            desk.send(SERVES)
            desk.close()

        kernel.serve(wanted.connection_file, ready=answer)
    os._exit(0)  # taking a copy apart would touch, and so copy, what it shares


def begin_anew(wanted: Request) -> None:
    """Put off what was the zygote's."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ.clear()
    os.environ.update(wanted.environment)
    os.chdir(wanted.folder)
    random.seed()
    np.random.seed(int.from_bytes(os.urandom(4), "little"))
    reopen_widgets()


def reopen_widgets() -> None:
    """Give the widgets that libraries made at import ids of their own, and let pages ask for them.

    ipywidgets takes requests only if there was a kernel when it was imported.
    """
    import comm  # noqa: PLC0415 (at its start the zygote must block debugpy first)
    import ipywidgets  # noqa: PLC0415
    from ipywidgets.widgets import widget  # noqa: PLC0415

    made = list(widget._instances.values())
    widget._instances.clear()
    comm.get_comm_manager().comms.clear()
    for one in made:  # nobody listens yet: pages will ask for all states
        one._model_id = None
        one.comm = comm.create_comm(target_name="jupyter.widget")
    ipywidgets.register_comm_target()
