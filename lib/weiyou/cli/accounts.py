"""`weiyou account`: the first accounts of an installation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from weiyou.domain.people import Role
from weiyou.services import accounts
from weiyou.services.office import OPERATOR, open_office
from weiyou.settings import Settings

app = typer.Typer(no_args_is_help=True, help="账号")


@app.command()
def add(
    login: str,
    name: Annotated[str, typer.Option(help="姓名")],
    role: Annotated[Role, typer.Option(help="角色")],
    area: Annotated[list[str], typer.Option(help="辖区代码，可写多次")],
    password: Annotated[
        str, typer.Option(prompt="密码", hide_input=True, confirmation_prompt=True)
    ],
) -> None:
    """新建账号"""
    office = open_office(Settings())
    try:
        with office.work(OPERATOR, datetime.now(UTC)) as work:
            accounts.add(
                work, login=login, name=name, role=role, areas=tuple(area), password=password
            )
    finally:
        office.close()
    typer.echo(f"已新建账号 {login}（{role.label}）")
