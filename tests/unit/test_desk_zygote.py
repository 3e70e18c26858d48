"""When a process may be forked from, which code it warms, and when that code is old."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import desk as desks
from weiyou.desk import nursery, zygote
from weiyou.desk.orders import Answer, Request
from weiyou.domain import apps
from weiyou.settings import REPOSITORY
from weiyou.widgets import rehearsal

FIT = "import zmq; from weiyou.desk import zygote; {}; zygote.check(frozenset())"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("pass", ""),
        ("import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
         "2 threads"),
        ("zmq.Context.instance()", "ZeroMQ"),
        ("import sqlite3; held = sqlite3.connect('some.db')", "some.db"),
        ("import socket; held = socket.socket()", "socket:"),
    ],
    ids=["fit", "thread", "zmq", "database", "connection"],
)  # fmt: skip
def test_a_process_with_something_alive_in_it_is_not_forked(
    made: str, said: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIT.format(made)],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode == 0) == (said == ""), done.stderr
    assert said in done.stderr.splitlines()[-1] if said else done.stderr == ""


def test_what_the_apps_import_of_ours_is_warmed(tmp_path: Path) -> None:
    desks.a_notebook(
        tmp_path / "apps",
        "one",
        "from weiyou.widgets.door import open_desk\nimport os",
        "import weiyou.domain.words as words, json",
    )

    found = set(zygote.named_by(tmp_path / "apps"))

    assert found == {"weiyou.widgets.door", "weiyou.domain.words"}


def test_every_app_of_the_desk_is_rehearsed() -> None:
    rehearsed = {model.__module__.rsplit(".", 1)[1] for _, model in rehearsal.SCREENS}
    shown = {app.name for app in apps.APPS if (REPOSITORY / "apps" / f"{app.name}.ipynb").is_file()}
    assert shown <= rehearsed


def test_the_rehearsal_needs_no_home_and_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEIYOU_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    rehearsal.rehearse()

    assert list(tmp_path.iterdir()) == []


def test_code_that_changes_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("weiyou.__file__", str(tmp_path / "__init__.py"))
    (tmp_path / "one.py").write_text("")
    before = nursery.code_stamp()
    assert nursery.code_stamp() == before

    os.utime(tmp_path / "one.py", ns=(1, 1))
    touched = nursery.code_stamp()
    (tmp_path / "two.vue").write_text("")

    assert len({before, touched, nursery.code_stamp()}) == 3


def test_messages_come_back_as_they_were_sent() -> None:
    wanted = Request("a/file", "a/folder", {"WEIYOU_HOME": "家"})
    answer = Answer(151.5, child=7, refused="")

    assert Request.of(wanted.packed()) == wanted
    assert Answer.of(answer.packed()) == answer
