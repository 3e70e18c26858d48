"""Sowing the demonstration: one transaction, from the county's code to the last rating. 演示数据"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from weiyou.domain import people
from weiyou.domain.partition import Counts
from weiyou.domain.people import Action, Subject
from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import Refusal
from weiyou.services.demo import accounts, areas, households, petitions
from weiyou.services.demo.dice import Dice
from weiyou.services.demo.texts import Texts
from weiyou.services.demo.year import World, Year
from weiyou.services.office import Office, Work
from weiyou.store import bulk

SEED: Final = 20260302
PETITIONS: Final = 936
"""Matters of the year before now. Source: the sub-district's own account of about a year."""

BEFORE: Final = timedelta(days=400)
"""Areas, codes, accounts and ledger are older than the first matter."""

Report = Callable[[str, int], None]
"""Is told what is being made, and how many per cent of the whole are done."""


@dataclass(frozen=True)
class Plan:
    """What to sow: the same plan at the same instant gives the same rows.

    Attributes:
        scale: 1 is the sub-district as it is; less means fewer villages and matters.
    """

    seed: int = SEED
    scale: float = 1.0

    @property
    def counts(self) -> Counts:
        """Return how many areas there will be."""
        full = Counts()
        villages = max(2, round(full.villages * self.scale))
        share = villages / full.villages
        return Counts(villages, round(full.naturals * share), round(full.grids * share))


def is_seeded(office: Office) -> bool:
    """Return whether the store holds more than reference data, made up or real."""
    with office.store.read() as session:
        return bulk.is_used(session)


def sow(work: Work, plan: Plan, report: Report = lambda _what, _per_cent: None) -> None:
    """Fill an empty store with a made-up sub-district and its year.

    Raises: NotPermitted; Refusal in production, and where there is more than reference data.
    """
    people.require(work.by, Action.CREATE, Subject.CONFIGURATION, areas.STREET)
    _refuse(work)
    settings = work.office.settings
    texts = Texts(settings.reference.parent / "demo")
    since = _since(work.now)
    report("辖区与二维码", 0)
    land = areas.lay(work, Dice(plan.seed, 1), texts, plan.counts, since)
    report("账号", 4)
    staff = accounts.hire(work, Dice(plan.seed, 2), texts, land, since)
    report("户与人", 8)
    heads = households.settle(work, Dice(plan.seed, 3), texts, land, since)
    report("一年的诉求", 60)
    departments = bulk.department_ids(work.session)
    world = World(work, Dice(plan.seed, 4), texts, land, staff, heads, departments)
    year = Year(world, petitions.leaves(world))
    cases = [*year.ended(round(PETITIONS * plan.scale)), *year.open_today(plan.scale)]
    report("办理记录与评价", 80)
    petitions.put(world, cases)
    work.remember("seed", "database", plan.seed, reason=f"演示数据，比例 {plan.scale:g}")
    report("完成", 100)


def _refuse(work: Work) -> None:
    if work.office.settings.production:
        raise Refusal("正式环境不能装入演示数据")
    if bulk.is_used(work.session):
        raise Refusal("数据库里已经有账号、户或事项，不能装入演示数据；请换一个空库")


def _since(now: datetime) -> datetime:
    """Return the Shanghai midnight from which everything that stands still is there."""
    day = (now - BEFORE).astimezone(SHANGHAI)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)
