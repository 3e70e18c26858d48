"""`weiyou account`: who may sign in to an installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from weiyou.domain.people import Role
from weiyou.reports import staff
from weiyou.services import secondfactor
from weiyou.services import staff as deeds
from weiyou.services.office import OPERATOR, Work, open_office
from weiyou.services.staff import NewAccount
from weiyou.settings import Settings

app = typer.Typer(no_args_is_help=True, help="账号")
say = Console()

Password = Annotated[str, typer.Option(prompt="密码", hide_input=True, confirmation_prompt=True)]


@app.command()
def add(  # noqa: PLR0913 (one argument an option)
    login: str,
    *,
    name: Annotated[str, typer.Option(help="姓名")],
    role: Annotated[Role, typer.Option(help="角色")],
    area: Annotated[list[str], typer.Option(help="辖区代码，可写多次")],
    password: Password,
    department: Annotated[str, typer.Option(help="部门代码，街道条线必写")] = "",
    telephone: Annotated[str, typer.Option(help="工作电话，印在海报上")] = "",
    leads: Annotated[bool, typer.Option("--leads", help="海报上写这个人")] = False,
) -> None:
    """新建账号"""
    new = NewAccount(login, name, role, tuple(area), department, telephone, leads)
    with _work() as work:
        added = deeds.add(work, new, password).login
    typer.echo(f"已新建账号 {added}（{role.label}）")


@app.command()
def password(login: str, password: Password) -> None:
    """换密码；这个账号的登录全部失效"""
    with _work() as work:
        deeds.set_password(work, login, password)
    typer.echo(f"已更换 {login} 的密码，原来的登录已全部失效")


@app.command()
def disable(login: str) -> None:
    """停用账号，立刻生效"""
    with _work() as work:
        deeds.set_active(work, login, active=False)
    typer.echo(f"已停用账号 {login}")


@app.command()
def enable(login: str) -> None:
    """恢复停用的账号"""
    with _work() as work:
        deeds.set_active(work, login, active=True)
    typer.echo(f"已恢复账号 {login}")


@app.command("totp-reset")
def totp_reset(login: str) -> None:
    """手机丢了、恢复码也用完时：取消这个账号的两步登录；它的登录全部失效"""
    with _work() as work:
        secondfactor.reset(work, login)
    typer.echo(f"已取消 {login} 的两步登录，原来的登录已全部失效；管理员下次登录时须重新设置")


@app.command("list")
def listing() -> None:
    """列出账号（姓名脱敏）"""
    office = open_office(Settings())
    try:
        with office.look(OPERATOR, datetime.now(UTC)) as look:
            found = staff.members(look)
    finally:
        office.close()
    sheet = Table("账号", "姓名", "角色", "辖区", "状态")
    for one in found:
        state = "在用" if one.active else "停用"
        sheet.add_row(one.login, one.name, one.role.label, "\n".join(one.areas), state)
    say.print(sheet)


@contextmanager
def _work() -> Iterator[Work]:
    """Yield a unit of work of whoever has the shell."""
    office = open_office(Settings())
    try:
        with office.work(OPERATOR, datetime.now(UTC)) as work:
            yield work
    finally:
        office.close()
