"""Detector: second reviews entered by whoever made the first."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, detector
from yb_analytics.detectors._contradictions import OPEN, hits, sign, strength
from yb_analytics.schema.text import number, share


@detector(subject="agency", tier="线索", needs=("review_d.reviewer_id", "review_d.review_stage"),
          catches="same_reviewer", theme="经办内控", typologies=("T44",),
          basis="条例 第三十六条；医疗保障基金内部控制（不相容岗位分离）",
          seeds=("S1", "S4"), checked=("系统自动初审账号", "初审人未登记的复审"),
          unchecked=("代班录入", "合并岗位经批准", "复审结论另有签字"))
def same_reviewer(w, p):
    """初审复审同一人 · One reviewer twice.

    The second review of a claim is entered under the account that made the first, so nobody else looked. Accounts that
    make most first reviews of a city by themselves are taken to be machines and left out.
    """
    rows = w.materialise(_second(w, p))
    table = w.run(rows.group_by("agency").aggregate(n=_.count(), x=_.same.sum())).set_index("agency").sort_index()
    if table.empty:
        raise NotEvaluable(f"no claim has a first and a second review in {w.period}"
                           f"（{w.period.label}没有同时经过初审和复审的单据）")
    table = table[table["x"] >= p.min_count].assign(rate=lambda t: t["x"] / t["n"])
    return hits([_hit(w, rows, str(who), row, p) for who, row in table.iterrows()])


def _second(w, p):
    """Second reviews of the period with whether the same account made the first review of the claim."""
    every = w.review_d.filter(_.reviewer_id.fill_null("") != "", _.setl_id.notnull())
    second = every.filter(_.review_stage == "2", w.period.covers(_.review_time))
    first = every.filter(_.review_stage == "1")
    total = first.aggregate(total=_.count())
    machine = first.group_by("reviewer_id").aggregate(n=_.count()).cross_join(total)
    machine = machine.filter(_.n >= p.machine_share * _.total, _.total >= p.machine_least)
    first = first.anti_join(machine, "reviewer_id").semi_join(second, "setl_id")
    pairs = first.select("setl_id", first="reviewer_id").distinct()
    seen = pairs.group_by("setl_id").aggregate(first=_.first.collect())
    second = second.inner_join(seen, "setl_id").filter(_.first.length() > 0)
    return second.select(
        "review_id", agency=ibis.coalesce(_.insu_admdvs, "不详"), reviewer="reviewer_id",
        same=_.first.contains(_.reviewer_id).cast("int64"))


def _hit(w, rows, who: str, row: pd.Series, p) -> dict:
    """One agency's hit with the accounts that did both."""
    same = rows.filter(rows.agency == who, rows.same == 1)
    told = w.run(same.select("review_id", "reviewer")).sort_values(["reviewer", "review_id"])
    ids = [f"review_d:{i}" for i in told["review_id"].head(int(p.max_located))]
    why = (f"{int(row['n'])}件复审中{int(row['x'])}件由初审同一账号完成，占{share(row['rate'])}，"
           f"涉及{told['reviewer'].nunique()}个账号，占比不高于{share(p.free_share)}或不足{number(p.min_count)}件即不再提示")
    return {"subject_id": who, "locator": ids, "grain": "row", "amount": 0.0, "estimated": False, "why": why,
            "tier": OPEN, "score": strength(row["rate"], p.free_share, p.half_share),
            "evidence": [sign("same_share", "初审复审同一账号占比", row["rate"], "share", ids[:int(p.telling)],
                              vanish=float(p.free_share))]}
