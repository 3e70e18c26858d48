"""What every answer carries so that a browser guards the person. 安全响应头"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'sha256-{style}'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""`style` is the hash of the one sheet that the first page carries along."""

FILE_POLICY: Final = "sandbox; default-src 'none'"
"""For what people sent: whatever it is, it runs nothing."""

ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self)",
}
SECRET_PATHS: Final = ("/g/", "/r/", "/api/")
"""Addresses that are a secret in themselves: no other site may learn them."""

OVER_TLS: Final = {
    "Strict-Transport-Security": "max-age=31536000",
    "Cross-Origin-Opener-Policy": "same-origin",  # without TLS browsers pass it over, loudly
}
NO_STORE: Final = "no-store"


class Guards:
    """Puts the headers on whatever the service answers, faults included."""

    def __init__(self, app: ASGIApp, *, style: str, is_secure: bool) -> None:
        self.app = app
        self.policy = POLICY.format(style=style)
        self.always = ALWAYS | (OVER_TLS if is_secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, guarded."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        secret = scope["path"].lower().startswith(SECRET_PATHS)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.always)
                headers.setdefault("Content-Security-Policy", self.policy)
                headers.setdefault("Cache-Control", NO_STORE)
                if secret:
                    headers["X-Robots-Tag"] = "noindex"
                headers["Referrer-Policy"] = "no-referrer" if secret else "same-origin"
            await send(message)

        await self.app(scope, receive, guarded)
