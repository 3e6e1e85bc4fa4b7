"""Periods: `2025`, `2025H1`, `2025Q2`, `2025-06`, `2025-06-15` or a range, the same everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from yb_analytics.schema.refusal import Refusal

_SHAPE = re.compile(r"(?P<y>\d{4})(?:H(?P<h>[12])|Q(?P<q>[1-4])|-(?P<m>\d{2})(?:-(?P<d>\d{2}))?)?")
_ALLOWED = ("写成 2025、2025H1、2025Q2、2025-06、2025-06-15 或区间如 2024-01:2025-12 · "
            "write 2025, 2025H1, 2025Q2, 2025-06, 2025-06-15 or a range such as 2024-01:2025-12")


def _month(year: int, month: int) -> date:
    """First day of a month; `month` may run past 12 or below 1."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1)


@dataclass(frozen=True, order=True)
class Period:
    """A half-open span of days `[start, end)` in Asia/Shanghai wall time.

    Examples
    --------
    >>> p = Period.parse("2025Q2")
    >>> p.start.isoformat(), p.end.isoformat(), p.label
    ('2025-04-01', '2025-07-01', '2025年第二季度')
    >>> [m.text for m in p.months]
    ['2025-04', '2025-05', '2025-06']
    >>> p.year_ago.text, p.previous.text
    ('2024Q2', '2025Q1')
    """

    start: date
    end: date
    text: str

    @classmethod
    def parse(cls, text: str | Period) -> Period:
        """Read a period; raises :class:`Refusal` naming what may be written."""
        if isinstance(text, Period):
            return text
        first, colon, last = str(text).strip().partition(":")
        a = cls._single(first)
        if not colon:
            return a
        b = cls._single(last)
        if b.end <= a.start:
            raise Refusal(f"期间的结束早于开始：{text} · period ends before it begins: {text}", _ALLOWED, "usage")
        return cls(a.start, b.end, f"{a.text}:{b.text}")

    @classmethod
    def _single(cls, text: str) -> Period:
        found = _SHAPE.fullmatch(text.strip().upper())
        if not found:
            raise Refusal(f"不是期间：{text!r} · not a period: {text!r}", _ALLOWED, "usage")
        year = int(found["y"])
        try:
            if found["h"]:
                start, months = _month(year, 6 * int(found["h"]) - 5), 6
            elif found["q"]:
                start, months = _month(year, 3 * int(found["q"]) - 2), 3
            elif found["d"]:
                day = date(year, int(found["m"]), int(found["d"]))
                return cls(day, day + timedelta(days=1), text.strip())
            elif found["m"]:
                start, months = date(year, int(found["m"]), 1), 1
            else:
                start, months = date(year, 1, 1), 12
        except ValueError:
            raise Refusal(f"不是日历上的日子：{text!r} · not a day of the calendar: {text!r}", _ALLOWED, "usage") from None
        return cls(start, _month(start.year, start.month + months), text.strip().upper())

    @classmethod
    def between(cls, start: date, end: date) -> Period:
        """The period of the whole months that hold `start` and the last day before `end`."""
        last = end - timedelta(days=1)
        return cls.parse(f"{start:%Y-%m}:{last:%Y-%m}")

    @property
    def months(self) -> list[Period]:
        """The calendar months the period touches, in order."""
        out, at = [], date(self.start.year, self.start.month, 1)
        while at < self.end:
            out.append(Period.parse(f"{at:%Y-%m}"))
            at = out[-1].end
        return out

    def shifted(self, months: int) -> Period:
        """The period of the same kind, `months` later (negative: earlier)."""
        if self.kind == "day":
            raise Refusal("按日的期间不能按月平移 · a day has no shifted period in months",
                          "请用月或更长的期间 · name a month or longer", "usage")
        start = _month(self.start.year, self.start.month + months)
        end = _month(self.end.year, self.end.month + months)
        if self.kind == "year":
            return Period(start, end, f"{start:%Y}") if start.month == 1 else Period.between(start, end)
        if self.kind == "half":
            return Period(start, end, f"{start:%Y}H{(start.month + 5) // 6}")
        if self.kind == "quarter":
            return Period(start, end, f"{start:%Y}Q{(start.month + 2) // 3}")
        if self.kind == "month":
            return Period(start, end, f"{start:%Y-%m}")
        return Period.between(start, end)

    @property
    def year_ago(self) -> Period:
        """The same period of the year before (同比)."""
        return self.shifted(-12)

    @property
    def previous(self) -> Period:
        """The period just before (环比)."""
        return self.shifted(-len(self.months))

    @property
    def kind(self) -> str:
        """`year`, `half`, `quarter`, `month`, `day` or `range`."""
        if ":" in self.text:
            return "range"
        marks = {"H": "half", "Q": "quarter"}
        for mark, kind in marks.items():
            if mark in self.text:
                return kind
        return {4: "year", 7: "month", 10: "day"}[len(self.text)]

    @property
    def label(self) -> str:
        """Chinese name of the period."""
        y, m = self.start.year, self.start.month
        if self.kind == "year":
            return f"{y}年"
        if self.kind == "half":
            return f"{y}年{'上' if m == 1 else '下'}半年"
        if self.kind == "quarter":
            return f"{y}年第{'一二三四'[(m - 1) // 3]}季度"
        if self.kind == "month":
            return f"{y}年{m}月"
        if self.kind == "day":
            return f"{y}年{m}月{self.start.day}日"
        last = self.end - timedelta(days=1)
        return f"{y}年{m}月至{last.year}年{last.month}月"

    def covers(self, column):
        """Ibis predicate: the date or timestamp column lies in the period."""
        return (column >= self.start.isoformat()) & (column < self.end.isoformat())

    def __str__(self) -> str:
        return self.text
