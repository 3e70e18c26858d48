"""Being told to stop, by Ctrl-C or by a service manager."""

from __future__ import annotations

import select
import signal
import socket
from typing import Final

SIGNS: Final = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Hears the signals that ask a process to stop; made in the main thread.

    A lock must not be taken in a signal handler: the signal may have come while the same thread
    held it. So the handler does nothing, and the interpreter itself writes into a socket.
    """

    def __init__(self) -> None:
        self._ear, mouth = socket.socketpair()
        mouth.setblocking(False)
        self._mouth = mouth
        signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
        for sign in SIGNS:
            signal.signal(sign, lambda *_: None)

    def wait(self, seconds: float) -> bool:
        """Return whether a signal has come, waiting for one as long as that; once heard, always."""
        return bool(select.select([self._ear], [], [], seconds)[0])
