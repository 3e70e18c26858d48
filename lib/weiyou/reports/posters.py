"""What is printed for the walls: one poster for each code in force. 海报"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from weiyou.adapters import posters as paper
from weiyou.adapters.posters import Poster
from weiyou.domain import areas, numbers, people
from weiyou.domain.people import Action, Role, Subject
from weiyou.errors import BadInput, NotFound
from weiyou.store import accounts, households
from weiyou.store import areas as facts
from weiyou.store.households import Spread
from weiyou.store.look import Look
from weiyou.store.tables import QrCode

HOTLINE = "12345"


def posters(
    look: Look, area: str = "", *, public_url: str, supervision_phone: str = ""
) -> list[Poster]:
    """Return the posters of an area, in the order of its codes.

    Args:
        look: Whose, and when.
        area: A sub-district, a village or a grid; empty means all that the person answers for.
        public_url: Where residents reach us.
        supervision_phone: Printed on all; empty means the sub-district's own.

    Raises:
        NotPermitted: The person's duty does not cover printing.
        NotFound: There is no code in force in that area.
        BadInput: No area code, or no address that a phone could open.
    """
    scope = people.scope(look.by, Action.PRINT, Subject.QR_CODE)
    if area:
        people.require(look.by, Action.PRINT, Subject.QR_CODE, areas.check_code(area))
    codes = [
        code
        for code in facts.live_codes(look.session, area)
        if any(areas.holds(own, code.area) for own in scope.areas)
    ]
    if not codes:
        raise NotFound("这个辖区没有可打印的二维码")
    return _Wall(look, public_url, supervision_phone).posters(codes)


def pdf(wanted: Sequence[Poster], now: datetime) -> bytes:
    """Return the posters as one PDF, A5, a page each. Raises: Refusal, FontMissing."""
    return paper.pdf(wanted, now=now)


def address(public_url: str, token: str) -> str:
    """Return what is in the code: in capitals, as far as it leads to the same place.

    Raises: BadInput if no phone could open it.
    """
    parts = urlsplit(public_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise BadInput("网址设置（WEIYOU_PUBLIC_URL）应以 https:// 开头", "public_url")
    base = f"{parts.scheme}://{parts.netloc}".upper()
    return f"{base}{parts.path.rstrip('/')}/G/{token}"


class _Wall:
    """What is looked up once for all posters."""

    def __init__(self, look: Look, public_url: str, supervision_phone: str) -> None:
        self.look = look
        self.public_url = public_url
        self.known = {area.code: area for area in facts.valid(look.session, look.today)}
        self.spread = households.spread(look.session)
        self.supervision_phone = supervision_phone

    def posters(self, codes: Sequence[QrCode]) -> list[Poster]:
        return [self._poster(code) for code in codes]

    def _poster(self, code: QrCode) -> Poster:
        workers = accounts.workers_of(self.look.session, code.area, Role.GRID_WORKER)
        worker = workers[0] if workers else None
        token = numbers.poster_token(self.look.keys.poster, code.serial)
        return Poster(
            grid_code=code.area,
            grid_name=self._name(code.area),
            village_name=self._name(areas.parent(code.area)),
            extent=self._extent(code.area),
            worker_name=worker.name if worker else "",
            worker_phone_display=spoken(worker.telephone or "") if worker else "",
            supervision_phone=self._supervision(areas.street(code.area)),
            url=address(self.public_url, token),
            serial=code.serial,
        )

    def _name(self, code: str | None) -> str:
        area = self.known.get(code or "")
        return area.name if area else ""

    def _supervision(self, street: str) -> str:
        office = self.known.get(street)
        return spoken(self.supervision_phone or (office.telephone or "" if office else "")) or (
            HOTLINE
        )

    def _extent(self, code: str) -> str:
        """Return where the grid begins and ends, as far as the ledger says so."""
        spread = self.spread.get(code, Spread(0, ()))
        hamlets = [name for name in map(self._name, spread.natural_villages) if name]
        if not spread.households:
            return "见村（社区）公示的网格图"
        where = f"{'、'.join(hamlets)}，" if hamlets else ""
        return f"{where}共 {spread.households} 户"


def spoken(telephone: str) -> str:
    """Return a telephone number in groups, as it is printed and read aloud."""
    digits = telephone.strip()
    if len(digits) == 11 and digits.isdigit() and digits.startswith("1"):
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    return digits
