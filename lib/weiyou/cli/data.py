"""`weiyou prepare` and `weiyou verify`: the database brought up to date, the traces checked."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from weiyou.domain.timelimits import SHANGHAI
from weiyou.services import reference, traces
from weiyou.services.office import OPERATOR, open_office
from weiyou.settings import Settings


def prepare() -> None:
    """建好或升级数据库，生成密钥；正式环境还装入村（社区）、部门和类别"""
    settings, now = Settings(), datetime.now(UTC)
    office = open_office(settings)
    try:
        if settings.production:  # elsewhere the demonstration brings its own
            with office.work(OPERATOR, now) as work:
                added = reference.load(work, now.astimezone(SHANGHAI).date())
            typer.echo(f"基础数据新装入 {added} 条")
    finally:
        office.close()
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
