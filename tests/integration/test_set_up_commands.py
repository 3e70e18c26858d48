"""From an empty machine to printed posters and signed-in staff, by commands alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests import secondsteps
from tests.factories import GRID, PASSWORD, STREET, VILLAGE, Databases
from weiyou.cli.app import app
from weiyou.errors import BadInput, CodeNeeded, NotFound, NotSignedIn
from weiyou.reports import posters
from weiyou.services import accounts
from weiyou.services.accounts import SignedIn
from weiyou.services.office import OPERATOR, open_office
from weiyou.settings import Settings

RUN = CliRunner()
TELEPHONE = "0516" + "8000000" + "1"
WORKER = ("wang", "--name", "石大川", "--role", "grid_worker", "--area", GRID)


@pytest.fixture(params=["sqlite", "postgresql"])
def prepared(
    request: pytest.FixtureRequest,
    databases: Databases,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Give a real installation after `weiyou prepare`, on either database."""
    address = databases.borrow(request.param, tmp_path)
    monkeypatch.setenv("WEIYOU_HOME", str(tmp_path))
    monkeypatch.setenv("WEIYOU_DATABASE_URL", address)
    monkeypatch.setenv("WEIYOU_PRODUCTION", "1")
    assert run("prepare").exit_code == 0
    yield
    databases.give_back(address)


def run(*command: str, password: str = "") -> Result:
    return RUN.invoke(app, command, input=f"{password}\n{password}\n" if password else None)


def sign_in(login: str, password: str = PASSWORD) -> SignedIn:
    office = open_office(Settings())
    try:
        return accounts.sign_in(
            office,
            login=login,
            password=password,
            address="10.1.2.3",
            door="phone",
            now=datetime.now(UTC),
        )
    finally:
        office.close()


@pytest.mark.usefixtures("prepared")
def test_grids_and_their_worker_end_up_on_the_poster() -> None:
    added = run("grids", "add", VILLAGE, "--count", "3")
    assert f"已加 3 个网格：{GRID} 至 {VILLAGE}003" in added.output
    leading = ("--telephone", TELEPHONE, "--leads")
    assert run("account", "add", *WORKER, *leading, password=PASSWORD).exit_code == 0
    office = open_office(Settings())
    try:
        with office.look(OPERATOR, datetime.now(UTC)) as look:
            printed = posters.posters(
                look, VILLAGE, public_url="https://q.example.gov.cn", supervision_phone=""
            )
    finally:
        office.close()
    assert [(one.serial, one.worker_name) for one in printed] == [
        ("0000001", "石大川"),
        ("0000002", ""),
        ("0000003", ""),
    ]
    assert printed[0].worker_phone_display == posters.spoken(TELEPHONE)
    assert sign_in("wang").actor.areas == (GRID,)


@pytest.mark.usefixtures("prepared")
def test_a_cadre_is_added_with_his_department_only() -> None:
    cadre = ("account", "add", "gan", "--name", "许长河", "--role", "cadre", "--area", STREET)
    assert isinstance(run(*cadre, password=PASSWORD).exception, BadInput)
    done = run(*cadre, "--department", "dangzheng", password=PASSWORD)
    assert "已新建账号 gan（街道条线）" in done.output
    assert sign_in("gan").actor.department_id is not None
    again = run(*cadre, "--department", "dangzheng", password=PASSWORD)
    assert isinstance(again.exception, BadInput)
    assert "已经有人用了" in str(again.exception)


@pytest.mark.usefixtures("prepared")
def test_an_account_gets_a_new_password_is_disabled_enabled_and_listed() -> None:
    assert run("grids", "add", VILLAGE, "--count", "1").exit_code == 0
    assert run("account", "add", *WORKER, password=PASSWORD).exit_code == 0
    assert run("account", "password", "wang", password="river-and-heron-31").exit_code == 0
    with pytest.raises(NotSignedIn):
        sign_in("wang")
    assert run("account", "disable", "wang").exit_code == 0
    with pytest.raises(NotSignedIn):
        sign_in("wang", "river-and-heron-31")
    listed = run("account", "list").output
    assert all(word in listed for word in ("wang", "网格员", GRID, "停用"))
    assert run("account", "enable", "wang").exit_code == 0
    assert "在用" in run("account", "list").output
    assert sign_in("wang", "river-and-heron-31").token
    assert isinstance(run("account", "disable", "nobody").exception, NotFound)


@pytest.mark.usefixtures("prepared")
def test_who_has_lost_his_second_step_gets_rid_of_it_by_command() -> None:
    clerk = ("account", "add", "liang", "--name", "梁青禾", "--role", "triage", "--area", STREET)
    assert run(*clerk, password=PASSWORD).exit_code == 0
    office = open_office(Settings())
    try:
        secondsteps.switch_on(office, now=datetime.now(UTC))
    finally:
        office.close()
    with pytest.raises(CodeNeeded):
        sign_in("liang")

    done = run("account", "totp-reset", "liang")

    assert "已取消 liang 的两步登录" in done.output
    assert sign_in("liang").token
    assert isinstance(run("account", "totp-reset", "nobody").exception, NotFound)


@pytest.mark.usefixtures("prepared")
def test_grids_of_an_unknown_village_are_refused_in_words() -> None:
    refused = run("grids", "add", "320382003900", "--count", "1")
    assert isinstance(refused.exception, BadInput), "the made-up community is not here"
