"""Two hundred who sign in at once: all get in, the memory stays, and the desk goes on serving."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests import desk as desks
from tests.desk import Desk
from tests.factories import PASSWORD
from weiyou.desk import careful
from weiyou.errors import TooMany
from weiyou.services import passwords

CROWD: Final = 200
HASH_MIB: Final = passwords.HASHER.memory_cost / 1024
MORE_MIB: Final = 160
"""Four hashes of 19 MiB, and what 200 connections need. Two hundred hashes would need 3.7 GiB."""

ANSWERS_WITHIN_S: Final = 3.0


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("crowd")
    desks.a_notebook(folder / "apps", "triage", "1 + 1")
    desks.a_world(folder / "home")
    with desks.running(folder / "home", folder / "apps") as served:
        yield served


def memory_mib(pid: int, name: str) -> float:
    """Return a line of `/proc/<pid>/status`: VmRSS is now, VmHWM the most there ever was."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(rf"{name}:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


def sign_in_all(desk: Desk) -> list[int]:
    """Send two hundred forms at once, and return how each was answered."""
    page = httpx.get(f"{desk.address}/login")
    proof = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert proof
    form = {"login": "liang", "password": PASSWORD, "_xsrf": proof[1]}
    cookie = {"Cookie": page.headers["set-cookie"].split(";")[0]}

    async def one(http: httpx.AsyncClient) -> int:
        return (await http.post("/login", data=form, headers=cookie)).status_code

    async def everybody() -> list[int]:
        limits = httpx.Limits(max_connections=CROWD)
        async with httpx.AsyncClient(
            base_url=desk.address, timeout=300, limits=limits, cookies=None
        ) as http:
            return list(await asyncio.gather(*(one(http) for _ in range(CROWD))))

    return asyncio.run(everybody())


@pytest.mark.slow
def test_two_hundred_sign_in_at_once_and_the_desk_goes_on(desk: Desk) -> None:
    worker = desk.visitor("jiang")
    before = memory_mib(desk.process.pid, "VmRSS")
    with ThreadPoolExecutor(1) as elsewhere:
        crowd = elsewhere.submit(sign_in_all, desk)
        took: list[float] = []
        while not crowd.done():
            begun = time.monotonic()
            assert worker.http.get("/").status_code == 200
            assert worker.http.get("/health").status_code == 200
            took.append(time.monotonic() - begun)
            time.sleep(0.05)

    assert crowd.result() == [302] * CROWD
    assert len(took) >= 5, "it was over before it could be seen"
    assert sorted(took)[len(took) // 2] < ANSWERS_WITHIN_S
    assert memory_mib(desk.process.pid, "VmHWM") - before < MORE_MIB
    assert CROWD * HASH_MIB > 20 * MORE_MIB, "the limit would notice"


def test_no_more_than_four_passwords_are_worked_on_at_once() -> None:
    pool, lock = careful.Careful(), threading.Lock()
    now, most = 0, 0

    def slow() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1

    async def crowd() -> None:
        await asyncio.gather(*(pool.do(slow) for _ in range(40)))

    asyncio.run(crowd())
    assert most == careful.AT_ONCE


def test_a_queue_that_is_too_long_says_so_and_recovers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(careful, "MOST_WAITING", 3)
    pool, go = careful.Careful(), threading.Event()

    async def crowd() -> list[object]:
        waiting = [asyncio.create_task(pool.do(go.wait)) for _ in range(5)]
        await asyncio.sleep(0.01)
        go.set()
        said = await asyncio.gather(*waiting, return_exceptions=True)
        return [*said, await pool.do(lambda: "again")]

    said = asyncio.run(crowd())
    assert said[:3] == [True] * 3
    assert [type(one) for one in said[3:5]] == [TooMany] * 2
    assert said[5] == "again"
