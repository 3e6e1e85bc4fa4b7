"""Care settled inside spells in which a register of another agency has the person elsewhere.

Registers err: days are wrong by a few, the end of a spell was never reported, two spells overlap. Days near both ends
are left out, a spell without end or at odds with another proves little and its score is capped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import _presence
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits, sign, strength
from yb_analytics.schema.text import yuan


@dataclass(frozen=True)
class Words:
    """How the sentence calls the spell."""

    register: str
    state: str
    unended: str


def spells(w, rows, p):
    """Spells `psn_no, gone, back, rpt_date` of a register without the days near both ends; `sure` where they agree.

    A spell is not sure if it has no end, was reported before it began, or another one of the person begins in it.
    """
    later = ibis.window(group_by="psn_no", order_by=["gone", "back"])
    rows = rows.filter(_.gone.notnull()).mutate(following=_.gone.lead().over(later))
    early = (rows.rpt_date < rows.gone.date()).fill_null(False)
    overlaps = (rows.following < ibis.coalesce(rows.back, rows.following)).fill_null(False)
    end = ibis.coalesce(rows.back, ibis.least(rows.following, ibis.literal(w.period.end.isoformat()).cast("timestamp")))
    margin = int(p.margin_days)
    return w.materialise(rows.mutate(
        since=rows.gone + ibis.interval(days=margin), until=end - ibis.interval(days=margin),
        sure=rows.back.notnull() & ~early & ~overlaps).filter(_.since < _.until).select(
        "psn_no", "gone", "back", "since", "until", "sure"))


def inside(w, away) -> pd.DataFrame:
    """Attendances strictly inside spells, weighed; care that began before and was settled inside is left out."""
    rows = _presence.attended(w).inner_join(away, "psn_no").filter(_.at > _.since, _.at < _.until)
    rows = rows.filter(_.begun.isnull() | (_.begun.date() >= _.since.date()))
    kept = ["setl_id", "mdtrt_id", "psn_no", "fixmedins_code", "fixmedins_name", "at", "stay", "retail", "fund", "gone",
            "back", "sure"]
    rows = rows.select(*kept)
    first = ibis.row_number().over(ibis.window(group_by="setl_id", order_by=[_.sure.desc(), _.gone]))
    return _presence.weighed(w, rows.mutate(turn=first).filter(_.turn == 0).drop("turn"))


def found(w, p, rows, words: Words) -> pd.DataFrame:
    """Hits of the persons of a register (`psn_no, gone, back, rpt_date`) who were attended meanwhile."""
    events = inside(w, spells(w, rows, p))
    events = events[events["weight"] > 0]
    return hits([_hit(str(who), own, p, words) for who, own in events.groupby("psn_no", sort=True)])


def _hit(who: str, own: pd.DataFrame, p, words: Words) -> dict:
    """One person's hit; care that needs the body and costs the fund most comes first."""
    sure = own[own["sure"]]
    told: Any = _presence.by_day(sure if len(sure) else own).loc[who]
    score = strength(told["total"], p.free_weight, p.half_weight)
    closed = len(sure) > 0 and told["body_days"] >= p.closing_days
    own = own.sort_values(["weight", "fund", "setl_id"], ascending=[False, False, True])
    named = own[~own["goods"]] if (~own["goods"]).any() else own
    amount, days = round(float(named["fund"].sum()), 2), int(told["days"])
    why = (f"{words.register}登记{_span(own)}{words.state}，其间结算{len(own)}笔（{days}天、"
           f"{int(told['places'])}家机构），其中{int(told['body_days'])}天有须本人到场的项目，代购或只取药"
           f"{int(told['pickups'])}笔，所列就诊由基金支付{yuan(amount)}"
           + ("" if len(sure) else f"；{words.unended}，证据单一"))
    return {"subject_id": who, "locator": named["setl_id"].tolist(), "grain": "settlement", "amount": amount,
            "score": score if len(sure) else float(np.minimum(score, p.unsure_cap)), "why": why, "estimated": False,
            "tier": CLOSED if closed else OPEN,
            "evidence": [sign("days_inside", f"{words.state}期间就医天数（加权）", told["total"], "days",
                              named["setl_id"].head(int(p.telling)).tolist(), vanish=float(p.free_weight))]}


def _span(own: pd.DataFrame) -> str:
    gone, back = own["gone"].min(), own["back"].max()
    return f"{gone:%Y-%m-%d}至{f'{back:%Y-%m-%d}' if pd.notna(back) else '未登记结束'}"

