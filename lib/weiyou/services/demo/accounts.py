"""Made-up staff: village committees, group leaders, the street's offices; and who may sign in.

A few accounts have a documented password, the same in every demonstration; all others have none
and cannot be signed in to. 演示账号
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np

from weiyou.domain import partition
from weiyou.domain.people import Role
from weiyou.errors import Refusal
from weiyou.services.demo.areas import CENTRAL, STREET, Land
from weiyou.services.demo.dice import Dice
from weiyou.services.demo.texts import Texts
from weiyou.services.office import OPERATOR, Office, Work
from weiyou.services.passwords import HASHER
from weiyou.store import areas, bulk
from weiyou.store.tables import Account, Post

PASSWORD: Final = "weiyou-demo-2026"  # noqa: S105 (documented, of made-up accounts only)
MEMBERS: Final = 136  # 村（社区）两委
LEADERS: Final = 172  # 村组长, one or two micro-grids each
GRIDS: Final = 209
VILLAGES: Final = 25
CADRES: Final = 2  # in each department

OFFICES: Final = (
    (Role.TRIAGE, ("fenbo", "fenbo2", "fenbo3", "fenbo4")),
    (Role.SUPERVISOR, ("ducha", "ducha2")),
    (Role.LEADER, ("lingdao", "lingdao2", "lingdao3", "lingdao4", "lingdao5")),
    (Role.ANALYST, ("fenxi", "fenxi2")),
    (Role.SYSTEM_ADMIN, ("xitong", "xitong2")),
    (Role.SECURITY_ADMIN, ("anquan",)),
    (Role.AUDITOR, ("shenji",)),
)
SIGN_INS: Final = (
    "fenbo", "ducha", "lingdao", "chengban", "cunshuji", "wangge", "fenxi", "xitong", "anquan",
    "shenji",
)  # fmt: skip
"""The logins that have a password, in the order in which they are shown."""

FIRST_DEPARTMENT: Final = "jianshe"
FIRST_VILLAGE: Final = CENTRAL


@dataclass
class Staff:
    """Who does what, by account id.

    Attributes:
        members: Of each village, the secretary first.
        worker: Of each micro-grid.
        cadres: Of each department.
    """

    desk: list[int] = field(default_factory=list)
    members: dict[str, list[int]] = field(default_factory=dict)
    worker: dict[str, int] = field(default_factory=dict)
    cadres: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Hire:
    """An account to be."""

    login: str
    role: Role
    areas: tuple[str, ...]
    department: str = ""
    leads: bool = False


@dataclass(frozen=True)
class SignIn:
    """An account of the demonstration that can be tried out."""

    login: str
    role: Role
    area: str
    area_name: str
    password: str


def hire(work: Work, dice: Dice, texts: Texts, land: Land, since: datetime) -> Staff:
    """Put all accounts and their posts into the store, and return who does what."""
    departments = bulk.department_ids(work.session)
    hires = [*_office(departments), *_committees(land), *_leaders(land)]
    rows = [_row(one, n, dice, texts, departments, since) for n, one in enumerate(hires)]
    ids = bulk.put_for_ids(work.session, Account, rows)
    bulk.put(
        work.session,
        Post,
        [
            {"account_id": account_id, "area": area, "leads": one.leads}
            for account_id, one in zip(ids, hires, strict=True)
            for area in one.areas
        ],
    )
    return _staff(hires, ids)


def _office(departments: Iterable[str]) -> list[_Hire]:
    """Return the street's own people."""
    hires = [_Hire(login, role, (STREET,)) for role, logins in OFFICES for login in logins]
    for code in sorted(departments):
        first = "chengban" if code == FIRST_DEPARTMENT else f"{code}1"
        logins = [first, *(f"{code}{n}" for n in range(2, CADRES + 1))]
        hires += [_Hire(login, Role.CADRE, (STREET,), code) for login in logins]
    return hires


