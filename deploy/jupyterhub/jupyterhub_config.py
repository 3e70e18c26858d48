"""The hub of several desks on one machine: `jupyterhub -f deploy/jupyterhub/jupyterhub_config.py`.

Read from the environment: `WEIYOU_DESKS`, the path of desks.toml; `WEIYOU_HUB_STATE`, a folder for
the hub's own small database; `CONFIGPROXY_AUTH_TOKEN`, shared with the proxy; and whatever
`WEIYOU_…` the desks are told.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from weiyou_hub import house  # noqa: E402 (after the line above)
from weiyou_hub import plan as plans  # noqa: E402
from weiyou_hub.spawning import DeskSpawner  # noqa: E402

plan = plans.read(Path(os.environ["WEIYOU_DESKS"]))
state = Path(os.environ["WEIYOU_HUB_STATE"])
HERE_ONLY = "http://127.0.0.1"

c = get_config()  # type: ignore[name-defined]  # noqa: F821 (given by the hub)
house.lay_out(c, plan, {desk.name: f"{HERE_ONLY}:{desk.port}" for desk in plan.desks})

# The proxy in front is a process of its own, so that the hub may stop and come back while people
# work. Desks outlive it too, and are found again.
c.JupyterHub.bind_url = f"{HERE_ONLY}:{plan.proxy_port}"
c.JupyterHub.hub_bind_url = f"{HERE_ONLY}:{plan.hub_port}"
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = f"{HERE_ONLY}:{plan.proxy_api_port}"
c.JupyterHub.last_activity_interval = 5  # then the proxy's table is compared, and mended
c.JupyterHub.db_url = f"sqlite:///{state / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False

DeskSpawner.plan = plan
c.JupyterHub.spawner_class = DeskSpawner
c.Spawner.cmd = [plan.python, "-m", "weiyou.desk"]
c.LocalProcessSpawner.interrupt_timeout = 30
