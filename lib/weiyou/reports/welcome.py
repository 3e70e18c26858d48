"""What a scanned code opens: the grid, its worker, where to call. 扫码首页"""

from __future__ import annotations

from dataclasses import dataclass

from weiyou.domain import numbers
from weiyou.domain.areas import AreaKind
from weiyou.domain.people import Role
from weiyou.errors import NotFound
from weiyou.store import accounts, areas
from weiyou.store.look import Look


@dataclass(frozen=True)
class Welcome:
    """The grid behind a code, as the resident sees it first thing."""

    token: str
    area: str
    grid_name: str
    village_name: str
    street_name: str
    worker_name: str
    worker_phone: str
    street_phone: str
    categories: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]
    """Groups of (code, name, examples), ten at the most."""


def welcome(look: Look, token: str) -> Welcome:
    """Return what the page of a scanned code shows. Raises: NotFound."""
    serial = numbers.open_poster_token(look.keys.poster, token)
    code = areas.live_code(look.session, serial) if serial else None
    if code is None:
        raise NotFound("这个二维码无效或已更换")
    names = areas.names(look.session, look.today)
    street = areas.by_code(look.session, code.area[:9], look.today)
    workers = accounts.workers_of(look.session, code.area, Role.GRID_WORKER)
    worker = workers[0] if workers else None
    return Welcome(
        token=token,
        area=code.area,
        grid_name=names.get(code.area, ""),
        village_name=names.get(code.area[:12], ""),
        street_name=street.name,
        worker_name=worker.name if worker else "",
        worker_phone=(worker.telephone or "") if worker else "",
        street_phone=street.telephone or "",
        categories=_groups(look),
    )


def _groups(look: Look) -> tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]:
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for leaf in areas.categories(look.session):
        groups.setdefault(leaf.group_name, []).append((leaf.code, leaf.name, leaf.examples))
    return tuple((name, tuple(leaves)) for name, leaves in groups.items())


def offices(look: Look) -> tuple[tuple[str, str], ...]:
    """Return name and telephone of each sub-district, for whoever holds a link that fails."""
    streets = areas.valid(look.session, look.today, [AreaKind.STREET])
    return tuple((street.name, street.telephone or "") for street in streets)


def example(look: Look) -> str | None:
    """Return the token of the first code in force, for whoever wants to try the page."""
    codes = areas.live_codes(look.session, limit=1)
    return numbers.poster_token(look.keys.poster, codes[0].serial) if codes else None
