"""The no-fraud-city evaluation: ranking with intervals, subjects, indicators against targets, obstacles."""

from __future__ import annotations

from typing import Any

import pandas as pd

from yb_analytics.indicators import shelf
from yb_analytics.reporting.chapters._frames import framed, lines
from yb_analytics.schema import is_city, name_of
from yb_analytics.schema.text import rounded

_SUBJECTS = {"institution": "定点机构", "person": "参保人", "employer": "用人单位", "agency": "经办机构"}
_UNITS = {"count": "count:件"}
_CITY = "全市"


def _span(low: float, high: float) -> str:
    if low != low:
        return "—"
    return rounded(low, 0) if low == high else f"{rounded(low, 0)}–{rounded(high, 0)}"


def city_of(s: Any) -> str:
    """Code of the city that was scored."""
    return next(iter(s.table.loc[s.table["unit_kind"] == "city", "unit_id"]), "")


def ranking(s: Any) -> pd.DataFrame:
    """Counties by rank, the city last: 单位, 得分, 区间下限, 区间上限, 名次, 名次区间, 等级, 指标覆盖率, 一票否决."""
    rows = [{"单位": _CITY if is_city(r.unit_id) else r.name, "得分": r.score, "区间下限": r.low, "区间上限": r.high,
             "名次": "—" if r.rank != r.rank else rounded(r.rank, 0), "名次区间": _span(r.rank_low, r.rank_high),
             "等级": r.grade or "不评等级", "指标覆盖率": r.coverage, "一票否决": r.veto or "无"}
            for r in lines(s.table)]
    score = dict.fromkeys(("得分", "区间下限", "区间上限"), "score")
    return framed(rows, {**score, "指标覆盖率": "share"})


def counties_drawn(s: Any) -> pd.DataFrame:
    """The counties in the shape `plots.index_ranks` draws."""
    return s.table[s.table["unit_kind"] == "county"]


def alike(s: Any) -> pd.DataFrame:
    """Which counties cannot be told apart: 单位, 得分, 不能区分的单位 (their 95 % intervals overlap)."""
    counties = counties_drawn(s).dropna(subset=["score"])
    rows = []
    for r in lines(counties):
        near = [o.name for o in lines(counties) if o.unit_id != r.unit_id and o.low <= r.high and r.low <= o.high]
        rows.append({"单位": r.name, "得分": r.score, "不能区分的单位": "、".join(map(str, near)) or "无"})
    return framed(rows, {"得分": "score"}, "没有可评分的县（市、区）。", ("单位", "得分", "不能区分的单位"))


def extremes(s: Any) -> pd.DataFrame:
    """One row for the summary: highest and lowest county, and whether they can be told apart."""
    counties = counties_drawn(s).dropna(subset=["score"]).sort_values("score", ascending=False)
    if counties.empty:
        row = {"范围": "县（市、区）", "最高": "—", "最高得分": None, "最低": "—", "最低得分": None,
               "能否区分": "无法评价"}
    else:
        best, last = counties.iloc[0], counties.iloc[-1]
        apart = "区间不重叠，可以区分" if best["low"] > last["high"] else "区间重叠，名次不能区分"
        row = {"范围": "县（市、区）", "最高": best["name"], "最高得分": best["score"], "最低": last["name"],
               "最低得分": last["score"], "能否区分": apart}
    return framed([row], {"最高得分": "score", "最低得分": "score"})


def subject_scores(s: Any) -> pd.DataFrame:
    """Scores of the four subjects: 单位 and one column per subject."""
    names = list(dict.fromkeys(s.subjects["subject"]))
    rows = []
    for unit, part in s.subjects.groupby("unit_id", sort=False):
        by = part.set_index("subject")["score"]
        rows.append({"单位": name_of("ADMDVS", unit), **{_SUBJECTS.get(n, n): by.get(n) for n in names}})
    return framed(rows, {_SUBJECTS.get(n, n): "score" for n in names})


