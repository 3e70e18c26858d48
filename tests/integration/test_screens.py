"""What a browser can make a screen do: the listed events, and nothing else."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Widget
from ipywidgets.comm import get_comm_manager

from tests.factories import NOW, STREET, VILLAGE, a_clerk, a_petition, a_street, an_account
from weiyou.domain.people import Role
from weiyou.domain.workflow import State
from weiyou.errors import NotSignedIn
from weiyou.services.office import Office, open_office
from weiyou.settings import Settings
from weiyou.store.tables import Area, Petition
from weiyou.widgets import door
from weiyou.widgets import screen as screens
from weiyou.widgets.door import Desk, NoPass
from weiyou.widgets.overview import OverviewModel, OverviewScreen
from weiyou.widgets.screen import FAULT, VUE, Screen
from weiyou.widgets.triage import TriageModel, TriageScreen

TRIANGLE = {"type": "Polygon", "coordinates": [[[117.9, 34.3], [117.91, 34.3], [117.9, 34.31]]]}
VUE_FILES = sorted(VUE.glob("*.vue"))


@pytest.fixture
def screen(office: Office) -> Iterator[TriageScreen]:
    a_street(office)
    a_petition(office)
    shown = TriageScreen(TriageModel(Desk(office, a_clerk(office), lambda: NOW)))
    yield shown
    shown.close()


def say(screen: Screen, event: str, of: object = None, n: int = 1) -> None:
    screen._handle_msg(
        {"content": {"data": custom({"event": event, "data": {"n": n, "of": of}})}, "buffers": []}
    )


def states(office: Office) -> set[State]:
    with office.store.read() as session:
        return {petition.state for petition in session.query(Petition)}


def custom(content: dict[str, Any]) -> dict[str, Any]:
    return {"method": "custom", "content": content}


def test_a_click_reaches_the_model_and_the_answer_the_page(
    screen: TriageScreen, office: Office
) -> None:
    say(screen, "open", screen.rows[0]["id"], n=7)
    assert screen.matter["state"] == "待受理"
    assert screen.answered == 7
    say(screen, "do", {"key": "accept", "words": {"note": "好"}}, n=8)
    assert states(office) == {State.ACCEPTED}


def test_every_event_of_the_clerks_page_finds_its_way(screen: TriageScreen, office: Office) -> None:
    number = screen.rows[0]["number"].replace(" ", "")
    told: tuple[tuple[str, Any], ...] = (
        ("choose", "all"),
        ("narrow", {"village": VILLAGE}),
        ("search", "路灯"),
        ("reset", None),
        ("sort", {"order": "received", "descending": True}),
        ("turn", {"page": 1, "size": 50}),
        ("show_fresh", None),
        ("find", number),
        ("reveal", "回访是否满意"),
        ("hide", None),
        ("close", None),
        ("refresh", None),
    )
    for n, (event, of) in enumerate(told, start=10):
        say(screen, event, of, n)
        assert (screen.fault, screen.answered) == ("", n), event
    assert (screen.tab, screen.order, screen.descending, screen.size) == (
        "all", "received", True, 50,
    )  # fmt: skip


def test_every_event_of_the_leaders_page_finds_its_way(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_street(office)
    leader = an_account(office, Role.LEADER, STREET)
    with office.store.write() as session:
        village = session.query(Area).filter_by(code=VILLAGE).one()
        village.polygon = json.dumps(TRIANGLE)
    screen = OverviewScreen(OverviewModel(Desk(office, leader, lambda: NOW)))
    sent: list[Any] = []
    monkeypatch.setattr(screen, "send", lambda content, buffers: sent.append((content, buffers)))
    told: tuple[tuple[str, Any], ...] = (
        ("choose", "year"),
        ("days", {"first": "2026-03-01", "last": "2026-03-02"}),
        ("open", {"figure": "open", "area": "", "page": 1}),
        ("close", None),
        ("frame", {"width": 800, "height": 600}),
        ("refresh", None),
        ("save", None),
    )
    assert {event for event, _ in told} == OverviewScreen.hears()
    for n, (event, of) in enumerate(told, start=10):
        say(screen, event, of, n)
        assert (screen.fault, screen.answered) == ("", n), event
    ((content, (workbook,)),) = sent
    assert (content["method"], workbook[:2]) == ("save", b"PK")
    screen.close()


@pytest.mark.parametrize(
    "content",
    [
        {"create_widget": ["os", "system"], "props": {"command": "id"}, "id": "x"},
        {"create_widget": ["builtins", "dict"], "props": {}, "id": "x"},
        {"update_ref": {"functionRef": "close"}, "prop": "rows", "id": "x"},
        {"destroy_widget": "x"},
        {"event": "refresh"},
        {"event": "refresh", "data": []},
        {"event": "_own_up", "data": {}},
        {"event": "close_all", "data": {}},
        {"event": "__class__", "data": {}},
        {"event": ["refresh"], "data": {}},
    ],
)
def test_anything_else_is_dropped_unread(
    screen: TriageScreen, content: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    before = screen.get_state()
    with caplog.at_level(logging.WARNING):
        screen._handle_msg({"content": {"data": custom(content)}, "buffers": []})
    assert screen.get_state() == before
    assert "no event of this screen" in caplog.text


def test_a_page_that_invents_events_of_its_own_is_not_heard(screen: TriageScreen) -> None:
    screen.set_state({"events": ["refresh", "_own_up", "close_all"]})
    assert "close_all" not in screen.hears()


def test_a_page_that_writes_into_the_screen_changes_no_fact(
    screen: TriageScreen, office: Office
) -> None:
    screen.set_state({"rows": [], "who": {"name": "书记"}, "signed_out": True})
    assert states(office) == {State.RECEIVED}


def test_a_screen_that_is_printed_tells_nothing(screen: TriageScreen) -> None:
    assert repr(screen) == "<TriageScreen>"


def test_a_fault_is_owned_up_to_without_its_details(
    screen: TriageScreen, caplog: pytest.LogCaptureFixture
) -> None:
    say(screen, "open", {"not": "a number"})
    assert screen.fault == FAULT
    assert "Traceback" in caplog.text
    say(screen, "refresh")
    assert screen.fault == ""


def test_the_bytes_of_a_file_travel_beside_the_state(
    screen: TriageScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[Any, Any]] = []
    monkeypatch.setattr(screen, "send", lambda content, buffers: sent.append((content, buffers)))
    monkeypatch.setattr(screen._model, "file", lambda _: (b"bytes", "image/jpeg"))
    say(screen, "fetch", 3)
    assert sent == [({"method": "file", "args": [3, "image/jpeg"]}, [b"bytes"])]
    monkeypatch.setattr(screen._model, "file", lambda _: None)
    say(screen, "fetch", 3)
    assert len(sent) == 1


def test_a_screen_watches_in_the_kernels_own_loop_until_it_is_told_to_stop(
    screen: TriageScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "EVERY_S", 0.001)
    answers = iter([True, True, False])
    asked = []

    def tick() -> bool:
        asked.append(answer := next(answers))
        return answer

    async def kernel() -> None:
        screen.watch(tick)
        await asyncio.sleep(0.2)

    asyncio.run(kernel())
    assert asked == [True, True, False]


def test_a_fault_while_watching_is_said_and_the_watch_goes_on(
    screen: TriageScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "EVERY_S", 0.001)
    faults: list[str] = []

    def tick() -> bool:
        if not faults:
            faults.append("the database is away")
            raise OSError(faults[0])
        faults.append(screen.fault)
        return False

    async def kernel() -> None:
        screen.watch(tick)
        await asyncio.sleep(0.2)

    asyncio.run(kernel())
    assert faults == ["the database is away", FAULT]
    assert screen.fault == ""


# ---- the door ------------------------------------------------------------------------------------


def test_a_notebook_outside_the_desk_is_told_where_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(door.PASS, raising=False)
    with pytest.raises(NotSignedIn, match="请用浏览器登录街道工作台") as refused:
        door.open_desk()
    assert isinstance(refused.value, NoPass)
    assert refused.value._render_traceback_() == [door.ELSEWHERE]  # no stack of our files


def test_the_desk_is_opened_with_home_and_pass_of_the_kernel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    open_office(Settings(home=tmp_path)).close()  # as the desk does before its kernels
    monkeypatch.setenv("WEIYOU_HOME", str(tmp_path))
    monkeypatch.setenv(door.PASS, "nobody's")
    desk = door.open_desk()
    with pytest.raises(NotSignedIn), desk.look():
        pass
    assert desk.office.settings.home == tmp_path
    assert desk.clock().tzinfo is not None
    desk.office.close()


def test_a_browser_cannot_make_widgets_of_its_own() -> None:
    manager = get_comm_manager()
    manager.register_target(door.MADE_BY_THE_BROWSER, Widget.handle_comm_opened)
    door.shut_out_foreign_widgets()
    door.shut_out_foreign_widgets()
    assert door.MADE_BY_THE_BROWSER not in manager.targets


# ---- the templates -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", VUE_FILES, ids=lambda path: path.name)
def test_no_template_shows_words_as_markup_or_asks_another_host(path: Path) -> None:
    template = path.read_text(encoding="utf-8")
    for dangerous in ("v-html", "innerHTML", "insertAdjacentHTML", "eval(", "new Function"):
        assert dangerous not in template
    assert not re.search(r"""https?://|src=["']//""", template)


@pytest.mark.parametrize("kind", [TriageScreen, OverviewScreen])
def test_every_event_that_a_template_sends_is_heard(kind: type[Screen]) -> None:
    template = Path(kind.template_file[0]).parent / kind.template_file[1]
    page = template.read_text(encoding="utf-8")
    assert set(re.findall(r"""ask\(["'](\w+)["']""", page)) == set(kind.hears())


@pytest.mark.parametrize("kind", [TriageScreen, OverviewScreen])
def test_no_method_of_a_page_bears_the_name_of_an_event(kind: type[Screen]) -> None:
    template = Path(kind.template_file[0]).parent / kind.template_file[1]
    own = re.findall(r"^    (\w+)\(.*\) \{$", template.read_text(encoding="utf-8"), re.MULTILINE)
    assert "ask" in own
    assert not set(own) & kind.hears()  # the event would take its place unseen


def test_every_piece_of_a_screen_is_a_file() -> None:
    for kind in Screen.__subclasses__():
        assert all((VUE / f"{piece}.vue").is_file() for piece in kind.pieces)


def test_the_street_of_the_tests_is_the_one_that_is_shown(screen: TriageScreen) -> None:
    assert screen.offered["villages"][0]["code"].startswith(STREET)
