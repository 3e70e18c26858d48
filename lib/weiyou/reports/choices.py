"""What the desk may choose from: areas, categories, departments. 选项"""

from __future__ import annotations

from dataclasses import dataclass

from weiyou.domain import people, timelimits
from weiyou.domain.areas import AreaKind, Level
from weiyou.domain.people import Action, Subject
from weiyou.store import areas
from weiyou.store.look import Look
from weiyou.store.tables import Category


@dataclass(frozen=True)
class Choice:
    """One thing to choose: what is kept, and what is read."""

    value: str
    label: str


@dataclass(frozen=True)
class Village:
    """A village or community with its micro-grids."""

    code: str
    name: str
    grids: tuple[Choice, ...]


@dataclass(frozen=True)
class Leaf:
    """A category, with who tries first and for how long."""

    code: str
    name: str
    group_code: str
    group_name: str
    examples: str
    first_level: Level
    department_id: int | None
    limit: str


@dataclass(frozen=True)
class Choices:
    """Everything that the desk's forms and filters offer, cut to the person's areas."""

    villages: tuple[Village, ...]
    leaves: tuple[Leaf, ...]
    departments: tuple[Choice, ...]

    def leaf(self, code: str | None) -> Leaf | None:
        """Return the category with `code`."""
        return next((leaf for leaf in self.leaves if leaf.code == code), None)


def choices(look: Look) -> Choices:
    """Return what the person may choose from. Raises: NotPermitted."""
    scope = people.scope(look.by, Action.READ, Subject.PETITION)
    return Choices(
        villages=_villages(look, scope.areas),
        leaves=tuple(_leaf(category) for category in areas.categories(look.session)),
        departments=tuple(
            Choice(str(department.id), department.name)
            for department in areas.departments(look.session)
        ),
    )


def _villages(look: Look, prefixes: tuple[str, ...]) -> tuple[Village, ...]:
    """Return the villages that a prefix holds, or that hold one."""
    kinds = (AreaKind.VILLAGE, AreaKind.COMMUNITY, AreaKind.GRID)
    found = areas.valid(look.session, look.today, kinds)
    grids: dict[str, list[Choice]] = {}
    for area in found:
        if area.kind is AreaKind.GRID and any(area.code.startswith(code) for code in prefixes):
            grids.setdefault(area.code[:12], []).append(Choice(area.code, area.name))
    return tuple(
        Village(area.code, area.name, tuple(grids.get(area.code, ())))
        for area in found
        if area.kind is not AreaKind.GRID
        and any(area.code.startswith(code[:12]) for code in prefixes)
    )


def _leaf(category: Category) -> Leaf:
    return Leaf(
        code=category.code,
        name=category.name,
        group_code=category.group_code,
        group_name=category.group_name,
        examples=category.examples,
        first_level=category.first_level,
        department_id=category.department_id,
        limit=str(timelimits.parse(category.limit_text)),
    )
