"""Running an app's notebook in its kernel, cell by cell."""

from __future__ import annotations

import contextlib
import secrets
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from queue import Empty
from typing import Any, Final
from uuid import uuid4

import nbformat
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_async
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.log import get_logger
from voila.execute import VoilaExecutor

from weiyou import errors
from weiyou.desk.channels import sorry
from weiyou.errors import NotFound, Refusal

CELL_TIMEOUT_S: Final = 120
ANSWER_TIMEOUT_S: Final = 20
START_TIMEOUT_S: Final = 60
ASK_EVERY_S: Final = 2.0
HEAR_WITHIN_S: Final = 0.05
CONTROL: Final = "jupyter.widget.control"
VERSION: Final = {"version": "1.0.0"}
SHOWN: Final = frozenset({"display_data", "execute_result"})
REFUSALS: Final = frozenset(
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, Refusal)
)


@dataclass(frozen=True)
class Step:
    """One cell that has run.

    Attributes:
        number: From 1.
        count: How many there are.
        outputs: What the page shows of it.
        trouble: The sentence for the person if it failed; the rest is not run then.
    """

    number: int
    count: int
    outputs: tuple[dict[str, Any], ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class Paper:
    """The notebook of an app.

    Attributes:
        cells: Its cells of code.
        compiles: Whether it brings templates of its own, which the page has to compile.
    """

    cells: tuple[str, ...]
    compiles: bool = False


@dataclass(frozen=True)
class Widgets:
    """Every widget of a kernel, as the page is given them.

    Attributes:
        states: By widget, as the widget protocol's `update_states` has them, with the places of
            binary values among them.
        buffers: The binary values, in base64.
    """

    states: Mapping[str, Any]
    buffers: tuple[str, ...] = ()

    @property
    def libraries(self) -> frozenset[str]:
        """Return the libraries of the browser that the widgets come from."""
        return frozenset(one["model_module"] for one in self.states["states"].values())


NO_WIDGETS: Final = Widgets({"states": {}, "buffer_paths": []})


def read(folder: Path, name: str) -> Paper:
    """Return the notebook of an app. Raises: NotFound."""
    path = folder / f"{name}.ipynb"
    if not path.is_file():
        raise NotFound("这个应用还没有安装，请联系系统管理员")
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> Paper:
    del changed
    notebook = nbformat.read(path, as_version=4)
    wanted = notebook.metadata.get("weiyou", {})
    code = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    return Paper(
        cells=tuple(source for source in code if source.strip()),
        compiles=bool(wanted.get("compiles", False)),
    )


@asynccontextmanager
async def reader(paper: Paper, kernel: KernelManager) -> AsyncIterator[Reader]:
    """Yield what runs the app in its kernel."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in paper.cells])
    executor = VoilaExecutor(notebook, km=kernel, timeout=CELL_TIMEOUT_S)
    executor.kc = kernel.client()
    executor.kc.allow_stdin = False
    executor.kc.start_channels(stdin=False, hb=False)
    try:
        await _wait_until_it_answers(kernel, executor.kc)
        yield Reader(executor)
    finally:
        executor.kc.stop_channels()


async def _wait_until_it_answers(kernel: KernelManager, client: Any) -> None:
    """Return when the kernel answers, and is heard. Raises: DeadKernelError.

    The client's own way listens on for a fifth of a second after the last word; here the kernel
    is asked until one question has been heard to begin, for only then are we listening.
    """
    asked: set[str] = set()
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and await ensure_async(kernel.is_alive()):
        asked.add(client.kernel_info())
        with contextlib.suppress(Empty):
            await client.get_shell_msg(timeout=ASK_EVERY_S)
            heard = await client.get_iopub_msg(timeout=HEAR_WITHIN_S)
            while heard["parent_header"].get("msg_id") not in asked:
                heard = await client.get_iopub_msg(timeout=HEAR_WITHIN_S)
            return
    raise DeadKernelError("the kernel does not answer")


class Reader:
    """Runs an app's notebook in its kernel."""

    def __init__(self, executor: VoilaExecutor) -> None:
        self._executor = executor

    async def steps(self) -> AsyncGenerator[Step]:
        """Yield each cell when it has run; a failed one is the last."""
        cells = self._executor.nb.cells
        for number, cell in enumerate(cells, start=1):
            trouble = await self._run(cell, number)
            outputs = tuple(
                {"data": output["data"]}
                for output in cell.outputs
                if output["output_type"] in SHOWN
            )
            yield Step(number, len(cells), outputs, trouble)
            if trouble:
                return

    async def _run(self, cell: Any, number: int) -> str:
        """Run one cell; return the sentence for the person if it failed, or an empty one."""
        try:
            await self._executor.async_execute_cell(cell, number - 1, store_history=False)
        except CellExecutionError as fault:
            if fault.ename in REFUSALS:
                return str(fault.evalue)
            return _note(fault)
        except (CellTimeoutError, DeadKernelError) as fault:
            return _note(fault)
        return ""

    async def widgets(self) -> Widgets:
        """Return the state of every widget. Raises: Empty if the kernel does not answer."""
        client = self._executor.kc
        comm_id = uuid4().hex
        about = {"comm_id": comm_id, "target_name": CONTROL, "data": {}}
        client.shell_channel.send(client.session.msg("comm_open", about, metadata=VERSION))
        request = {"comm_id": comm_id, "data": {"method": "request_states"}}
        client.shell_channel.send(client.session.msg("comm_msg", request))
        while True:
            message = await client.get_iopub_msg(timeout=ANSWER_TIMEOUT_S)
            if message["content"].get("comm_id") != comm_id:
                continue
            if message["msg_type"] == "comm_close":
                return NO_WIDGETS  # the app has never imported ipywidgets
            data = message["content"]["data"]
            told = {"states": data["states"], "buffer_paths": data["buffer_paths"]}
            packed = (b64encode(one).decode() for one in message.get("buffers", ()))
            return Widgets(told, tuple(packed))


def _note(fault: Exception) -> str:
    number = secrets.token_hex(3)
    get_logger().error("[%s] a cell failed\n%s", number, fault)
    return sorry(number)
