"""Who is at the desk, and whose kernel it is: a cookie of our own, and nothing else counts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import IdentityProvider, User
from tornado import web

from weiyou.domain.people import Actor
from weiyou.errors import NotSignedIn
from weiyou.services import accounts

DOOR: Final = "desk"


def cookie_name(*, secure: bool, name: str = "weiyou_desk") -> str:
    """Return the name of a cookie: with TLS it is bound to exactly this host."""
    return f"__Host-{name}" if secure else name


@dataclass
class Visitor(User):
    """Somebody who has signed in, in the shape that Jupyter wants to see.

    Attributes:
        actor: The same person in the shape that the house works with.
        token: The secret of the cookie; a kernel's pass is made from it.
    """

    actor: Actor | None = None
    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, actor: Actor, token: str) -> Visitor:
        """Return the visitor behind a session."""
        return cls(
            username=f"session-{actor.session_id}", name=actor.name, actor=actor, token=token
        )

    @property
    def who(self) -> Actor:
        """Return the person."""
        if self.actor is None:
            raise TypeError("a visitor without a person")
        return self.actor


class DeskIdentity(IdentityProvider):
    """The session cookie of `services.accounts`. There is no token, and no anonymous person."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits | {"token": ""})

    @property
    def auth_enabled(self) -> bool:
        """Return True: there is no way to run the desk without signing in."""
        return True

    async def get_user(self, handler: web.RequestHandler) -> Visitor | None:
        """Return who sent the request, or None."""
        known = getattr(handler, "_jupyter_current_user", None)
        if known is not None:
            return known if isinstance(known, Visitor) else None
        office = handler.settings["office"]
        token = handler.get_cookie(cookie_name(secure=office.settings.secure_cookies))
        if not token:
            return None
        try:
            actor = await asyncio.to_thread(
                accounts.who,
                office,
                token,
                datetime.now(UTC),
                door=DOOR,
                is_use=getattr(handler, "is_use", True),
            )
        except NotSignedIn:
            return None
        return Visitor.of(actor, token)

    def is_token_authenticated(self, handler: web.RequestHandler) -> bool:
        """Return False, always: whoever says otherwise skips the checks of XSRF and Origin."""
        del handler
        return False

    def get_handlers(self) -> list[tuple[str, object]]:
        """Return nothing: the server lists its own pages for signing in and out."""
        return []


class OwnerOnly(Authorizer):
    """Lets a session reach the kernels that it opened, and nothing else."""

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        """Return whether the kernel of the request belongs to the session of the request."""
        del action
        if resource != "kernels" or not isinstance(user, Visitor):
            return False
        kernel_id = handler.path_kwargs.get("kernel_id", "")
        allowed = handler.kernel_manager.belongs(kernel_id, user)
        if not allowed:
            handler.log.warning("%s was kept from kernel %s", user.username, kernel_id)
        return bool(allowed)
