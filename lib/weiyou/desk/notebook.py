"""Running an app's notebook in its kernel, cell by cell."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat
from jupyter_client.manager import KernelManager
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.log import get_logger
from voila.execute import VoilaExecutor

from weiyou import errors
from weiyou.desk.channels import sorry
from weiyou.errors import NotFound, Refusal

CELL_TIMEOUT_S: Final = 120
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


def read(folder: Path, name: str) -> Any:
    """Return the notebook of an app. Raises: NotFound."""
    path = folder / f"{name}.ipynb"
    if not path.is_file():
        raise NotFound("这个应用还没有安装，请联系系统管理员")
    return nbformat.read(path, as_version=4)


async def run(notebook: Any, kernel: KernelManager) -> AsyncGenerator[Step]:
    """Yield each cell of code when it has run; a failed one is the last."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    executor = VoilaExecutor(notebook, km=kernel, timeout=CELL_TIMEOUT_S)
    executor.kc = await executor.async_start_new_kernel_client()
    try:
        for number, cell in enumerate(cells, start=1):
            cell.outputs = []
            trouble = await _run(executor, cell, number)
            outputs = tuple(
                dict(output, trusted=True)
                for output in cell.outputs
                if output["output_type"] in SHOWN
            )
            yield Step(number, len(cells), outputs, trouble)
            if trouble:
                return
    finally:
        executor.kc.stop_channels()


async def _run(executor: VoilaExecutor, cell: Any, number: int) -> str:
    """Run one cell; return the sentence for the person if it failed, or an empty one."""
    try:
        await executor.async_execute_cell(cell, number - 1, store_history=False)
    except CellExecutionError as fault:
        if fault.ename in REFUSALS:
            return str(fault.evalue)
        return _note(fault)
    except (CellTimeoutError, DeadKernelError) as fault:
        return _note(fault)
    return ""


def _note(fault: Exception) -> str:
    number = secrets.token_hex(3)
    get_logger().error("[%s] a cell failed\n%s", number, fault)
    return sorry(number)