def indicator_values(s: Any, unit_id: str = "") -> pd.DataFrame:
    """Indicators of a unit against target: 主体, 指标, 本期, 95%区间, 目标, 达标, 得分, 状态."""
    rows = []
    part = s.parts[s.parts["unit_id"] == (unit_id or city_of(s))]
    for r in lines(part.sort_values("subject", key=lambda c: c.map(list(_SUBJECTS).index), kind="stable")):
        unit = shelf[str(r.indicator)]
        spec = _UNITS.get(unit.unit, unit.unit)
        rows.append({"主体": _SUBJECTS.get(str(r.subject), str(r.subject)), "指标": r.title, "单位": spec,
                     "本期": r.value, "下限": r.low, "上限": r.high, "目标": r.target, "达标": _met(r, unit.better),
                     "得分": r.normalised if r.scored == r.scored or r.state == "missing" else None,
                     "状态": _state(str(r.state))})
    return framed(rows, {**dict.fromkeys(("本期", "下限", "上限", "目标"), "by:单位"), "得分": "score"})


def _state(state: str) -> str:
    return {"missing": "缺报"}.get(state, name_of("ANSWER_STATE", state))


def _met(row: Any, better: str) -> str:
    if row.value != row.value:
        return "—"
    if row.target != row.target:
        return "未设目标"
    good = row.value >= row.target if better == "higher" else row.value <= row.target
    return "达标" if good else "未达标"


def met_counts(s: Any, unit_id: str = "") -> pd.DataFrame:
    """One row: indicators of a unit that meet their target, do not, could not be evaluated."""
    table = indicator_values(s, unit_id)
    met = table["达标"].value_counts()
    row = {"范围": name_of("ADMDVS", unit_id or city_of(s)), "指标数": len(table), "达标": met.get("达标", 0),
           "未达标": met.get("未达标", 0), "无法评价": met.get("—", 0)}
    return framed([row], dict.fromkeys(("指标数", "达标", "未达标", "无法评价"), "count:项"))


def obstacles(s: Any, unit_id: str = "") -> pd.DataFrame:
    """Points of the index a unit loses by indicator, most first, in the shape `plots.obstacles` draws."""
    part = s.parts[(s.parts["unit_id"] == (unit_id or city_of(s))) & s.parts["normalised"].notna()]
    lost = (part["weight"] * (100 - part["normalised"])).clip(lower=0)
    frame = part[["title", "normalised", "weight"]].assign(lost=lost)
    return frame[frame["lost"] > 0].sort_values("lost", ascending=False).reset_index(drop=True)


def obstacles_shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table of :func:`obstacles` with Chinese headers: 指标, 得分, 权重, 失分."""
    frame = table.rename(columns={"title": "指标", "normalised": "得分", "weight": "权重", "lost": "失分"})
    return framed(frame, {"得分": "score", "权重": "share", "失分": "number:分"}, "各项指标均已达到目标。")


def county_obstacles(s: Any, count: int = 3) -> pd.DataFrame:
    """What holds each county back most: 单位, 得分, 主要障碍."""
    rows = []
    for r in lines(counties_drawn(s)):
        most = obstacles(s, str(r.unit_id)).head(count)
        rows.append({"单位": r.name, "得分": r.score, "主要障碍（失分）": "；".join(
            f"{o.title}（{rounded(float(o.lost), 1)}分）" for o in lines(most)) or "无"})
    return framed(rows, {"得分": "score"}, "没有可评分的县（市、区）。", ("单位", "得分", "主要障碍（失分）"))


def structure(s: Any) -> pd.DataFrame:
    """The index as it was used: 主体, 指标, 权重, 计算口径, 依据, 责任部门."""
    items = s.steps["weights"]
    rows = []
    for r in lines(items):
        unit = shelf[str(r.indicator)]
        rows.append({"主体": _SUBJECTS.get(str(r.subject), str(r.subject_title)), "指标": unit.title.zh,
                     "权重": r.weight * r.subject_weight, "分母": unit.denominator, "依据": unit.basis,
                     "责任部门": unit.owner})
    return framed(pd.DataFrame(rows), {"权重": "share"})
