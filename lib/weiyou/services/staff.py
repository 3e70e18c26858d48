"""Who has an account: adding, new passwords, letting go. 账号"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from weiyou.domain import people
from weiyou.domain.areas import check_code
from weiyou.domain.people import Action, Role, Subject
from weiyou.domain.petitions import check_phone, plain
from weiyou.domain.timelimits import SHANGHAI
from weiyou.errors import BadInput, NotFound
from weiyou.services import passwords
from weiyou.services.accounts import LOGIN_MAX_CHARS
from weiyou.services.office import Work
from weiyou.store import accounts, bulk
from weiyou.store.areas import names
from weiyou.store.tables import Account, Post

NAME_MAX_CHARS: Final = 40


@dataclass(frozen=True)
class NewAccount:
    """Who is to get an account, and for what.

    Attributes:
        department: The code of a cadre's department; empty for every other role.
        leads: Named on the posters of these areas.
    """

    login: str
    name: str
    role: Role
    areas: tuple[str, ...]
    department: str = ""
    telephone: str = ""
    leads: bool = False


def add(work: Work, new: NewAccount, password: str) -> Account:
    """Add an account. Raises: NotPermitted; BadInput for a weak password or what cannot be."""
    areas = tuple(dict.fromkeys(new.areas))
    for area in areas or ("",):
        people.require(work.by, Action.CREATE, Subject.ACCOUNT, area)
    login, name = _named(work, new)
    if new.role is Role.RESIDENT or not areas:
        raise BadInput("账号要有工作人员的角色，并至少负责一个辖区", "role")
    _check_areas(work, areas)
    passwords.check(password, login)
    account = Account(
        login=login,
        name=name,
        role=new.role,
        department_id=_department(work, new),
        telephone=check_phone(new.telephone),
        password_hash=passwords.hashed(password),
        created_at=work.now,
        posts=[Post(area=area, leads=new.leads) for area in areas],
    )
    work.session.add(account)
    work.session.flush()
    work.remember("create", "account", account.id)
    return account


def _named(work: Work, new: NewAccount) -> tuple[str, str]:
    """Return the login and the name as they are kept. Raises: BadInput."""
    login, name = plain(new.login), plain(new.name)
    if not 0 < len(login) <= LOGIN_MAX_CHARS:
        raise BadInput(f"账号名应为 1 至 {LOGIN_MAX_CHARS} 个字符", "login")
    if not 0 < len(name) <= NAME_MAX_CHARS:
        raise BadInput(f"姓名应为 1 至 {NAME_MAX_CHARS} 个字", "name")
    if accounts.is_taken(work.session, login):
        raise BadInput("这个账号名已经有人用了，请换一个", "login")
    return login, name


def _check_areas(work: Work, codes: tuple[str, ...]) -> None:
    """Raises: BadInput for a code that no area has today."""
    known = names(work.session, work.now.astimezone(SHANGHAI).date())
    for code in codes:
        if check_code(code) not in known:
            raise BadInput(f"没有代码为 {code} 的辖区，请核对辖区代码", "area")


def _department(work: Work, new: NewAccount) -> int | None:
    """Return the department that a cadre belongs to, None for others. Raises: BadInput."""
    if new.role is not Role.CADRE:
        if new.department:
            raise BadInput(f"只有“{Role.CADRE.label}”的账号才写部门", "department")
        return None
    found = bulk.department_ids(work.session).get(new.department)
    if found is None:
        missing = f"没有代码为 {new.department} 的部门" if new.department else "没有写部门"
        raise BadInput(f"“{Role.CADRE.label}”的账号要写部门代码：{missing}", "department")
    return found


def set_password(work: Work, login: str, password: str) -> None:
    """Give an account a new password and end all its sessions.

    Raises: NotPermitted, NotFound; BadInput for a weak password.
    """
    account = one(work, login, Action.CREATE)
    passwords.check(password, account.login)
    account.password_hash = passwords.hashed(password)
    accounts.end_sessions(work.session, account.id, work.now)
    work.remember("set_password", "account", account.id)


def set_active(work: Work, login: str, active: bool) -> None:
    """Let an account sign in again, or no more: then all its sessions end at once.

    Raises: NotPermitted, NotFound.
    """
    account = one(work, login, Action.CREATE if active else Action.DELETE)
    account.active = active
    if not active:
        accounts.end_sessions(work.session, account.id, work.now)
    work.remember("enable" if active else "disable", "account", account.id)


def one(work: Work, login: str, action: Action) -> Account:
    """Return the account, if all its areas lie in the person's duty.

    Raises: NotPermitted, NotFound.
    """
    people.scope(work.by, action, Subject.ACCOUNT)
    found = accounts.named(work.session, plain(login))
    areas = [post.area for post in found.posts] if found is not None else []
    if found is None or not all(work.by.covers(area) for area in areas or ("",)):
        raise NotFound("没有这个账号，请核对账号名")
    return found
