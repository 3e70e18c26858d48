"""`weiyou seed`, `weiyou demo accounts`: a made-up sub-district, and who may look around in it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from weiyou.domain.timelimits import SHANGHAI
from weiyou.services import demo
from weiyou.services.office import OPERATOR, Office, open_office
from weiyou.settings import Settings

say = Console()
app = typer.Typer(no_args_is_help=True, help="演示数据")


def seed(
    number: Annotated[
        int, typer.Option("--seed", help="随机种子：同一种子、同一时刻，同一结果")
    ] = demo.SEED,
    scale: Annotated[
        float, typer.Option(min=0.02, max=1.0, help="规模：1 为全街道，越小村越少")
    ] = 1.0,
    until: Annotated[
        datetime | None,
        typer.Option("--now", formats=["%Y-%m-%dT%H:%M"], help="演示的“现在”（北京时间）"),
    ] = None,
) -> None:
    """在空库里生成演示数据：真实村名、虚构的人和事（正式环境拒绝）"""
    now = until.replace(tzinfo=SHANGHAI) if until else datetime.now(UTC)
    office = open_office(Settings())
    try:
        fill(office, demo.Plan(number, scale), now)
        say.print(_sheet(demo.sign_ins(office, now)))
    finally:
        office.close()


def fill(office: Office, plan: demo.Plan | None = None, now: datetime | None = None) -> None:
    """Sow the demonstration into an empty store, with a bar that shows how far it is."""
    with _bar() as bar:
        task = bar.add_task("演示数据", total=100)

        def report(what: str, per_cent: int) -> None:
            bar.update(task, description=f"演示数据：{what}", completed=per_cent)

        with office.work(OPERATOR, now or datetime.now(UTC)) as work:
            demo.sow(work, plan or demo.Plan(), report)


@app.command("accounts")
def accounts(
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """列出可以登录的演示账号（正式环境拒绝）"""
    office = open_office(Settings())
    try:
        found = demo.sign_ins(office, datetime.now(UTC))
    finally:
        office.close()
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
    else:
        say.print(_sheet(found))


def _bar() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
    )
    return Progress(*columns, TimeElapsedColumn(), console=say)


def _sheet(found: list[demo.SignIn]) -> Table:
    sheet = Table("账号", "角色", "辖区", "密码")
    for one in found:
        sheet.add_row(one.login, one.role.label, one.area_name, one.password)
    return sheet
