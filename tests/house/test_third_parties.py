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
BUILT = "lib/weiyou/desk/static/app/"
LINKS_OF_LIBRARIES = {"vuejs.org", "github.com", "leafletjs.com"}
"""Stand in messages for developers and in a credit; built code fetches nothing from there."""

SHIPPED = [
    (path, text)
    for path, text in tracked.texts()
    if path.startswith(("lib/", "apps/")) and path != f"{BUILT}licences.txt"  # read by lawyers only
]


def hosts(text: str) -> set[str]:
    return {found.split("//")[1].lower() for found in URL.findall(text)}


def allowed(path: str) -> set[str]:
    return ALLOWED | LINKS_OF_LIBRARIES if path.startswith(BUILT) else ALLOWED


def test_no_address_of_somebody_else_is_shipped() -> None:
    found = {path: hosts(text) - allowed(path) for path, text in SHIPPED}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_network_of_files_is_named_in_a_page_or_a_style() -> None:
    pages = (".html", ".js", ".css", ".vue", ".ipynb", ".svg")
    named = {
        path: CDN.findall(text)
        for path, text in SHIPPED
        if path.endswith(pages) and not path.startswith(BUILT)  # short names there mean nothing
    }
    assert {path: found for path, found in named.items() if found} == {}


def test_the_look_would_notice() -> None:
    assert hosts('<script src="//cdn.jsdelivr.net/npm/vue">') == {"cdn.jsdelivr.net"}
    assert hosts("url(https://fonts.gstatic.com/s)") == {"fonts.gstatic.com"}
    assert hosts("a // b, 7 // 2") == set()
