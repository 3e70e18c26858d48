"""`weiyou grids`: the micro-grids of a real installation, each with a code to print."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from weiyou.services import reference
from weiyou.services.office import OPERATOR, open_office
from weiyou.settings import Settings

app = typer.Typer(no_args_is_help=True, help="微网格")


@app.callback()
def grids() -> None:
    """微网格"""


@app.command()
def add(
    village: Annotated[str, typer.Argument(help="村（社区）的 12 位代码")],
    count: Annotated[int, typer.Option(help="加几个")],
) -> None:
    """给一个村（社区）加网格，每个网格配一个二维码"""
    office = open_office(Settings())
    try:
        with office.work(OPERATOR, datetime.now(UTC)) as work:
            codes = reference.add_grids(work, village, count)
    finally:
        office.close()
    typer.echo(f"已加 {len(codes)} 个网格：{codes[0]} 至 {codes[-1]}")
    typer.echo(f"打印海报：weiyou qr --village {village} --out 海报.pdf")
