"""Kernels forked from the warm zygote: alone in memory, held safely, and never missed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests import desk as desks
from tests.desk import Desk

pytestmark = pytest.mark.slow

PROBE: Final = """
import json, os, pathlib, random, uuid
import comm, ipyvuetify, ipywidgets, numpy, resource
from weiyou.widgets import door
seen = getattr(door, "left_by_another", "nobody")
door.left_by_another = os.environ["WEIYOU_KERNEL_PASS"]
theme = next(iter(ipywidgets.Widget.widgets.values())).model_id
parent = pathlib.Path(f"/proc/{os.getppid()}")
json.dumps({
    "pid": os.getpid(),
    "parent": os.getppid(),
    "born_by": parent.joinpath("cmdline").read_bytes().decode().replace("\\0", " "),
    "of_parent": parent.joinpath("environ").read_bytes().decode().replace("\\0", " "),
    "seen": seen,
    "pass": os.environ["WEIYOU_KERNEL_PASS"],
    "dice": [random.random(), numpy.random.random(), str(uuid.uuid4())],
    "theme": theme,
    "threads": len(list(pathlib.Path("/proc/self/task").iterdir())),
    "session": os.getsid(0) == os.getpid(),
    "stdin": os.readlink("/proc/self/fd/0"),
    "targets": sorted(comm.get_comm_manager().targets),
    "files": [os.readlink(one) for one in pathlib.Path("/proc/self/fd").iterdir()
              if one.is_symlink()],
    "core": resource.getrlimit(resource.RLIMIT_CORE),
    "oom": pathlib.Path("/proc/self/oom_score_adj").read_text().strip(),
})
"""
GREEDY: Final = """
held = []
for _ in range(64):
    held.append(bytearray(32 * 1024 * 1024))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zygote")
    desks.a_world(folder / "home")
    desks.a_notebook(folder / "apps", "triage", PROBE)
    desks.a_notebook(folder / "apps", "overview", GREEDY)
    return folder


@contextmanager
def a_desk(home: Path, **settings: str) -> Iterator[Desk]:
    named = {f"WEIYOU_{name.upper()}": value for name, value in settings.items()}
    with desks.running(home / "home", home / "apps", named) as served:
        yield served


@pytest.fixture(scope="module")
def desk(home: Path) -> Iterator[Desk]:
    with a_desk(home, desk_kernel_mb="256") as served:
        zygote_of(served)
        yield served


def children(pid: int) -> list[int]:
    """Return the children of a process; each of its threads knows its own."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(one) for path in threads for one in path.read_text(encoding="ascii").split()]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return ""


def zygote_of(desk: Desk, other_than: int = 0) -> int:
    """Return the process number of the zygote, as soon as it is warm."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for pid in children(desk.process.pid):
            if "weiyou.desk.zygote" in command(pid) and pid != other_than and is_warm(pid):
                return pid
        time.sleep(0.1)
    raise AssertionError(desk.log.read_text())


