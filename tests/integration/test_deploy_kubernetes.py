"""The values for a cluster, as far as they can be tried without one: read, compared, and loaded."""

from __future__ import annotations

import json
import subprocess
from typing import Any, Final

import pytest
import yaml

from tests import hubs
from weiyou.settings import REPOSITORY, Settings

FILE: Final = REPOSITORY / "deploy" / "kubernetes" / "zero-to-jupyterhub.yaml"
# From memory of the chart's documentation: its schema was not read, no cluster was tried.
SHAPE: Final[dict[str, set[str]]] = {
    "": {"hub", "proxy", "singleuser", "cull", "scheduling", "prePuller", "ingress"},
    "hub": {
        "image", "db", "extraEnv", "extraVolumes", "extraVolumeMounts", "extraConfig",
        "resources", "networkPolicy",
    },
    "proxy": {"service", "chp", "https"},
    "singleuser": {
        "image", "cmd", "uid", "fsGid", "allowPrivilegeEscalation", "storage", "cpu", "memory",
        "startTimeout", "cloudMetadata", "networkPolicy",
    },
    "ingress": {"enabled", "ingressClassName", "hosts", "tls"},
}  # fmt: skip
"""What the chart knows of what we say."""

LOADED: Final = """
import json, os, sys, types
from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets.config import Config
sys.modules["kubespawner"] = types.SimpleNamespace(KubeSpawner=SimpleLocalProcessSpawner)
c = Config()
exec(sys.argv[1])
from unittest.mock import Mock
pod = Mock(desk=plan.desks[0])
print(json.dumps({
    "routes": c.Proxy.extra_routes,
    "spawner": c.JupyterHub.spawner_class.__name__,
    "env": DeskPod.get_env(pod),
    "roles": [role["name"] for role in c.JupyterHub.load_roles],
    "authenticator": c.JupyterHub.authenticator_class.__name__,
}))
"""


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return said


@pytest.mark.parametrize("part", SHAPE)
def test_the_values_use_words_that_the_chart_knows(values: dict[str, Any], part: str) -> None:
    assert set(values[part] if part else values) <= SHAPE[part]


def test_every_volume_that_is_used_is_there(values: dict[str, Any]) -> None:
    for part in (values["hub"], values["singleuser"]["storage"]):
        there = {volume["name"] for volume in part["extraVolumes"]}
        assert {mount["name"] for mount in part["extraVolumeMounts"]} <= there


def test_the_settings_are_known_and_none_is_a_secret(values: dict[str, Any]) -> None:
    told = {name.removeprefix("WEIYOU_").lower() for name in values["hub"]["extraEnv"]}
    assert told - {"desks", "hub_state"} <= set(Settings.model_fields)
    assert "database_url" not in told


def test_a_desk_calls_nobody_outside(values: dict[str, Any]) -> None:
    rules = values["singleuser"]["networkPolicy"]["egressAllowRules"]
    assert rules["nonPrivateIPs"] is rules["cloudMetadataServer"] is False
    assert values["cull"]["enabled"] is False


@pytest.mark.slow
def test_the_configuration_for_a_cluster_can_be_loaded(values: dict[str, Any]) -> None:
    """With a stand-in for KubeSpawner: this says that the names fit, not that a cluster works."""
    prefix = hubs.environment()
    code = values["hub"]["extraConfig"]["10-weiyou"].replace("/opt/weiyou", str(REPOSITORY))
    said = subprocess.run(
        [str(prefix / "venv" / "bin" / "python"), "-c", LOADED, code],
        env={
            **values["hub"]["extraEnv"],
            "WEIYOU_DESKS": str(hubs.FILES / "desks.example.toml"),
            "JUPYTERHUB_CRYPT_KEY": "not for desks",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr

    loaded = json.loads(said.stdout)
    assert loaded["routes"] == {
        "daiwei.desk.example.gov.cn/": "http://jupyter-desk-daiwei.weiyou.svc:8901",
        "second.desk.example.gov.cn/": "http://jupyter-desk-second.weiyou.svc:8902",
    }
    assert (loaded["spawner"], loaded["authenticator"]) == ("DeskPod", "HouseAuthenticator")
    assert loaded["env"]["WEIYOU_DESK_HOST"] == "0.0.0.0"
    assert not [name for name in loaded["env"] if not name.startswith("WEIYOU_")]
