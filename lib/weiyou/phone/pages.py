"""Turning facts into pages. 页面"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from weiyou.domain import masking, numbers, petitions
from weiyou.domain.petitions import Grade
from weiyou.phone import words
from weiyou.phone.shelf import Shelf
from weiyou.settings import Settings

TEMPLATES: Final = Path(__file__).parent / "templates"
SHEET: Final = "page.css"
"""Carried along by the first page, so that it shows after one journey instead of two."""

LARGE_COOKIE: Final = "large"
YEAR_S: Final = 31_536_000


class Pages:
    """The templates, and what all of them may name."""

    def __init__(self, shelf: Shelf, settings: Settings) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.environment.filters.update(
            spoken=numbers.spoken,
            day=words.day,
            moment=words.moment,
            latest=words.latest,
            masked_name=masking.name,
        )
        self.environment.globals.update(
            asset=shelf.address,
            sheet=Markup(shelf.text(SHEET)),  # noqa: S704 (our own file)
            version=shelf.version,
            street=settings.street_name,
            supervision_phone=settings.supervision_phone,
            notice_version=petitions.NOTICE_VERSION,
            photos_max=petitions.PHOTOS_MAX,
            text_max=petitions.TEXT_MAX_CHARS,
            grades=tuple(Grade),
        )

    def show(
        self, request: Request, template: str, *, status: int = 200, **facts: Any
    ) -> HTMLResponse:
        """Return a page, in large type if the person chose so, now or earlier."""
        chosen = request.query_params.get(LARGE_COOKIE)
        is_large = (chosen or request.cookies.get(LARGE_COOKIE)) == "1"
        found = self.environment.get_template(template)
        answer = HTMLResponse(found.render(is_large=is_large, **facts), status)
        if chosen in {"0", "1"}:
            answer.set_cookie(LARGE_COOKIE, chosen, max_age=YEAR_S, samesite="lax")
        return answer
