"""The kernel's program: IPython's, without the parts and threads that nobody here talks to."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Final

from ipykernel import ipkernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.application import BaseIPythonApplication

ARGUMENTS: Final = (
    "--HistoryManager.enabled=False",
    "--InteractiveShellApp.exec_PYTHONSTARTUP=False",
    "--InteractiveShellApp.ignore_cwd=True",
    "--IPKernelApp.capture_fd_output=False",  # what C code prints goes to the server's log
    f"--Session.copy_threshold={1 << 30}",  # sending without a copy would take three more threads
)


class Configured(BaseIPythonApplication):
    """A program whose options are read apart from its beginning, and once."""

    is_configured = False

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the options, unless that has been done."""
        if not self.is_configured:
            super().initialize(argv)
            self.is_configured = True


class DeskKernelApp(IPKernelApp, Configured):
    """Serves one page: no heartbeat, no subshells, no debugger.

    Five threads are left of eleven: the program's own, one each for what it says and for orders
    to stop, and the two of ZeroMQ.
    """

    def configure(self) -> None:
        """Read the options: they are the same for all kernels, so the zygote has done it."""
        Configured.initialize(self, list(ARGUMENTS))

    def init_control(self, context: Any) -> None:
        """Open the channel for orders; messages to the shell need no thread of their own."""
        super().init_control(context)
        self.shell_channel_thread.io_loop.close()
        self.shell_channel_thread = None

    def init_heartbeat(self) -> None:
        """Leave it out: the desk watches the process itself."""

    def init_pdb(self) -> None:
        """Leave it out: nobody can debug here."""

    def init_kernel(self) -> None:
        """Make the kernel, without a list of the files of all modules, meant for the debugger.

        Walking through a thousand modules touches their memory everywhere, and a forked kernel
        must copy what it touches: 10 MB.
        """
        borrowed = vars(ipkernel)
        borrowed["sys"] = _SysWithoutModules("sys")
        try:
            super().init_kernel()
        finally:
            borrowed["sys"] = sys


class _SysWithoutModules(ModuleType):
    """Stands in for `sys`, in which no modules are listed."""

    modules: Final[dict[str, ModuleType]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)
