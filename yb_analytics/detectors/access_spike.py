"""Detector: a clerk who reads or takes out far more rows than others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _units, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits
from yb_analytics.schema.text import number

LARGE, BARE = "large_days", "ungranted"
SAID = {LARGE: "单日读取行数超过上界的天数占比（每多一倍加计一天）", BARE: "超出授权的访问占比"}


@dataclass(frozen=True)
class Model(Arrays):
    """Rows a day that hardly any day of a clerk passes, and the peers' rates."""

    bound: np.ndarray
    peers: _units.Reference


def _days(w):
    """Days of clerks with rows read, times outside the office's hours, exports and reads without a grant."""
    def make():
        rows = w.data_access_d.filter(w.period.covers(_.access_time), _.opter_id.notnull())
        return w.materialise(rows.group_by("opter_id", day=rows.access_time.date()).aggregate(
            rows=_.row_cnt.fill_null(0).sum(), n=_.count(), post=_.obj_table.mode(),
            taken=(_.export_flag == "1").fill_null(False).sum(), bare=(_.grant_flag == "0").fill_null(False).sum(),
            told=_.grant_flag.count()))

    return w.once("access_spike.days", make)


def _tables(w, bound: float, p) -> dict[str, pd.DataFrame]:
    """Per clerk: days over the bound, reads without a grant."""
    days = w.run(_days(w))
    size = np.maximum(days["rows"].to_numpy(float), 1.0) / bound
    days["large"] = np.where(size > 1, np.ceil(np.log2(size)), 0.0)  # a day twice as far out counts once more
    days["some"] = days["large"] > 0
    per = days.groupby("opter_id").agg(large=("large", "sum"), some=("some", "sum"), days=("day", "nunique"),
                                       bare=("bare", "sum"), told=("told", "sum"), kind=("post", _most)).sort_index()
    per["large"] = per["large"].where(per["some"] >= p.min_count, per["some"])  # one great query is one
    out = {LARGE: per.rename(columns={"large": "x", "days": "n"})[["x", "n", "kind", "some"]]}
    if per["told"].sum():
        out[BARE] = per.rename(columns={"bare": "x", "told": "n"})[["x", "n"]]
    return out


def _most(posts: pd.Series) -> str:
    told = posts.fillna("").value_counts()
    return str(min(told.index[told == told.max()]))


def _fit(w, p) -> Model:
    rows = w.run(_days(w).select("rows"))["rows"]
    if len(rows) < p.min_days:
        raise NotEvaluable(f"{len(rows)} days of clerks in data_access_d, fewer than {p.min_days}"
                           f"（数据访问记录只有{len(rows)}个人日，少于{p.min_days}个）")
    bound = max(float(np.quantile(rows, p.quantile)), float(p.least_rows))
    return Model(np.array([bound]), _units.reference(w, p, _tables(w, bound, p)))


@detector(subject="agency", tier="线索", needs=("data_access_d.opter_id", "data_access_d.row_cnt"),
          catches="access_spike", theme="经办内控", typologies=("T44",),
          basis="条例 第三十二条、第三十六条；数据安全法 第二十七条",
          seeds=("S1", "S3"), checked=("同岗位人员的通常读取量", "偶发的大批量查询"),
          unchecked=("经批准的统计任务与数据报送", "系统迁移", "账号外借"), fit=_fit, model=Model)
def access_spike(w, p, model):
    """数据访问激增 · Access spike.

    An account reads, on several days, more rows than hardly any clerk does on any day, or reads beyond its rights more
    often than others; the two are different witnesses. The bound is frozen. Evidence is closed where large reads and
    reads without a grant meet.
    """
    bound = float(model.bound[0])
    found = {name: _units.scored(model.peers, name, table, p) for name, table in _tables(w, bound, p).items()
             if name in model.peers.rates}
    flagged = sorted({who for table in found.values() for who in table.index[table["score"] > 0]})
    ids = _telling(w, flagged, bound, p) if flagged else {}
    return hits([_hit(str(who), {n: t.loc[who] for n, t in found.items() if who in t.index}, ids.get(who, []), bound, p)
                 for who in flagged])


def _telling(w, clerks: list[str], bound: float, p) -> dict[str, list[str]]:
    """Reads of the flagged clerks on large days or without a grant, the largest first."""
    days = _days(w)
    large = days.filter(days.opter_id.isin(clerks), days.rows > bound).select("opter_id", "day").mutate(large=True)
    rows = w.data_access_d.filter(w.period.covers(_.access_time), _.opter_id.isin(clerks))
    rows = rows.mutate(day=rows.access_time.date())
    told = rows.left_join(large, ["opter_id", "day"]).filter(
        _.large.fill_null(False) | (_.grant_flag == "0").fill_null(False))
    read = w.run(told.select("access_id", "opter_id", "row_cnt"))
    read = read.sort_values(["opter_id", "row_cnt", "access_id"], ascending=[True, False, True])
    return {who: [f"data_access_d:{i}" for i in own["access_id"].head(int(p.max_located))]
            for who, own in read.groupby("opter_id")}


def _hit(who: str, told: dict[str, pd.Series], ids: list[str], bound: float, p) -> dict:
    """One account's hit: the strongest question, the other beside it."""
    name = max(told, key=lambda n: (told[n]["score"], n == LARGE))
    row, bare = told[name], told.get(BARE)
    unit = "天" if name == LARGE else "次"
    beside = f"，另有{int(bare['x'])}次超出授权" if name == LARGE and bare is not None and bare["x"] else ""
    why = (f"{_units.clause(row.replace(row['cell'], '全部机构'), SAID[name], unit, '经办人员')}；"
           f"单日上界{number(round(bound))}行{beside}")
    closed = LARGE in told and told[LARGE]["some"] >= p.min_count and bare is not None and bare["x"] >= p.closing_count
    score = 1 - float(np.prod([1 - r["score"] for r in told.values()]))
    return {"subject_id": who, "locator": ids, "grain": "row", "amount": 0.0, "estimated": False, "why": why,
            "score": score, "tier": CLOSED if closed else OPEN,
            "evidence": [_units.evidence(r, n, SAID[n], ids[:int(p.telling)])
                         for n, r in told.items() if r["score"] > 0]}
