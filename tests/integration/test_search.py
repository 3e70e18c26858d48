"""Looking for a matter: by its number, by words, and never by what is hidden."""

from __future__ import annotations

from tests.factories import NOW, STREET, a_clerk, a_petition, a_street, an_account
from weiyou.domain import numbers
from weiyou.domain.people import Actor, Role
from weiyou.reports import queue
from weiyou.reports.queue import Filter, Queue
from weiyou.services.office import Office

MOBILE = "154" + "0000" + "0042"


def found(office: Office, actor: Actor, wanted: Filter) -> list[str]:
    with office.look(actor, NOW) as look:
        return [row.number for row in queue.page(look, wanted).rows]


def test_a_matter_is_found_by_its_number_however_it_is_written(office: Office) -> None:
    a_street(office)
    receipt, other = a_petition(office), a_petition(office)
    clerk = a_clerk(office)
    spoken = numbers.spoken(receipt.number)
    for words in (receipt.number, spoken, spoken.replace(" ", "-"), f" {receipt.number}\x00"):
        assert found(office, clerk, Filter(words=words)) == [receipt.number]
    assert receipt.number in found(office, clerk, Filter(words=receipt.number[:4]))
    assert other.number != receipt.number


def test_every_word_must_be_found_somewhere(office: Office) -> None:
    a_street(office)
    lamp = a_petition(office, text="路灯坏了 WiFi 也断了", name="吴小葵", place="村口").number
    road = a_petition(office, text="路面塌了100%_", name="李大山", place="桥头").number
    clerk = a_clerk(office)
    for words, wanted in (
        ("路灯", {lamp}),
        ("路", {lamp, road}),
        ("路 桥头", {road}),
        ("吴小葵 村口", {lamp}),
        ("吴小葵 桥头", set()),
        ("wifi", {lamp}),
        ("WIFI", {lamp}),
        ("100%_", {road}),
        ("%", {road}),
        ("_", {road}),
        ("\\", set()),
        ("'; DROP TABLE petition; --", set()),
        ("\x00\ud800", {lamp, road}),
        ("", {lamp, road}),
    ):
        assert set(found(office, clerk, Filter(words=words))) == wanted, words


def test_no_search_tells_what_masking_hides(office: Office) -> None:
    a_street(office)
    receipt = a_petition(
        office, text=f"路灯坏了，打{MOBILE}找我", name="吴小葵", place="东头12号", phone=MOBILE
    )
    other = a_petition(office, text="桥塌了", name="李大山")
    supervisor = an_account(office, Role.SUPERVISOR, STREET)
    analyst = an_account(office, Role.ANALYST, STREET)
    clerk = a_clerk(office)
    hidden = ("吴小葵", "吴", "东头", MOBILE, MOBILE[-4:], "1", "12号")
    for words in hidden:
        first = other.number.startswith(words) or receipt.number.startswith(words)
        assert found(office, supervisor, Filter(words=words)) == [] or first, words
        assert found(office, analyst, Filter(words=words)) == [] or first, words
    for words in ("吴小葵", "东头", MOBILE):
        assert found(office, clerk, Filter(words=words)) == [receipt.number]
    assert found(office, supervisor, Filter(words="路灯")) == [receipt.number]
    assert found(office, analyst, Filter(words="路灯")) == []
    with office.look(analyst, NOW) as look:
        assert queue.counts(look, Filter(words="路灯"))[Queue.ALL] == 0
