"""How a person wants the desk to look: light or dark, ordinary or large type. 外观

The choice lies in a cookie that the page's own script writes and the server reads, so that the
very first paint is right. It says nothing about the person and opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from weiyou.domain.words import Word

COOKIE: Final = "weiyou_look"


class Theme(Word):
    """Dark writing on light ground, or the other way round. 深浅"""

    AUTO = "auto", "跟随系统"
    LIGHT = "light", "浅色"
    DARK = "dark", "深色"


SCHEMES: Final = {Theme.AUTO: "light dark", Theme.LIGHT: "light", Theme.DARK: "dark"}


@dataclass(frozen=True)
class Looks:
    """What the person chose; without a choice the system's theme and ordinary type."""

    theme: Theme = Theme.AUTO
    large: bool = False

    @property
    def scheme(self) -> str:
        """Return what the browser's own parts (ground, scroll bars, date fields) may look like."""
        return SCHEMES[self.theme]


def read(cookie: str | None) -> Looks:
    """Return the looks that a cookie such as `dark.large` asks for; nonsense asks for nothing."""
    words = frozenset((cookie or "").split("."))
    theme = next((one for one in Theme if one.value in words), Theme.AUTO)
    return Looks(theme, "large" in words)
