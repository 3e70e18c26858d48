"""What is told while one waits."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Write a line where it does not disturb the figures."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
