"""The scanned page and the plain form, as a phone without scripts meets them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.factories import (
    GRID,
    NOW,
    OTHER_GRID,
    a_key,
    a_street,
    a_worker,
    poster,
)
from tests.phones import Watch, a_phone, a_photo, hidden
from weiyou.domain.petitions import NOTICE_VERSION
from weiyou.services.office import Office
from weiyou.store.tables import Account, Petition, QrCode, QrScan


def _petitions(office: Office) -> list[Petition]:
    with office.store.read() as session:
        found = session.query(Petition).order_by(Petition.id).all()
        for petition in found:
            list(petition.attachments)
        return found


def test_a_scanned_code_opens_its_grid_with_whom_to_call(office: Office) -> None:
    a_street(office)
    a_worker(office)
    telephone = "199" + "0000" + "0007"
    with office.store.write() as session:
        session.query(Account).one().telephone = telephone

    with a_phone(office) as phone:
        for path in (
            f"/g/{poster(office)}",
            f"/G/{poster(office)}",
            f"/g/{poster(office).lower()}",
        ):
            page = phone.get(path)
            assert page.status_code == 200
            assert "连渊村" in page.text
            assert "石大川" in page.text
            assert f'href="tel:{telephone}"' in page.text
            assert 'href="tel:110"' in page.text
            assert "<b>不要</b>身份证号、银行卡号、验证码" in page.text
            assert f'name="notice_version" value="{NOTICE_VERSION}"' in page.text


def test_the_page_is_light(office: Office) -> None:
    a_street(office)
    with a_phone(office) as phone:
        page = phone.get(f"/g/{poster(office)}")
        scripts = (
            "page.js",
            "form.js",
            "draft.js",
            "idb.js",
            "outcome.js",
            "outbox.js",
            "tools.js",
        )
        version = page.text.split("/static/")[1].split("/")[0]
        parts = [phone.get(f"/static/{version}/{name}") for name in scripts]
    assert all(part.status_code == 200 for part in parts)
    assert len(page.content) + sum(len(part.content) for part in parts) < 100_000


def test_a_plain_form_hands_in_and_leads_to_the_receipt(office: Office) -> None:
    a_street(office)
    with a_phone(office) as phone:
        page = phone.get(f"/g/{poster(office)}").text
        form = {
            "key": hidden(page, "key"),
            "notice_version": hidden(page, "notice_version"),
            "text": "  门口积水，\r\n没过脚面  ",
            "category": "A03",
            "name": "王大姐",
            "phone": "",
            "place": "村卫生室东",
        }
        photos = [
            ("photos", ("1.jpg", a_photo("red"), "image/jpeg")),
            ("photos", ("2.jpg", a_photo("green"), "image/jpeg")),
        ]
        sent = phone.post(f"/g/{poster(office)}", data=form, files=photos)
        again = phone.post(f"/g/{poster(office)}", data=form, files=photos)
        receipt = phone.get(sent.headers["location"])

    assert (sent.status_code, again.status_code) == (303, 303)
    assert sent.headers["location"] == again.headers["location"]
    assert "已经收到您反映的事情" in receipt.text
    (petition,) = _petitions(office)
    assert (petition.text, petition.category, petition.area) == (
        "门口积水，\n没过脚面",
        "A03",
        GRID,
    )
    assert (petition.reporter_name, petition.place) == ("王大姐", "村卫生室东")
    assert len(petition.attachments) == 2


def test_what_cannot_be_taken_comes_back_in_the_form_with_the_reason(office: Office) -> None:
    a_street(office)
    with a_phone(office) as phone:
        key = a_key()
        refused = phone.post(
            f"/g/{poster(office)}",
            data={"key": key, "text": "路灯<b>坏了", "phone": "12", "category": "A02"},
            files=[("photos", ("1.jpg", a_photo(), "image/jpeg"))],
        )
        kept = hidden(refused.text, "kept")
        taken = phone.post(
            f"/g/{poster(office)}", data={"key": key, "text": "路灯<b>坏了", "kept": kept}
        )

    assert refused.status_code == 422
    assert "电话号码不对" in refused.text
    assert "路灯&lt;b&gt;坏了</textarea>" in refused.text
    assert 'value="A02" checked' in refused.text
    assert hidden(refused.text, "key") == key
    assert taken.status_code == 303
    assert len(_petitions(office)[0].attachments) == 1


def test_a_used_up_key_is_replaced_and_the_words_stay(office: Office) -> None:
    a_street(office)
    with a_phone(office) as phone:
        key = a_key()
        phone.post(f"/g/{poster(office)}", data={"key": key, "text": "第一件"})
        other = phone.post(f"/g/{poster(office)}", data={"key": key, "text": "第二件"})
        assert other.status_code == 422
        assert "第二件</textarea>" in other.text
        assert hidden(other.text, "key") != key
        fresh = phone.post(
            f"/g/{poster(office)}", data={"key": hidden(other.text, "key"), "text": "第二件"}
        )
    assert fresh.status_code == 303
    assert [petition.text for petition in _petitions(office)] == ["第一件", "第二件"]


def test_all_wrong_codes_get_the_same_helpful_page(office: Office) -> None:
    a_street(office)
    good = poster(office)
    with office.store.write() as session:
        session.query(QrCode).filter_by(area=OTHER_GRID).one().revoked_at = NOW
    wrong = ["x", good[:-1], good[:-1] + "0", good + "0", "9999999" + good[7:], "😀", "%00"]
    wrong += [poster(office, "0000002"), poster(office, "7777777")]
    with a_phone(office) as phone:
        pages = {phone.get(f"/g/{token}").text for token in wrong}
        codes = {phone.get(f"/g/{token}").status_code for token in wrong}
        posted = phone.post("/g/x", data={"key": a_key(), "text": "写了很多字"})

    assert codes == {404}
    assert len(pages) == 1
    assert "这个二维码用不了" in pages.pop()
    assert posted.status_code == 404
    assert "写了很多字" in posted.text


def test_openings_are_counted_by_day_and_keeping_a_page_is_none(office: Office) -> None:
    a_street(office)
    watch = Watch()
    with a_phone(office, watch) as phone:
        for _ in range(3):
            phone.get(f"/g/{poster(office)}")
        phone.get(f"/G/{poster(office).lower()}")
        phone.get(f"/g/{poster(office)}", headers={"X-Keep": "1"})
        phone.get("/g/wrong")
        watch.now += timedelta(days=1)
        phone.get(f"/g/{poster(office)}")
    with a_phone(office, watch) as phone:
        phone.get(f"/g/{poster(office)}")
    with office.store.read() as session:
        counts = {(row.day, row.count) for row in session.query(QrScan)}
    assert counts == {(date(2026, 3, 2), 4), (date(2026, 3, 3), 2)}


def test_large_type_is_remembered(office: Office) -> None:
    a_street(office)
    with a_phone(office) as phone:
        assert '<html lang="zh-CN">' in phone.get(f"/g/{poster(office)}").text
        assert 'class="large"' in phone.get(f"/g/{poster(office)}?large=1").text
        assert 'class="large"' in phone.get("/").text
        assert 'class="large"' not in phone.get("/?large=0").text
        assert 'class="large"' not in phone.get("/").text


def test_the_front_page_tells_how_to_get_in_and_opens_nothing(office: Office) -> None:
    a_street(office)
    with a_phone(office) as phone:
        page = phone.get("/").text
    assert "请扫网格二维码" in page
    assert "<input" not in page
    assert "<form" not in page


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_from_another_site_is_refused(office: Office, site: str) -> None:
    a_street(office)
    with a_phone(office) as phone:
        answer = phone.post(
            f"/g/{poster(office)}",
            data={"key": a_key(), "text": "不是我写的"},
            headers={"Sec-Fetch-Site": site},
        )
    assert answer.status_code == 403
    assert _petitions(office) == []
