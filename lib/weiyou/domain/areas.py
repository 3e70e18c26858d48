"""Areas (辖区): nested by the prefix of their statistical code.

County 6 digits ⊃ sub-district 9 ⊃ village or community 12 ⊃ micro-grid or natural village 15.
Source of the shape: national statistical codes (12 digits) and the unit-grid code of city
management (15 digits: division 6, street 3, village 3, sequence 3).
"""

from __future__ import annotations

from typing import Final

from weiyou.domain.words import Word
from weiyou.errors import BadInput

CODE_LENGTHS: Final = (6, 9, 12, 15)


class AreaKind(Word):
    """What an area is. 辖区类别"""

    COUNTY = "county", "县（市、区）"
    STREET = "street", "街道"
    VILLAGE = "village", "村"
    COMMUNITY = "community", "社区"
    NATURAL_VILLAGE = "natural_village", "自然村"
    GRID = "grid", "微网格"


class Level(Word):
    """A level of the chain that a matter climbs. 层级"""

    GRID = "grid", "网格"
    VILLAGE = "village", "村（社区）"
    STREET = "street", "街道"
    DEPARTMENT = "department", "部门"


CODE_LENGTH: Final[dict[AreaKind, int]] = {
    AreaKind.COUNTY: 6,
    AreaKind.STREET: 9,
    AreaKind.VILLAGE: 12,
    AreaKind.COMMUNITY: 12,
    AreaKind.NATURAL_VILLAGE: 15,
    AreaKind.GRID: 15,
}


def check_code(code: str) -> str:
    """Return `code` if it is shaped like an area code. Raises: BadInput."""
    if len(code) not in CODE_LENGTHS or not (code.isascii() and code.isdigit()):
        raise BadInput("辖区代码应为 6、9、12 或 15 位数字", "area")
    return code


def parent(code: str) -> str | None:
    """Return the code of the area that holds `code`, or None for a county."""
    return code[:-3] if len(code) > CODE_LENGTHS[0] else None


def street(code: str) -> str:
    """Return the 9-digit code of the sub-district that holds the area."""
    return code[:9]


def holds(outer: str, inner: str) -> bool:
    """Return whether area `outer` is `inner` or holds it."""
    return inner.startswith(outer)
