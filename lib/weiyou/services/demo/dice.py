"""Chance that can be repeated: the same numbers give the same throws. 随机数"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Dice:
    """Throws in a fixed order. Each part of the demonstration has dice of its own."""

    def __init__(self, *seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def chance(self, share: float) -> bool:
        """Return True in `share` of all throws."""
        return bool(self.rng.random() < share)

    def real(self, low: float, high: float) -> float:
        """Return a number of the half-open interval."""
        return low + (high - low) * float(self.rng.random())

    def whole(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def beta(self, one: float, other: float) -> float:
        """Return a share between 0 and 1, on average one / (one + other)."""
        return float(self.rng.beta(one, other))

    def skewed(self, middle: float, spread: float) -> float:
        """Return a positive number around `middle`, now and then a far larger one."""
        return middle * float(np.exp(spread * self.rng.standard_normal()))

    def pick(self, things: Sequence[T]) -> T:
        """Return one of `things`."""
        return things[int(self.rng.integers(len(things)))]

    def weighed(self, things: Sequence[T], weights: Sequence[float]) -> T:
        """Return one of `things`, the heavier ones more often."""
        bounds = np.cumsum(weights)
        place = np.searchsorted(bounds, self.rng.random() * bounds[-1], side="right")
        return things[int(place)]
