"""A whole installation as a fresh machine starts it: `weiyou up` with demo data."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.running import answers, environment, free_port
from weiyou.domain import numbers
from weiyou.services import demo
from weiyou.services.office import open_office
from weiyou.settings import Settings
from weiyou.store import areas

READY_S = 180.0


@dataclass(frozen=True)
class Installation:
    """Where a running installation is found, and who may sign in."""

    home: Path
    phone: str
    desk: str
    password: str = demo.PASSWORD

    def poster(self, area: str) -> str:
        """Return the address on the poster of a grid."""
        office = open_office(Settings(home=self.home, database_url=""))
        try:
            with office.store.read() as session:
                code = areas.live_codes(session, area)[0]
            return f"{self.phone}/g/{numbers.poster_token(office.keys.poster, code.serial)}"
        finally:
            office.close()


@contextmanager
def up(home: Path) -> Iterator[Installation]:
    """Yield an installation with demo data, started by the command that people use."""
    phone, desk = free_port(), free_port()
    log = (home / "up.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "weiyou.cli", "up"],
        env=environment(
            home,
            "",
            WEIYOU_PHONE_PORT=str(phone),
            WEIYOU_DESK_PORT=str(desk),
            WEIYOU_PUBLIC_URL=f"http://127.0.0.1:{phone}",
        ),
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait(process, home / "up.log", "已启动")
        yield Installation(home, f"http://127.0.0.1:{phone}", f"http://127.0.0.1:{desk}")
        assert answers(phone)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _wait(process: subprocess.Popen[bytes], log: Path, words: str) -> None:
    """Return when the sheet with the addresses has been printed."""
    deadline = time.monotonic() + READY_S
    while words not in log.read_text(encoding="utf-8", errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"`weiyou up` did not come up:\n{log.read_text(errors='replace')}")
        time.sleep(0.2)
