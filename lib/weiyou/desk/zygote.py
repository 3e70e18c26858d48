"""`python -m weiyou.desk.zygote`: a warm Python that the desk's kernels are forked from.

It has imported all that apps need, has one thread, no connection and no secret, and does nothing
but wait for orders. An order is a descriptor with the kernel's request behind it. It is read in
the child only: whatever the zygote itself read, a pass for instance, would lie about in the memory
of all kernels to come.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import json
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from weiyou.desk import forked, kernel, lifeline
from weiyou.desk.orders import FORK, Answer
from weiyou.settings import Settings

LIBRARIES: Final = (
    "IPython.core.completerlib",
    "IPython.core.logger",
    "IPython.extensions.storemagic",
    "faulthandler",
    "ipykernel.debugger",
    "ipyleaflet",
    "ipyvuetify",
    "pandas",
    "psycopg",
    "shapely",
    "tornado.platform.asyncio",
    "zmq.utils.garbage",
)
"""What kernels import sooner or later, apart from what the apps name."""

PROGRAM: Final = "weiyou.desk.kernelapp"
REHEARSAL: Final = "weiyou.widgets.rehearsal"
MIB: Final = 1024 * 1024

log = logging.getLogger(__name__)


class NotFit(Exception):
    """Kernels must not be forked from this process."""


def main(arguments: list[str]) -> None:
    """Serve the server that holds the other ends of the two descriptors in `arguments`."""
    orders, line = (int(one) for one in arguments)
    line = lifeline.tie(line)
    log_to_the_server()
    warm(Settings().apps)
    check(frozenset({orders, line}))
    gc.collect()
    gc.freeze()  # what is here stays, and need not be touched to find that out
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children are buried by the system
    with socket.socket(fileno=orders) as desk:
        desk.send(Answer(size_mb()).packed())
        request = wait_for_orders(desk)
    if request is not None:
        forked.become(request, line)


def warm(apps: Path) -> None:
    """Import what the apps need, and do once what each kernel would do for itself."""
    kernel.do_without_debugpy()
    for name in (*LIBRARIES, *sorted(set(named_by(apps)))):
        importlib.import_module(name)
    rehearse = importlib.import_module(REHEARSAL).rehearse
    rehearse()
    sys._clear_type_cache()  # it keeps names, also cold ones: who is put out of it is touched
    rehearse()
    settle_types()
    importlib.import_module(PROGRAM).DeskKernelApp.instance().configure()


def settle_types() -> None:
    """Ask for what ZeroMQ's sockets ask their classes for.

    The first asking adds an attribute to the class, `typing.Generic` among them, which makes
    Python write into each class below it: 3 MB of a kernel's memory.
    """
    for kind in sys.modules["zmq"].Socket.mro():
        getattr(kind, "__annotations__", None)


def named_by(apps: Path) -> Iterator[str]:
    """Yield the modules of ours that the notebooks of a folder import."""
    for path in sorted(apps.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield from _named_in("".join(cell["source"]))


def _named_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("weiyou."):
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.startswith("weiyou."))


def check(own: frozenset[int]) -> None:
    """Raises: NotFit if a child would inherit what only one process may use.

    Args:
        own: The descriptors that it may inherit; a connection to a database would be another one.
    """
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise NotFit(f"{threads} threads: a fork would copy their locks without them")
    if sys.modules["zmq"].Context._instance is not None:
        raise NotFit("a ZeroMQ context is open")
    if found := _open_files(own):
        raise NotFit(f"files or connections are open: {found}")


def _open_files(own: frozenset[int]) -> list[str]:
    """Return what the descriptors lead to, but for the three standard ones and `own`."""
    found = []
    for one in Path("/proc/self/fd").iterdir():
        if int(one.name) > sys.stderr.fileno() and int(one.name) not in own:
            with contextlib.suppress(FileNotFoundError):  # the one that this folder is read by
                found.append(str(one.readlink()))
    return found


def wait_for_orders(desk: socket.socket) -> int | None:
    """Fork for each order; return its descriptor in the child, and None when no more will come."""
    while True:
        _, order, _, _ = socket.recv_fds(desk, len(FORK), 1)
        if not order:
            return None
        try:
            child = os.fork()
        except OSError as fault:  # the machine is out of memory or processes
            desk.send(Answer(size_mb(), refused=str(fault)).packed())
        else:
            if child == 0:
                return order[0]
            _hand_over(desk, child)
        os.close(order[0])


def _hand_over(desk: socket.socket, child: int) -> None:
    """Give the server hold of a child, or tell it that there is none any more."""
    try:
        hold = os.pidfd_open(child)
    except ProcessLookupError:
        desk.send(Answer(size_mb(), refused="it ended at once").packed())
        return
    socket.send_fds(desk, [Answer(size_mb(), child).packed()], [hold])
    os.close(hold)


def size_mb() -> float:
    """Return how much memory the process has in hand."""
    resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return resident * resource.getpagesize() / MIB


def log_to_the_server() -> None:
    """Send the log to standard error, which is the server's."""
    logging.basicConfig(level=logging.WARNING, format="zygote %(process)d: %(message)s")


if __name__ == "__main__":
    main(sys.argv[1:])