def is_warm(pid: int) -> bool:
    """Return whether it waits for orders: its SIGCHLD is ignored by then."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    ignored = int(status.split("SigIgn:")[1].split()[0], 16)
    return bool(ignored >> (signal.SIGCHLD - 1) & 1)


def until_gone(pids: list[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(state(pid) not in {"", "Z"} for pid in pids):
        assert time.monotonic() < deadline, {pid: state(pid) for pid in pids}
        time.sleep(0.05)


def opened(desk: Desk, login: str = "liang") -> Any:
    app = desk.visitor(login).open("triage")
    return app.plain() | {"app": app}


def leave(found: Any) -> None:
    app = found["app"]
    assert app.visitor.post(f"/seat/{app.kernel_id}/leave", {}).status_code == 204


def test_two_kernels_share_nothing_but_what_they_were_born_with(desk: Desk) -> None:
    liang, jiang = opened(desk), opened(desk, "jiang")

    assert liang["parent"] == jiang["parent"] == zygote_of(desk)
    assert (liang["seen"], jiang["seen"]) == ("nobody", "nobody")
    assert liang["pass"] != jiang["pass"]
    assert not set(liang["dice"]) & set(jiang["dice"])
    assert liang["theme"] != jiang["theme"]


def test_a_kernel_is_a_process_of_its_own(desk: Desk) -> None:
    found = opened(desk)

    assert found["session"]
    assert found["stdin"] == "/dev/null"
    assert found["core"] == [0, 0]
    assert found["oom"] == "500"
    assert found["threads"] == 5
    assert "jupyter.widget.control" in found["targets"]
    assert not [one for one in found["files"] if one.endswith(".db")]


def test_the_zygote_knows_no_secret_and_has_one_thread(desk: Desk) -> None:
    liang = opened(desk)
    zygote = zygote_of(desk)

    for place in ("environ", "cmdline"):
        known = Path(f"/proc/{zygote}/{place}").read_text(encoding="utf-8")
        assert "KERNEL_PASS" not in known
        assert "DATABASE_URL=" not in known
    assert "KERNEL_PASS" not in liang["of_parent"]
    assert len(list(Path(f"/proc/{zygote}/task").iterdir())) == 1
    open_files = [str(one.readlink()) for one in Path(f"/proc/{zygote}/fd").iterdir()]
    assert not [one for one in open_files if one.endswith((".db", ".sqlite", "-wal"))]


def test_no_pass_passes_through_the_memory_of_the_zygote(desk: Desk) -> None:
    given = opened(desk)["pass"].encode()
    zygote = zygote_of(desk)

    kept = 0
    with Path(f"/proc/{zygote}/mem").open("rb") as memory:
        for line in Path(f"/proc/{zygote}/maps").read_text(encoding="utf-8").splitlines():
            place, rights = line.split()[:2]
            if rights.startswith("rw"):
                first, last = (int(one, 16) for one in place.split("-"))
                memory.seek(first)
                kept += given in memory.read(last - first)
    assert kept == 0


def test_after_the_death_of_the_zygote_kernels_live_and_the_next_opening_works(desk: Desk) -> None:
    before = opened(desk)
    zygote = zygote_of(desk)

    os.kill(zygote, signal.SIGKILL)
    next_one = opened(desk)

    assert next_one["parent"] == desk.process.pid, "an ordinary kernel"
    assert "the zygote" in desk.log.read_text()
    assert before["app"].state() == "open"
    assert state(before["pid"]) in {"S", "R"}
    assert opened(desk)["parent"] in {zygote_of(desk, other_than=zygote), desk.process.pid}
    assert opened(desk)["parent"] == zygote_of(desk, other_than=zygote)
    leave(before)
    until_gone([before["pid"]], 5)
    assert state(before["pid"]) == "", "its new parent has buried it"


def test_when_the_server_is_killed_nothing_is_left(home: Path) -> None:
    with a_desk(home) as served:
        zygote = zygote_of(served)
        kernels = [opened(served)["pid"] for _ in range(2)]
        stopped = kernels[0]
        os.kill(stopped, signal.SIGSTOP)  # it cannot even look

        os.kill(served.process.pid, signal.SIGKILL)

        until_gone([zygote, *kernels], 3)


def test_new_code_comes_with_a_new_zygote_and_running_kernels_stay(desk: Desk) -> None:
    before = opened(desk)
    zygote = zygote_of(desk)
    import weiyou.domain.words  # noqa: PLC0415 (which file that is)

    os.utime(weiyou.domain.words.__file__)
    after = opened(desk)

    assert after["parent"] != zygote
    assert after["parent"] in {zygote_of(desk, other_than=zygote), desk.process.pid}
    until_gone([zygote], 10)
    assert before["app"].state() == "open"
    assert state(before["pid"]) in {"S", "R"}


def test_without_the_setting_kernels_are_ordinary(home: Path) -> None:
    with a_desk(home, desk_fork="false") as served:
        found = opened(served)

        assert found["parent"] == served.process.pid
        assert [
            command(pid) for pid in children(served.process.pid) if "zygote" in command(pid)
        ] == []
        os.kill(served.process.pid, signal.SIGKILL)
        until_gone([found["pid"]], 3)


def test_fifty_openings_leave_no_zombie_and_no_open_file(desk: Desk) -> None:
    leave(opened(desk))
    fds = Path(f"/proc/{desk.process.pid}/fd")
    before = len(list(fds.iterdir()))
    zygote = zygote_of(desk)
    jiang = desk.visitor("jiang")

    pids = []
    for _ in range(50):
        app = jiang.open("triage")
        pids.append(app.plain()["pid"])
        assert jiang.post(f"/seat/{app.kernel_id}/leave", {}).status_code == 204

    until_gone(pids, 10)
    dead = [pid for pid in (*children(desk.process.pid), *children(zygote)) if state(pid) == "Z"]
    assert dead == []
    assert len(list(fds.iterdir())) <= before + 6


def test_a_kernel_that_takes_too_much_memory_ends_alone(desk: Desk) -> None:
    neighbour = opened(desk)

    page = desk.visitor("zhou").http.get("/app/overview")

    assert page.status_code == 200
    assert "这一步没有完成（编号" in page.text
    assert "Traceback" not in page.text
    assert "MemoryError" in desk.log.read_text()
    assert neighbour["app"].state() == "open"
    assert desk.process.poll() is None
    assert opened(desk)["pid"]
