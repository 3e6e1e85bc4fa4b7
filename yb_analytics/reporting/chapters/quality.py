"""Data quality: what was checked, what failed, what was delivered by month and county."""

from __future__ import annotations

from typing import Any

import pandas as pd

from yb_analytics.reporting.chapters._frames import TOTAL, framed, place
from yb_analytics.schema import TABLES, Period, Refusal, name_of
from yb_analytics.warehouse import checks
from yb_analytics.warehouse.checks import SEVERITIES, Quality
from yb_analytics.warehouse.checks._judge import CATEGORY, SEVERITY, STATE

_WORST = {**SEVERITY, "pass": "通过", "not applicable": "不适用", "error": "出错"}
_MOST_MONTHS = 24


def data_checked(w: Any, period: str | Period) -> Quality:
    """The checks of a period: those kept for this version of the data, else made now."""
    span = Period.parse(period)
    try:
        return checks.kept(w, span)
    except Refusal:
        return checks.run(w, span)


def quality_counts(found: Quality) -> pd.DataFrame:
    """How many checks of each category passed, failed by severity, could not be made."""
    rows = [_counted(zh, found.table[found.table["category"] == key]) for key, zh in CATEGORY.items()]
    rows.append(_counted(TOTAL, found.table))
    return framed(rows, dict.fromkeys(("检查", "通过", *SEVERITY.values(), "不适用", "出错"), "count:项"))


def _counted(name: str, table: pd.DataFrame) -> dict[str, Any]:
    states, fails = table["state"].value_counts(), table[table["state"] == "fail"]["severity"].value_counts()
    return {"类别": name, "检查": len(table), "通过": int(states.get("pass", 0)),
            **{SEVERITY[s]: int(fails.get(s, 0)) for s in SEVERITIES},
            "不适用": int(states.get("not applicable", 0)), "出错": int(states.get("error", 0))}


def quality_failed(found: Quality, top: int = 60) -> pd.DataFrame:
    """Failed checks, the most severe first: what, how many of how many, where, what it means."""
    rows = [{"数据表与项目": r["about"], "检查": r["title"], "类别": CATEGORY[r["category"]],
             "程度": SEVERITY[r["severity"]] if r["state"] == "fail" else STATE["error"], "不通过": r["failed"],
             "应查": r["rows"], "占比": r["share"], "阈值": r["limit"], "集中于": _spot(r["ym"], r["county"])}
            for r in _worst_first(found).head(top).to_dict("records")]
    columns = ("数据表与项目", "检查", "类别", "程度", "不通过", "应查", "占比", "阈值", "集中于")
    units = {"不通过": "count", "应查": "count", "占比": "share", "阈值": "share"}
    return framed(pd.DataFrame(rows, columns=list(columns)), units, reason="没有不通过的检查")


def quality_sentences(found: Quality, top: int = 60) -> pd.DataFrame:
    """The same checks in one sentence each."""
    rows = [{"程度": SEVERITY[r["severity"]], "说明": r["text"]}
            for r in _worst_first(found).head(top).to_dict("records")]
    return framed(pd.DataFrame(rows, columns=["程度", "说明"]), {}, reason="没有不通过的检查")


def _worst_first(found: Quality) -> pd.DataFrame:
    """Failed and broken checks, the most severe first."""
    bad = found.table[found.table["state"].isin(["fail", "error"])]
    ranked = bad.assign(rank=bad["severity"].map(SEVERITIES.index))
    return ranked.sort_values(["rank", "share"], ascending=[True, False])


def _spot(ym: str, county: str) -> str:
    month = f"{ym[:4]}-{ym[4:]}" if len(ym) == 6 and ym.isdigit() else ""
    return " ".join(filter(None, (month, name_of("ADMDVS", county) if county else ""))) or "—"


def quality_advice(found: Quality) -> pd.DataFrame:
    """What to do about each kind of failure, how many checks and which tables it concerns."""
    bad = found.table[found.table["state"] == "fail"]
    rows = [{"检查": title, "项数": len(group), "数据表": "、".join(TABLES[t].zh for t in group["table"].unique()),
             "处理": group["advice"].iloc[0]} for title, group in bad.groupby("title", sort=True)]
    return framed(pd.DataFrame(rows, columns=["检查", "项数", "数据表", "处理"]), {"项数": "count:项"},
                  reason="没有不通过的检查")


def quality_tables(found: Quality) -> pd.DataFrame:
    """The worst of every delivered table in every category."""
    rows = [{"数据表": r["about"], **{zh: _WORST[r[key]] for key, zh in CATEGORY.items()}, "不通过": r["failed"]}
            for r in found.summary.to_dict("records")]
    columns = ["数据表", *CATEGORY.values(), "不通过"]
    return framed(pd.DataFrame(rows, columns=columns), {"不通过": "count:项"}, reason="没有已报送的数据表")


def coverage_drawn(w: Any, period: str | Period, by: str = "table") -> pd.DataFrame:
    """Rows of every table (or county) in every month against its usual month, for `plots.coverage_map`.

    `by` is `table`, or the name of a table whose counties are shown.
    """
    rows = w.coverage(by=("table", "month", "county"))
    months = [f"{m.start:%Y%m}" for m in Period.parse(period).months][-_MOST_MONTHS:]
    rows = rows[rows["month"].isin(months)]
    if by != "table":
        rows = rows[(rows["table"] == by) & rows["county"].isin(w.counties)]
        names = {c: place(c) for c in rows["county"]}
        rows = rows.assign(name=rows["county"].map(names))
    else:
        steady = {n: t.zh for n, t in TABLES.items() if t.group != "supervision"}  # a month without a case is no gap
        rows = rows[rows["table"].isin(steady)]
        rows = rows.assign(name=rows["table"].map(steady))
    sums = rows.groupby(["name", "month"])["rows"].sum().unstack(fill_value=0).reindex(columns=months, fill_value=0)
    usual = sums.where(sums > 0).median(axis=1)
    share = sums.div(usual, axis=0).clip(upper=1).fillna(0)
    long = share.stack().rename("share").reset_index()
    return long if len(long) else pd.DataFrame(columns=["name", "month", "share"])


def coverage_shown(drawn: pd.DataFrame, what: str = "数据表") -> pd.DataFrame:
    """The table behind the map: months there should be, months with nothing, the thinnest month."""
    rows = []
    for name, group in drawn.groupby("name", sort=False):
        worst = group.iloc[int(group["share"].to_numpy().argmin())]
        rows.append({what: name, "应有月份": len(group), "缺报月份": int((group["share"] == 0).sum()),
                     "最少月份": f"{worst['month'][:4]}-{worst['month'][4:]}", "占常月": float(worst["share"])})
    units = {"应有月份": "count:个月", "缺报月份": "count:个月", "占常月": "share"}
    return framed(pd.DataFrame(rows, columns=[what, "应有月份", "缺报月份", "最少月份", "占常月"]), units,
                  reason="没有按月报送的数据")
