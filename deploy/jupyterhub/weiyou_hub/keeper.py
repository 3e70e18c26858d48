"""The service of the hub that has every desk running: `python -m weiyou_hub.keeper NAME…`."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import urllib.error
import urllib.request
from typing import Any, Final

EVERY_S: Final = 1.0
TIMEOUT_S: Final = 10.0

log = logging.getLogger("weiyou.keeper")


def ask(path: str, method: str = "GET") -> Any:
    """Return what the hub answers. Raises: OSError."""
    request = urllib.request.Request(  # noqa: S310 (the hub's own address)
        os.environ["JUPYTERHUB_API_URL"] + path,
        method=method,
        headers={"Authorization": f"token {os.environ['JUPYTERHUB_API_TOKEN']}"},
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 (as above)
        return json.loads(answer.read() or b"null")


def keep(owner: str) -> None:
    """Have a desk started if it is neither running nor about to. Raises: OSError."""
    known = ask(f"/users/{owner}")
    if known.get("server") is None and known.get("pending") is None:
        log.info("%s is not running: starting it", owner)
        ask(f"/users/{owner}/server", "POST")


def main(owners: list[str]) -> None:
    """Keep the desks until the hub ends us, or has ended itself: the next one brings its own."""
    logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
    hub = os.getppid()
    while os.getppid() == hub:
        for owner in owners:
            try:
                keep(owner)
            except (OSError, ValueError) as fault:  # the hub is busy; the next round is soon
                log.warning("%s: %s", owner, fault)
        time.sleep(EVERY_S)


if __name__ == "__main__":
    main(sys.argv[1:])
