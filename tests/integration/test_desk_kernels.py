"""What a kernel of the desk knows, acts as, and how long it lives."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from tests import desk as desks
from tests.desk import Desk, Line, OpenApp
from tests.factories import Databases
from weiyou.desk.kernels import GOING_AWAY
from weiyou.domain.people import Role
from weiyou.services import accounts
from weiyou.services.office import Office, open_office
from weiyou.settings import Settings
from weiyou.store.tables import Account, Kernel, Session

pytestmark = pytest.mark.slow

PROBE: Final = """
import json, os, pathlib, sys, threading
def readable(path):
    try:
        return pathlib.Path(path).read_bytes().replace(b"\\0", b"\\n").decode(errors="replace")
    except OSError:
        return ""
json.dumps({
    "environment": dict(os.environ),
    "own": readable("/proc/self/environ"),
    "server": readable(f"/proc/{os.getppid()}/environ"),
    "commands": readable("/proc/self/cmdline") + readable(f"/proc/{os.getppid()}/cmdline"),
    "pid": os.getpid(),
    "modules": [name for name in ("debugpy", "tests") if sys.modules.get(name)],
    "path": sys.path,
    "history": type(get_ipython().history_manager).__name__,
    "keeps_history": get_ipython().history_manager.enabled,
    "open_files": [os.readlink(one) for one in pathlib.Path("/proc/self/fd").iterdir()
                   if one.exists() or one.is_symlink()],
})
"""
ACTOR: Final = """
import json, os
from datetime import UTC, datetime
from weiyou.services.office import KernelPass, open_office
from weiyou.settings import Settings
office = open_office(Settings())
def who():
    with office.look(KernelPass(os.environ["WEIYOU_KERNEL_PASS"]), datetime.now(UTC)) as look:
        return look.by
import ipywidgets
said = ipywidgets.Label("")
ask = ipywidgets.Button(description="我是谁")
def answer(_):
    try:
        said.value = who().name
    except Exception as refusal:
        said.value = type(refusal).__name__
ask.on_click(answer)
display(ipywidgets.VBox([said, ask]))
json.dumps({"name": who().name, "role": who().role, "session": who().session_id,
            "database": office.store.engine.dialect.name, "pid": os.getpid()})
"""
TOUCHING: Final = """
import weiyou.desk.kernels as kernels
kernels.TOUCH_EVERY_S = 0
from weiyou.desk.__main__ import main
main()
"""
BROKEN: Final = """
import weiyou.desk.kernels as kernels
kernels.sys = type("S", (), {"executable": "/bin/false"})
from weiyou.desk.__main__ import main
main()
"""


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something has come true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


def runs(pid: int) -> bool:
    """Return whether a process runs; one that has ended but was not buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kernels")
    desks.a_notebook(folder / "apps", "triage", ACTOR)
    desks.a_notebook(folder / "apps", "overview", PROBE)
    return folder


