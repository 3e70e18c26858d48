"""`python -m weiyou.desk.kernel`: the process behind one open app.

It is an ordinary IPython kernel without its tools for programmers: no history, no debugger, no
start-up files, and its log goes to the server's log, never to the browser.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
from typing import Any, Final, cast

ARGUMENTS: Final = (
    "--HistoryManager.enabled=False",
    "--InteractiveShellApp.exec_PYTHONSTARTUP=False",
    "--InteractiveShellApp.ignore_cwd=True",
)


def main(arguments: list[str]) -> None:
    """Serve as the kernel that the connection file among `arguments` describes."""
    log_to_the_server()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold what the person saw
    cast("dict[str, Any]", sys.modules)["debugpy"] = None  # importing it fails, and costs nothing
    from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415 (only after debugpy is gone)

    IPKernelApp.launch_instance(argv=[*arguments, *ARGUMENTS])


def log_to_the_server() -> None:
    """Send the log to the standard error that was inherited.

    IPython replaces `sys.stderr`, and the file descriptor behind it, by a stream to the browser;
    hence the copy, made before that happens.
    """
    inherited = os.fdopen(os.dup(2), "w", encoding="utf-8", buffering=1)
    logging.basicConfig(
        stream=inherited, level=logging.WARNING, format="kernel %(process)d %(name)s: %(message)s"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
