"""A telephone line that a test can cut: all of it, or only the next answer."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Wire:
    """A line to a service on this machine.

    Attributes:
        port: Where the line is picked up.
        is_down: Nothing gets through.
        swallow: How many answers to handed-in matters still get lost after they were given.
        lost: How many answers got lost.
    """

    def __init__(self, service: int) -> None:
        self.service = service
        self.is_down = False
        self.swallow = 0
        self.lost = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._turn = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take the line down for good."""
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        if self.is_down:
            near.close()
            return
        asked = threading.Event()
        with near, socket.create_connection(("127.0.0.1", self.service)) as far:
            upward = threading.Thread(target=self._up, args=(near, far, asked), daemon=True)
            upward.start()
            with contextlib.suppress(OSError):
                while (data := far.recv(65_536)) and not self._is_lost(asked):
                    near.sendall(data)
            for end in (near, far):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            upward.join()

    def _up(self, near: socket.socket, far: socket.socket, asked: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(65_536):
                if data.startswith(b"POST /api/g/"):
                    asked.set()
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    def _is_lost(self, asked: threading.Event) -> bool:
        with self._turn:
            is_lost = self.is_down or (asked.is_set() and self.swallow > 0)
            if is_lost and asked.is_set():
                self.swallow -= 1
                self.lost += 1
            return is_lost


@contextlib.contextmanager
def wired(service: int) -> Iterator[Wire]:
    """Yield a line to a port of this machine."""
    line = Wire(service)
    yield line
    line.close()
