"""`weiyou clock`: the timer. It may be stopped at any moment; the next tick makes up for it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Annotated

import typer

from weiyou.cli.stopping import Stopping
from weiyou.services import upkeep
from weiyou.services.office import open_office
from weiyou.settings import Settings

log = logging.getLogger("weiyou.clock")


def clock(
    every: Annotated[float, typer.Option(help="每隔多少秒检查一次")] = 60.0,
    once: Annotated[bool, typer.Option("--once", help="只检查一次")] = False,
) -> None:
    """定时：到期办结、清理过期凭据和未使用的上传"""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    stopping = Stopping()
    office = open_office(Settings())
    try:
        while True:
            done = {what: number for what, number in upkeep.tick(office, _now()).items() if number}
            if done:
                log.info("tick %s", done)
            if once or stopping.wait(every):
                return
    finally:
        office.close()


def _now() -> datetime:
    return datetime.now(UTC)
