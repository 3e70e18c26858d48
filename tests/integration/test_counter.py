"""The counter: many at once, each answered for himself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.factories import NOW, a_key, a_street, poster
from weiyou.domain.petitions import Draft, Source
from weiyou.errors import BadInput, Collision, Refusal
from weiyou.services import intake
from weiyou.services.counter import Counter
from weiyou.services.intake import Handed, Receipt
from weiyou.services.office import Office, Work

Submit = Callable[[Work, Sequence[Handed]], list[Receipt | Refusal]]
POISON = "这一件会让整批失败"


@pytest.fixture
def counter(office: Office) -> Iterator[Counter]:
    a_street(office)
    opened = Counter(office)
    yield opened
    opened.close()


def one(
    office: Office, text: str = "路灯坏了", key: str = "", category: str | None = None
) -> Handed:
    draft = Draft(text=text, category=category)
    return Handed(a_key(), draft, Source.QR, NOW, poster=poster(office))


def test_everybody_in_the_queue_gets_a_receipt_of_his_own(office: Office, counter: Counter) -> None:
    waiting = [counter.hand_in(one(office)) for _ in range(150)]
    assert len({each.result(30).number for each in waiting}) == 150


def test_one_key_that_stands_twice_in_the_queue_gets_one_receipt(
    office: Office, counter: Counter
) -> None:
    same = one(office)
    first, second = counter.hand_in(same), counter.hand_in(same)
    assert first.result(30).number == second.result(30).number


def test_who_is_refused_does_not_hold_the_others_up(office: Office, counter: Counter) -> None:
    good = counter.hand_in(one(office))
    bad = counter.hand_in(one(office, category="Z99"))
    also_good = counter.hand_in(one(office))
    with pytest.raises(BadInput, match="没有这个类别"):
        bad.result(30)
    assert good.result(30).number != also_good.result(30).number


def test_a_fault_falls_on_the_one_that_caused_it(
    office: Office, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    right: Submit = intake.submit_all

    def with_a_fault(work: Work, handed: Sequence[Handed]) -> list[Receipt | Refusal]:
        if any(each.draft.text == POISON for each in handed):
            raise OSError("the disk is full")
        return right(work, handed)

    monkeypatch.setattr(intake, "submit_all", with_a_fault)
    waiting = [counter.hand_in(one(office)) for _ in range(20)]
    bad = counter.hand_in(one(office, POISON))
    waiting += [counter.hand_in(one(office)) for _ in range(20)]
    with pytest.raises(OSError, match="full"):
        bad.result(30)
    assert len({each.result(30).number for each in waiting}) == 40


@pytest.mark.parametrize(("clashes", "succeeds"), [(1, True), (4, True), (5, False)])
def test_a_clash_with_another_process_is_tried_again(
    office: Office,
    counter: Counter,
    monkeypatch: pytest.MonkeyPatch,
    clashes: int,
    succeeds: bool,
) -> None:
    right: Submit = intake.submit_all
    left = [clashes]

    def with_clashes(work: Work, handed: Sequence[Handed]) -> list[Receipt | Refusal]:
        if left[0]:
            left[0] -= 1
            raise Collision("somebody was faster")
        return right(work, handed)

    monkeypatch.setattr(intake, "submit_all", with_clashes)
    answer = counter.hand_in(one(office))
    if succeeds:
        assert answer.result(30).number
    else:
        with pytest.raises(Collision):
            answer.result(30)


def test_closing_time_takes_in_who_stands_in_the_queue(office: Office) -> None:
    a_street(office)
    counter = Counter(office)
    waiting = [counter.hand_in(one(office)) for _ in range(100)]
    counter.close()
    assert all(each.done() and each.result().number for each in waiting)


def test_whoever_leaves_the_queue_does_not_stop_the_counter(
    office: Office, counter: Counter
) -> None:
    waiting = [counter.hand_in(one(office)) for _ in range(200)]
    left = [each.cancel() for each in waiting[100:]]
    assert all(each.result(30).number for each in waiting[:100])
    assert any(left)
    assert counter.hand_in(one(office)).result(30).number