@pytest.fixture(scope="module", params=["true", "false"], ids=["forked", "ordinary"])
def desk(home: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    folder = home / f"home-{request.param}"
    desks.a_world(folder)
    secrets = {
        "WEIYOU_DESK_FORK": request.param,
        "WEIYOU_DATABASE_URL": f"sqlite:///{folder}/weiyou.db",
        "PGPASSWORD": "a-password-in-the-air",
        "AWS_SECRET_ACCESS_KEY": "a-key-in-the-air",
        "PYTHONSTARTUP": "/nowhere.py",
    }
    with desks.running(folder, home / "apps", secrets) as served:
        yield served


@pytest.fixture
def office(desk: Desk) -> Iterator[Office]:
    opened = open_office(Settings(home=desk.home))
    yield opened
    opened.close()


def test_a_kernel_knows_only_what_is_on_the_list(desk: Desk) -> None:
    os_like = {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "HOME", "IPYTHONDIR"}
    told = {
        "HOME",
        "REFERENCE",
        "APPS",
        "PUBLIC_URL",
        "PRODUCTION",
        "STREET_NAME",
        "SUPERVISION_PHONE",
        "CONFIRM_DAYS",
        "DESK_KERNEL_MB",
        "DATABASE_URL_FILE",
        "KERNEL_PASS",
    }
    added_by_jupyter = {"JPY_PARENT_PID", "JPY_SESSION_NAME", "JUPYTER_NO_CONFIG"}
    added_by_ipython = {"CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "GIT_PAGER", "PAGER", "TERM"}
    calm = {"MPLBACKEND", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
    calm |= {"MALLOC_ARENA_MAX"}

    known = set(desk.visitor("liang").open("overview").plain()["environment"])

    assert known <= (
        os_like
        | {f"WEIYOU_{name}" for name in told}
        | added_by_jupyter
        | added_by_ipython
        | calm
        | {"PYDEVD_USE_FRAME_EVAL"}
    )
    assert {"WEIYOU_HOME", "WEIYOU_KERNEL_PASS"} <= known


def test_no_secret_of_the_server_can_be_found_from_a_kernel(desk: Desk, office: Office) -> None:
    visitor = desk.visitor("liang")
    probed = visitor.open("overview").plain()
    found = str(probed)

    keys = [key.read_bytes() for key in office.settings.keys.iterdir()]
    assert keys
    assert not [key for key in keys if key.hex() in found or str(key) in found]
    assert visitor.http.cookies["weiyou_desk"] not in found
    assert "in-the-air" not in f"{probed['environment']} {probed['own']} {probed['commands']}"
    assert "sqlite:" not in found


def test_what_the_browser_sends_does_not_reach_the_kernel(desk: Desk) -> None:
    visitor = desk.visitor("liang")
    headers = {"X-Office-User": "zhou", "WEIYOU_KERNEL_PASS": "forged", "Proxy": "forged"}

    answer = visitor.http.get(
        "/app/overview?WEIYOU_KERNEL_PASS=forged&user=forged", headers=headers
    )

    assert "forged" not in str(OpenApp(visitor, answer).plain())


def test_a_kernel_is_without_the_tools_of_programmers(desk: Desk) -> None:
    found = desk.visitor("liang").open("overview").plain()

    assert found["modules"] == []
    assert found["keeps_history"] is False
    assert "" not in found["path"]
    assert not [one for one in found["open_files"] if one.endswith(("history.sqlite", "weiyou.db"))]


def test_a_kernel_acts_as_the_person_who_opened_it(desk: Desk) -> None:
    liang = desk.visitor("liang").open("triage").plain()
    jiang = desk.visitor("jiang").open("triage").plain()

    assert (liang["name"], liang["role"]) == ("梁青禾", "triage")
    assert (jiang["name"], jiang["role"]) == ("江见山", "triage")
    assert liang["session"] != jiang["session"]


def test_closing_the_page_ends_the_kernel_and_its_pass(desk: Desk, office: Office) -> None:
    opened = desk.visitor("liang").open("triage")
    pid = opened.plain()["pid"]
    assert runs(pid)

    left = opened.visitor.post(f"/seat/{opened.kernel_id}/leave", {})

    assert left.status_code == 204
    until(lambda: not runs(pid))
    assert opened.state() == "left"
    with office.store.read() as session:
        assert session.get_one(Kernel, opened.kernel_id).ended_at is not None


def test_signing_out_ends_the_kernels_of_this_session_only(desk: Desk) -> None:
    here, there = desk.visitor("liang"), desk.visitor("liang")
    opened, other = here.open("triage"), there.open("triage")
    line = opened.line()

    here.post("/logout", {})

    until(lambda: not runs(opened.plain()["pid"]))
    assert opened.state() == "signed_out"
    assert line.hear_the_end() == GOING_AWAY
    assert other.state() == "open"
    assert runs(other.plain()["pid"])


def test_signing_out_everywhere_ends_all_kernels_of_the_person(desk: Desk) -> None:
    here, there, somebody = desk.visitor("liang"), desk.visitor("liang"), desk.visitor("jiang")
    opened, other, third = here.open("triage"), there.open("triage"), somebody.open("triage")

    here.post("/logout", {"everywhere": "1"})

    until(lambda: not runs(opened.plain()["pid"]) and not runs(other.plain()["pid"]))
    assert there.http.get("/").status_code == 302
    assert third.state() == "open"


def test_a_session_that_ends_elsewhere_takes_its_kernel_along(desk: Desk, office: Office) -> None:
    opened = desk.visitor("liang").open("triage")
    token = opened.visitor.http.cookies["weiyou_desk"]
    line = opened.line()
    said, ask = line.find(_model_name="LabelModel"), line.find(_model_name="ButtonModel")

    accounts.sign_out(office, token, datetime.now(UTC))
    line.comm(ask, {"method": "custom", "content": {"event": "click"}})

    assert value_of(line, said) == "NotSignedIn"
    until(lambda: not runs(opened.plain()["pid"]))
    assert opened.state() == "signed_out"


def test_an_account_that_is_closed_loses_its_kernel(desk: Desk, office: Office) -> None:
    opened = desk.visitor("chen")
    assert opened.http.get("/app/overview").status_code == 403
    jiang = desk.visitor("jiang").open("triage")
    with office.store.write() as session:
        session.query(Account).filter_by(login="jiang").one().active = False
    try:
        until(lambda: not runs(jiang.plain()["pid"]))
        assert jiang.visitor.http.get("/").status_code == 302
    finally:
        with office.store.write() as session:
            session.query(Account).filter_by(login="jiang").one().active = True


def test_another_duty_takes_the_app_of_the_former_one_away(desk: Desk, office: Office) -> None:
    opened = desk.visitor("jiang").open("triage")
    change_role(office, Role.LEADER)
    try:
        until(lambda: opened.state() == "moved")
        assert opened.visitor.http.get("/app/triage").status_code == 403
    finally:
        change_role(office, Role.TRIAGE)


def change_role(office: Office, role: Role) -> None:
    with office.store.write() as session:
        session.query(Account).filter_by(login="jiang").one().role = role


def test_a_kernel_that_cannot_start_says_so_and_leaves_no_seat(home: Path, desk: Desk) -> None:
    broken_ones = {"WEIYOU_DESK_FORK": "false", "WEIYOU_DESK_KERNELS_EACH": "8"}
    with desks.running(desk.home, home / "apps", broken_ones, serve=BROKEN) as broken:
        visitor = broken.visitor("liang")
        pages = [visitor.http.get("/app/triage").text for _ in range(9)]

    assert all("这一步没有完成（编号" in page for page in pages)
    assert not any("Traceback" in page for page in pages)


def test_a_kernel_that_dies_is_noticed_and_not_started_again(desk: Desk) -> None:
    opened = desk.visitor("liang").open("triage")

    os.kill(opened.plain()["pid"], 9)

    until(lambda: opened.state() == "died")


def test_one_person_can_have_eight_pages_open(home: Path, desk: Desk) -> None:
    with desks.running(
        desk.home, home / "apps", {"WEIYOU_DESK_KERNELS_EACH": "8", "WEIYOU_DESK_KERNELS_MOST": "9"}
    ) as narrow:
        here, there, somebody = (narrow.visitor(login) for login in ("zhou", "zhou", "liang"))
        pages = [one.open("overview") for one in (here, there) for _ in range(4)]

        refused = here.http.get("/app/overview")

        assert refused.status_code == 429
        assert "您已打开 8 个页面" in refused.text
        somebody.open("overview")
        assert "人太多" in somebody.http.get("/app/overview").text
        there.post(f"/seat/{pages[-1].kernel_id}/leave", {})
        assert here.http.get("/app/overview").status_code == 200


def test_work_at_an_app_keeps_the_session_alive(desk: Desk, home: Path, office: Office) -> None:
    with desks.running(desk.home, home / "apps", serve=TOUCHING) as eager:
        opened = eager.visitor("liang").open("triage")
        line = opened.line()
        ask, said = line.find(_model_name="ButtonModel"), line.find(_model_name="LabelModel")
        before = expires_at(office, opened.plain()["session"])

        line.comm(ask, {"method": "custom", "content": {"event": "click"}})

        assert value_of(line, said) == "梁青禾"
        until(lambda: expires_at(office, opened.plain()["session"]) > before)


def expires_at(office: Office, session_id: int) -> datetime:
    with office.store.read() as session:
        return session.get_one(Session, session_id).expires_at


def value_of(line: Line, comm_id: str) -> str:
    """Return what a label says next."""
    while True:
        kind, content = line.hear()
        if kind == "comm_msg" and content["comm_id"] == comm_id:
            value: str = content["data"]["state"]["value"]
            return value


def test_stopping_the_desk_leaves_no_kernel_and_no_file_behind(home: Path, desk: Desk) -> None:
    with desks.running(desk.home, home / "apps") as served:
        found = served.visitor("liang").open("overview").plain()
        runtime = Path(found["environment"]["HOME"])
        assert runtime.stat().st_mode & 0o077 == 0

    until(lambda: not runs(found["pid"]))
    assert not runtime.exists()


def test_on_postgresql_the_password_is_in_no_environment(
    databases: Databases, home: Path, tmp_path: Path
) -> None:
    url = databases.fresh("postgresql", tmp_path)
    password = "willow-in-the-flood-26"
    role = f"desk_{os.getpid()}"
    databases._execute(f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD '{password}'")
    with_password = url.replace("postgres:@", f"{role}:{password}@")
    assert password in with_password
    desks.a_world(tmp_path / "home", with_password)

    with desks.running(
        tmp_path / "home", home / "apps", {"WEIYOU_DATABASE_URL": with_password}
    ) as served:
        visitor = served.visitor("liang")
        acts_as = visitor.open("triage").plain()
        found = visitor.open("overview").plain()

    assert (acts_as["name"], acts_as["database"]) == ("梁青禾", "postgresql")
    for place in ("environment", "own", "server", "commands"):
        assert password not in str(found[place]), place
    kept = Path(found["environment"]["WEIYOU_DATABASE_URL_FILE"])
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
