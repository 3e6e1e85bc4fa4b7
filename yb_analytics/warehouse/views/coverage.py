"""What was delivered by table, month and county."""

from __future__ import annotations

from typing import Any

import pandas as pd

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse.checks._grain import county_column, institution_column, month_column, month_of

BY = ("table", "month", "county")


def cells(w: Any) -> pd.DataFrame:
    """Rows of every delivered table: `table, month, county, rows`.

    The month is that of the event (`YYYYMM`; empty in registers), for tables without monthly partitions too. The
    county is that of insurance where a table says it, else of the institution; empty where neither is said.
    """
    rows = w.coverage()
    parts = []
    for name in rows.loc[rows["rows"] > 0, "table"].unique():
        table, t = TABLES[name], w.table(name)
        own, at, month = county_column(table), institution_column(table), month_column(table)
        t = t.select([c for c in table.names if c in (own, at, month)] or [table.names[0]])
        if at:
            home = w.table("fixmedins_b").select(_code="fixmedins_code", _home="fix_blng_admdvs").distinct(on="_code")
            t = t.left_join(home, [(at, "_code")])
        county = t[own] if own else t["_home"] if at else t[t.columns[0]].cast("string").left(0)
        keyed = t.mutate(_month=month_of(table, t), _county=county)
        got = w.run(keyed.group_by("_month", "_county").aggregate(rows=keyed.count()))
        parts.append(got.assign(table=name))
    if not parts:
        return pd.DataFrame(columns=[*BY, "rows"])
    out = pd.concat([p.astype({"_month": object, "_county": object}) for p in parts], ignore_index=True)
    out["month"] = [("" if m is None or m != m else str(int(m)) if isinstance(m, float) else str(m))
                    for m in out["_month"]]
    out["county"] = out["_county"].fillna("").astype(str)
    return out[[*BY, "rows"]].astype({"rows": "int64"})


def grouped(found: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Cells summed by some of :data:`BY`."""
    unknown = [b for b in by if b not in BY]
    if unknown:
        raise Refusal(f"不能按 {', '.join(unknown)} 统计覆盖 · coverage by {', '.join(unknown)} is not known",
                      f"可选：{', '.join(BY)} · choose from {', '.join(BY)}", "usage")
    return found.groupby(list(by))["rows"].sum().reset_index()
