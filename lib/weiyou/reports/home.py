"""What the desk shows on its first page: who has signed in, and what waits. 工作台首页"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import urlsplit

from weiyou.adapters import qr
from weiyou.domain import apps
from weiyou.domain.apps import App
from weiyou.domain.figures import Figure
from weiyou.domain.people import HOLDS, Role
from weiyou.reports import waiting
from weiyou.reports.waiting import Tally
from weiyou.store import accounts, areas
from weiyou.store.look import Look

VILLAGE_DIGITS = 12
OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Home:
    """The person at the desk, in words.

    Attributes:
        apps: What the duty may open, in the order of the home page.
    """

    name: str
    role: str
    areas: tuple[str, ...]
    has_demo: bool
    apps: tuple[App, ...]


@dataclass(frozen=True)
class Card:
    """An app on the home page, with the numbers that it opens with."""

    app: App
    tallies: tuple[Tally, ...]

    @property
    def in_time(self) -> int | None:
        """Return how many in a hundred open matters are not late; only none late is a hundred."""
        numbers = {one.of: one.number for one in self.tallies}
        still_open = numbers.get(Figure.OPEN, 0)
        return (still_open - numbers[Figure.LATE]) * 100 // still_open if still_open else None


@dataclass(frozen=True)
class Phone:
    """The worker's page on a phone.

    Attributes:
        qr: The address as a picture, to be put into a page as it is.
        local: A phone cannot reach it: it is this machine's own address.
        tallies: What the person has in hand there.
    """

    address: str
    qr: str
    local: bool
    tallies: tuple[Tally, ...]


@dataclass(frozen=True)
class FirstPage:
    """Everything on the first page."""

    person: Home
    cards: tuple[Card, ...]
    phone: Phone | None


def first_page(look: Look, public_url: str) -> FirstPage:
    """Return the first page of whoever has signed in."""
    return FirstPage(home(look), cards(look), phone(look, public_url))


def home(look: Look) -> Home:
    """Return who has signed in, and whether the installation holds made-up people."""
    names = areas.names(look.session, look.today)
    return Home(
        name=look.by.name,
        role=look.by.role.label,
        areas=tuple(_in_words(code, names) for code in look.by.areas),
        has_demo=has_demo(look),
        apps=apps.open_to(look.by.role),
    )


def cards(look: Look) -> tuple[Card, ...]:
    """Return the apps that the person may open, with their numbers."""
    return tuple(Card(app, waiting.of_app(look, app)) for app in apps.open_to(look.by.role))


def phone(look: Look, public_url: str) -> Phone | None:
    """Return the page on which the person deals with matters; None for whom the desk is for."""
    if look.by.role not in HOLDS or look.by.role is Role.TRIAGE:
        return None
    address = f"{public_url.rstrip('/')}/w/"
    drawn = base64.b64encode(qr.svg(address).encode()).decode()
    return Phone(
        address=address,
        qr=f"data:image/svg+xml;base64,{drawn}",
        local=urlsplit(address).hostname in OWN_MACHINE,
        tallies=waiting.in_hand(look) if look.by.areas else (),
    )


def has_demo(look: Look) -> bool:
    """Return whether there are demonstration accounts."""
    return accounts.has_demo(look.session)


def _in_words(code: str, names: dict[str, str]) -> str:
    """Return the name of an area; a grid's comes after its village's, being a number only."""
    name = names.get(code, code)
    if len(code) <= VILLAGE_DIGITS:
        return name
    return f"{names.get(code[:VILLAGE_DIGITS], '')}{name}"
