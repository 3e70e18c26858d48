"""`weiyou import petitions`: the matters of another system, from a table."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from weiyou.domain.columns import Dates
from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import BadInput
from weiyou.services import imports, sources
from weiyou.services.imports import Job, Tally
from weiyou.services.office import OPERATOR, open_office
from weiyou.settings import Settings

app = typer.Typer(no_args_is_help=True, help="导入其他系统的数据")
say = Console()

REASONS_SHOWN: Final = 5
BAR_AFTER_S: Final = 1.0


@app.callback()
def group() -> None:
    """导入其他系统的数据"""


@app.command()
def petitions(  # noqa: PLR0913 (each is an option of the command line)
    file: Annotated[Path, typer.Argument(help="CSV、CSV.GZ 或 XLSX，第一行是列名")],
    *,
    area: Annotated[str, typer.Option(help="归到哪个辖区（街道 9 位、村 12 位、网格 15 位代码）")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="字段=列名，可写多次；不写的按上次或列名推断"),
    ] = None,
    system: Annotated[
        str, typer.Option(help="来源系统的名字，编号会重复的两个系统要分开写")
    ] = imports.SYSTEM,
    timezone: Annotated[str, typer.Option(help="文件里的时间是哪个时区的")] = SHANGHAI.key,
    dates: Annotated[Dates, typer.Option("--format", help="年份写在最后的日期怎么读")] = Dates.AUTO,
    preview: Annotated[bool, typer.Option("--preview", help="只看结果，不写入")] = False,
    rejects: Annotated[Path | None, typer.Option(help="不能导入的行写到这个 CSV")] = None,
) -> None:
    """导入信访事项：可重复执行，已导入过的不会再来一次，有问题的行逐行说明原因"""
    job = Job(file, area, _said(columns or []), system, _zone(timezone), dates)
    begun = time.monotonic()
    office = open_office(Settings())
    try:
        with _bar(file) as progress:
            work = imports.preview if preview else imports.run
            tally = work(office, OPERATOR, job, datetime.now(UTC), progress)
        if rejects and tally.refused:
            sources.write_rejects(rejects, tally.refused)
    finally:
        office.close()
    _show(tally, preview=preview, rejects=rejects)
    say.print(f"用时 {time.monotonic() - begun:.1f} 秒")


def _said(pairs: list[str]) -> dict[str, str]:
    """Return column by field. Raises: BadInput."""
    said = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals:
            raise BadInput(f"--map 应写成 字段=列名，而不是“{pair}”", "map")
        said[field.strip()] = column.strip()
    return said


def _zone(name: str) -> ZoneInfo:
    """Return a time zone. Raises: BadInput."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(f"没有“{name}”这个时区，应像 Asia/Shanghai", "timezone") from None


@contextmanager
def _bar(file: Path) -> Iterator[imports.Progress]:
    """Yield what is told of each batch; a bar comes up when it takes more than a second."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=say,
        transient=True,
    )
    task = bar.add_task("导入", total=None)
    begun = time.monotonic()

    def done(tally: Tally) -> None:
        if time.monotonic() - begun > BAR_AFTER_S and not bar.live.is_started:
            bar.update(task, total=sources.count(file))
            bar.start()
        bar.update(task, completed=tally.rows)

    try:
        yield done
    finally:
        bar.stop()


def _show(tally: Tally, *, preview: bool, rejects: Path | None) -> None:
    matched = "，".join(f"{field.label}←{column}" for field, column in tally.columns.items())
    say.print(f"列对应：{matched}", highlight=False, markup=False)
    if preview:
        say.print(_sample(tally))
    verb = "将导入" if preview else "导入"
    say.print(
        f"{tally.rows} 行：{verb} {tally.fresh}，已导入过 {tally.known}，"
        f"不能导入 {len(tally.refused)}"
    )
    for refused in tally.refused[:REASONS_SHOWN]:
        say.print(f"  第 {refused.row.number} 行：{refused.reason}", highlight=False, markup=False)
    if tally.refused:
        say.print(
            f"全部不能导入的行见 {rejects}" if rejects else "加 --rejects 文件.csv 可导出全部原因",
            markup=False,
        )


def _sample(tally: Tally) -> Table:
    sheet = Table("编号", "标题", "收到", "状态", "地点", "正文", title="前几行导入后的样子")
    for matter in tally.sample:
        words = (
            matter.external_id,
            matter.title,
            matter.received_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            matter.state.label,
            matter.place or "",
            matter.text[:40],
        )
        sheet.add_row(*map(Text, words))  # other people's words are no markup
    return sheet
