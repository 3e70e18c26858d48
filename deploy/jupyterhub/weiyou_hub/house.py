"""What holds for the hub wherever its desks run: who may do what, and which host leads where."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from weiyou_hub.plan import Plan
from weiyou_hub.signing import OPERATORS, HouseAuthenticator

FILES: Final = Path(__file__).resolve().parents[1]
LOOK_EVERY_S: Final = 2
STARTS_WITHIN_S: Final = 90


def lay_out(c: Any, plan: Plan, addresses: Mapping[str, str]) -> None:
    """Write it into the hub's configuration `c`.

    Args:
        c: As the hub hands it to a configuration file.
        plan: Which desks there are.
        addresses: Where the proxy finds each desk, by its name.
    """
    hosts = {desk.owner: desk.host for desk in plan.desks}
    # Hosts are told apart, not paths, so that every desk has its whole origin for itself.
    c.JupyterHub.subdomain_host = plan.hub
    c.JupyterHub.subdomain_hook = lambda name, domain, kind: hosts.get(
        name, f"none.{kind}.{domain}"
    )
    c.Proxy.extra_routes = {f"{desk.host}/": addresses[desk.name] for desk in plan.desks}
    _say_who(c)
    _say_who_may_what(c, list(hosts))
    c.Spawner.poll_interval = LOOK_EVERY_S
    c.Spawner.poll_jitter = 0
    c.Spawner.start_timeout = STARTS_WITHIN_S
    c.Spawner.http_timeout = STARTS_WITHIN_S
    c.Spawner.consecutive_failure_limit = 0  # a desk that does not start must not end the hub
    c.JupyterHub.allow_named_servers = False
    c.JupyterHub.shutdown_on_logout = False


def _say_who(c: Any) -> None:
    c.JupyterHub.authenticator_class = HouseAuthenticator
    c.Authenticator.allow_all = True  # whoever HouseAuthenticator lets in
    c.Authenticator.manage_groups = True
    c.Authenticator.auth_refresh_age = 1
    c.Authenticator.request_otp = True
    c.Authenticator.otp_prompt = "验证码（手机上的 6 位数字）"
    c.JupyterHub.cookie_host_prefix_enabled = True
    c.JupyterHub.cookie_max_age_days = 0.5
    c.JupyterHub.template_paths = [str(FILES / "templates")]


def _say_who_may_what(c: Any, owners: list[str]) -> None:
    """Nobody is an administrator to the hub: such a one may do everything, and get tokens.

    Operators see the desks, and start and stop them; people get no tokens.
    """
    desks = [f"{scope}!user={one}" for one in owners for scope in ("read:users", "servers")]
    operators = ["admin-ui", "list:users", *desks]
    c.JupyterHub.load_roles = [
        {"name": "user", "scopes": []},
        {"name": "desk", "users": owners, "scopes": []},
        {"name": "operator", "groups": [OPERATORS], "scopes": operators},
        {"name": "keeper", "services": ["keeper"], "scopes": desks},
    ]
    c.JupyterHub.services = [
        {
            "name": "keeper",
            "command": [sys.executable, "-m", "weiyou_hub.keeper", *owners],
            "environment": {"PYTHONPATH": str(FILES)},
        }
    ]
