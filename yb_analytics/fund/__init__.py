"""Fund performance: one declared table of metrics, by city and county, insurance type and account.

Pool and personal account are never mixed; every metric says on which date its rows count (ledger month,
settlement, discharge). A value stands beside that of the same period a year before, with its warning line and
the status of that line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics import knowledge
from yb_analytics.fund._metrics import METRICS, Metric
from yb_analytics.fund._quantities import KEYS, quantities, series
from yb_analytics.fund._warnings import LEVELS, NO_LINE, judged
from yb_analytics.schema import CODES, NO_CITY, Period, Refusal, name_of
from yb_analytics.schema.text import rounded, share, show

COLUMNS = ["metric", "title", "dimension", "unit_kind", "unit_id", "name", "insutype", "acct_type", "period",
           "numerator", "denominator", "value", "low", "high", "year_ago", "change", "unit", "date_basis",
           "coverage", "state", "warning", "rule", "text"]


@dataclass(frozen=True)
class Fund:
    """What the metrics say.

    Parameters
    ----------
    table
        One row per metric, unit, insurance type and account: value with interval (`low` and `high` are empty
        where the books leave no room for chance), same period a year before, warning, rule, sentence.
    series
        ym, insu_admdvs, insutype, acct_type, income, expenditure, balance.
    text
        The city in Chinese sentences.
    """

    table: pd.DataFrame
    series: pd.DataFrame
    text: str

    def plot(self, lang: str = "zh"):
        """Income, expenditure and balance of the pool."""
        from yb_analytics.plots import fund_balance

        return fund_balance(self.series, lang)

    def _repr_html_(self) -> str:
        import html

        shown = self.table[self.table.unit_kind == "city"][["title", "insutype", "acct_type", "text"]]
        return f"<p>{html.escape(self.text)}</p>{shown.to_html(index=False)}"


def fund(w, period) -> Fund:
    """Evaluate the fund in a period.

    Parameters
    ----------
    w
        An open warehouse.
    period
        A period such as `2025`; budgets are compared in whole years only.

    Raises
    ------
    Refusal
        When no metric can be evaluated.
    """
    period = Period.parse(period)
    p = knowledge.parameters("fund", on=period.end - timedelta(days=1))
    now, ago = quantities(w, period), quantities(w, period.year_ago)
    frames = [f for m in METRICS if len(f := _measured(m, now, ago))]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["value"])
    if table["value"].isna().all():
        raise Refusal(f"no fund metric can be evaluated in {period}", "ingest fund_ledger or setl_d", "empty")
    by_name = {m.name: m for m in METRICS}
    table["period"] = period.text
    table["name"] = [name_of("ADMDVS", u) for u in table["unit_id"]]
    table["coverage"] = table["metric"].map({m.name: min(w.covers(n, period) for n in m.needs) for m in METRICS})
    late = {m.name: _late(w, m, period, int(p.late_months)) for m in METRICS}
    unfinished = table["metric"].map(late) | (table["coverage"] < 1)
    table["state"] = np.where(table["value"].isna(), "not evaluable", np.where(unfinished, "preliminary", "ok"))
    told = [judged(p, by_name[r.metric], r.insutype, r.value) if r.unit_kind != "other" else ("ok", NO_LINE)
            for r in _rows(table)]
    table["warning"], table["rule"] = zip(*told, strict=True)
    table["text"] = [_sentence(by_name[r.metric], r, period, late[r.metric]) for r in _rows(table)]
    order = {m.name: i for i, m in enumerate(METRICS)}
    table = table.assign(order=table["metric"].map(order)).sort_values(["order", "unit_kind", *KEYS])
    return Fund(table[COLUMNS].reset_index(drop=True), series(w, period), _summary(table, period))


def _rows(frame) -> Any:
    """Rows as tuples with names."""
    return frame.itertuples()


def _measured(metric: Metric, now: pd.DataFrame, ago: pd.DataFrame) -> pd.DataFrame:
    """One metric for all units; a zero denominator leaves the value empty."""
    q = now[now["acct_type"].isin(metric.accounts)].reset_index(drop=True)
    out = q[["unit_kind", *KEYS]].copy()
    out["metric"], out["title"], out["dimension"] = metric.name, metric.title, metric.dimension
    out["unit"], out["date_basis"] = metric.unit, metric.date_basis
    out["numerator"], out["denominator"] = metric.top(q).astype(float), metric.bottom(q).astype(float)
    out["value"] = out["numerator"] / out["denominator"].where(out["denominator"] > 0)
    out["low"], out["high"] = _limits(metric, q, out["value"])
    before = ago[ago["acct_type"].isin(metric.accounts)].reset_index(drop=True)
    below = metric.bottom(before).astype(float)
    before = before[KEYS].assign(year_ago=metric.top(before).astype(float) / below.where(below > 0))
    out = out.merge(before, on=KEYS, how="left")
    out["change"] = out["value"] - out["year_ago"]
    told = out["numerator"].notna() | out["denominator"].notna()
    concerned = told.groupby(out["insutype"], dropna=False).transform("any")
    return out[concerned] if told.any() else out[out["unit_kind"] == "city"]


def _limits(metric: Metric, q: pd.DataFrame, value: pd.Series):
    """95 % limits of a ratio of sums over stays; empty for what the books state exactly."""
    if not metric.moments:
        return np.nan, np.nan
    nn, nd, dd = (q[m].astype(float) for m in metric.moments)
    rows = q["stays"].astype(float)
    squares = (nn - 2 * value * nd + value**2 * dd).clip(lower=0)
    se = np.sqrt(squares * rows / (rows - 1).where(rows > 1)) / metric.bottom(q).astype(float)
    return value - 1.96 * se, value + 1.96 * se


def _late(w, metric: Metric, period: Period, months: int) -> bool:
    """Care of the last months may not be settled yet; how complete it is is not known."""
    if metric.date_basis != "discharge":
        return False
    try:
        as_of = w.as_of
    except Refusal:
        return True
    last = period.end - timedelta(days=1)
    return (as_of.year - last.year) * 12 + as_of.month - last.month < months


def _who(row) -> str:
    """Place, insurance and account in Chinese."""
    account = name_of("ACCT_TYPE", row.acct_type) if row.acct_type else ""
    known = row.unit_kind != "city" or row.unit_id in CODES["ADMDVS"]
    return f"{name_of('ADMDVS', row.unit_id if known else NO_CITY)}{name_of('INSUTYPE', row.insutype)}{account}"


def _sentence(metric: Metric, row, period: Period, late: bool) -> str:
    head = f"{period.label}{_who(row)}{metric.title}"
    if row.value != row.value:
        return f"{head}无法评价：{metric.denominator}未报送、为零或没有增长。"
    said = [f"{head}为{show(row.value, metric.unit)}"]
    if row.low == row.low:
        said.append(f"（95%区间{show(row.low, metric.unit)}至{show(row.high, metric.unit)}）")
    said.append(f"，上年同期{show(row.year_ago, metric.unit)}" if row.year_ago == row.year_ago else "，上年同期无数据")
    verdict = LEVELS.get(row.warning, "正常")
    said.append(f"；{row.rule}" if row.rule == NO_LINE else f"；{verdict}（{row.rule}）")
    if late:
        said.append("；近月就诊未全部结算，完成度未知，为初步值")
    elif row.coverage < 1:
        said.append(f"；数据覆盖{share(row.coverage, 0)}，为初步值")
    return "".join(said) + "。"


def _summary(table: pd.DataFrame, period: Period) -> str:
    """The city: surplus, payable months, and what stands beyond its line."""
    city = table[table.unit_kind == "city"]
    shown = city[city["metric"].isin(("current_surplus_rate", "payable_months")) & (city["acct_type"] == "pool")]
    said = [f"{period.label}{_who(r)}{r.title}{show(r.value, r.unit)}。" for r in _rows(shown)
            if r.value == r.value]
    for level, word in LEVELS.items():
        hit = city[city["warning"] == level]
        if len(hit):
            said.append(f"{word}{len(hit)}项：" + "、".join(f"{_who(r)}{r.title}{show(r.value, r.unit)}"
                                                       for r in _rows(hit)) + "。")
    counties = table[(table.unit_kind == "county") & table["warning"].isin(tuple(LEVELS))]
    total = rounded(int(table["value"].notna().sum()), 0)
    said.append(f"县（市、区）触及预警或关注线{len(counties)}项，共评价{total}项。")
    return "".join(said)


__all__ = ["METRICS", "Fund", "Metric", "fund", "series"]
