"""How a process ends with the server whatever happens to either: a pipe that only it holds open.

The server never writes. When it ends, also by `kill -9`, the system closes its end, and sends
whoever has tied itself to the other end a SIGKILL: no thread has to watch, and a busy process
cannot miss it. `PR_SET_PDEATHSIG` would not do, for the parent of a forked kernel is the zygote,
which may be replaced while its kernels live on.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal


def tie(lifeline: int) -> int:
    """Let this process end with the server; return the descriptor that holds the knot.

    Args:
        lifeline: The end for reading. The owner of a signal belongs to the opened file, which
            forked processes share, hence it is opened anew.
    """
    own = os.open(f"/proc/self/fd/{lifeline}", os.O_RDONLY | os.O_NONBLOCK)
    os.close(lifeline)
    fcntl.fcntl(own, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(own, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(own, fcntl.F_SETFL, fcntl.fcntl(own, fcntl.F_GETFL) | os.O_ASYNC)
    _end_if_it_has_ended_already(own)
    return own


def _end_if_it_has_ended_already(own: int) -> None:
    watch = select.poll()
    watch.register(own, select.POLLIN)
    if watch.poll(0):
        os.kill(os.getpid(), signal.SIGKILL)
