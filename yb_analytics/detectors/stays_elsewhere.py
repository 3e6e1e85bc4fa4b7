"""Detector: stays in another city during which the patient was seen at home."""

from __future__ import annotations

import pandas as pd
from ibis import _

from yb_analytics.detectors import _presence, _units, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits
from yb_analytics.schema.text import yuan

NAME, SAID = "contradicted", "住院期间在本市就医的人数占比"


def _contradicted(w, p) -> pd.DataFrame:
    """Attendances at home during stays elsewhere that are more than a purchase."""
    rows = _presence.in_stays(w)
    return rows[rows["away"] & (rows["weight"] >= p.least_weight)]


def _table(w, p) -> pd.DataFrame:
    """Institutions of other cities with their inpatients (`n`) and those who were seen at home meanwhile (`x`)."""
    home = w.city[:4]
    stays = w.run(w.stays.filter(_.fix_blng_admdvs.notnull(), _.fix_blng_admdvs.left(4) != home).group_by(
        "fixmedins_code").aggregate(n=_.psn_no.nunique()))
    seen = _contradicted(w, p).groupby("hospital")["psn_no"].nunique()
    table = stays.set_index("fixmedins_code").sort_index()
    return table.assign(x=table.index.map(seen).fillna(0))


def _fit(w, p) -> _units.Reference:
    return _units.reference(w, p, {NAME: _table(w, p)})


@detector(subject="institution", tier="线索", needs=("stays", "mdtrt_d.endtime", "mdtrt_d.fix_blng_admdvs"),
          catches="out_of_area", theme="异地就医", typologies=("T36", "T02", "T04"), seeds=("S0", "S1", "S4"),
          basis="条例 第三十八条(一)、第四十条(三)；实施细则 第十五条",
          checked=("入院与出院当日", "药店代购与只取药", "线上复诊", "个别请假或登记延迟"),
          unchecked=("经批准的请假", "出院登记滞后", "本地机构借用凭证"), near=("psn_no",), fit=_fit,
          model=_units.Reference)
def stays_elsewhere(w, p, model):
    """异地住院异常 · Stays elsewhere with the patient at home.

    An institution of another city bills stays of persons who meanwhile were attended at home, far more of its patients
    than other such institutions. Days of admission and discharge and mere purchases do not count. Evidence is closed
    where services that need the body were rendered at home to several of them.
    """
    table = _units.scored(model, NAME, _table(w, p), p)
    table = table[table["score"] > 0]
    if table.empty:
        return hits([])
    rows = _contradicted(w, p)
    return hits([_hit(str(place), row, rows[rows["hospital"] == place], p) for place, row in table.iterrows()])


def _hit(place: str, row: pd.Series, own: pd.DataFrame, p) -> dict:
    """One institution's hit; stays contradicted by what needs the body come first."""
    told = own.groupby("stay_id").agg(body=("body", "max"), fund=("stay_fund", "max"),
                                      who=("psn_no", "max")).reset_index()
    told = told.sort_values(["body", "fund", "stay_id"], ascending=[False, False, True])
    body, amount = int(told.loc[told["body"], "who"].nunique()), round(float(told["fund"].sum()), 2)
    why = (f"{_units.clause(row, SAID, '人', '异地机构')}；涉及{len(told)}次住院，"
           f"{body}人其间在本市有须本人到场的项目，所列住院由基金支付{yuan(amount)}")
    ids = told["stay_id"].tolist()
    return {"subject_id": place, "locator": ids, "grain": "stay", "amount": amount, "estimated": False, "why": why,
            "score": float(row["score"]), "tier": CLOSED if body >= p.closing_persons else OPEN,
            "evidence": [_units.evidence(row, NAME, SAID, ids[:int(p.telling)])]}
