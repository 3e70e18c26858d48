"""Tables from and for people: read whatever the encoding, written so that nothing runs."""

from __future__ import annotations

import csv
import gzip
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from weiyou.adapters import spreadsheets
from weiyou.adapters.spreadsheets import Row
from weiyou.errors import BadInput

TABLE = '编号,标题,正文\nA1,路灯坏了,“三天了”\n\nA2,积水,"第一行\n第二行"\n'
ROWS = [
    Row(2, {"编号": "A1", "标题": "路灯坏了", "正文": "“三天了”"}),
    Row(4, {"编号": "A2", "标题": "积水", "正文": "第一行\n第二行"}),
]
PAYLOADS = [
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
]


def a_file(folder: Path, content: bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def a_workbook(path: Path, *lines: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz", "TABLE.TXT"])
def test_a_table_reads_the_same_in_every_encoding(tmp_path: Path, encoding: str, name: str) -> None:
    path = a_file(tmp_path, TABLE.encode(encoding), name)
    assert spreadsheets.header(path) == ("编号", "标题", "正文")
    assert list(spreadsheets.rows(path)) == ROWS


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_what_parts_the_names_parts_the_cells(tmp_path: Path, delimiter: str) -> None:
    path = a_file(tmp_path, TABLE.replace(",", delimiter).encode())
    assert list(spreadsheets.rows(path)) == ROWS


def test_names_that_come_twice_are_told_apart() -> None:
    names = ("hours", "days", "hours", " ", "hours.2", "hours", "")
    assert spreadsheets.unique(names) == (
        *("hours", "days", "hours.3", "列4", "hours.2", "hours.4", "列7"),
    )
    assert spreadsheets.unique(("resolution_hours",) * 2)[1] == "resolution_hours.2"


def test_a_row_longer_than_its_header_says_so_and_a_shorter_one_is_filled(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"a,b\n1,2,3,4\n5\n6,7,,\n")
    assert list(spreadsheets.rows(path)) == [
        Row(2, {"a": "1", "b": "2"}, ("3", "4")),
        Row(3, {"a": "5", "b": ""}),
        Row(4, {"a": "6", "b": "7"}),
    ]


def test_a_workbook_reads_as_people_see_it(tmp_path: Path) -> None:
    path = a_workbook(
        tmp_path / "table.xlsx",
        ("编号", "时间", "日期", "数", "数", None),
        (101004856436.0, datetime(2026, 3, 2, 9, 30), date(2026, 3, 3), 1.5, 7, None),  # noqa: DTZ001
        (None, None, None, None, None, None),
        ("B", None, None, None, None, "末列"),
    )
    assert spreadsheets.header(path) == ("编号", "时间", "日期", "数", "数.2", "列6")
    first, last = spreadsheets.rows(path)
    assert list(first.cells.values()) == [
        *("101004856436", "2026-03-02 09:30:00", "2026-03-03 00:00:00", "1.5", "7", ""),
    ]
    assert (last.number, last.cells["列6"]) == (4, "末列")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        pytest.param("a.csv", b"\x89PNG\r\n\x1a\n\xff\xff\x00", "编码认不出来", id="no text"),
        pytest.param("a.csv", b"", "是空的", id="empty"),
        pytest.param("a.csv", b"a\n" + b"x" * 200_000, "损坏", id="a cell without end"),
        pytest.param("a.xlsx", b"a,b\n1,2\n", "不是工作簿", id="a CSV named XLSX"),
        pytest.param("a.xls", b"\xd0\xcf\x11\xe0", "另存为 .xlsx", id="old Excel"),
    ],
)
def test_what_is_no_table_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = a_file(tmp_path, content, name)
    with pytest.raises(BadInput, match=words):
        list(spreadsheets.rows(path))


def test_a_packed_file_that_is_cut_or_no_packed_file_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(TABLE.encode() * 50)
    for damaged in (packed[:-20], b"a,b\n1,2\n", packed[:30] + b"\xff" * 40 + packed[70:]):
        (tmp_path / "a.csv.gz").write_bytes(damaged)
        with pytest.raises(BadInput, match="损坏"):
            list(spreadsheets.rows(tmp_path / "a.csv.gz"))


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "XLSX_BYTES_MAX", 10_000)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(20_000))
    assert path.stat().st_size < 1_000
    with pytest.raises(BadInput, match="太大"):
        spreadsheets.header(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in ("nowhere.csv", "nowhere.xlsx"):
        with pytest.raises(BadInput, match=name):
            spreadsheets.header(tmp_path / name)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_csv_of_ours_runs_a_formula(tmp_path: Path, payload: str) -> None:
    # Given a resident's text that a spreadsheet would run
    path = tmp_path / "out.csv"

    # When it is written, also as a column's name
    spreadsheets.write_csv(path, ["正文", payload], [[payload, -5], [f"好的,{payload}", 1.5]])

    # Then each cell begins with something that runs nothing, and numbers are still numbers
    raw = path.read_bytes()
    assert raw.startswith("\ufeff".encode())
    with path.open(encoding="utf-8-sig", newline="") as file:
        names, first, second = csv.reader(file, quoting=csv.QUOTE_NONNUMERIC)
    assert names == ["正文", f"'{payload}"]
    assert first == [f"'{payload}", -5]
    assert second == [f"好的,{payload}", 1.5]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_workbook_of_ours_runs_a_formula(tmp_path: Path, payload: str) -> None:
    path = tmp_path / "out.xlsx"
    assert spreadsheets.write_xlsx(path, [payload], [[payload], [-5]]) == 2
    book = openpyxl.load_workbook(path)
    for cell in (book.active["A1"], book.active["A2"]):
        assert (cell.data_type, cell.value.strip()) == ("s", payload.strip())
        assert cell.quotePrefix
    assert book.active["A3"].value == -5


def test_times_and_odd_letters_can_be_written(tmp_path: Path) -> None:
    line = [datetime(2026, 3, 2, 1, 30, tzinfo=UTC), date(2026, 3, 2), None, "a\x00\x0bb"]
    spreadsheets.write_csv(tmp_path / "out.csv", ["a", "b", "c", "d"], [line])
    spreadsheets.write_xlsx(tmp_path / "out.xlsx", ["a", "b", "c", "d"], [line])
    (kept,) = spreadsheets.rows(tmp_path / "out.csv")
    assert list(kept.cells.values())[:3] == ["2026-03-02 01:30:00+00:00", "2026-03-02", ""]
    (kept,) = spreadsheets.rows(tmp_path / "out.xlsx")
    assert kept.cells == {
        "a": "2026-03-02 01:30:00+00:00",
        "b": "2026-03-02 00:00:00",
        "c": "",
        "d": "ab",
    }


def test_a_table_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    # Given a table that exists, and rows that break in the middle
    path = tmp_path / "out.csv"
    spreadsheets.write_csv(path, ["a"], [["old"]])

    def rows_that_break() -> Iterator[list[spreadsheets.Cell]]:
        yield ["new"]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        spreadsheets.write_csv(path, ["a"], rows_that_break())

    # Then the old one is still there, and no half of the new one
    assert [row.cells for row in spreadsheets.rows(path)] == [{"a": "old"}]
    assert [found.name for found in tmp_path.iterdir()] == ["out.csv"]
