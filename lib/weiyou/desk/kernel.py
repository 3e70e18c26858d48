"""`python -m weiyou.desk.kernel`: the process behind one open app.

It is an ordinary IPython kernel without its tools for programmers: no history, no debugger, no
start-up files, and its log goes to the server's log, never to the browser. It may also begin as
a copy of the warm zygote (see `zygote`); from `serve` on there is no difference.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

from weiyou.desk.environment import KERNEL_MB

THREAD_STACK_BYTES: Final = 1024 * 1024
FIRST_TO_GO: Final = "500"
"""When the machine runs out of memory, Linux ends kernels before it ends the desk."""

MIB: Final = 1024 * 1024


def main(connection_file: str) -> None:
    """Serve as the kernel that a connection file describes."""
    do_without_debugpy()
    serve(connection_file)


def do_without_debugpy() -> None:
    """Let importing it fail: it would cost each kernel 36 MB and a third of a second."""
    cast("dict[str, Any]", sys.modules)["debugpy"] = None


def serve(connection_file: str, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until told to stop.

    Args:
        connection_file: Where the kernel's sockets and its signing key stand.
        ready: Called when messages can come in.
    """
    log_to_the_server()
    keep_within_bounds(int(os.environ[KERNEL_MB]))
    from weiyou.desk.kernelapp import DeskKernelApp  # noqa: PLC0415 (only after debugpy is gone)

    app = DeskKernelApp.instance()
    app.configure()
    app.connection_file = connection_file
    app.initialize()
    ready()
    app.start()


def log_to_the_server() -> None:
    """Send the log to the standard error that was inherited.

    IPython replaces `sys.stderr`, and the file descriptor behind it, by a stream to the browser;
    hence the copy, made before that happens.
    """
    inherited = os.fdopen(os.dup(2), "w", encoding="utf-8", buffering=1)
    logging.basicConfig(
        stream=inherited,
        level=logging.WARNING,
        format="kernel %(process)d %(name)s: %(message)s",
        force=True,
    )


def keep_within_bounds(memory_mb: int) -> None:
    """Leave no core dump, and let the process take so much memory and no more.

    The limit is set on private memory (RLIMIT_DATA), counted from what is there already: a forked
    kernel is born with the zygote's, which it shares. RLIMIT_AS would count libraries, stacks
    and what allocators have merely reserved, too, which says nothing about memory.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold what the person saw
    threading.stack_size(THREAD_STACK_BYTES)
    if sys.platform == "linux":  # elsewhere, on developers' machines, memory is not limited
        limit = _private_bytes() + memory_mb * MIB
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="ascii")


def _private_bytes() -> int:
    """Return the size of the private memory of this process, as RLIMIT_DATA counts it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main(sys.argv[1])
