"""`weiyou prepare` and `weiyou verify`: the database brought up to date, the traces checked."""

from __future__ import annotations

import typer

from weiyou.services import traces
from weiyou.services.office import open_office
from weiyou.settings import Settings


def prepare() -> None:
    """建好或升级数据库，生成密钥"""
    settings = Settings()
    open_office(settings).close()
    typer.echo(f"数据库已就绪：{settings.home}")


def verify() -> None:
    """核对审计链：有没有记录被改过、删过、截断过"""
    office = open_office(Settings())
    try:
        faults = traces.faults(office)
    finally:
        office.close()
    for fault in faults:
        typer.secho(fault, fg="red", err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo("审计链完整")
