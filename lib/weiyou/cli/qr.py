"""`weiyou qr`: the posters with the grids' codes, for the printer."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from weiyou.errors import BadInput
from weiyou.reports import posters
from weiyou.services.office import OPERATOR, open_office
from weiyou.settings import Settings

HOME_ADDRESSES = frozenset({"localhost", "127.0.0.1", "::1"})


def qr(
    out: Annotated[Path, typer.Option(help="写到哪个 PDF 文件")],
    village: Annotated[str, typer.Option(help="只打印这个村（社区），12 位代码")] = "",
    grid: Annotated[str, typer.Option(help="只打印这个网格，15 位代码")] = "",
) -> None:
    """打印二维码海报：每个网格一页 A5，全部在一个 PDF 里"""
    _check(village, grid)
    settings, now, begun = Settings(), datetime.now(UTC), time.monotonic()
    office = open_office(settings)
    try:
        with office.look(OPERATOR, now) as look:
            wanted = posters.posters(
                look,
                grid or village,
                public_url=settings.public_url,
                supervision_phone=settings.supervision_phone,
            )
    finally:
        office.close()
    _write(out, posters.pdf(wanted, now))
    typer.echo(f"{len(wanted)} 张海报已写到 {out}，用时 {time.monotonic() - begun:.1f} 秒")
    if urlsplit(settings.public_url).hostname in HOME_ADDRESSES:
        typer.secho(
            f"注意：码里的网址是 {settings.public_url}，别人的手机打不开。"
            "正式打印前请设置 WEIYOU_PUBLIC_URL",
            fg="yellow",
            err=True,
        )


def _check(village: str, grid: str) -> None:
    """Raises: BadInput."""
    if village and len(village) != 12:
        raise BadInput("--village 应为 12 位代码", "village")
    if grid and len(grid) != 15:
        raise BadInput("--grid 应为 15 位代码", "grid")
    if village and grid and not grid.startswith(village):
        raise BadInput("这个网格不在这个村（社区）里，只写其中一个即可", "grid")


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises: BadInput where it cannot be written."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as fault:
        raise BadInput(f"写不到 {path}：{fault.strerror}", "out") from None
    finally:
        fresh.unlink(missing_ok=True)
