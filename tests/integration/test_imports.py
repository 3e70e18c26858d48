"""Matters of another system: each comes in once, with a history that replays, or says why not."""

from __future__ import annotations

import gzip
import io
import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from sqlalchemy import func, select
from typer.testing import CliRunner

from tests.factories import GRID, NOW, STREET, a_clerk, a_street, a_worker
from weiyou.adapters import spreadsheets
from weiyou.cli import imports as command
from weiyou.domain import workflow
from weiyou.domain.columns import Field
from weiyou.domain.petitions import Source
from weiyou.domain.timelimits import SHANGHAI
from weiyou.domain.workflow import State, Step
from weiyou.errors import BadInput, NotFound, NotPermitted
from weiyou.services import imports, sources, traces
from weiyou.services.imports import Job, Tally
from weiyou.services.office import OPERATOR, Office
from weiyou.store.tables import AuditEvent, Petition

ACCEPTANCE = Path(os.environ.get("WEIYOU_ACCEPTANCE", "../shared/acceptance"))
BOSTON = ZoneInfo("America/New_York")
HOTLINE = """\
工单编号,标题,诉求内容,来电人,来电时间,事发地址,类别,答复内容,办结时间
H1,路灯坏了,村口的路灯坏了三天。,石大川,2026-02-01 08:00,村口,路灯与照明,已修好。,2026-02-03 10:00
H2,积水,学校门口积水。,,2026-02-02 08:00,,A03,,
H3,吵闹,夜里施工。,,2026-02-03 08:00,,环境,,
"""


