"""QR codes (二维码) of an address: as a drawing, as a picture.

Error correction H: a code stays readable with 30 % of it torn or dirty. An address in capitals and
digits alone is kept in alphanumeric mode, which makes the squares a fifth bigger on the same paper.
Source: ISO/IEC 18004 (error correction levels, alphanumeric mode, four modules of quiet zone).
"""

from __future__ import annotations

import io
from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_H

QUIET_ZONE_MODULES: Final = 4
PNG_MODULE_PX: Final = 12


def _code(url: str, quiet_zone_modules: int) -> qrcode.QRCode:
    code = qrcode.QRCode(
        error_correction=ERROR_CORRECT_H, border=quiet_zone_modules, box_size=PNG_MODULE_PX
    )
    code.add_data(url)
    code.make(fit=True)
    return code


def svg(url: str, *, quiet_zone_modules: int = QUIET_ZONE_MODULES) -> str:
    """Return the code of `url` as an SVG drawing in black on white, one unit a module."""
    rows = _code(url, quiet_zone_modules).get_matrix()
    size = len(rows)
    path = "".join(
        f"M{start} {y}h{length}v1h-{length}z"
        for y, row in enumerate(rows)
        for start, length in _runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
        f'shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path d="{path}"/></svg>'
    )


def png(url: str) -> bytes:
    """Return the code of `url` as a PNG picture."""
    target = io.BytesIO()
    _code(url, QUIET_ZONE_MODULES).make_image().save(target)
    return target.getvalue()


def _runs(row: list[bool | None]) -> list[tuple[int, int]]:
    """Return start and length of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            runs.append((start, x - start))
            start = None
    return runs