def _committees(land: Land) -> list[_Hire]:
    """Return the members of the village committees, the secretary of each first."""
    count = len(land.villages)
    sizes = np.array([len(land.of_village(code)) for code in land.villages])
    shares = partition.spread(
        sizes, round(MEMBERS * count / VILLAGES), np.full(count, 5), np.full(count, 6)
    )
    return [
        _Hire(_member(code, n), Role.VILLAGE, (code,), leads=n == 1)
        for code, share in zip(land.villages, shares, strict=True)
        for n in range(1, share + 1)
    ]


def _member(village: str, number: int) -> str:
    if village == FIRST_VILLAGE and number == 1:
        return "cunshuji"
    return f"cun{village[-3:]}-{number}"


def _leaders(land: Land) -> list[_Hire]:
    """Return the group leaders; some answer for two micro-grids of their village."""
    count = len(land.grids)
    sizes = np.array([len(land.of_village(code)) for code in land.villages])
    pairs = partition.spread(
        sizes, count - round(LEADERS * count / GRIDS), np.zeros_like(sizes), sizes // 2
    )
    hires = []
    for village, double in zip(land.villages, pairs, strict=True):
        codes = [grid.code for grid in land.of_village(village)]
        posts = [tuple(codes[2 * n : 2 * n + 2]) for n in range(double)]
        posts += [(code,) for code in codes[2 * double :]]
        hires += [_Hire(_leader(post), Role.GRID_WORKER, post, leads=True) for post in posts]
    return hires


def _leader(post: tuple[str, ...]) -> str:
    return "wangge" if post[0] == f"{FIRST_VILLAGE}001" else f"ge{post[0][-6:]}"


def _row(
    one: _Hire, number: int, dice: Dice, texts: Texts, departments: dict[str, int], since: datetime
) -> dict[str, Any]:
    sex, era = ("m" if dice.chance(0.62) else "f"), ("middle" if dice.chance(0.75) else "young")
    return {
        "login": one.login,
        "name": texts.name(dice, sex, era),
        "role": one.role,
        "department_id": departments[one.department] if one.department else None,
        "telephone": phone(9_000 + number) if one.role is Role.GRID_WORKER else None,
        "password_hash": HASHER.hash(PASSWORD) if one.login in SIGN_INS else None,
        "active": True,
        "demo": True,
        "created_at": since,
    }


def phone(number: int) -> str:
    """Return a made-up mobile number. Put together here, so that no file holds one."""
    return "154" + "0000" + f"{number % 10_000:04d}"  # 154 is given to nobody in China


def _staff(hires: Sequence[_Hire], ids: Sequence[int]) -> Staff:
    staff = Staff()
    for one, account_id in zip(hires, ids, strict=True):
        if one.role is Role.TRIAGE:
            staff.desk.append(account_id)
        elif one.role is Role.VILLAGE:
            staff.members.setdefault(one.areas[0], []).append(account_id)
        elif one.role is Role.CADRE:
            staff.cadres.setdefault(one.department, []).append(account_id)
        elif one.role is Role.GRID_WORKER:
            staff.worker |= dict.fromkeys(one.areas, account_id)
    return staff


def sign_ins(office: Office, now: datetime) -> list[SignIn]:
    """Return the accounts of the demonstration that can be signed in to.

    Raises: Refusal in production, where there must be none.
    """
    if office.settings.production:
        raise Refusal("正式环境没有演示账号，请用系统管理员分配的账号登录")
    with office.look(OPERATOR, now) as look:
        names = areas.names(look.session, look.today)
        found = {account.login: account for account in bulk.demo_accounts(look.session)}
    return [_sign_in(found[login], names) for login in SIGN_INS if login in found]


def _sign_in(account: Account, names: dict[str, str]) -> SignIn:
    area = min(post.area for post in account.posts)
    levels = dict.fromkeys([area[:12], area])  # the village, and the grid within it
    name = "".join(names.get(code, "") for code in levels)
    return SignIn(account.login, account.role, area, name, PASSWORD)
