"""Nobody else is asked for anything: no font, script, map or service of a third party."""

from __future__ import annotations

import re

from tests.house import tracked

URL = re.compile(r"(?:https?:|wss?:)?//[\w.-]+\.[a-z]{2,}(?![\w.-]*\()", re.IGNORECASE)
NAMESPACES = {"www.w3.org"}
"""Names of XML vocabularies: nothing is fetched from there."""

ALLOWED = {"localhost", "127.0.0.1", *NAMESPACES}
CDN = re.compile(
    r"cdn|jsdelivr|unpkg|cloudflare|googleapis|gstatic|bootcss|staticfile|openstreetmap|mapbox|"
    r"amap\.com|tianditu|baidu|qq\.com|fontawesome|sentry\.io|google-analytics",
    re.IGNORECASE,
)
SHIPPED = [(path, text) for path, text in tracked.texts() if path.startswith(("lib/", "apps/"))]


def hosts(text: str) -> set[str]:
    return {found.split("//")[1].lower() for found in URL.findall(text)}


def test_no_address_of_somebody_else_is_shipped() -> None:
    found = {path: hosts(text) - ALLOWED for path, text in SHIPPED}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_network_of_files_is_named_in_a_page_or_a_style() -> None:
    pages = (".html", ".js", ".css", ".vue", ".ipynb", ".svg")
    named = {path: CDN.findall(text) for path, text in SHIPPED if path.endswith(pages)}
    assert {path: found for path, found in named.items() if found} == {}


def test_the_look_would_notice() -> None:
    assert hosts('<script src="//cdn.jsdelivr.net/npm/vue">') == {"cdn.jsdelivr.net"}
    assert hosts("url(https://fonts.gstatic.com/s)") == {"fonts.gstatic.com"}
    assert hosts("a // b, 7 // 2") == set()
