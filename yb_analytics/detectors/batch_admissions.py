"""Detector: several persons admitted on one day and discharged on another, together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import _tables, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found

CHECKED = ("机构规模与病种构成下的偶然同进同出", "手术排班", "放化疗等周期性住院", "日间手术与分娩")
UNCHECKED = ("集中筛查或对口帮扶", "单位或社区组织的住院疗养", "传染病聚集疫情")


def _nights(w, p) -> pd.DataFrame:
    """Share of the stays with a disease that last so many nights, `disease|nights`."""
    rows = _tables.plain_stays(w).filter(_.disease.notnull())
    told = w.run(rows.group_by(["disease", "days"]).aggregate(n=_.count()))
    told["value"] = told["n"] / told.groupby("disease")["n"].transform("sum")
    return told.assign(key=told["disease"] + "|" + told["days"].astype(int).astype(str))[["key", "value"]]


def _together(w, p) -> pd.DataFrame:
    """Groups of persons with one institution, disease, day of admission and day of discharge."""
    rows = _tables.plain_stays(w).filter(_.procedure.isnull() & (_.days >= p.min_days))
    key = ["fixmedins_code", "disease", "begin_day", "days"]
    groups = w.run(rows.group_by(key).aggregate(size=_.psn_no.nunique()).filter(_["size"] >= p.min_batch))
    admitted = w.run(rows.group_by(["fixmedins_code", "disease"]).aggregate(all=_.count()))
    return groups.merge(admitted, on=["fixmedins_code", "disease"]).sort_values(key, ignore_index=True)


def _cases(w, p, nights):
    """Stays; a hit belongs to a group that chance does not make of the institution's stays with that disease."""
    from scipy.stats import poisson

    groups = _together(w, p)
    usual = dict(w.run(nights).itertuples(index=False))
    share = (groups["disease"] + "|" + groups["days"].astype(int).astype(str)).map(usual).fillna(1.0)
    mean = groups["all"] * np.maximum(share, p.least_share) / (w.period.end - w.period.start).days
    groups = groups[poisson.logsf(groups["size"] - 1, mean) <= -p.batch_decades * np.log(10)]
    held = w.register(pd.DataFrame({"fixmedins_code": groups["fixmedins_code"].astype(str),
                                    "disease": groups["disease"].astype(str), "begin_day": groups["begin_day"],
                                    "days": groups["days"].astype("int64"), "size": groups["size"].astype("int64")}))
    rows = _tables.plain_stays(w).filter(_.procedure.isnull() & (_.days >= p.min_days))
    rows = rows.left_join(held, ["fixmedins_code", "disease", "begin_day", "days"])
    return rows.select(subject_id=rows.fixmedins_code, id=rows.mdtrt_id, hit=rows["size"].notnull(), fund=rows.fund,
                       telling=rows["size"].fill_null(0))


QUESTIONS = (Question("same_days", "同日入院、同日出院、同病种的成批住院人次占比", "人次", _cases, grain="stay",
                      norms=_nights),)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="线索", needs=("stays", "mdtrt_d.dscg_maindiag_code"), theme="住院",
          catches="batch_admission", typologies=("T04",), seeds=("S4",), basis="条例 第四十条(一)(二)(三)",
          checked=CHECKED, unchecked=UNCHECKED, fit=_fit, model=Frozen)
def batch_admissions(w, p, model):
    """成批住院 · Batches of persons admitted and discharged together.

    Persons with one disease who are admitted on one day and leave on another, more of them than the institution's
    number of such stays and the usual length of stay would bring together by chance. The share of stays in such
    batches is set beside institutions of the same kind.
    """
    return found(w, p, model, QUESTIONS)
