"""The kernel's program: IPython's, without the parts and threads that nobody here talks to."""

from __future__ import annotations

from typing import Any, Final

from ipykernel.kernelapp import IPKernelApp

ARGUMENTS: Final = (
    "--HistoryManager.enabled=False",
    "--InteractiveShellApp.exec_PYTHONSTARTUP=False",
    "--InteractiveShellApp.ignore_cwd=True",
    "--IPKernelApp.capture_fd_output=False",  # what C code prints goes to the server's log
)


class DeskKernelApp(IPKernelApp):
    """Serves one page: no heartbeat, no subshells, no debugger.

    Five threads are left of eleven: the program's own, one each for what it says and for orders
    to stop, and the two of ZeroMQ.
    """

    def init_control(self, context: Any) -> None:
        """Open the channel for orders; messages to the shell need no thread of their own."""
        super().init_control(context)
        self.shell_channel_thread.io_loop.close()
        self.shell_channel_thread = None

    def init_heartbeat(self) -> None:
        """Leave it out: the desk watches the process itself."""

    def init_pdb(self) -> None:
        """Leave it out: nobody can debug here."""
