"""The desk as somebody sees it who wants more than he may have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import websocket

from tests import desk as desks
from tests.desk import V1, Desk, Line, OpenApp
from tests.factories import PASSWORD
from weiyou.services import accounts
from weiyou.services.office import open_office
from weiyou.settings import Settings

pytestmark = pytest.mark.slow

UNGUARDED: Final = """
from weiyou.desk import gate, server
gate.check = lambda message: None
server.TYPES = server.TYPES | {"execute_request"}
from weiyou.desk.__main__ import main
main()
"""


@dataclass
class House:
    """A desk, and a file that no attack may make."""

    desk: Desk
    mark: Path
    secret: Path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("walls")
    desks.a_notebook(folder / "apps", "triage", desks.WIDGETS)
    desks.a_notebook(folder / "apps", "overview", "1 + 1")
    (folder / "apps" / "notes.ipynb").write_text("{}", encoding="utf-8")
    (folder / "secret.txt").write_text("a word that stays here", encoding="utf-8")
    desks.a_world(folder / "home")
    return folder


def a_house(folder: Path, served: Desk) -> House:
    return House(served, folder / f"mark-{served.port}", folder / "secret.txt")


@pytest.fixture(scope="module")
def house(home: Path) -> Iterator[House]:
    with desks.running(home / "home", home / "apps") as served:
        yield a_house(home, served)


@pytest.fixture(scope="module")
def unguarded(home: Path) -> Iterator[House]:
    """The same desk without its gate: what the gate is for."""
    with desks.running(home / "home", home / "apps", serve=UNGUARDED) as served:
        yield a_house(home, served)


@pytest.fixture(scope="module")
def opened(house: House) -> OpenApp:
    return house.desk.visitor("liang").open("triage")


def attacks(mark: Path) -> list[tuple[str, Any, str]]:
    """Return every request that could run code or look into a kernel: type, content, channel."""
    code = f"open({str(mark)!r}, 'w').close()"
    execute = {
        "code": code,
        "silent": False,
        "store_history": False,
        "user_expressions": {"x": code},
        "allow_stdin": True,
    }
    evaluate = {"expression": code, "context": "repl"}
    command = {"type": "request", "command": "evaluate", "seq": 1, "arguments": evaluate}
    return [
        ("execute_request", execute, "shell"),
        ("execute_request", execute, "control"),
        ("execute_request", execute, "iopub"),
        ("comm_info_request", {}, "control"),
        ("complete_request", {"code": "fail.__gl", "cursor_pos": 9}, "shell"),
        ("inspect_request", {"code": "fail", "cursor_pos": 3, "detail_level": 1}, "shell"),
        ("is_complete_request", {"code": "1"}, "shell"),
        ("history_request", {"hist_access_type": "tail", "n": 9, "output": True}, "shell"),
        ("debug_request", command, "control"),
        ("interrupt_request", {}, "control"),
        ("shutdown_request", {"restart": False}, "control"),
        ("create_subshell_request", {}, "control"),
        ("list_subshell_request", {}, "control"),
        ("usage_request", {}, "control"),
        ("input_reply", {"value": code}, "stdin"),
        ("apply_request", {}, "shell"),
        ("abort_request", {}, "shell"),
        ("clear_request", {}, "shell"),
        (
            "comm_open",
            {
                "comm_id": "f" * 32,
                "target_name": "jupyter.widget",
                "data": {
                    "state": {
                        "_model_module": "@jupyter-widgets/controls",
                        "_model_module_version": "2.0.0",
                        "_model_name": "HTMLModel",
                        "_view_module": "@jupyter-widgets/controls",
                        "_view_module_version": "2.0.0",
                        "_view_name": "HTMLView",
                    },
                    "buffer_paths": [],
                },
            },
            "shell",
        ),
    ]


def orders(line: Line, secret: Path) -> None:
    """Tell a template widget to read a file and show it, as ipyvue would obey."""
    comm_id = line.find(_model_name="VueTemplateModel")
    for words in (
        {"update_ref": str(secret), "id": comm_id, "prop": "template_file"},
        {"create_widget": ["builtins", "dict"], "props": {"x": {"functionRef": "__init__"}}},
    ):
        line.comm(comm_id, {"method": "custom", "content": {"id": comm_id, **words}})


def replies(heard: list[tuple[str, Any]]) -> set[str]:
    return {kind for kind, _ in heard} - {"status", "comm_info_reply"}


@pytest.mark.parametrize("protocol", [None, V1])
def test_the_owner_of_a_kernel_cannot_run_anything_in_it(
    house: House, protocol: str | None
) -> None:
    opened = house.desk.visitor("liang").open("triage")
    line = opened.line(protocol=protocol)
    before = len(line.states())

    for kind, content, channel in attacks(house.mark):
        line.say(kind, content, channel)
    heard = line.everything_up_to_here()

    assert replies(heard) == set()
    assert not house.mark.exists()
    assert len(line.states()) == before
    assert opened.state() == "open"


def test_a_template_widget_obeys_no_orders(house: House, opened: OpenApp) -> None:
    line = opened.line()

    orders(line, house.secret)
    line.everything_up_to_here()

    assert house.secret.read_text() not in json.dumps(line.states())


def test_without_the_gate_the_same_orders_and_requests_succeed(unguarded: House) -> None:
    line = unguarded.desk.visitor("liang").open("triage").line()

    orders(line, unguarded.secret)
    kind, content, channel = attacks(unguarded.mark)[0]
    line.say(kind, content, channel)
    line.everything_up_to_here()

    assert unguarded.secret.read_text() in json.dumps(line.states())
    assert unguarded.mark.exists()


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"\xff" * 8, id="a count that would fill the memory"),
        pytest.param((2**40).to_bytes(8, "little") + b"x" * 64, id="too many parts"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x07" + b"\x00" * 90, id="offsets that lead nowhere"),
    ],
)
def test_a_malformed_message_does_no_harm(opened: OpenApp, frame: bytes) -> None:
    line = opened.line(protocol=V1)

    line.connection.send_binary(frame)

    assert line.states()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"header": 1}', "no json", '{"header": {}}'])
def test_a_malformed_text_does_no_harm(opened: OpenApp, text: str) -> None:
    line = opened.line()

    line.connection.send(text)

    assert line.states()


@pytest.mark.parametrize("login", ["jiang", "zhou"])
def test_another_person_is_kept_from_a_kernel(house: House, opened: OpenApp, login: str) -> None:
    stranger = house.desk.visitor(login)

    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        stranger.socket(opened.kernel_id)

    assert refused.value.status_code == 403
    assert stranger.http.get(f"/api/kernels/{opened.kernel_id}").status_code == 403
    assert stranger.post(f"/seat/{opened.kernel_id}/leave", {}).status_code == 403
    assert stranger.http.get(f"/seat/{opened.kernel_id}").json()["state"] == "gone"
    assert opened.state() == "open"


def test_a_second_sign_in_of_the_same_person_is_kept_out_too(house: House, opened: OpenApp) -> None:
    elsewhere = house.desk.visitor("liang")

    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        elsewhere.socket(opened.kernel_id)

    assert refused.value.status_code == 403


def test_whoever_has_not_signed_in_is_kept_from_everything(house: House, opened: OpenApp) -> None:
    nobody = house.desk.visitor()

    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        nobody.socket(opened.kernel_id)

    assert refused.value.status_code == 403
    for page in ("/", "/app/triage", f"/api/kernels/{opened.kernel_id}"):
        answer = nobody.http.get(page)
        assert (answer.status_code, "/login" in answer.headers.get("location", "")) in (
            (302, True),
            (403, False),
        )
    assert nobody.post(f"/seat/{opened.kernel_id}/leave", {}).status_code == 403
    assert opened.state() == "open"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_a_page_from_elsewhere_cannot_connect_with_our_cookie(opened: OpenApp, origin: str) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        opened.visitor.socket(opened.kernel_id, origin=origin)

    assert refused.value.status_code == 403


@pytest.mark.parametrize("page", ["/logout", "/seat/{kernel}/leave", "/login"])
def test_a_form_from_elsewhere_changes_nothing(opened: OpenApp, page: str) -> None:
    page = page.format(kernel=opened.kernel_id)
    http = opened.visitor.http
    form = {"login": "zhou", "password": PASSWORD}

    assert http.post(page, data=form).status_code == 403
    assert opened.visitor.post(page, form, headers={"Origin": "http://evil.example"}).is_error
    assert opened.state() == "open"


def test_a_token_opens_nothing(house: House, opened: OpenApp) -> None:
    nobody = house.desk.visitor()
    token = opened.visitor.http.cookies["weiyou_desk"]

    for options in (
        {"params": {"token": token}},
        {"headers": {"Authorization": f"token {token}"}},
        {"headers": {"Authorization": f"Bearer {token}"}},
        {"headers": {"X-XSRFToken": "x", "Cookie": f"username-127-0-0-1-8888={token}"}},
    ):
        assert nobody.http.get("/", **options).status_code == 302  # type: ignore[arg-type]


def test_a_session_of_the_phone_does_not_count_at_the_desk(house: House) -> None:
    office = open_office(Settings(home=house.desk.home))
    signed_in = accounts.sign_in(
        office,
        login="liang",
        password=PASSWORD,
        address="127.0.0.1",
        door="phone",
        now=datetime.now(UTC),
    )
    office.close()
    nobody = house.desk.visitor()
    nobody.http.cookies.set("weiyou_desk", signed_in.token)

    assert nobody.http.get("/").status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "/voila/query/{kernel}",
        "/voila/execution/{kernel}",
        "/voila/api/shutdown/{kernel}",
        "/voila/files/notes.ipynb",
        "/voila/files/secret.txt",
        "/voila/api/contents/",
        "/voila/api/themes/x",
        "/voila/tree",
        "/voila/render/triage.ipynb",
        "/voila/templates/lab/static/voila.js",
        "/voila/templates/../static/x",
        "/api/kernels",
        "/api/sessions",
        "/api/contents",
        "/api/terminals",
        "/api/kernels/{kernel}/interrupt",
        "/api/kernels/{kernel}/restart",
        "/lab",
        "/files/notes.ipynb",
        "/app/notes",
        "/app/triage.ipynb",
        "/app/..%2ftriage",
        "/static/../desk.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/server.py",
        "/voila/static/0.5.13/../../../x",
        "/voila/labextensions/jupyter-vue/package.json",
        "/voila/labextensions/jupyter-vue/static/../package.json",
        "/voila/labextensions/jupyter-vue/static/..%2fpackage.json",
        "/voila/labextensions/jupyterlab_pygments/static/style.js",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_that_is_not_listed_is_not_there(
    opened: OpenApp, address: str, method: str
) -> None:
    form = {"_xsrf": opened.visitor.xsrf()} if method != "GET" else None
    request = httpx.Request(
        method,
        opened.visitor.desk.address + address.format(kernel=opened.kernel_id),
        data=form,
        cookies=opened.visitor.http.cookies,
    )
    answer = opened.visitor.http.send(request)

    assert answer.status_code in (403, 404, 405)
    assert opened.state() == "open"


def test_a_kernel_cannot_be_ended_through_its_model(opened: OpenApp) -> None:
    http = opened.visitor.http
    headers = {"X-XSRFToken": opened.visitor.xsrf()}

    assert http.delete(f"/api/kernels/{opened.kernel_id}", headers=headers).status_code == 405
    assert opened.state() == "open"


@pytest.mark.parametrize("page", ["/login", "/nowhere", "/static/desk.css", "/health", "/app/x"])
def test_every_answer_forbids_sniffing(house: House, page: str) -> None:
    answer = house.desk.visitor().http.get(page)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


def test_pages_say_what_may_run_in_them_and_are_never_kept(house: House) -> None:
    visitor = house.desk.visitor("liang")

    for page in ("/", "/app/triage", "/app/overview"):
        headers = visitor.http.get(page).headers
        policy = headers["content-security-policy"]
        scripts = next(part for part in policy.split("; ") if part.startswith("script-src "))
        assert "'unsafe-" not in scripts
        assert "data:" not in scripts
        assert page.startswith("/app/") or "blob:" not in scripts
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"].startswith("no-store")


def test_a_message_of_the_kernel_carries_no_traceback(opened: OpenApp) -> None:
    line = opened.line()
    failing = line.find(description="出错")

    line.comm(failing, {"method": "custom", "content": {"event": "click"}})
    heard = line.hear_until("error")

    _, content = heard[-1]
    assert content["traceback"] == []
    assert "请把编号告诉系统管理员" in content["evalue"]
    assert "a detail that no browser shall see" not in json.dumps(heard)
    assert "a detail that no browser shall see" in opened.visitor.desk.log.read_text()


@pytest.mark.parametrize("protocol", [V1, None])
def test_a_file_reaches_the_page_in_either_protocol_and_the_desk_goes_on(
    house: House, protocol: str | None
) -> None:
    opened = house.desk.visitor("liang").open("triage")
    line = opened.line(protocol=protocol)
    line.comm(line.find(description="下载"), {"method": "custom", "content": {"event": "click"}})
    sent: dict[str, Any] = {"method": "custom", "content": {"method": "file"}}
    while line.hear()[1].get("data") != sent:
        pass  # it fails when nothing more comes
    assert httpx.get(f"{house.desk.address}/health", timeout=5).status_code == 200


def test_the_desk_refuses_to_be_a_jupyter_extension() -> None:
    import weiyou.desk  # noqa: PLC0415

    with pytest.raises(RuntimeError, match="runs alone"):
        weiyou.desk._load_jupyter_server_extension(object())
