"""What every answer carries, faults included; how static files are kept; health."""

from __future__ import annotations

import gzip
import re

import pytest
from starlette.testclient import TestClient

from tests.factories import a_petition, a_street, poster
from tests.phones import Watch, a_phone, submit
from weiyou.phone.app import create_app
from weiyou.reports import welcome
from weiyou.services.office import Office


def test_every_answer_is_guarded(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    paths = [
        "/", "/health", "/sw.js", "/sw-sync.js", "/static/x/page.css", "/static/x/none.css",
        f"/g/{poster(office)}", "/g/x", f"/r/{receipt.token}", "/r/x", "/w/", "/w/sign-in",
        "/nothing", "/api/g/x/petitions",
    ]  # fmt: skip
    with a_phone(office) as phone:
        answers = [phone.get(path) for path in paths] + [submit(phone, office)]
        answers.append(phone.post("/w/sign-in", data={"login": "x", "password": "y"}))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"]
        assert "strict-transport-security" not in answer.headers
        is_secret = answer.url.path.startswith(("/g/", "/r/", "/api/"))
        expected = "no-referrer" if is_secret else "same-origin"
        assert answer.headers["referrer-policy"] == expected
        assert "server" not in answer.headers


def test_no_page_has_a_script_or_style_of_its_own(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    with a_phone(office) as phone:
        for path in ("/", f"/g/{poster(office)}", f"/r/{receipt.token}", "/w/sign-in", "/g/x"):
            page = phone.get(path).text
            assert not re.search(r"<script(?![^>]* src=)|\son\w+=|\sstyle=|javascript:", page)
            assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_personal_pages_are_kept_by_nobody(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    with a_phone(office) as phone:
        for path in (f"/r/{receipt.token}", "/w/sign-in"):
            assert phone.get(path).headers["cache-control"] == "no-store"


def test_static_files_are_kept_for_a_year_under_todays_version_only(office: Office) -> None:
    with a_phone(office) as phone:
        address = re.findall(r'href="(/static/[^"]+\.css)"', phone.get("/").text)[0]
        today = phone.get(address)
        older = phone.get(re.sub(r"/static/\w+/", "/static/older/", address))
        plain = phone.get(address, headers={"Accept-Encoding": "identity"})
        worker = phone.get("/sw.js")
    assert "immutable" in today.headers["cache-control"]
    assert older.headers["cache-control"] == "no-cache"
    assert older.content == today.content == plain.content
    assert int(today.headers["content-length"]) < len(plain.content)
    assert address in worker.text
    assert "@" not in worker.text
    assert worker.headers["cache-control"] == "no-cache"


def test_pages_are_squeezed(office: Office) -> None:
    a_street(office)
    with a_phone(office) as phone, phone.stream("GET", f"/g/{poster(office)}") as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert "什么事" in gzip.decompress(raw).decode()


def test_health_says_whether_the_database_answers(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_phone(office) as phone:
        assert phone.get("/health").status_code == 200

        def broken(_: object) -> None:
            raise OSError("gone")

        monkeypatch.setattr(welcome, "offices", broken)
        assert phone.get("/health").status_code == 503


def test_a_fault_of_ours_tells_a_number_and_nothing_else(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    a_street(office)

    def broken(*_: object) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(welcome, "welcome", broken)
    app = create_app(office, Watch())
    with TestClient(app, raise_server_exceptions=False) as phone:
        answer = phone.get(f"/g/{poster(office)}")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    number = re.findall(r"编号 (\w+)", answer.text)[0]
    assert number in caplog.text
    assert poster(office) not in caplog.text
    assert answer.headers["content-security-policy"]


def test_a_wrong_way_of_asking_is_told_in_the_same_looks(office: Office) -> None:
    a_street(office)
    with a_phone(office) as phone:
        page = phone.post("/w/", data={})
        script = phone.get(f"/api/g/{poster(office)}/petitions")
        large = phone.post(
            "/w/sign-in",
            content=b"x" * 300_000,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
    assert (page.status_code, script.status_code, large.status_code) == (405, 405, 413)
    assert "圩您办" in page.text
    assert script.json()["message"]
    assert "内容太大了" in large.text
