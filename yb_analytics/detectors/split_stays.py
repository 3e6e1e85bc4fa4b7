"""Detector: stays split into several."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics import knowledge
from yb_analytics.detectors import NotEvaluable, _peers, _sentences, detector
from yb_analytics.detectors._excess import Rates, score_of
from yb_analytics.schema.text import share

CHECKED = ("放化疗、透析、精神、新生儿、康复等周期性住院", "转院与转诊", "年末强制结算")
UNCHECKED = ("计划性再入院", "病案首页是否合并")


@detector(subject="institution", tier="线索", needs=("stays", "mdtrt_d.endtime"), catches="split_stay",
          basis="条例 第十五条、第三十八条(一)", checked=CHECKED, unchecked=UNCHECKED)
def split_stays(w, p):
    """分解住院 · Split stays.

    Institutions that discharge and readmit the same person within a few days far more often than institutions of
    their level. Persons are counted, not stays, so one patient in treatment cycles weighs once. Excluded:
    chemotherapy, dialysis, psychiatric and other cycles, transfers, year-end settlement (knowledge/exclusions).
    """
    again = w.materialise(readmissions(w, max(map(int, p.windows))))
    held = int(w.run(again.aggregate(n=_.fixmedins_code.nunique()))["n"].iloc[0])
    if held < p.min_peers:
        raise NotEvaluable(f"{held} institutions have stays in {w.period}, fewer than {p.min_peers} to compare")
    best = None
    for days in map(int, p.windows):
        found = _window(w, again, days, p)
        best = found if best is None else best.where(best["score"] >= found["score"], found)
    best = best[(best["score"] > 0) & (best["x"] >= p.min_persons)]
    if best.empty:
        return pd.DataFrame(columns=["subject_id", "locator", "grain", "amount", "score", "why"])
    stays = w.run(again.filter(_.gap.notnull() & _.fixmedins_code.isin(list(best.index))))
    return pd.DataFrame([_hit(code, row, stays) for code, row in best.iterrows()])


def readmissions(w, longest: int):
    """Stays of the period that count, each with the days since the same person left the same institution.

    `gap` is empty for a stay that is no readmission within `longest` days.
    """
    stays = w.history.stays.filter(_.endtime.notnull())
    order = ibis.window(group_by=["psn_no", "fixmedins_code"], order_by=["begntime", "mdtrt_id"])
    stays = stays.mutate(left=_.endtime.lag().over(order), way=_.dscg_way.lag().over(order))
    stays = stays.filter(w.period.covers(_.begntime))
    gap = (_.begntime.date() - _.left.date()).cast("int64")
    year_end = (_.left.month() == 12) & (_.left.day() == 31) & (_.begntime.year() == _.left.year() + 1)
    stays = stays.mutate(gap=gap, excluded=_cycle() | year_end.fill_null(False))
    close = ~_.excluded & (_.gap >= 0) & (_.gap <= longest)
    return stays.mutate(gap=close.ifelse(_.gap, None)).select(
        "mdtrt_id", "psn_no", "fixmedins_code", "begntime", "gap", fund=_.fund_pay_sumamt.fill_null(0))


def _cycle():
    """Predicate: an innocent reason to come back soon (knowledge/exclusions)."""
    rows = knowledge.exclusions()
    told = ibis.literal(False)
    for value in rows.loc[rows["kind"] == "diag_prefix", "value"]:
        told = told | _.dscg_maindiag_code.startswith(value).fill_null(False)
    for kind, column in (("dscg_way", _.way), ("med_type", _.med_type.left(2))):
        told = told | column.isin(list(rows.loc[rows["kind"] == kind, "value"])).fill_null(False)
    return told | (_.refl_old_mdtrt_id.fill_null("") != "")


def _window(w, again, days: int, p) -> pd.DataFrame:
    """Every institution's readmitted persons within `days`, beside its peers."""
    counted = w.run(again.group_by("fixmedins_code").aggregate(
        persons=_.psn_no.nunique(), x=_.psn_no.nunique(where=_.gap <= days))).set_index("fixmedins_code")
    sizes = counted["persons"].rename("rows").reset_index()
    labels = _peers.cells(w, sizes)
    counted = counted.reindex(labels.index)
    model = Rates.fit(counted["x"], counted["persons"], labels, p)
    cell = _peers.chosen(labels, model.held, p.min_peers)
    at, tests = model.rows(cell), int(model.tests[0]) * len(p.windows)
    tail = model.log_tail(counted["x"].to_numpy(), counted["persons"].to_numpy(), at)
    return counted.assign(
        days=days, score=score_of(tail, tests, p), cell=cell, peers=model.n[at], median=model.median[at],
        expected=counted["persons"] * model.rate[at], rate=counted["x"] / counted["persons"],
        above=model.above(counted["x"].to_numpy(), counted["persons"].to_numpy(), at),
        vanish=model.bound(counted["persons"].to_numpy(), at, tests, p) / counted["persons"])


def _hit(code: str, row: pd.Series, stays: pd.DataFrame) -> dict:
    """One institution's hit; its shortest gaps come first."""
    own = stays[(stays["fixmedins_code"] == code) & (stays["gap"] <= row["days"])]
    own = own.sort_values(["gap", "fund", "mdtrt_id"], ascending=[True, False, True])
    excess = float(np.clip(1 - row["expected"] / row["x"], 0, 1))
    figures = [share(row["median"]), f"{share(row['rate'])}（{int(row['x'])}/{int(row['persons'])}人）",
               share(row["above"], 1), share(row["vanish"])]
    why = _sentences.sentence(
        _sentences.peers(row["cell"], int(row["peers"]), f"出院后{int(row['days'])}日内同院再入院人数占比", figures),
        _sentences.innocent(CHECKED, UNCHECKED))
    return {"subject_id": code, "locator": own["mdtrt_id"].tolist(), "grain": "stay", "score": float(row["score"]),
            "amount": round(float(own["fund"].astype(float).sum()) * excess, 2), "estimated": True, "why": why}
