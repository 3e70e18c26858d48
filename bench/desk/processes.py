"""What a server takes of the machine: processor time and memory of its whole tree of processes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
TICKS: Final = os.sysconf("SC_CLK_TCK")
KIB: Final = 1024


def tree(root: int) -> list[int]:
    """Return `root` and all that descend from it, forked kernels included."""
    children: dict[int, list[int]] = {}
    for path in PROC.iterdir():
        if path.name.isdigit() and (fields := _stat(int(path.name))):
            children.setdefault(int(fields[1]), []).append(int(path.name))
    found = [root]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def cpu_by_process(root: int) -> dict[int, float]:
    """Return the processor seconds that each process of the tree has taken so far."""
    taken = {}
    for pid in tree(root):
        if fields := _stat(pid):
            taken[pid] = (int(fields[11]) + int(fields[12])) / TICKS
    return taken


def cpu_since(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """Return what was taken between two looks.

    A process that ended in between counts nothing, so look while the kernel still runs.
    """
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def memory_mb(root: int) -> float:
    """Return the proportional memory (PSS) of the tree: what is shared counts once."""
    return sum(_pss_kib(pid) for pid in tree(root)) / KIB


def idle_s() -> float:
    """Return for how many seconds the cores of the machine have had nothing to do, added up."""
    first = (PROC / "stat").read_text(encoding="ascii").splitlines()[0].split()
    return (int(first[4]) + int(first[5])) / TICKS


def cores() -> int:
    """Return how many cores there are."""
    return os.cpu_count() or 1


def command(pid: int) -> str:
    """Return the command line of a process."""
    words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    return " ".join(b" ".join(words).decode(errors="replace").split())


def _pss_kib(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it has just ended
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _stat(pid: int) -> list[str]:
    """Return the fields after the name of the program; none of a process that has ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rsplit(")", 1)[1].split()
