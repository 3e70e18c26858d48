"""The units of production, read by the real systemd; it is not run here."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from weiyou.settings import REPOSITORY, Settings

FILES: Final = REPOSITORY / "deploy" / "systemd"
SERVICES: Final = sorted(path.name for path in FILES.glob("*.service"))
DOORS: Final = ("weiyou-phone.service", "weiyou-desk.service", "weiyou-clock.service")
EXPOSURE_MOST: Final = "14"
"""In tenths, as systemd counts: 10 would be no reach at all, 96 a service without any wall."""

THREADS_OF_A_KERNEL: Final = 11

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def unit(name: str) -> dict[str, list[str]]:
    """Return what a unit says, by name."""
    said: dict[str, list[str]] = {}
    for line in (FILES / name).read_text(encoding="utf-8").replace("\\\n", "").splitlines():
        if found := re.fullmatch(r"([A-Za-z]+)=(.*)", line):
            said.setdefault(found[1], []).append(found[2])
    return said


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the units whose programs are there."""
    folder = tmp_path_factory.mktemp("units")
    true = shutil.which("true")
    for path in (*FILES.glob("*.service"), *FILES.glob("*.target")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^ExecStart=/\S+", f"ExecStart={true}", text, flags=re.MULTILINE)
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


def test_systemd_finds_no_fault_in_our_units(laid_out: Path) -> None:
    answer = analyze("verify", "--man=no", *map(str, laid_out.iterdir()))

    ours = [line for line in answer.stderr.splitlines() if "weiyou" in line]
    assert (answer.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_little_within_its_reach(laid_out: Path, name: str) -> None:
    answer = analyze(
        "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_MOST}",
        str(laid_out / name),
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_runs_is_there(name: str) -> None:
    (command,) = unit(name)["ExecStart"]
    for module in re.findall(r"-m (\S+)", command):
        path = REPOSITORY / "lib" / Path(*module.split("."))
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
    for file in re.findall(r"/opt/weiyou/(deploy/\S+)", command):
        assert (REPOSITORY / file).is_file()


@pytest.mark.parametrize("name", DOORS)
def test_a_door_is_handed_the_database_and_comes_back(name: str) -> None:
    said = unit(name)
    assert said["LoadCredential"] == ["database_url:/etc/weiyou/database_url"]
    assert "WEIYOU_DATABASE_URL_FILE=%d/database_url" in said["Environment"]
    assert said["Restart"] == ["always"]
    assert said["Requires"] == ["weiyou-prepare.service"]
    assert said["WantedBy"] == ["weiyou.target"]


def test_no_secret_stands_in_a_unit_or_in_the_settings() -> None:
    for path in FILES.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"postgresql(\+\w+)?://|WEIYOU_DATABASE_URL=", text), path


def test_the_settings_are_known_to_the_house() -> None:
    text = (FILES / "settings.example").read_text(encoding="utf-8")
    names = re.findall(r"^WEIYOU_([A-Z_]+)=", text, flags=re.MULTILINE)
    assert names
    assert {name.lower() for name in names} <= set(Settings.model_fields)


def test_only_the_owner_of_the_tables_may_change_them() -> None:
    credentials = {name: unit(name).get("LoadCredential", []) for name in SERVICES}
    holders = [name for name, said in credentials.items() if any("owner" in one for one in said)]
    assert holders == ["weiyou-prepare.service"]


def test_all_kernels_that_may_be_open_find_room() -> None:
    desk = unit("weiyou-desk.service")
    most = Settings.model_fields["desk_kernels_most"].default
    assert int(desk["TasksMax"][0]) > most * THREADS_OF_A_KERNEL + 100
    assert int(desk["LimitNOFILE"][0]) > most * 40


def test_kernels_end_with_the_desk_and_one_that_is_too_large_ends_alone() -> None:
    desk = unit("weiyou-desk.service")
    assert desk["KillMode"] == ["mixed"]
    assert desk["OOMPolicy"] == ["continue"]


def test_desks_outlive_the_hub_that_keeps_them() -> None:
    """Nothing that they use may be taken away when the hub's service stops."""
    hub = unit("weiyou-hub.service")
    assert hub["KillMode"] == ["process"]
    assert "PrivateTmp" not in hub
    assert "LoadCredential" not in hub
    assert hub["RuntimeDirectoryPreserve"] == ["yes"]


def test_the_user_has_no_shell_and_the_folders_are_closed(tmp_path: Path) -> None:
    (tmp_path / "etc" / "weiyou").mkdir(parents=True)
    for name in ("settings", "database_url", "owner_database_url"):
        (tmp_path / "etc" / "weiyou" / name).touch(mode=0o644)
    for program, file in (("sysusers", "weiyou.sysusers"), ("tmpfiles", "weiyou.tmpfiles")):
        more = ["--create"] if program == "tmpfiles" else []
        said = subprocess.run(
            [f"systemd-{program}", *more, f"--root={tmp_path}", str(FILES / file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stderr

    users = (tmp_path / "etc" / "passwd").read_text()
    assert re.search(r"^weiyou:.*:/var/lib/weiyou:/usr/sbin/nologin$", users, re.MULTILINE)
    modes = {
        str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777
        for path in [*(tmp_path / "etc" / "weiyou").iterdir(), tmp_path / "var/lib/weiyou"]
    }
    assert modes == {
        "etc/weiyou/settings": 0o644,
        "etc/weiyou/database_url": 0o600,
        "etc/weiyou/owner_database_url": 0o600,
        "var/lib/weiyou": 0o700,
    }
