"""`weiyou up`: everything at once; `weiyou desk`, `weiyou phone`: one door."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from weiyou.cli import processes, seed
from weiyou.cli.processes import Process
from weiyou.cli.stopping import Stopping
from weiyou.reports import welcome
from weiyou.services import demo
from weiyou.services.office import OPERATOR, Office, open_office
from weiyou.settings import Settings

say = Console()


def desk() -> None:
    """街道工作台（Voilà）"""
    os.execv(sys.executable, [sys.executable, "-m", "weiyou.desk"])  # noqa: S606 (ours)


def phone() -> None:
    """群众与网格员手机页面"""
    os.execv(sys.executable, [sys.executable, "-m", "weiyou.phone"])  # noqa: S606 (ours)


def up(
    demo_data: Annotated[
        bool, typer.Option("--demo/--no-demo", help="空库时生成演示数据（正式环境不会）")
    ] = True,
) -> None:
    """一次启动：准备数据库（空库时生成演示数据），启动工作台、手机端和定时，Ctrl-C 全部停止"""
    settings = Settings()
    office = open_office(settings)
    try:
        if demo_data and not settings.production and not demo.is_seeded(office):
            seed.fill(office)
        sheet = _sheet(office)
    finally:
        office.close()
    _run(_processes(settings), sheet)


def _processes(settings: Settings) -> list[Process]:
    phone_at = f"http://{settings.phone_host}:{settings.phone_port}"
    desk_at = f"http://{settings.desk_host}:{settings.desk_port}"
    return [
        Process("手机端", "weiyou.phone", health=f"{phone_at}/health"),
        Process("工作台", "weiyou.desk", health=f"{desk_at}/health"),
        Process("定时", "weiyou.cli", ("clock",)),
    ]


def _run(running: list[Process], sheet: Table) -> None:
    stopping = Stopping()
    try:
        for process in running:
            process.start()
        if all(process.is_ready(stopping.wait) for process in running):
            say.print(sheet)
        while not stopping.wait(1.0):
            if (hopeless := processes.keep_alive(running)) is not None:
                say.print(f"[red]{hopeless.name}反复退出，已全部停止；请看上面的日志[/red]")
                raise typer.Exit(1)
    finally:
        processes.stop(running)
        say.print("已全部停止")


def _sheet(office: Office) -> Table:
    """Return the addresses and, with demo data, who may sign in."""
    settings = office.settings
    sheet = Table(title="圩您办 已启动（Ctrl-C 停止）", title_justify="left", show_header=False)
    sheet.add_row("工作台", f"http://{settings.desk_host}:{settings.desk_port}/")
    sheet.add_row("网格员", f"{settings.public_url}/w/")
    now = datetime.now(UTC)
    with office.look(OPERATOR, now) as look:
        link = welcome.example(look)
    if link:
        sheet.add_row("群众扫码（示例）", f"{settings.public_url}/g/{link}")
    if not settings.production:
        for account in demo.sign_ins(office, now):
            sheet.add_row(
                f"演示账号 {account.login}",
                f"{account.role.label}（{account.area_name}） 密码 {account.password}",
            )
    return sheet
