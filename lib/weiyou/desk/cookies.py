"""The desk's own cookies: out of reach of scripts and other sites, and gone with the browser."""

from __future__ import annotations

from typing import Final

from weiyou.desk.identity import cookie_name
from weiyou.desk.pages import Page
from weiyou.domain.secondfactor import HALF_LASTS

HALF: Final = "weiyou_desk_half"
"""Holds the secret of a right password that waits for its code."""


def keep_session(page: Page, token: str) -> None:
    """Let the browser keep the secret of a session, and forget that of a half one."""
    secure = page.office.settings.secure_cookies
    page.set_cookie(
        cookie_name(secure=secure),
        token,
        path="/",
        httponly=True,
        secure=secure,
        samesite="Lax",
    )
    drop_half(page)


def drop_session(page: Page) -> None:
    """Let the browser forget its session."""
    secure = page.office.settings.secure_cookies
    page.clear_cookie(
        cookie_name(secure=secure), path="/", httponly=True, secure=secure, samesite="Lax"
    )


def keep_half(page: Page, token: str) -> None:
    """Let the browser keep the secret of a half sign-in for as long as it is worth anything."""
    secure = page.office.settings.secure_cookies
    page.set_cookie(
        cookie_name(secure=secure, name=HALF),
        token,
        path="/",
        max_age=int(HALF_LASTS.total_seconds()),
        httponly=True,
        secure=secure,
        samesite="Strict",
    )


def half(page: Page) -> str:
    """Return the secret of a half sign-in, or an empty word."""
    secure = page.office.settings.secure_cookies
    return page.get_cookie(cookie_name(secure=secure, name=HALF)) or ""


def drop_half(page: Page) -> None:
    """Let the browser forget a half sign-in, if it had one."""
    if half(page):
        secure = page.office.settings.secure_cookies
        page.clear_cookie(
            cookie_name(secure=secure, name=HALF),
            path="/",
            httponly=True,
            secure=secure,
            samesite="Strict",
        )