def a_file(folder: Path, text: str = HOTLINE, name: str = "hotline.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="gb18030")
    return path


def run(office: Office, job: Job) -> Tally:
    return imports.run(office, OPERATOR, job, NOW, lambda _: None)


def counts(tally: Tally) -> tuple[int, int, int]:
    return tally.fresh, tally.known, len(tally.refused)


def imported(office: Office) -> dict[str, Petition]:
    """Return what has been imported, with its events, by external id without its system."""
    with office.store.read() as session:
        found = session.scalars(select(Petition).where(Petition.source == Source.IMPORT)).all()
        for petition in found:
            list(petition.events)
        return {(petition.external_id or "").partition(":")[2]: petition for petition in found}


def test_a_table_comes_in_with_what_was_done_elsewhere(office: Office, tmp_path: Path) -> None:
    # Given a street, and the hotline's table
    a_street(office)

    # When it is imported
    tally = run(office, Job(a_file(tmp_path), STREET))

    # Then each row is a matter of the street
    assert counts(tally) == (3, 0, 0)
    lamp, flood, noise = (imported(office)[key] for key in ("H1", "H2", "H3"))
    assert [e.step for e in lamp.events] == [Step.SUBMIT, Step.ACCEPT, Step.ANSWER, Step.CLOSE]
    assert (lamp.state, lamp.events[2].words) == (State.CLOSED, "已修好。")
    assert (lamp.closed_at, lamp.accepted_at) == (lamp.events[3].at, None)
    assert (lamp.area, lamp.reporter_name, lamp.place) == (STREET, "石大川", "村口")

    # And its category counts if it is one of ours, by name or code, and is kept in words if not
    assert (lamp.category, flood.category, noise.category) == ("A02", "A03", None)
    assert noise.events[0].details == {"row": 4, "category": "环境"}
    assert (flood.state, len(flood.number)) == (State.RECEIVED, 9)


def test_the_same_file_again_brings_nothing_new(office: Office, tmp_path: Path) -> None:
    a_street(office)
    run(office, Job(a_file(tmp_path), STREET))
    renamed = a_file(tmp_path, HOTLINE + "H4,,新的一件。,,2026-02-04,,,,\n", "again.csv")
    assert counts(run(office, Job(renamed, STREET))) == (1, 3, 0)
    assert counts(run(office, Job(renamed, STREET))) == (0, 4, 0)
    assert len(imported(office)) == 4


def test_a_table_that_has_grown_a_column_brings_nothing_new(office: Office, tmp_path: Path) -> None:
    a_street(office)
    bare = "内容,提交时间\n路灯坏了,2026-02-01\n"
    run(office, Job(a_file(tmp_path), STREET))
    run(office, Job(a_file(tmp_path, bare, "bare.csv"), STREET))
    for text, rows in ((HOTLINE, 3), (bare, 1)):
        wider = "\n".join(f"{line},{n or '满意度'}" for n, line in enumerate(text.splitlines()))
        assert counts(run(office, Job(a_file(tmp_path, wider, "w.csv"), STREET))) == (0, rows, 0)


def test_a_refused_row_that_was_mended_is_the_same_row(office: Office, tmp_path: Path) -> None:
    # Given a row without an instant, refused and written down
    a_street(office)
    first = a_file(tmp_path, HOTLINE + "H4,,-12 度还没来电,,昨天,,,,\n")
    rejects = tmp_path / "rejects.csv"
    sources.write_rejects(rejects, run(office, Job(first, STREET)).refused)

    # When it comes back mended, and later in the source's own table too
    mended = (
        (tmp_path / "rejects.csv").read_text(encoding="utf-8-sig").replace("昨天", "2026-02-04")
    )
    (tmp_path / "rejects.csv").write_text(mended, encoding="utf-8")
    assert counts(run(office, Job(tmp_path / "rejects.csv", STREET))) == (1, 0, 0)
    later = a_file(tmp_path, HOTLINE + "H4,,-12 度还没来电,,2026-02-04,,,,\n", "later.csv")

    # Then it is one matter, in the words of the source
    assert counts(run(office, Job(later, STREET))) == (0, 4, 0)
    assert imported(office)["H4"].text == "-12 度还没来电"


def test_two_imports_of_one_file_at_a_time_bring_it_once(office: Office, tmp_path: Path) -> None:
    a_street(office)
    rows = "".join(f"H{n},,第 {n} 件。,,2026-02-01,,,,\n" for n in range(1_200))
    job = Job(a_file(tmp_path, HOTLINE.splitlines()[0] + "\n" + rows), STREET)
    with ThreadPoolExecutor(2) as threads:
        tallies = list(threads.map(lambda _: run(office, job), range(2)))
    assert sum(tally.fresh for tally in tallies) == 1_200
    assert sum(tally.known for tally in tallies) == 1_200
    assert len(imported(office)) == 1_200


def test_rows_without_an_id_are_known_again_too(office: Office, tmp_path: Path) -> None:
    a_street(office)
    path = a_file(
        tmp_path, "内容,时间\n路灯坏了,2026-02-01\n路灯坏了,2026-02-02\n路灯坏了,2026-02-01\n"
    )
    said = {"received": "时间"}
    assert counts(run(office, Job(path, STREET, said))) == (2, 1, 0)
    assert counts(run(office, Job(path, STREET, said))) == (0, 3, 0)


def test_another_matter_under_a_known_id_is_not_passed_over(office: Office, tmp_path: Path) -> None:
    # Given the hotline's table, and another system's that counts its matters alike
    a_street(office)
    run(office, Job(a_file(tmp_path), STREET))
    other = a_file(tmp_path, HOTLINE.replace("学校门口积水", "河里有油"), "other.csv")

    # Then it is said, and with the system named it comes in
    tally = run(office, Job(other, STREET))
    assert counts(tally) == (0, 2, 1)
    assert "--system" in tally.refused[0].reason
    assert counts(run(office, Job(other, STREET, system="信访局"))) == (3, 0, 0)


def test_a_preview_says_what_would_happen_and_does_nothing(office: Office, tmp_path: Path) -> None:
    a_street(office)
    path = a_file(
        tmp_path, HOTLINE + "H5,,,,2026-02-01,,,,\nH1,路灯坏了,村口的路灯坏了三天。,,,,,,\n"
    )
    before = imports.preview(office, OPERATOR, Job(path, STREET), NOW, lambda _: None)
    assert imported(office) == {}
    assert [matter.title for matter in before.sample] == ["路灯坏了", "积水", "吵闹"]
    assert counts(before) == counts(run(office, Job(path, STREET))) == (3, 0, 2)


def test_a_preview_shows_a_few_rows_and_counts_all(office: Office, tmp_path: Path) -> None:
    a_street(office)
    path = a_file(tmp_path, "内容\n" + "".join(f"第 {n} 件\n" for n in range(700)))
    before = imports.preview(office, OPERATOR, Job(path, STREET), NOW, lambda _: None)
    assert (before.fresh, len(before.sample)) == (700, imports.SAMPLE_ROWS)
    assert sources.count(path) == 700


def test_an_empty_file_is_refused(office: Office, tmp_path: Path) -> None:
    a_street(office)
    with pytest.raises(BadInput, match="是空的"):
        run(office, Job(a_file(tmp_path, ""), STREET))


def test_refused_rows_are_written_down_for_the_next_try(office: Office, tmp_path: Path) -> None:
    # Given a table with four rows that cannot come in
    a_street(office)
    bad = (
        "H4,,,,2026-02-01,,,,\nH5,,=1+1,,昨天,,,,\nH6,,逗号,没引号,,,,,,多\nH7,,x,,2027-01-01,,,,\n"
    )
    tally = run(office, Job(a_file(tmp_path, HOTLINE + bad), STREET))
    assert counts(tally) == (3, 0, 4)

    # When they are written down
    sources.write_rejects(tmp_path / "rejects.csv", tally.refused)

    # Then each stands there with its row and its reason, and runs no formula
    rows = [row.cells for row in spreadsheets.rows(tmp_path / "rejects.csv")]
    assert [row["行号"] for row in rows] == ["5", "6", "7", "8"]
    assert [row["工单编号"] for row in rows] == ["H4", "H5", "H6", "H7"]
    for row, reason in zip(rows, ("没有正文", "认不出来", "多出几格", "在将来"), strict=True):
        assert reason in row["不能导入的原因"]
    assert rows[1]["诉求内容"] == "'=1+1"


def test_what_was_said_about_columns_is_remembered_by_kind_of_table(
    office: Office, tmp_path: Path
) -> None:
    # Given a table whose columns say nothing, imported once with explanations
    a_street(office)
    said: Mapping[str, str] = {"text": "甲", "received": "乙"}
    run(office, Job(a_file(tmp_path, "甲,乙\n路灯坏了,2026-02-01\n"), STREET, said))

    # Then the next one of its kind needs none
    tally = run(office, Job(a_file(tmp_path, "甲,乙\n积水,2026-02-02\n", "next.csv"), STREET))
    assert counts(tally) == (1, 0, 0)
    assert tally.columns == {Field.TEXT: "甲", Field.RECEIVED: "乙"}

    # And one of another kind still does
    with pytest.raises(BadInput, match="--map"):
        run(office, Job(a_file(tmp_path, "甲,乙,丙\n积水,2026-02-02,x\n", "third.csv"), STREET))


def test_each_batch_is_one_row_of_the_audit_trail(office: Office, tmp_path: Path) -> None:
    a_street(office)
    rows = "".join(f"H{n},,第 {n} 件。,,2026-02-01,,,,\n" for n in range(1_200))
    run(office, Job(a_file(tmp_path, HOTLINE.splitlines()[0] + "\n" + rows), STREET))
    with office.store.read() as session:
        kept = session.scalars(select(AuditEvent).where(AuditEvent.action == "import")).all()
        assert [row.reason[:8] for row in kept] == ["导入 500 件", "导入 500 件", "导入 200 件"]
    assert traces.faults(office) == []


def test_who_may_import_and_where(office: Office, tmp_path: Path) -> None:
    a_street(office)
    job = Job(a_file(tmp_path), STREET)
    with pytest.raises(NotPermitted):
        imports.run(office, a_worker(office, GRID), job, NOW, lambda _: None)
    with pytest.raises(NotFound, match="没有这个辖区"):
        run(office, Job(job.path, "999999999"))
    with pytest.raises(BadInput, match="辖区代码"):
        run(office, Job(job.path, "32038"))
    assert imported(office) == {}
    assert imports.run(office, a_clerk(office), job, NOW, lambda _: None).fresh == 3


@pytest.mark.parametrize(
    ("name", "rows", "state", "zone"),
    [
        ("text/petition_category/dev.csv.gz", 6_325, State.RECEIVED, SHANGHAI),
        ("text/hot_issues/dev.csv.gz", 2_170, State.RECEIVED, SHANGHAI),
        ("text/reply_inadequate/dev.csv.gz", 2_106, State.CLOSED, SHANGHAI),
        ("boston_311_dev.csv.gz", 2_497, State.CLOSED, BOSTON),
    ],
)
def test_tables_that_others_made_come_in_whole(
    office: Office, name: str, rows: int, state: State, zone: ZoneInfo
) -> None:
    # Given a table that nobody in this project wrote
    path = ACCEPTANCE / name
    if not path.is_file():
        pytest.skip(f"{path} is not here (WEIYOU_ACCEPTANCE)")
    a_street(office)
    job = Job(path, STREET, zone=zone)

    # When it is imported twice, without a word about its columns
    first, second = run(office, job), run(office, job)

    # Then all of it is there, once
    assert (counts(first), counts(second)) == ((rows, 0, 0), (0, rows, 0))
    with office.store.read() as session:
        assert session.scalar(select(func.count()).select_from(Petition)) == rows

    # And every history replays
    found = imported(office)
    assert Counter(petition.state for petition in found.values()) == {state: rows}
    for petition in found.values():
        now = State.RECEIVED
        for event in petition.events[1:]:
            now = workflow.after(now, event.step)
        assert now is petition.state


def test_a_table_without_a_text_asks_which_column_it_is(office: Office, tmp_path: Path) -> None:
    a_street(office)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    with pytest.raises(BadInput, match="认不出哪一列是正文"):
        run(office, Job(tmp_path / "a.csv.gz", STREET))


def _command(office: Office, monkeypatch: pytest.MonkeyPatch, file: Path, *words: str) -> str:
    monkeypatch.setenv("WEIYOU_HOME", str(office.settings.home))
    monkeypatch.setenv("WEIYOU_DATABASE_URL", office.settings.database_url)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(command, "say", Console())
    done = CliRunner().invoke(
        command.app, ["petitions", str(file), "--area", STREET, *words], catch_exceptions=False
    )
    return done.output


def test_the_command_previews_imports_and_writes_down_what_it_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a_street(office)
    file = a_file(tmp_path, HOTLINE + "H4,[red]题,,,昨天,,,,\n")
    rejects = tmp_path / "rejects.csv"

    said = _command(office, monkeypatch, file, "--preview")
    assert "4 行：将导入 3，已导入过 0，不能导入 1" in said
    assert "村口的路灯坏了" in said
    assert imported(office) == {}

    said = _command(office, monkeypatch, file, "--rejects", str(rejects), "--map", "place=")
    assert "4 行：导入 3，已导入过 0，不能导入 1" in said
    assert "第 5 行：时间“昨天”认不出来" in said
    assert [row.cells["标题"] for row in spreadsheets.rows(rejects)] == ["[red]题"]
    assert {petition.place for petition in imported(office).values()} == {None}

    assert "导入 0，已导入过 3" in _command(office, monkeypatch, file)


def test_a_long_import_shows_how_far_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a_street(office)
    monkeypatch.setattr(command, "BAR_AFTER_S", -1.0)
    shown = io.StringIO()
    bar_console = Console(file=shown, force_terminal=True, width=100)
    path = a_file(tmp_path, "内容\n" + "".join(f"第 {n} 件\n" for n in range(700)))
    with monkeypatch.context() as screen:
        screen.setattr(command, "say", bar_console)
        with command._bar(path) as progress:
            imports.run(office, OPERATOR, Job(path, STREET), NOW, progress)
    assert "700/700" in shown.getvalue()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--map", "text"), "字段=列名"),
        (("--timezone", "Asia/Pizhou"), "时区"),
    ],
)
def test_the_command_says_which_option_is_wrong(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: tuple[str, ...],
    reason: str,
) -> None:
    with pytest.raises(BadInput, match=reason):
        _command(office, monkeypatch, a_file(tmp_path), *words)
