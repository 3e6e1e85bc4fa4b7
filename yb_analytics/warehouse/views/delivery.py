"""Which counties delivered a table, told by what they and the others delivered, not by a calendar.

A county without a row in a month may have had nothing to tell, or may have stopped telling. A run of months without
rows is a *gap* when the county should have had rows in it: by its own rate outside the run and by what the other
counties had in the same months, for their size, whichever is less. The rule is the same for settlements, of which a
silent month lacks thousands, and for cases, of which years may pass without one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.schema import TABLES, Period, name_of
from yb_analytics.warehouse.reader import BEHIND
from yb_analytics.warehouse.views.coverage import cells_by_any_county

SIZED_BY = ("setl_d", "mdtrt_d", "psn_insu_d", "fixmedins_b")
"""Tables whose rows tell the size of a county; the middle of the shares it has in them."""

REGISTER = ""
"""Month of the rows of registers."""


@dataclass(frozen=True)
class Gap:
    """Months in which a county did not deliver a table although it should have had rows.

    Parameters
    ----------
    expected
        Rows it should have had.
    ever
        Whether it delivered the table at any time.
    """

    table: str
    county: str
    months: tuple[str, ...]
    expected: float
    ever: bool

    @property
    def text(self) -> str:
        """What is missing, and since when, in Chinese."""
        where, what = name_of("ADMDVS", self.county), TABLES[self.table].zh
        if not self.ever:
            return f"{where}从未报送{what}（按规模应有约{self.expected:,.0f}行）"
        first, last = (f"{m[:4]}年{int(m[4:])}月" for m in (self.months[0], self.months[-1]))
        return f"{where}{first}{'' if first == last else f'至{last}'}未报送{what}"


def gaps(rows: pd.DataFrame, size: pd.Series, expected: float, stray: float) -> list[tuple[str, tuple, float, bool]]:
    """Gaps of one table: county, months, rows it should have had, whether it ever delivered.

    Parameters
    ----------
    rows
        Month (in order, without holes) × county, rows delivered.
    size
        Share of every county in the city; counties without one are not judged.
    expected
        Rows a county should have had in silent months before they are a gap.
    stray
        Share of its usual rows of a month up to which a county is silent.

    Examples
    --------
    >>> rows = pd.DataFrame({"a": [40, 40, 0, 0], "b": [40, 40, 40, 40], "c": [1, 0, 0, 0]}, index=list("1234"))
    >>> gaps(rows, pd.Series({"a": 0.45, "b": 0.45, "c": 0.1}), 10, 0.05)
    [('a', ('3', '4'), 65.45..., True)]
    """
    out = []
    for county in size.index[size > 0]:
        own = rows[county].to_numpy(float) if county in rows else np.zeros(len(rows))
        silent = own <= stray * np.median(own[own > 0]) if own.any() else np.ones(len(own), dtype=bool)
        others = rows.drop(columns=[county], errors="ignore").to_numpy(float).sum(axis=1)
        rest = size.drop(county).sum()
        for first, end in _runs(silent):
            should = size[county] / rest * others[first:end].sum() if rest > 0 else 0.0
            if own.any():
                outside = own.sum() - own[first:end].sum()
                should = min(should, outside / max(len(own) - (end - first), 1) * (end - first))
            if should >= expected:
                out.append((str(county), tuple(rows.index[first:end]), float(should), bool(own.any())))
    return out


def _runs(silent: np.ndarray) -> list[tuple[int, int]]:
    """First and end of every run of true values.

    Examples
    --------
    >>> _runs(np.array([True, False, True, True]))
    [(0, 1), (2, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], silent.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


class Delivery:
    """Gaps of the counties of one warehouse, table by table, each looked at once.

    Parameters
    ----------
    w
        A warehouse.
    expected, stray
        See :func:`gaps`; facts of `knowledge/parameters/delivery.csv`.
    """

    def __init__(self, w: Any, expected: float, stray: float) -> None:
        self.w, self.expected, self.stray = w, expected, stray
        self._gaps: dict[str, list[Gap]] = {}
        self._size: pd.Series | None = None

    @property
    def size(self) -> pd.Series:
        """Share of every county in the city."""
        if self._size is None:
            shares = []
            for name in SIZED_BY:
                rows = self._rows(name).sum()
                if rows.sum() > 0:
                    shares.append((rows / rows.sum()).replace(0.0, np.nan))
            middle = pd.concat(shares, axis=1).median(axis=1) if shares else pd.Series(dtype=float)
            self._size = middle.dropna() / middle.sum() if len(middle) else middle
        return self._size

    def gaps(self, name: str) -> list[Gap]:
        """Gaps of a table (or of the one behind a view); none where nobody delivered it, or one county is known."""
        name = BEHIND.get(name, name)
        if name not in self._gaps:
            rows = self._rows(name)
            found = gaps(rows, self.size, self.expected, self.stray) if rows.to_numpy().any() else []
            self._gaps[name] = [Gap(name, *one) for one in found]
        return self._gaps[name]

    def missing(self, name: str, period: Period) -> dict[str, tuple[list[Gap], set[str]]]:
        """County → its gaps in a period and the months of the period they take (all of them for a register)."""
        asked = {f"{m.start:%Y%m}" for m in period.months}
        out: dict[str, tuple[list[Gap], set[str]]] = {}
        for gap in self.gaps(name):
            months = asked if gap.months == (REGISTER,) else asked & set(gap.months)
            if months:
                found, taken = out.setdefault(gap.county, ([], set()))
                found.append(gap)
                taken |= months
        return out

    def words(self, tables: Iterable[str], period: Period) -> str:
        """Which counties lack which tables in a period, in Chinese; empty where none does."""
        found = [gap.text for name in tables for gaps, _ in self.missing(name, period).values() for gap in gaps]
        return f"下列县区不能评价，未发现不等于没有：{'；'.join(found)}" if found else ""

    def _rows(self, name: str) -> pd.DataFrame:
        """Months without holes × counties of the city."""
        counties, cells = self.w.counties, cells_by_any_county(self.w, name)
        table = cells[cells["county"].isin(counties)].pivot_table(
            index="month", columns="county", values="rows", aggfunc="sum", fill_value=0)
        table = table.reindex(columns=counties, fill_value=0)
        dated = [str(m) for m in table.index if len(str(m)) == 6 and str(m).isdigit()]
        if not dated:
            return table.reindex([REGISTER], fill_value=0)
        whole = pd.period_range(pd.Period(f"{dated[0][:4]}-{dated[0][4:]}"), pd.Period(f"{dated[-1][:4]}-{dated[-1][4:]}"),
                                freq="M").strftime("%Y%m")
        return table.reindex(list(whole), fill_value=0)
