"""Working days: weekends, public holidays and the weekend days that are worked instead (调休)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from yb_analytics.knowledge._rows import FOLDER, day, refuse, rows
from yb_analytics.schema import Refusal

HOLIDAY_COLUMNS = ("day", "kind", "name", "status", "source")
KINDS = ("rest", "work")
_FIRST, _LAST = date(2000, 1, 1), date(2060, 12, 31)


def read_holidays(path: Path) -> dict[date, str]:
    """Days that are not what their weekday says: `rest` or `work`; strict."""
    found: dict[date, str] = {}
    for line, row in rows(path, HOLIDAY_COLUMNS, HOLIDAY_COLUMNS):
        at = day(path, line, row["day"], _FIRST)
        if row["kind"] not in KINDS:
            raise refuse(path, line, f"unknown kind {row['kind']!r}", f"use one of: {', '.join(KINDS)}")
        if at in found:
            raise refuse(path, line, f"{at} stands twice", "remove one of the rows")
        found[at] = row["kind"]
    return found


@lru_cache(maxsize=4)
def _days(path: Path, changed: int) -> np.ndarray:
    """All working days in order."""
    known = read_holidays(path)
    days = np.arange(np.datetime64(_FIRST), np.datetime64(_LAST) + 1)
    works = np.is_busday(days)
    for at, kind in known.items():
        works[(at - _FIRST).days] = kind == "work"
    return days[works]


def _calendar() -> np.ndarray:
    path = FOLDER / "holidays.csv"
    return _days(path, path.stat().st_mtime_ns)


def after_working_days(start: date, count: int) -> date:
    """The day `count` working days after `start`, which is not counted itself.

    Years whose public holidays are not in `knowledge/holidays.csv` know weekends only.

    Examples
    --------
    >>> after_working_days(date(2025, 9, 30), 1).isoformat()  # the holiday ends on 8 October
    '2025-10-09'
    >>> after_working_days(date(2025, 4, 25), 1).isoformat()  # Sunday 27 April was worked
    '2025-04-27'
    """
    if not (_FIRST <= start <= _LAST - timedelta(days=2 * count + 30)):
        raise Refusal(f"{start} lies outside the calendar", f"use days from {_FIRST} to {_LAST}", "usage")
    days = _calendar()
    at = int(np.searchsorted(days, np.datetime64(start), side="right")) + count - 1
    return days[at].astype(object)


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and with `end`; negative where `end` comes first.

    Examples
    --------
    >>> working_days_between(date(2025, 9, 30), date(2025, 10, 10))
    2
    >>> working_days_between(date(2025, 10, 10), date(2025, 9, 30))
    -2
    """
    if end < start:
        return -working_days_between(end, start)
    days = _calendar()
    return int(np.searchsorted(days, np.datetime64(end), side="right")
               - np.searchsorted(days, np.datetime64(start), side="right"))
