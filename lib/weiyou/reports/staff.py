"""Who has an account: the list of those who look after accounts. 账号一览"""

from __future__ import annotations

from dataclasses import dataclass

from weiyou.domain import masking, people
from weiyou.domain.people import Action, Role, Subject, View
from weiyou.store import accounts
from weiyou.store.look import Look


@dataclass(frozen=True)
class Member:
    """A line of the list.

    Attributes:
        name: Masked unless the reader may see it whole.
    """

    login: str
    name: str
    role: Role
    areas: tuple[str, ...]
    active: bool


def members(look: Look) -> list[Member]:
    """Return the accounts in the reader's areas, by login. Raises: NotPermitted."""
    scope = people.scope(look.by, Action.READ, Subject.ACCOUNT)
    return [
        Member(
            account.login,
            account.name if scope.view is View.FULL else masking.name(account.name),
            account.role,
            tuple(sorted(post.area for post in account.posts)),
            account.active,
        )
        for account in accounts.listed(look.session, scope.areas)
    ]
