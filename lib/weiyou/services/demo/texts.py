"""Made-up words: names, places, what residents write and what the office answers. 演示文本"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from weiyou.services.demo.dice import Dice

SPOTS: Final = ("place", "field", "building")
"""The slots that stand for the one spot of a matter, by kind of landmark."""

ANY: Final = "*"
_MONTHS: Final = range(1, 13)


SCOPES: Final = {"works": "ABDH", "talks": "G"}
"""Phrases that only fit where something is repaired, or where people are brought together."""

OWN_PHRASES: Final = 0.7


@dataclass(frozen=True)
class Spot:
    """Where a matter is.

    Attributes:
        named: The resident names the place in his message.
    """

    category: str
    hamlet: str
    place: str
    named: bool = True


@dataclass(frozen=True)
class Message:
    """What a resident writes, and the core of what the office will answer."""

    text: str
    answer: str
    spot: Spot


@dataclass(frozen=True)
class Season:
    """How often a category comes up, and what it is multiplied with in some months."""

    weight: float
    months: frozenset[int]
    factor: float

    def in_month(self, month: int) -> float:
        """Return the weight in a month."""
        return self.weight * (self.factor if month in self.months else 1.0)


class Texts:
    """The seeds of the demonstration, read once."""

    def __init__(self, folder: Path) -> None:
        self.seasons = {
            row["category"]: Season(
                float(row["weight"]), frozenset(_numbers(row["months"])), float(row["factor"])
            )
            for row in _rows(folder / "weights.csv")
        }
        self._messages: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
        for row in _rows(folder / "messages.csv"):
            for month in _numbers(row["months"]) or _MONTHS:
                self._messages[row["category"], month].append((row["text"], row["answer"]))
        self._handlings = _grouped(folder / "handlings.csv", "category")
        self._refusals = [
            (frozenset(row["categories"].split()), row["reason"], row["way"])
            for row in _rows(folder / "refusals.csv")
        ]
        self._phrases = _grouped(folder / "phrases.csv", "kind")
        self._landmarks = _grouped(folder / "landmarks.csv", "kind")
        self._slots = _lists(folder / "slots.csv", "slot", "texts")
        self._hamlets = _lists(folder / "hamlets.csv", "part", "texts")
        surnames = _rows(folder / "surnames.csv")
        self._surnames = [row["surname"] for row in surnames]
        self._weights = [float(row["weight"]) for row in surnames]
        self._given = {
            (row["sex"], row["era"]): row["characters"].split()
            for row in _rows(folder / "given_names.csv")
        }

    def surname(self, dice: Dice) -> str:
        """Return a surname."""
        return dice.weighed(self._surnames, self._weights)

    def given_name(self, dice: Dice, sex: str, era: str) -> str:
        """Return a given name; `sex` is m or f, `era` is old, middle or young."""
        characters = self._given[sex, era]
        first = dice.pick(characters)
        if dice.chance(0.15):
            return first
        second = dice.pick(characters)
        return first + second if first != second else first

    def name(self, dice: Dice, sex: str, era: str) -> str:
        """Return a full name."""
        return self.surname(dice) + self.given_name(dice, sex, era)

    def hamlet(self, dice: Dice) -> str:
        """Return the name of a natural village."""
        parts = self._hamlets
        lead = dice.pick(parts["lead"]) if dice.chance(0.6) else ""
        return lead + dice.pick(parts["kin"]) + dice.pick(parts["tail"])

    def message(self, dice: Dice, category: str, month: int, hamlet: str) -> Message:
        """Return what a resident writes in that month, what will be answered, and where it is."""
        template, answer = dice.pick(self._messages[category, month])
        kind = next((kind for kind in SPOTS if f"{{{kind}}}" in template), None)
        landmark = dice.pick(self._landmarks[kind or SPOTS[0]])
        spot = Spot(category, hamlet, landmark.format(hamlet=hamlet), named=kind is not None)
        opener = self.phrase(dice, "opener", spot) if dice.chance(0.4) else ""
        closer = self.phrase(dice, "closer", spot) if dice.chance(0.4) else ""
        text = opener + self.fill(dice, template, spot) + closer
        return Message(text, self.fill(dice, answer, spot), spot)

    def answer(self, dice: Dice, core: str, spot: Spot) -> str:
        """Return what the office answers: now and then nothing but an empty phrase."""
        if dice.chance(0.03):
            return self.phrase(dice, "answer_plain", spot)
        parts = [
            self.phrase(dice, "answer_opener", spot),
            core,
            self.phrase(dice, "answer_detail", spot) if dice.chance(0.65) else "",
            self.phrase(dice, "answer_closer", spot) if dice.chance(0.75) else "",
        ]
        return "".join(parts)

    def handlings(self, dice: Dice, spot: Spot) -> list[str]:
        """Return lines for the handling records of one matter, all different."""
        lines = [self.fill(dice, line, spot) for line in self._handlings[spot.category]]
        lines += [self.phrase(dice, "handling", spot) for _ in range(2)]
        return sorted(set(lines), key=lambda _: dice.real(0, 1))

    def phrase(self, dice: Dice, kind: str, spot: Spot) -> str:
        """Return one of the phrases of a kind, mostly one that is made for such a matter."""
        for scope, groups in SCOPES.items():
            own = self._phrases.get(f"{scope}_{kind}")
            if own and spot.category[0] in groups and dice.chance(OWN_PHRASES):
                return self.fill(dice, dice.pick(own), spot)
        return self.fill(dice, dice.pick(self._phrases[kind]), spot)

    def refusal(self, dice: Dice, category: str) -> tuple[str, str]:
        """Return why a matter of the category may be refused, and where to go instead."""
        fitting = [
            (reason, way)
            for categories, reason, way in self._refusals
            if categories & {category, ANY}
        ]
        return dice.pick(fitting)

    def refused(self, category: str) -> bool:
        """Return whether the category has a refusal of its own: it is refused more often."""
        return any(category in categories for categories, _, _ in self._refusals)

    def fill(self, dice: Dice, template: str, spot: Spot) -> str:
        """Return the template with its slots filled."""
        return template.format_map(_Slots(self, dice, spot))

    def slot(self, dice: Dice, name: str) -> str:
        """Return a small word for a slot."""
        words = dice.pick(self._slots[name])
        return words.format(surname=self.surname(dice)) if "{" in words else words


class _Slots:
    """What stands for a slot; a small word is thrown only where it is asked for."""

    def __init__(self, texts: Texts, dice: Dice, spot: Spot) -> None:
        self._texts, self._dice = texts, dice
        self._known = {"hamlet": spot.hamlet} | dict.fromkeys(SPOTS, spot.place)

    def __getitem__(self, name: str) -> str:
        known = self._known.get(name)
        return self._texts.slot(self._dice, name) if known is None else known


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _numbers(text: str) -> Sequence[int]:
    return [int(word) for word in text.split()]


def _grouped(path: Path, column: str) -> dict[str, list[str]]:
    """Return the texts of a file by the value of a column."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in _rows(path):
        groups[row[column]].append(row["text"])
    return dict(groups)


def _lists(path: Path, column: str, texts: str) -> dict[str, list[str]]:
    """Return the blank-separated words of a file by the value of a column."""
    return {row[column]: row[texts].split() for row in _rows(path)}
