"""What another system's table means: which column is what, which instant a text names. 列

Nothing is guessed that could be wrong without anybody noticing: a date that can be read two ways
is refused, and columns of coordinates with Chinese names are left alone, because they are mostly
not WGS-84.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, tzinfo
from typing import Final

from weiyou.domain.words import Word
from weiyou.errors import BadInput


class Field(Word):
    """What a column may be. 字段"""

    ID = "id", "来源编号"
    TITLE = "title", "标题"
    TEXT = "text", "正文"
    RECEIVED = "received", "收到时间"
    DUE = "due", "办理时限"
    ANSWER = "answer", "答复内容"
    ANSWERED = "answered", "答复时间"
    CLOSED = "closed", "办结时间"
    CATEGORY = "category", "类别"
    NAME = "name", "反映人"
    PHONE = "phone", "联系电话"
    PLACE = "place", "地点"
    LON = "lon", "经度（WGS-84）"
    LAT = "lat", "纬度（WGS-84）"


FIELDS: Final[Mapping[str, Field]] = {field.value: field for field in Field}


class Dates(Word):
    """In which order a date is written. 日期写法"""

    AUTO = "auto", "自动识别"
    YMD = "ymd", "年月日"
    DMY = "dmy", "日/月/年"
    MDY = "mdy", "月/日/年"


NAMES: Final[Mapping[Field, str]] = {
    Field.ID: "编号 工单编号 诉求编号 留言编号 信访编号 受理编号 "
    "id case_enquiry_id service_request_id",
    Field.TITLE: "标题 主题 留言主题 诉求标题 工单标题 信访标题 title type",
    Field.TEXT: "正文 内容 诉求内容 留言详情 留言内容 反映内容 问题描述 诉求描述 工单内容 来电内容 "
    "事件描述 text description content case_title",
    Field.RECEIVED: "收到时间 提交时间 留言时间 来电时间 反映时间 登记时间 诉求时间 创建时间 "
    "time asked received open_dt requested_datetime created_at",
    Field.DUE: "办理时限 办理期限 截止时间 要求办结时间 due target_dt expected_datetime",
    Field.ANSWER: "答复 答复内容 答复意见 回复内容 办理结果 处理结果 reply answer closure_reason",
    Field.ANSWERED: "答复时间 回复时间 replied answered",
    Field.CLOSED: "办结时间 结案时间 完成时间 closed closed_dt closed_at",
    Field.CATEGORY: "类别 诉求类别 一级分类 一级标签 category",
    Field.NAME: "姓名 反映人 来电人 联系人 留言人 留言用户 name user",
    Field.PHONE: "电话 联系电话 手机 手机号 手机号码 来电号码 phone mobile telephone",
    Field.PLACE: "地点 地址 事发地点 事发地址 诉求地址 place address location",
    Field.LON: "lon longitude",
    Field.LAT: "lat latitude",
}
"""Names by which a column is known, the surer first. The last ones are those of Boston's 311."""

Columns = Mapping[Field, str]

_YMD: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]+(.*))?")
_TWO_WAYS: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T,\s]+(.*))?")
_CLOCK: Final = re.compile(
    r"(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2})(?:\.\d+)?秒?)?分?\s*([AaPp])?\.?[Mm]?\.?"
)
END_OF_DAY: Final = time(23, 59, 59)


def kind(header: Iterable[str]) -> str:
    """Return a short name for the kind of table: equal for equal sets of column names."""
    return hashlib.sha256("\n".join(sorted(header)).encode()).hexdigest()[:8]


def guess(header: Sequence[str]) -> dict[Field, str]:
    """Return which column is what, by its name; each column is used once."""
    by_name = {name.strip().lower().replace(" ", "_"): name for name in reversed(header)}
    found: dict[Field, str] = {}
    for field, names in NAMES.items():
        column = next((by_name[name] for name in names.split() if name in by_name), None)
        if column is not None and column not in found.values():
            found[field] = column
    return found


def chosen(header: Sequence[str], said: Mapping[str, str]) -> dict[Field, str]:
    """Return which column is what: what was said goes before what can be guessed.

    Args:
        header: The columns that there are.
        said: Column by field; an empty column takes the field out.

    Raises:
        BadInput: No such field or column, or nothing to read a matter from.
    """
    columns = guess(header)
    for name, column in said.items():
        if name not in FIELDS:
            raise BadInput(f"没有“{name}”这个字段，可用的有：{_list(FIELDS)}", "map")
        if column and column not in header:
            raise BadInput(f"文件里没有“{column}”这一列，有的是：{_list(header)}", "map")
        columns[FIELDS[name]] = column
    columns = {field: column for field, column in columns.items() if column}
    if not columns.keys() & {Field.TEXT, Field.TITLE}:
        raise BadInput(
            f"认不出哪一列是正文，请用 --map text=列名 指明，有的是：{_list(header)}", "map"
        )
    return columns


def _list(names: Iterable[str]) -> str:
    return "、".join(names)


def instant(text: str, zone: tzinfo, dates: Dates = Dates.AUTO, *, ends: bool = False) -> datetime:
    """Return the aware instant that a text names.

    Args:
        text: ISO 8601, year-month-day in other dress, or day and month before the year.
        zone: Where the clock hung, unless the text says so itself.
        dates: How a date is written that has its year last.
        ends: A day without a clock means its end, not its beginning.

    Raises:
        BadInput: It is no instant, or could be two.
    """
    words = text.strip()
    try:
        if dates in {Dates.AUTO, Dates.YMD} and (found := _YMD.fullmatch(words)):
            return _at(found.groups(), zone, ends)
        if dates is not Dates.YMD and (found := _TWO_WAYS.fullmatch(words)):
            first, second, year, clock = found.groups()
            if _is_day_first(words, int(first), int(second), dates):
                first, second = second, first
            return _at((year, first, second, clock), zone, ends)
    except ValueError:
        pass
    raise BadInput(f"时间“{words}”认不出来，应像 2026-03-02 09:30:00", "time")


def _is_day_first(words: str, first: int, second: int, dates: Dates) -> bool:
    if dates is not Dates.AUTO:
        return dates is Dates.DMY
    if first > 12 or second > 12:
        return first > 12
    if first == second or words[-1] in "Mm":  # AM and PM are written where the month comes first
        return False
    raise BadInput(f"日期“{words}”可以有两种读法，请用 --format dmy 或 mdy 指明", "time")


def _at(parts: Sequence[str | None], zone: tzinfo, ends: bool) -> datetime:
    """Return the instant of year, month, day and clock. Raises: ValueError."""
    year, month, day, clock = parts
    date_words = f"{int(year or 0):04d}-{int(month or 0):02d}-{int(day or 0):02d}"
    if not clock:
        whole = datetime.fromisoformat(date_words)
        return datetime.combine(whole, END_OF_DAY if ends else time(), tzinfo=zone)
    found = _CLOCK.fullmatch(clock.strip())
    if found is None:  # ISO 8601 with a zone of its own
        moment = datetime.fromisoformat(f"{date_words}T{clock.strip()}")
    else:
        hour, minute, second, half = found.groups()
        moment = datetime.fromisoformat(
            f"{date_words}T{_hour(int(hour), half):02d}:{minute:0>2}:{second or '0':0>2}"
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _hour(hour: int, half: str | None) -> int:
    """Return the hour of a 24-hour clock. Raises: ValueError."""
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"no hour of a 12-hour clock: {hour}")
    return hour % 12 + (12 if half in "Pp" else 0)
