"""Words that stand in code and on the screen: one English value, one Chinese label, on one line."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """An enumeration member that knows what people read.

    `class Step(Word): ACCEPT = "accept", "受理"` gives `Step.ACCEPT == "accept"` and
    `Step.ACCEPT.label == "受理"`.
    """

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        """Return the member; the label is not part of the value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def of(cls, value: str) -> Self:
        """Return the member with that English value. Raises: ValueError."""
        return cls(value)  # type: ignore[call-arg]  # mypy reads `__new__`
