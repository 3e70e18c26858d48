"""What a browser says it is, in the few words that its owner knows it by. 设备

Only these words are kept: the whole line that a browser sends tells devices apart, and is not
needed for anything.
"""

from __future__ import annotations

from typing import Final

_SYSTEMS: Final = (
    ("HarmonyOS", "鸿蒙"),
    ("OpenHarmony", "鸿蒙"),
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_BROWSERS: Final = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("360SE", "360 浏览器"),
    ("QQBrowser", "QQ 浏览器"),
    ("HuaweiBrowser", "华为浏览器"),
    ("Firefox", "火狐"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""The first that is found counts: nearly all call themselves Chrome and Safari, too."""


def in_words(user_agent: str) -> str:
    """Return such words as `Windows · Edge`, empty if nothing is recognised."""
    found = (
        next((words for mark, words in kinds if mark in user_agent), "")
        for kinds in (_SYSTEMS, _BROWSERS)
    )
    return " · ".join(filter(None, found))
