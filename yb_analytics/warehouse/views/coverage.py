"""What was delivered by table, month and county."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse.checks._grain import PLACED, county_column, institution_column, month_column, month_of

BY = ("table", "month", "county")


def cells(w: Any) -> pd.DataFrame:
    """Rows of every delivered table: `table, month, county, rows`.

    The month is that of the event (`YYYYMM`; empty in registers), for tables without monthly partitions too. The
    county is that of insurance where a table says it, else of the institution; empty where neither is said.
    """
    rows = w.coverage()
    parts = []
    for name in rows.loc[rows["rows"] > 0, "table"].unique():
        told = county_column(TABLES[name]) or _HOME
        found = _counted(w, name)
        found = found.assign(county=found[told] if told in found else "")
        parts.append(found.groupby(["month", "county"], as_index=False)["rows"].sum().assign(table=name))
    if not parts:
        return pd.DataFrame(columns=[*BY, "rows"])
    return pd.concat(parts, ignore_index=True)[[*BY, "rows"]].astype({"rows": "int64"})


def cells_by_any_county(w: Any, name: str) -> pd.DataFrame:
    """Rows of one table: `month, county, rows`, a county being what any column of places says.

    Where somebody is insured and where the institution lies may be told by different codes (the city's own agency
    insures, its districts have the hospitals); a county that is told by either has delivered.
    """
    found = _counted(w, name)
    places = [c for c in (*PLACED, _HOME) if c in found]
    if not places:
        return pd.DataFrame(columns=["month", "county", "rows"])
    each = [found.assign(county=found[p]).groupby(["month", "county"], as_index=False)["rows"].sum() for p in places]
    return pd.concat(each).groupby(["month", "county"], as_index=False)["rows"].max()


_HOME = "_home"
"""County of the institution, where only the institution says it."""


def _counted(w: Any, name: str) -> pd.DataFrame:
    """Rows by month and by every column that says a place, counted once."""
    return w._once(("counted", name), lambda: _count(w, name))


def _count(w: Any, name: str) -> pd.DataFrame:
    table, t = TABLES[name], w.table(name)
    places = [c for c in PLACED if c in table.names]
    at, month = institution_column(table), month_column(table)
    t = t.select([c for c in table.names if c in (*places, at, month)] or [table.names[0]])
    if at:
        home = w.table("fixmedins_b").select(_code="fixmedins_code", _at="fix_blng_admdvs").distinct(on="_code")
        t = t.left_join(home, [(at, "_code")])
    by = {"_month": month_of(table, t), **{p: t[p] for p in places}, **({_HOME: t["_at"]} if at else {})}
    got = w.run(t.group_by(**by).aggregate(rows=ibis._.count()))
    out = pd.DataFrame({"month": [_text(m) for m in got["_month"]], "rows": got["rows"].astype("int64")})
    return out.assign(**{p: got[p].fillna("").astype(str) for p in by if p != "_month"})


def _text(month: Any) -> str:
    """Month as text; empty where a row says none."""
    return "" if month is None or month != month else str(int(month)) if isinstance(month, float) else str(month)


def grouped(found: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Cells summed by some of :data:`BY`."""
    unknown = [b for b in by if b not in BY]
    if unknown:
        raise Refusal(f"coverage by {', '.join(unknown)} is not known", f"choose from {', '.join(BY)}", "usage")
    return found.groupby(list(by))["rows"].sum().reset_index()
