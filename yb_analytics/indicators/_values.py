"""From sums to the shape `value`: value, interval, coverage, target, state and one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.indicators import _intervals
from yb_analytics.schema import TABLES, Period, name_of
from yb_analytics.schema.text import number, share, show

SCALE = {"per_100": 100.0, "per_10k": 10_000.0}
"""What a rate is multiplied by."""


def values_of(unit, sums: pd.DataFrame, periods: dict[str, Period], covered: dict, final) -> pd.DataFrame:
    """Values of one indicator from its sums; a zero denominator, or a county that did not deliver, is not evaluable."""
    out = sums[["unit_kind", "unit_id", "period", "numerator", "denominator"]].copy()
    out["value"], out["low"], out["high"] = _estimate(unit, sums)
    if unit.unit == "count":
        out["denominator"] = np.nan
    covers = [_cover(covered[periods[r.period]], r) for r in _rows(sums)]
    silent = np.array([c.share <= 0 for c in covers])
    out.loc[silent, ["numerator", "denominator", "value"]] = np.nan
    out["indicator"] = unit.name
    out["coverage"] = [c.share for c in covers]
    out["target"] = [unit.target_for(periods[p].start.year) for p in out["period"]]
    out["target"] = out["target"].astype(float)
    closed = {text: final(p) for text, p in periods.items()}
    ready = np.array([closed[p] for p in out["period"]]) & (out["coverage"] >= 1).to_numpy()
    out["state"] = np.where(out["value"].isna(), "not evaluable", np.where(ready, "ok", "preliminary"))
    out.loc[out["value"].isna(), ["low", "high"]] = np.nan
    out["text"] = [_sentence(unit, row, periods[row.period], c.reason) for row, c in zip(_rows(out), covers, strict=True)]
    return out


def _cover(covered, row):
    """Coverage of one unit; a county that never delivered but has rows is told by them."""
    if row.unit_kind == "city":
        return covered.city
    own = covered.counties.get(row.unit_id) if row.unit_kind == "county" else None
    return covered.whole if own is None or (row.rows > 0 and not own.ever) else own


def _rows(frame) -> Any:
    """Rows as tuples with names."""
    return frame.itertuples()


def not_evaluable(unit, units: list[tuple[str, str]], period: Period, cover) -> pd.DataFrame:
    """Rows that say why nothing can be said."""
    why = f"缺少{TABLES[cover.table].zh}（数据表{cover.table}，覆盖{share(cover.share, 0)}）"
    rows = [{"indicator": unit.name, "unit_kind": kind, "unit_id": code, "period": period.text,
             "coverage": cover.share, "target": unit.target_for(period.start.year), "state": "not evaluable",
             "text": f"{period.label}{name_of('ADMDVS', code)}{unit.title.zh}无法评价：{why}。"}
            for kind, code in units]
    empty = dict.fromkeys(("numerator", "denominator", "value", "low", "high"), np.nan)
    return pd.DataFrame(rows).assign(**empty).astype({"target": float})


def _estimate(unit, sums: pd.DataFrame):
    """Value and limits in the indicator's unit."""
    n, d = sums["numerator"].to_numpy(float), sums["denominator"].to_numpy(float)
    scale = SCALE.get(unit.unit, 1.0)
    base = np.ones_like(d) if unit.unit == "count" else d
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(base > 0, n / base, np.nan)
    if unit.error == "none":
        low = high = value
    elif unit.error == "binomial":
        low, high = _intervals.binomial(n, d)
    elif unit.error == "poisson":
        low, high = _intervals.poisson(n, base)
    else:
        low, high = _intervals.ratio(sums)
    if unit.unit == "share":
        low, high = np.clip(low, 0, None), np.where(value <= 1, np.clip(high, None, 1), high)
    return value * scale, low * scale, high * scale


def _sentence(unit, row, period: Period, gap: str) -> str:
    """One Chinese sentence: value, what it is made of, interval, target."""
    where = name_of("ADMDVS", row.unit_id)
    head = f"{period.label}{where}{unit.title.zh}"
    if row.state == "not evaluable":
        return f"{head}无法评价：{gap or f'{unit.denominator}为零或未报送'}。"
    parts = [f"{head}为{show(row.value, unit.unit)}"]
    if unit.unit != "count":
        parts.append(f"（{number(row.numerator)}/{number(row.denominator)}，分母：{unit.denominator}）")
    if unit.error != "none" and row.low == row.low:
        parts.append(f"，95%区间{show(row.low, unit.unit)}至{show(row.high, unit.unit)}")
    if row.target == row.target:
        parts.append(f"，目标{show(row.target, unit.unit)}，{'已达到' if reached(unit, row) else '未达到'}")
    if row.state == "preliminary":
        why = f"数据覆盖{share(row.coverage, 0)}{f'（{gap}）' if gap else ''}" if row.coverage < 1 else "结算数据尚未到期末"
        parts.append(f"；初步值，{why}")
    return "".join(parts) + "。"


def reached(unit, row) -> bool:
    """The value meets its target."""
    return row.value >= row.target if unit.better == "higher" else row.value <= row.target
