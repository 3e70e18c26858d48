"""A wire between browser and server that weighs what goes through, packed as it travels.

The browser's own count would leave out that websocket messages are packed on their way.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from bench.desk.servers import Server

CHUNK: Final = 65536


@dataclass
class Wire:
    """The wire.

    Attributes:
        server: The server, as it is reached through the wire.
        bytes: What has gone through, both ways.
    """

    server: Server
    bytes: int = 0

    def pass_on(self, near: socket.socket, far: socket.socket) -> None:
        """Pass on what comes from `near` until one side hangs up."""
        with contextlib.suppress(OSError):
            while chunk := near.recv(CHUNK):
                self.bytes += len(chunk)
                far.sendall(chunk)
        for end in (near, far):
            with contextlib.suppress(OSError):  # it has hung up already
                end.shutdown(socket.SHUT_RDWR)


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


@contextmanager
def wire(server: Server) -> Iterator[Wire]:
    """Yield a wire to a server."""
    near = urlsplit(server.address)
    laid = Wire(server)

    class Join(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", near.port or 80)) as far:
                back = threading.Thread(target=laid.pass_on, args=(far, self.request), daemon=True)
                back.start()
                laid.pass_on(self.request, far)
                back.join()

    with _Listener(("127.0.0.1", 0), Join) as listener:
        port = listener.server_address[1]
        laid.server = replace(server, address=near._replace(netloc=f"127.0.0.1:{port}").geturl())
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        try:
            yield laid
        finally:
            listener.shutdown()
