"""What an app's page is made of: its head before the kernel, each output, every widget's state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests import desk as desks
from tests.desk import Desk, OpenApp

pytestmark = pytest.mark.slow

PICTURE: Final = "image = ipywidgets.Image(value=b'not really', format='png')\nimage"
PLAIN: Final = "'只是文字'"
REFUSED: Final = """
from weiyou.errors import NotPermitted
raise NotPermitted("您没有办理此事项的权限")
"""
FAILED: Final = "1 / 0"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("reading")
    desks.a_notebook(folder / "apps", "triage", "import ipywidgets", PICTURE, PLAIN)
    desks.a_notebook(folder / "apps", "overview", PLAIN, REFUSED, PLAIN)
    desks.a_world(folder / "home")
    with desks.running(folder / "home", folder / "apps") as served:
        yield served


@pytest.fixture(scope="module")
def page(desk: Desk) -> OpenApp:
    return desk.visitor("liang").open("triage")


def in_page(page: OpenApp, name: str) -> Any:
    found = re.search(
        rf'<script id="{name}" type="application/json">(.*?)</script>', page.answer.text
    )
    assert found, page.answer.text
    return json.loads(found[1])


def test_the_outputs_stand_in_the_order_of_the_cells(page: OpenApp) -> None:
    kinds = [sorted(output["data"]) for output in page.outputs()]

    assert kinds == [["application/vnd.jupyter.widget-view+json", "text/plain"], ["text/plain"]]


def test_the_page_brings_the_state_of_every_widget_that_it_shows(page: OpenApp) -> None:
    shown = page.outputs()[0]["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
    states = in_page(page, "desk-states")["states"]

    assert states[shown]["model_name"] == "ImageModel"
    layout = states[shown]["state"]["layout"].removeprefix("IPY_MODEL_")
    assert states[layout]["model_name"] == "LayoutModel"


def test_binary_values_are_brought_beside_the_states_with_their_places(page: OpenApp) -> None:
    shown = page.outputs()[0]["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
    paths = in_page(page, "desk-states")["buffer_paths"]
    buffers = in_page(page, "desk-buffers")

    assert buffers[paths.index([shown, "state", "value"])] == "bm90IHJlYWxseQ=="


def test_a_refusal_in_a_cell_is_said_in_its_words_and_ends_the_reading(desk: Desk) -> None:
    page = desk.visitor("liang").open("overview")

    assert "您没有办理此事项的权限" in page.answer.text
    assert len(page.outputs()) == 1
    assert page.answer.text.rstrip().endswith("</html>")


def test_what_an_app_needed_is_fetched_with_its_page_the_next_time(desk: Desk) -> None:
    desk.visitor("liang").open("triage")
    again = desk.visitor("liang").open("triage")

    assert re.search(
        r'rel="modulepreload" href="/static/app/controls-[A-Z0-9]{8}\.js"', again.answer.text
    )


def test_an_app_without_widgets_is_read_at_once(tmp_path: Path) -> None:
    desks.a_notebook(tmp_path / "apps", "triage", PLAIN)
    desks.a_world(tmp_path / "home")
    with desks.running(tmp_path / "home", tmp_path / "apps", {"WEIYOU_DESK_FORK": "false"}) as bare:
        page = bare.visitor("liang").open("triage")

    assert in_page(page, "desk-states") == {"states": {}, "buffer_paths": []}
    assert page.answer.text.rstrip().endswith("</html>")


def test_the_head_is_sent_before_the_kernel_has_started(desk: Desk) -> None:
    visitor = desk.visitor("liang")
    with visitor.http.stream("GET", "/app/triage") as answer:
        first = next(answer.iter_text())

    assert 'class="opening"' in first
    assert "desk-states" not in first


@pytest.mark.parametrize(("asked", "sent"), [("br, gzip", "br"), ("gzip", "gzip"), ("", None)])
def test_the_files_of_an_app_are_sent_packed_to_whoever_unpacks(
    desk: Desk, page: OpenApp, asked: str, sent: str | None
) -> None:
    name = re.search(r'src="(/static/app/main-[A-Z0-9]{8}\.js)"', page.answer.text)
    assert name
    http = desk.visitor().http

    with http.stream("GET", name[1], headers={"Accept-Encoding": asked}) as answer:
        raw = b"".join(answer.iter_raw())

    assert answer.headers.get("Content-Encoding") == sent
    assert answer.headers["Content-Length"] == str(len(raw))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"] == "text/javascript"


@pytest.mark.parametrize(
    "address",
    [
        "/static/app/manifest.json/../../desk.py",
        "/static/app/main-AAAAAAAA.js",
        "/static/app/..%2f..%2fserver.py",
        "/static/app/main-%00.js",
    ],
)
def test_nothing_else_lies_at_these_addresses(desk: Desk, address: str) -> None:
    assert desk.visitor().http.get(address).status_code in (403, 404)


def test_only_an_app_with_templates_of_its_own_may_import_blobs(desk: Desk, page: OpenApp) -> None:
    own = page.answer.headers["Content-Security-Policy"]
    home = desk.visitor("liang").http.get("/").headers["Content-Security-Policy"]

    assert re.search(r"script-src 'self' 'nonce-[^']+' blob:;", own)
    assert "blob:" not in home.split("img-src")[0]
    assert "unsafe-eval" not in own + home


def test_the_page_of_our_own_apps_compiles_nothing(tmp_path: Path) -> None:
    apps = Path(__file__).parents[2] / "apps"
    desks.a_world(tmp_path / "home")
    with desks.running(tmp_path / "home", apps) as desk:
        answer = desk.visitor("liang").open("triage").answer

    policy = answer.headers["Content-Security-Policy"]
    assert re.search(r"script-src 'self' 'nonce-[^']+';", policy), policy
