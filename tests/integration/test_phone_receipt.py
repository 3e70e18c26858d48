"""The resident's private page: what it tells, what it lets him do, and what it keeps to itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import NOW, a_clerk, a_key, a_petition, a_street, a_worker, the
from tests.phones import Watch, a_phone, a_photo, name_of, submit, upload
from weiyou.domain import numbers
from weiyou.domain.areas import Level
from weiyou.domain.workflow import State, Step
from weiyou.services import handling, triage
from weiyou.services.intake import Receipt
from weiyou.services.office import Office


def _with_grid(office: Office, receipt: Receipt) -> None:
    clerk = a_clerk(office)
    with office.work(clerk, NOW) as work:
        triage.assign(work, petition_id=the(office, receipt).id, version=1, level=Level.GRID)


def _answered(office: Office, receipt: Receipt) -> None:
    _with_grid(office, receipt)
    petition = the(office, receipt)
    with office.work(a_worker(office), NOW + timedelta(hours=1)) as work:
        handling.answer(
            work, petition_id=petition.id, version=petition.version, words="换好了<i>灯泡"
        )


def _steps(office: Office, receipt: Receipt) -> list[Step]:
    return [event.step for event in the(office, receipt).events]


def test_the_page_tells_who_has_it_which_step_and_until_when(office: Office) -> None:
    a_street(office)
    a_worker(office)
    receipt = a_petition(office, category="A02")
    _with_grid(office, receipt)
    with a_phone(office) as phone:
        page = phone.get(f"/r/{receipt.token}").text
    assert numbers.spoken(receipt.number) in page
    assert "正在办理" in page
    assert "网格员 石大川" in page
    assert "最晚 <b>3月5日（周四）</b>" in page
    assert "暂定" not in page
    assert "村口的路灯坏了三天" in page


def test_a_late_matter_says_so_and_a_provisional_date_too(office: Office) -> None:
    a_street(office)
    late = a_petition(office, category="A02")
    provisional = a_petition(office, now=datetime(2026, 12, 30, 2, 0, tzinfo=UTC))
    watch = Watch(datetime(2026, 12, 30, 3, 0, tzinfo=UTC))
    with a_phone(office, watch) as phone:
        assert "超时" in phone.get(f"/r/{late.token}").text
        page = phone.get(f"/r/{provisional.token}").text
    assert "<em>暂定</em>" in page
    assert "超时" not in page


def test_what_the_resident_says_reaches_the_matter_and_is_confirmed(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    _with_grid(office, receipt)
    link = f"/r/{receipt.token}"
    with a_phone(office) as phone:
        for deed, data, flash in (
            ("messages", {"words": "就在小卖部门口"}, "留言已经送到"),
            ("urge", {}, "已催办"),
            ("no-contact", {}, "已记下没有人联系您"),
        ):
            answer = phone.post(f"{link}/{deed}", data=data)
            assert answer.status_code == 303
            assert flash in phone.get(answer.headers["location"]).text
        page = phone.get(link).text
        assert "就在小卖部门口" in page
        assert "今天已催办" in page
        again = phone.post(f"{link}/urge")
        assert again.status_code == 409
        assert "今天已经催办过了" in again.text
        withdrawn = phone.post(f"{link}/withdrawal", data={"words": "自己修好了"})
        assert "已撤回" in phone.get(withdrawn.headers["location"]).text
    assert _steps(office, receipt)[-4:] == [
        Step.MESSAGE,
        Step.URGE,
        Step.NO_CONTACT,
        Step.WITHDRAW,
    ]


def test_an_empty_message_is_refused_beside_its_form(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    with a_phone(office) as phone:
        answer = phone.post(f"/r/{receipt.token}/messages", data={"words": " "})
    assert answer.status_code == 422
    assert "请填写留言内容" in answer.text


@pytest.mark.parametrize(
    ("solved", "state"), [("yes", State.CLOSED), ("no", State.ACCEPTED)], ids=["solved", "not"]
)
def test_a_rating_closes_the_matter_or_sends_it_back(
    office: Office, solved: str, state: State
) -> None:
    a_street(office)
    receipt = a_petition(office)
    _answered(office, receipt)
    link = f"/r/{receipt.token}"
    with a_phone(office) as phone:
        assert "换好了&lt;i&gt;灯泡" in phone.get(link).text
        for wrong in ({"grade": "best", "solved": solved}, {"grade": "good"}):
            assert phone.post(f"{link}/rating", data=wrong).status_code == 422
        data = {"grade": "good", "solved": solved, "words": "还行"}
        assert phone.post(f"{link}/rating", data=data).status_code == 303
    kept = the(office, receipt)
    assert kept.state is state
    assert [(rating.grade.value, rating.words) for rating in kept.ratings] == [("good", "还行")]


def test_a_step_that_no_longer_leads_on_is_told(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    link = f"/r/{receipt.token}"
    with a_phone(office) as phone:
        phone.post(f"{link}/withdrawal")
        answer = phone.post(f"{link}/withdrawal", data={"words": "再撤一次"})
    assert answer.status_code == 409
    assert "不能“撤回”" in answer.text
    assert "再撤一次" in answer.text


def test_photos_of_the_matter_open_and_run_nothing(office: Office) -> None:
    a_street(office)
    key, photo = a_key(), a_photo()
    with a_phone(office) as phone:
        upload(phone, key, photo)
        link = submit(phone, office, key, photos=[name_of(photo)]).json()["link"]
        page = phone.get(link).text
        address = page.split('<img src="')[1].split('"')[0]
        shown = phone.get(address)
        part = phone.get(address, headers={"Range": "bytes=0-9"})
        other = submit(phone, office).json()["link"]
        stolen = phone.get(f"{other}/photos/{address.rsplit('/', 1)[1]}")

    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert shown.headers["cache-control"] == "no-store"
    assert (part.status_code, part.content) == (206, shown.content[:10])
    assert stolen.status_code == 404


def test_wrong_links_get_the_same_page_and_a_number_alone_opens_nothing(office: Office) -> None:
    a_street(office)
    receipt = a_petition(office)
    wrong: list[Any] = [receipt.number, receipt.token[:-1], "x", f"{receipt.number}-", "😀"]
    wrong.append(numbers.receipt_token(office.keys.receipt, "123456782"))
    with a_phone(office) as phone:
        answers = [phone.get(f"/r/{token}") for token in wrong]
        posted = phone.post(f"/r/{receipt.number}/urge")
        lower = phone.get(f"/r/{receipt.token.lower()}")
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert posted.status_code == 404
    assert lower.status_code == 200
    assert _steps(office, receipt) == [Step.SUBMIT]
