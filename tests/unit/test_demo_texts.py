"""The seeds of the demonstration are whole, and say nothing about anybody."""

from __future__ import annotations

import csv
import re
from collections import Counter

import pytest

from weiyou.domain import masking
from weiyou.services.demo.dice import Dice
from weiyou.services.demo.texts import Texts
from weiyou.settings import REPOSITORY

DEMO = REPOSITORY / "data" / "demo"
SLOTS = {"hamlet", "place", "field", "building", "family", "when", "days", "n", "money"}


def rows(name: str) -> list[dict[str, str]]:
    with (DEMO / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CATEGORIES = sorted({row["category"] for row in rows("weights.csv")})


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts(DEMO)


def test_every_category_has_at_least_four_messages_each_with_its_answer() -> None:
    messages = rows("messages.csv")
    counted = Counter(row["category"] for row in messages)
    assert set(counted) == set(CATEGORIES)
    assert len(CATEGORIES) == 60
    assert min(counted.values()) >= 4
    assert all(row["text"] and row["answer"] for row in messages)
    assert len({row["text"] for row in messages}) == len(messages)


def test_every_slot_can_be_filled() -> None:
    for name in ("messages.csv", "handlings.csv", "phrases.csv", "landmarks.csv"):
        for row in rows(name):
            for value in row.values():
                assert set(re.findall(r"{(\w*)}", value)) <= SLOTS, value


def test_no_seed_holds_a_telephone_or_identity_number() -> None:
    for path in sorted(DEMO.iterdir()):
        text = path.read_text(encoding="utf-8")
        assert not masking.MOBILE.search(text), path.name
        assert not masking.ID_NUMBER.search(text), path.name


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_resident_has_something_to_say_in_every_month(texts: Texts, category: str) -> None:
    dice = Dice(1)
    for month in range(1, 13):
        message = texts.message(dice, category, month, "小王庄")
        assert "{" not in message.text + message.answer + message.spot.place
        assert message.spot.hamlet == "小王庄"
        assert len(set(texts.handlings(dice, message.spot))) >= 3
        reason, way = texts.refusal(dice, category)
        assert reason
        assert way


def test_a_message_out_of_season_is_not_written(texts: Texts) -> None:
    dice = Dice(2)
    winter = {texts.message(dice, "H03", 1, "小王庄").text for _ in range(200)}
    summer = {texts.message(dice, "H03", 7, "小王庄").text for _ in range(200)}
    assert any("结冰" in text for text in winter)
    assert not any("结冰" in text for text in summer)


def test_one_matter_has_one_place_in_all_its_texts(texts: Texts) -> None:
    dice = Dice(3)
    for _ in range(50):
        message = texts.message(dice, "A03", 7, "小王庄")
        assert message.spot.named
        assert message.spot.place in message.text


def test_answers_are_not_all_alike(texts: Texts) -> None:
    dice = Dice(4)
    message = texts.message(dice, "A02", 3, "小王庄")
    answers = [texts.answer(dice, message.answer, message.spot) for _ in range(100)]
    assert len(set(answers)) > 60
    assert 0 < sum(message.answer not in answer for answer in answers) < 15  # empty phrases


def test_a_season_multiplies_the_weight(texts: Texts) -> None:
    ponding = texts.seasons["A03"]
    assert ponding.in_month(7) > 3 * ponding.in_month(1)


def test_the_same_dice_throw_the_same_words(texts: Texts) -> None:
    one, other = Dice(5), Dice(5)
    assert [texts.name(one, "f", "old") for _ in range(20)] == [
        texts.name(other, "f", "old") for _ in range(20)
    ]
