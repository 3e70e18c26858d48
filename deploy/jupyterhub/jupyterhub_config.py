"""The hub of several desks: `jupyterhub -f deploy/jupyterhub/jupyterhub_config.py`.

Read from the environment: `WEIYOU_DESKS`, the path of desks.toml; `WEIYOU_HUB_STATE`, a folder for
the hub's own small database; `CONFIGPROXY_AUTH_TOKEN`, shared with the proxy; and whatever
`WEIYOU_…` the desks are told.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from weiyou_hub import plan as plans  # noqa: E402 (after the line above)
from weiyou_hub.signing import OPERATORS, HouseAuthenticator  # noqa: E402
from weiyou_hub.spawning import DeskSpawner  # noqa: E402

plan = plans.read(Path(os.environ["WEIYOU_DESKS"]))
state = Path(os.environ["WEIYOU_HUB_STATE"])
owners = [desk.owner for desk in plan.desks]
hosts = {desk.owner: desk.host for desk in plan.desks}
HERE_ONLY = "http://127.0.0.1"

c = get_config()  # type: ignore[name-defined]  # noqa: F821 (given by the hub)

# Where: the proxy in front is a process of its own, so that the hub may stop and come back while
# people work. Hosts are told apart, not paths, so every desk has its whole origin for itself.
c.JupyterHub.subdomain_host = plan.hub
c.JupyterHub.subdomain_hook = lambda name, domain, kind: hosts.get(name, f"none.{kind}.{domain}")
c.JupyterHub.bind_url = f"{HERE_ONLY}:{plan.proxy_port}"
c.JupyterHub.hub_bind_url = f"{HERE_ONLY}:{plan.hub_port}"
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = f"{HERE_ONLY}:{plan.proxy_api_port}"
c.JupyterHub.last_activity_interval = 5  # then the proxy's table is compared, and mended
c.Proxy.extra_routes = {f"{desk.host}/": f"{HERE_ONLY}:{desk.port}" for desk in plan.desks}

# The hub's own state. Desks outlive it and are found again.
c.JupyterHub.db_url = f"sqlite:///{state / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False

# Who: the accounts of the house. Nobody is an administrator to the hub, for that is who may do
# everything; operators may see the desks and start and stop them. People get no tokens.
c.JupyterHub.authenticator_class = HouseAuthenticator
c.Authenticator.allow_all = True  # whoever HouseAuthenticator lets in
c.Authenticator.manage_groups = True
c.Authenticator.auth_refresh_age = 1
c.Authenticator.request_otp = True
c.Authenticator.otp_prompt = "验证码（手机上的 6 位数字）"
c.JupyterHub.cookie_host_prefix_enabled = True
c.JupyterHub.cookie_max_age_days = 0.5
c.JupyterHub.template_paths = [str(HERE / "templates")]
c.JupyterHub.load_roles = [
    {"name": "user", "scopes": []},
    {"name": "desk", "users": owners, "scopes": []},
    {
        "name": "operator",
        "groups": [OPERATORS],
        "scopes": [
            "admin-ui",
            "list:users",
            *(f"read:users!user={one}" for one in owners),
            *(f"servers!user={one}" for one in owners),
        ],
    },
    {
        "name": "keeper",
        "services": ["keeper"],
        "scopes": [
            *(f"read:users!user={one}" for one in owners),
            *(f"servers!user={one}" for one in owners),
        ],
    },
]
c.JupyterHub.services = [
    {
        "name": "keeper",
        "command": [sys.executable, "-m", "weiyou_hub.keeper", *owners],
        "environment": {"PYTHONPATH": str(HERE)},
    }
]

# What: one desk an owner, looked at every two seconds.
DeskSpawner.plan = plan
c.JupyterHub.spawner_class = DeskSpawner
c.Spawner.cmd = [plan.python, "-m", "weiyou.desk"]
c.Spawner.poll_interval = 2
c.Spawner.poll_jitter = 0
c.Spawner.start_timeout = 90
c.Spawner.http_timeout = 90
c.Spawner.consecutive_failure_limit = 0  # a desk that does not start must not end the hub
c.LocalProcessSpawner.interrupt_timeout = 30
c.JupyterHub.allow_named_servers = False
c.JupyterHub.shutdown_on_logout = False
