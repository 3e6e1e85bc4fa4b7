"""Detector: long-term care charged for days on which the person lay in hospital."""

from __future__ import annotations

import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _units, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits
from yb_analytics.schema.text import yuan

NAME, SAID = "served_in_hospital", "住院期间仍有护理服务的人数占比"


def _services(w, p):
    """Lines of long-term care of the period with the person, the institution and the day; made once."""
    def make():
        paid = w.materialise(w.valid_settlements.filter(_.insutype.isin(list(p.insurances))).select(
            "setl_id", "psn_no", "fixmedins_code"))
        if not int(w.run(paid.count())):
            raise NotEvaluable(f"no settlement of long-term care (INSUTYPE {'、'.join(p.insurances)}) in {w.period}")
        persons = w.materialise(paid.select("psn_no").distinct())
        lines = w.fee_lines_of(lambda rows: rows.semi_join(persons, "psn_no"))
        lines = lines.inner_join(paid.select("setl_id", at="fixmedins_code"), "setl_id")
        rows = w.fund_share(lines.select("bkkp_sn", "setl_id", "psn_no", "det_item_fee_sumamt", "at",
                                         day=_.fee_ocur_time.date()))
        return w.materialise(rows.select("bkkp_sn", "psn_no", "at", "day", fund=_.fund_amt.cast("float64")))

    return w.once("long_term_care.services", make)


def _overlapping(w, p) -> pd.DataFrame:
    """Services strictly between admission and discharge of a stay; made once."""
    stays = w.history.stays.filter(_.endtime.notnull()).select(
        "psn_no", entered=_.begntime.date(), left=_.endtime.date())
    rows = _services(w, p).inner_join(stays, "psn_no").filter(_.day > _.entered, _.day < _.left)
    return w.once("long_term_care.overlapping", lambda: w.run(
        rows.select("bkkp_sn", "psn_no", "at", "day", "fund").distinct()).sort_values("bkkp_sn", ignore_index=True))


def _table(w, p) -> pd.DataFrame:
    """Institutions with persons served (`n`) and those served while in hospital (`x`)."""
    served = w.run(_services(w, p).group_by("at").aggregate(n=_.psn_no.nunique())).set_index("at").sort_index()
    seen = _overlapping(w, p).groupby("at")["psn_no"].nunique().to_dict()
    return served.assign(x=[float(seen.get(k, 0)) for k in served.index])


def _fit(w, p) -> _units.Reference:
    return _units.reference(w, p, {NAME: _table(w, p)})


@detector(subject="institution", tier="线索", needs=("setl_d.insutype", "fee_list_d", "mdtrt_d.endtime"), theme="长护险",
          typologies=("T43",), basis="实施细则 第四十四条；条例 第三十八条、第四十条", seeds=("S2", "S3"),
          checked=("入院与出院当日", "按月结算而住院日未收费者"), unchecked=("护理记录补录日期有误", "机构内住院转护理"),
          fit=_fit, model=_units.Reference)
def long_term_care(w, p, model):
    """长护险重叠 · Long-term care during a stay.

    An institution of long-term care charges services on days on which the person lay in hospital, for far more of its
    persons than others do. The days of the services count, not the span of a monthly settlement, which may leave the
    days in hospital out. Evidence is closed where a person has several such days.
    """
    table = _units.scored(model, NAME, _table(w, p), p)
    table = table[table["score"] > 0]
    rows = _overlapping(w, p)
    return hits([_hit(str(who), row, rows[rows["at"] == who], p) for who, row in table.iterrows()])


def _hit(who: str, row: pd.Series, own: pd.DataFrame, p) -> dict:
    """One institution's hit; the dearest services come first."""
    own = own.sort_values(["fund", "bkkp_sn"], ascending=[False, True])
    days = own.groupby("psn_no")["day"].nunique()
    amount, ids = round(float(own["fund"].sum()), 2), own["bkkp_sn"].tolist()
    why = (f"{_units.clause(row, SAID, '人', '护理机构')}；涉及{int(days.sum())}个人日，一人最多{int(days.max())}天，"
           f"由基金支付{yuan(amount)}")
    return {"subject_id": who, "locator": ids, "grain": "line", "amount": amount, "estimated": False, "why": why,
            "score": float(row["score"]), "tier": CLOSED if int(days.max()) >= p.closing_days else OPEN,
            "evidence": [_units.evidence(row, NAME, SAID, ids[:int(p.telling)])]}
