"""The tables a score consists of, and their Chinese sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.indicators import shelf
from yb_analytics.schema import is_city, name_of
from yb_analytics.schema.text import rounded, share, show
from yb_analytics.scores import _aggregate

PARTS = ["unit_id", "name", "subject", "dimension", "indicator", "title", "value", "low", "high", "corrected",
         "shrunk", "scored", "target", "worst", "normalised", "weight", "contribution", "state", "text"]


@dataclass(frozen=True)
class Result:
    """Scores of the units: `point` and `draws` are pairs (by subject, in total), as is `coverage`.

    `ranked` are draws of the total under changing scales as well, from which ranks get their intervals.
    """

    units: list[str]
    tree: _aggregate.Tree
    point: tuple
    draws: tuple
    ranked: np.ndarray
    coverage: tuple


def _one(value: float) -> str:
    return "—" if value != value else rounded(float(value), 1)


def parts(frame: pd.DataFrame, index, point: np.ndarray, tree, units: list[str]) -> pd.DataFrame:
    """Parts with effective weight and contribution to the index (contributions add up to the score)."""
    inner = np.where(np.isnan(point), 0.0, tree.inner)
    outer = np.zeros((len(units), len(tree.subjects)))
    for s, at in enumerate(tree.at):
        total = inner[:, at].sum(-1, keepdims=True)
        inner[:, at] = np.divide(inner[:, at], total, out=np.zeros_like(inner[:, at]), where=total > 0)
        outer[:, s] = np.where(total[:, 0] > 0, tree.outer[s], 0.0)
    outer = np.divide(outer, outer.sum(-1, keepdims=True), out=np.zeros_like(outer),
                      where=outer.sum(-1, keepdims=True) > 0)
    weight = np.empty_like(inner)
    for s, at in enumerate(tree.at):
        weight[:, at] = inner[:, at] * outer[:, [s]]
    out = frame.assign(weight=weight.T.ravel())
    out["contribution"] = out["weight"] * out["normalised"]
    by = index.items.set_index("indicator")
    out["dimension"] = out["indicator"].map(by["dimension"])
    out["title"] = [shelf[i].title.zh for i in out["indicator"]]
    out["name"] = [name_of("ADMDVS", u) for u in out["unit_id"]]
    out["text"] = [_part_text(row) for row in out.itertuples()]
    return out.sort_values(["unit_id", "subject"], kind="stable")[PARTS].reset_index(drop=True)


def _part_text(row) -> str:
    """How one indicator came to its points."""
    unit = shelf[row.indicator].unit
    if row.state == "missing":
        return f"{row.title}：本地区无数据而全市有，按零分计。"
    if row.scored != row.scored:
        return f"{row.title}：无法评价，合理缺项，权重由其他指标分担。"
    said = [f"{row.title}：原值{show(row.value, unit)}"]
    if row.corrected == row.corrected:
        said.append(f"按检查覆盖和随机抽查校正为{show(row.corrected, unit)}")
    if row.shrunk == row.shrunk:
        said.append(f"小样本收缩后{show(row.shrunk, unit)}")
    said.append(f"目标{show(row.target, unit)}，得{_one(row.normalised)}分")
    return "，".join(said) + "。"


def subjects(result: Result, index) -> pd.DataFrame:
    """Score of every unit on every subject."""
    titles = index.items.drop_duplicates("subject").set_index("subject")["subject_title"]
    rows = []
    low, high = _aggregate.limits(result.draws[0], result.point[0])
    for u, unit in enumerate(result.units):
        for s, subject in enumerate(result.tree.subjects):
            rows.append({"unit_id": unit, "name": name_of("ADMDVS", unit), "subject": subject,
                         "subject_name": titles[subject], "score": result.point[0][u, s], "low": low[u, s],
                         "high": high[u, s], "coverage": result.coverage[0][u, s]})
    out = pd.DataFrame(rows)
    under = out["coverage"] < index.minimum_coverage
    out["state"] = np.where(out["score"].isna(), "not evaluable", np.where(under, "no grade", "ok"))
    return out


def _rows(frame) -> Any:
    """Rows as tuples with names."""
    return frame.itertuples()


def table(result: Result, part: pd.DataFrame, index) -> pd.DataFrame:
    """One row per unit: score, rank, grade; counties by rank, the city last."""
    point, drawn = result.point[1], result.draws[1]
    low, high = _aggregate.limits(drawn, point)
    out = pd.DataFrame({"unit_id": result.units, "name": [name_of("ADMDVS", u) for u in result.units],
                        "unit_kind": ["city" if is_city(u) else "county" for u in result.units],
                        "score": point, "low": low, "high": high, "rank": np.nan, "rank_low": np.nan,
                        "rank_high": np.nan, "coverage": result.coverage[1]})
    at = np.flatnonzero((out.unit_kind == "county") & ~np.isnan(point))
    if len(at):
        rank, drawn_ranks = _aggregate.ranks(point[at]), _aggregate.ranks(result.ranked[:, at])
        first, last = np.quantile(drawn_ranks, [0.025, 0.975], axis=0, method="nearest")
        out.loc[at, "rank"] = rank
        out.loc[at, "rank_low"], out.loc[at, "rank_high"] = np.fmin(first, rank), np.fmax(last, rank)
    out["veto"] = [_veto(part[part.unit_id == u]) for u in out.unit_id]
    out["grade"] = [index.grade(r.score, r.coverage, bool(r.veto)) for r in _rows(out)]
    near = _aggregate.indistinct(out[out.unit_kind == "county"])
    out["text"] = [_sentence(r, near.get(r.unit_id, []), index) for r in _rows(out)]
    return out.sort_values(["unit_kind", "rank", "unit_id"], ascending=[False, True, True]).reset_index(drop=True)


def _veto(part: pd.DataFrame) -> str:
    """Which veto indicators are not zero, in words; empty without."""
    hit = part[part["indicator"].map(lambda i: shelf[i].veto) & (part["value"] > 0)]
    return "；".join(f"{r.title}{show(r.value, 'count')}" for r in hit.itertuples())


def _sentence(row, near: list[str], index) -> str:
    head = f"{row.name}得分{_one(row.score)}（95%区间{_one(row.low)}–{_one(row.high)}）"
    if row.score != row.score:
        return f"{row.name}无法评价：没有可评价的指标。"
    said = [head]
    if row.rank == row.rank:
        span = f"（{row.rank_low:.0f}–{row.rank_high:.0f}位）" if row.rank_low < row.rank_high else ""
        said.append(f"第{row.rank:.0f}位{span}")
    if near:
        said.append(f"与{'、'.join(near)}不能区分")
    said.append(f"等级{row.grade}" if row.grade else f"覆盖率不足{share(index.minimum_coverage, 0)}，不评等级")
    if row.veto:
        said.append(f"一票否决：{row.veto}，等级不高于{index.veto_cap}")
    return "，".join(said) + f"，指标覆盖率{share(row.coverage, 0)}。"


def text(frame: pd.DataFrame, part: pd.DataFrame, index) -> str:
    """The result in a few Chinese sentences."""
    city = frame[frame.unit_kind == "city"]
    counties = frame[(frame.unit_kind == "county") & frame["score"].notna()]
    said = [f"无骗保城市评价（{index.version}版，{'建议稿' if index.status == 'proposal' else '已批准'}）："]
    said += [r.text for r in _rows(city)]
    if len(counties) > 1:
        best, last = counties.iloc[0], counties.iloc[-1]
        said.append(f"县（市、区）中{best['name']}得分最高（{_one(best['score'])}），"
                    f"{last['name']}最低（{_one(last['score'])}）。")
        if best["low"] <= last["high"]:
            said.append("各地得分区间重叠，名次不能区分。")
    gaps = part[part.unit_id.map(is_city) & part["scored"].isna() & (part["state"] != "missing")]
    if len(gaps):
        said.append(f"全市无法评价的指标{len(gaps)}项：{'、'.join(gaps['title'])}。")
    return "".join(said)
