"""Tables (表格) from and for people: CSV, CSV.GZ, XLSX; read by rows, written without formulas.

A CSV from a Chinese Excel is GB 18030, one from anywhere else UTF-8 with or without a mark; both
are tried strictly, so that a wrong guess cannot pass. A text that a spreadsheet would run as a
formula is written so that it stays a text (OWASP: CSV injection).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import BinaryIO, Final, TextIO, TypeAlias, cast
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from weiyou.errors import BadInput

Cell: TypeAlias = str | int | float | date | None
"""What is written; a datetime is a date, and is written as the instant that it says."""

CHUNK_BYTES: Final = 2**20
XLSX_BYTES_MAX: Final = 512 * 2**20
"""What a workbook may unpack to."""
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
        number: As the spreadsheet shows it: the header is row 1.
        cells: Text by the name of its column, without edge blanks.
        surplus: What stands to the right of the last named column.
    """

    number: int
    cells: dict[str, str]
    surplus: tuple[str, ...] = ()


def header(path: Path) -> tuple[str, ...]:
    """Return the columns' names, made unique. Raises: BadInput."""
    with _lines(path) as lines:
        return unique(next(lines, []))


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows that hold anything. Raises: BadInput, also in the middle of the file."""
    with _lines(path) as lines:
        names = unique(next(lines, []))
        if not names:
            raise BadInput("这个文件是空的，第一行应为列名", "file")
        for number, line in enumerate(lines, start=2):
            texts = [text.strip() for text in line]
            if any(texts):
                texts += [""] * (len(names) - len(texts))
                cells = dict(zip(names, texts, strict=False))
                yield Row(number, cells, tuple(filter(None, texts[len(names) :])))


def unique(names: Sequence[str]) -> tuple[str, ...]:
    """Return column names of which no two are equal: `a, a, ""` gives `a, a.2, 列3`."""
    taken = {name.strip() for name in names}
    found: list[str] = []
    for place, raw in enumerate(names, start=1):
        name = raw.strip() or f"列{place}"
        if name in found:
            name = next(
                free for n in range(2, len(names) + 2) if (free := f"{name}.{n}") not in taken
            )
            taken.add(name)
        found.append(name)
    return tuple(found)


def write_csv(path: Path, names: Sequence[str], lines: Iterable[Sequence[Cell]]) -> int:
    """Write a table for Excel, whole or not at all, and return how many rows it has."""
    count = 0
    with _whole(path) as fresh, fresh.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow([_inert(name) for name in names])
        for line in lines:
            writer.writerow([_inert(cell) for cell in line])
            count += 1
    return count


def write_xlsx(path: Path, names: Sequence[str], lines: Iterable[Sequence[Cell]]) -> int:
    """Write a workbook of one sheet, whole or not at all, and return how many rows it has."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("weiyou")
    count = -1
    for line in (names, *lines):
        sheet.append([_typed(sheet, cell) for cell in line])
        count += 1
    with _whole(path) as fresh:
        book.save(fresh)
    return count


def without_quote(text: str) -> str:
    """Return a text as it was before `write_csv` kept it from being a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _inert(cell: Cell) -> Cell:
    """Return what a CSV may hold: a text that looks like a formula gets a quote before it."""
    if isinstance(cell, str):
        text = cell.replace("\x00", "")
        return f"'{text}" if text.startswith(FORMULA_STARTS) else text
    return cell.isoformat(" ") if isinstance(cell, datetime) else cell


def _typed(sheet: object, cell: Cell) -> object:
    """Return what a workbook may hold: a text is marked as one, so that it is never a formula."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ")  # a workbook knows no time zones
    if not isinstance(cell, str):
        return cell
    written = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", cell))
    written.data_type = "s"
    written.quotePrefix = cell.startswith(FORMULA_STARTS)
    return written


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Yield a new file that takes the place of `path` if the block ends well."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield fresh
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[list[str]]]:
    """Yield the lines of a table, each a list of texts. Raises: BadInput."""
    if path.suffix.lower() in {".xls", ".et"}:
        raise BadInput("请先在 Excel 或 WPS 里另存为 .xlsx 或“CSV UTF-8”，再导入", "file")
    try:
        if path.suffix.lower() in {".xlsx", ".xlsm"}:
            with _workbook(path) as lines:
                yield lines
        else:
            with _text(path, _encoding(path)) as file:
                yield csv.reader(file, delimiter=_delimiter(file))
    except FileNotFoundError:
        raise BadInput(f"没有这个文件：{path}", "file") from None
    except (csv.Error, EOFError, gzip.BadGzipFile, zlib.error) as damage:
        raise BadInput(f"文件损坏或不是表格：{path.name}（{damage}）", "file") from None


@contextmanager
def _bytes(path: Path) -> Iterator[BinaryIO]:
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        yield cast("BinaryIO", file)


@contextmanager
def _text(path: Path, encoding: str) -> Iterator[TextIO]:
    with _bytes(path) as file, io.TextIOWrapper(file, encoding=encoding, newline="") as text:
        yield text


def _encoding(path: Path) -> str:
    """Return the encoding in which the whole file makes sense. Raises: BadInput."""
    with _bytes(path) as file:
        is_utf_16 = file.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    for encoding in ("utf-16",) if is_utf_16 else ("utf-8-sig", "gb18030"):
        try:
            with _text(path, encoding) as file:
                while file.read(CHUNK_BYTES):
                    pass
        except UnicodeError:
            continue
        return encoding
    raise BadInput("文件的文字编码认不出来，请在 Excel 里另存为“CSV UTF-8”后再导入", "file")


def _delimiter(file: TextIO) -> str:
    """Return what parts the names in the first line, and go back to the beginning."""
    first = file.readline()
    file.seek(0)
    return max(",\t;", key=first.count)


@contextmanager
def _workbook(path: Path) -> Iterator[Iterator[list[str]]]:
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > XLSX_BYTES_MAX:
            raise BadInput("这个工作簿太大，请拆成几个文件，或另存为 CSV 后导入", "file")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, ParseError):
        raise BadInput(f"文件损坏或不是工作簿：{path.name}", "file") from None
    try:
        lines = book.worksheets[0].iter_rows(values_only=True)
        yield ([_words(value) for value in line] for line in lines)
    finally:
        book.close()


def _words(value: object) -> str:
    """Return a cell of a workbook as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)
