"""What the server and the zygote say to each other, and to a kernel that is being born."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

FORK: Final = b"fork"
SERVES: Final = b"serves"
REQUEST_BYTES: Final = 64 * 1024
ANSWER_BYTES: Final = 4 * 1024


@dataclass(frozen=True)
class Request:
    """What the server asks of a kernel.

    Attributes:
        connection_file: Where its sockets and its signing key stand.
        folder: Where it lives.
        environment: All that it may know of its surroundings.
    """

    connection_file: str
    folder: str
    environment: dict[str, str]

    def packed(self) -> bytes:
        """Return it as one message."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def of(cls, message: bytes) -> Request:
        """Return the request that a message holds."""
        return cls(**json.loads(message))


@dataclass(frozen=True)
class Answer:
    """What the zygote says after its start, and after each fork.

    Attributes:
        size_mb: How much memory it has in hand.
        child: The number of the forked process, if there is one.
        refused: Why not, otherwise.
    """

    size_mb: float
    child: int = 0
    refused: str = ""

    def packed(self) -> bytes:
        """Return it as one message."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def of(cls, message: bytes) -> Answer:
        """Return the answer that a message holds."""
        return cls(**json.loads(message))
