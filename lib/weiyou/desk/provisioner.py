"""How the desk holds its kernels: by a descriptor of the process, be it forked or started."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from typing import Any, Final, cast

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager

from weiyou.desk.nursery import NoZygote, Nursery
from weiyou.desk.orders import Request

UNKNOWN: Final = 0
"""The exit code of a process that was not a child of ours, and is not told."""


class ForkedProcess:
    """The part of `subprocess.Popen` that Jupyter uses, for a process that somebody else began.

    A pidfd always means this process, also when its number has been given to another one.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, hold: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._hold = hold

    def poll(self) -> int | None:
        """Return None while it runs, then its exit code if there is a way to know it."""
        if self.returncode is None and self._has_ended(0):
            self.returncode = self._bury()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Return as `poll` when it has ended, or when so many seconds are over."""
        if self.returncode is None:
            self._has_ended(timeout)
        return self.poll()

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it has ended since
                signal.pidfd_send_signal(self._hold, signum)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _has_ended(self, timeout: float | None) -> bool:
        watch = select.poll()
        watch.register(self._hold, select.POLLIN)
        return bool(watch.poll(None if timeout is None else timeout * 1000))

    def _bury(self) -> int:
        """Let go of it. Its parent may have been a zygote that is gone, then it is our child."""
        code = UNKNOWN
        with contextlib.suppress(ChildProcessError):
            ended = os.waitid(os.P_PIDFD, self._hold, os.WEXITED | os.WNOHANG)
            code = ended.si_status if ended else UNKNOWN
        os.close(self._hold)
        return code


class DeskProvisioner(LocalProvisioner):
    """Lets the zygote fork the kernel, or starts an ordinary one where that is not to be had."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Return how to connect to the new kernel."""
        kernel = cast("DeskKernel", self.parent)
        wanted = Request(kernel.connection_file, kwargs["cwd"], kwargs["env"])
        try:
            pid, hold = await kernel.nursery.fork(wanted)
        except NoZygote as reason:
            self.log.log(reason.level, "an ordinary kernel is started: %s", reason)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = cast("Any", ForkedProcess(pid, hold))
        self.pid, self.cwd = pid, kwargs["cwd"]
        return self.connection_info


class DeskKernel(ServerKernelManager):
    """One kernel of the desk; no entry point of the machine says how it is started."""

    @property
    def nursery(self) -> Nursery:
        """Return where kernels are forked."""
        return cast("Nursery", self.parent.nursery)  # type: ignore[union-attr]  # always ours

    async def _async_pre_start_kernel(self, **wanted: Any) -> Any:
        self.kernel_id = self.kernel_id or wanted["kernel_id"]
        if self.provisioner is None:
            self.provisioner = DeskProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**wanted)
