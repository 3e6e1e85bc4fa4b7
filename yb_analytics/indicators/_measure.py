"""From rows to sums: which rows fall into which period, for every unit in one scan."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

import ibis
import pandas as pd

from yb_analytics.indicators._stocks import STOCKS
from yb_analytics.schema import Period

SUMS = ("numerator", "denominator", "rows", "nn", "nd", "dd")
"""Per unit and period: the two sums, the number of rows, and the second moments."""


def held(t, period: Period):
    """The row holds on the last day of the period."""
    last = (period.end - timedelta(days=1)).isoformat()
    return (t.since.isnull() | (t.since <= last)) & (t.until.isnull() | (t.until > last))


def _moments(t) -> dict:
    n, d = t.numerator.cast("float64"), t.denominator.cast("float64")
    return {"numerator": t.numerator.sum().cast("float64"), "denominator": t.denominator.sum().cast("float64"),
            "rows": t.count(), "nn": (n * n).sum(), "nd": (n * d).sum(), "dd": (d * d).sum()}


class Measure:
    """Sums of indicators over one warehouse; stocks are counted once and kept.

    Parameters
    ----------
    w
        An open warehouse.
    """

    def __init__(self, w) -> None:
        self.w = w
        self._stocks: dict[tuple, pd.DataFrame] = {}

    @cached_property
    def counties(self) -> list[str]:
        """Counties of the city met in the data; where no code is a place's (foreign data), all that are met."""
        return self.w.counties

    def units(self, by: tuple[str, ...]) -> list[tuple[str, str]]:
        """Kind and code of the units that always get a row."""
        out = [("city", self.w.city)] if "city" in by else []
        return out + [("county", c) for c in self.counties] if "county" in by else out

    def sums(self, unit, rows, periods: list[Period], by: tuple[str, ...]) -> pd.DataFrame:
        """Columns unit_kind, unit_id, period and :data:`SUMS` for every unit and period."""
        out = []
        if {"city", "county"} & set(by):
            out.append(self._city_and_counties(self._column(unit, rows, periods, "county"), periods, by))
        for column in by:
            if column not in ("city", "county") and column in rows.columns:
                got = self._column(unit, rows, periods, column).dropna(subset=["unit_id"])
                out.append(got.assign(unit_kind=column))
        return pd.concat(out, ignore_index=True) if out else pd.DataFrame()

    def _city_and_counties(self, got: pd.DataFrame, periods: list[Period], by: tuple[str, ...]):
        """Counties as they are; the city is their sum and the rows of no county or of other places."""
        texts = [p.text for p in periods]
        frames = []
        if "city" in by:
            city = got.groupby("period")[list(SUMS)].sum().reindex(texts, fill_value=0.0)
            frames.append(city.reset_index().assign(unit_kind="city", unit_id=self.w.city))
        if "county" in by:
            every = pd.MultiIndex.from_product([self.counties, texts], names=["unit_id", "period"])
            county = got.groupby(["unit_id", "period"])[list(SUMS)].sum().reindex(every, fill_value=0.0)
            frames.append(county.reset_index().assign(unit_kind="county"))
        return pd.concat(frames, ignore_index=True)

    def _column(self, unit, rows, periods: list[Period], column: str) -> pd.DataFrame:
        """Sums by one unit column."""
        stock = STOCKS[unit.over](self.w) if unit.over else None
        if stock is not None and unit.once:
            rows = rows.drop("county").inner_join(stock, "key")
            got = self._conditional(rows, periods, column)
        elif "since" in rows.columns or "key" in rows.columns:
            got = self._conditional(rows, periods, column)
        else:
            got = self._daily(rows, periods, column)
        if stock is None or column not in stock.columns:
            return got
        under = self._stock(unit.over, stock, periods, column)
        got, under = (f.astype({"unit_id": object, "period": object}) for f in (got, under))
        got = got.drop(columns="denominator").merge(under, on=["unit_id", "period"], how="outer")
        return got.fillna(dict.fromkeys(SUMS, 0.0))

    def _daily(self, rows, periods: list[Period], column: str) -> pd.DataFrame:
        """Flow: one scan to unit × day, then each period is a sum of days."""
        first, end = min(p.start for p in periods), max(p.end for p in periods)
        t = rows.filter((rows.on >= first.isoformat()) & (rows.on < end.isoformat()))
        grouped = t.group_by(unit_id=t[column], day=t.on.cast("date"))
        cells = self.w.run(grouped.agg(**_moments(t)))
        cells["day"] = pd.to_datetime(cells["day"])
        out = []
        for p in periods:
            some = cells[(cells.day >= pd.Timestamp(p.start)) & (cells.day < pd.Timestamp(p.end))]
            sums = some.groupby("unit_id", dropna=False)[list(SUMS)].sum()
            out.append(sums.reset_index().assign(period=p.text))
        return pd.concat(out, ignore_index=True)

    def _conditional(self, t, periods: list[Period], column: str) -> pd.DataFrame:
        """Stock or once-per-key: one scan with one condition per period."""
        inside = []
        for p in periods:
            mask = held(t, p) if "since" in t.columns else ibis.literal(True)
            inside.append(mask & p.covers(t.on) if "on" in t.columns else mask)
        pick = {}
        for i, mask in enumerate(inside):
            for name in ("numerator", "denominator"):
                pick[f"{name}_{i}"] = ibis.cases((mask, t[name]), else_=None)
        wide = t.select(unit_id=t[column], **({"key": t.key} if "key" in t.columns else {}), **pick)
        if "key" in wide.columns:
            wide = wide.group_by("unit_id", "key").agg(**{n: wide[n].max() for n in pick})
        got = self.w.run(wide.group_by("unit_id").agg(**_wide_moments(wide, len(periods))))
        out = []
        for i, p in enumerate(periods):
            part = got[["unit_id", *(f"{s}_{i}" for s in SUMS)]].set_axis(["unit_id", *SUMS], axis=1)
            out.append(part.assign(period=p.text).fillna(dict.fromkeys(SUMS, 0.0)))
        return pd.concat(out, ignore_index=True)

    def _stock(self, name: str, stock, periods: list[Period], column: str) -> pd.DataFrame:
        """Size of a stock by unit at the end of each period."""
        at = (name, column, tuple(p.text for p in periods))
        if at not in self._stocks:
            rows = stock.mutate(numerator=stock.amount, denominator=stock.amount)
            got = self._conditional(rows, periods, column)
            self._stocks[at] = got[["unit_id", "period", "denominator"]]
        return self._stocks[at]


def _wide_moments(wide, count: int) -> dict:
    """The sums of `SUMS` for each of the period columns."""
    out: dict[str, Any] = {}
    for i in range(count):
        n, d = wide[f"numerator_{i}"], wide[f"denominator_{i}"]
        f, g = n.cast("float64"), d.cast("float64")
        out |= {f"numerator_{i}": n.sum().cast("float64"), f"denominator_{i}": d.sum().cast("float64"),
                f"rows_{i}": d.count(), f"nn_{i}": (f * f).sum(), f"nd_{i}": (f * g).sum(),
                f"dd_{i}": (g * g).sum()}
    return out
