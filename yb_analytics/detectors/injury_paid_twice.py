"""Detector: care of a work injury paid by the injury fund and settled with the medical fund as well."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, by_way, hits, ways
from yb_analytics.schema import INPATIENT, PHARMACY
from yb_analytics.schema.text import yuan

SAID = {"invoice": "与工伤基金已付发票号相同", "place": "在工伤登记机构因外伤住院", "stay": "在其他机构因外伤住院",
        "visit": "治疗期内因外伤门诊"}
AGREES = ("invoice", "place")
"""Ways in which the bill itself agrees with the register: evidence of two kinds."""


@detector(subject="person", tier="线索", needs=("hr_injury", "setl_d"), catches="work_injury_double",
          theme="重复报销", typologies=("T37",),
          basis="社会保险法 第三十条；条例 第十七条、第四十一条(二)；实施细则 第三十条",
          checked=("非外伤诊断的就诊", "药店购药", "治疗期以外的外伤"),
          unchecked=("认定前由医保先行结算、事后退回", "同期另一次非工伤外伤"))
def injury_paid_twice(w, p):
    """工伤重复享受 · Work injury settled twice.

    The register of work injuries says who was hurt when, where treatment was given and what the injury fund paid.
    Settlements of the medical fund for an injury in that span, and those of an invoice the injury fund paid, are named.
    Evidence is closed where the bill agrees with the register by invoice, or is a stay at the institution of the
    register; a visit for some injury may be another injury and proves little.
    """
    rows = w.run(_settled(w, p))
    rows["score"] = rows["how"].map({k: p[f"score_{k}"] for k in SAID}).astype(float)
    rows = rows.sort_values(["score", "setl_id"], ascending=[False, True]).drop_duplicates("setl_id")
    return hits([_hit(who, own, p) for who, own in rows.groupby("psn_no", sort=True)])


def _settled(w, p):
    """Settlements with fund money of persons in the register, and how each agrees with an injury."""
    paid = w.hr_injury.filter(_.psn_no.notnull(), _.injury_date.notnull(), _.paid_amt.fill_null(0) > 0)
    end = ibis.coalesce(paid.treat_end + ibis.interval(days=int(p.after_days)),
                        paid.injury_date + ibis.interval(days=int(p.longest_days)))
    paid = w.materialise(paid.select("psn_no", "injury_date", hurt_at="fixmedins_code", bill=paid.invono.nullif(""),
                                     since=paid.injury_date - ibis.interval(days=int(p.slack_days)), until=end))
    rows = w.valid_settlements.filter(_.fund_pay_sumamt > 0).semi_join(paid, "psn_no")
    rows = w.materialise(rows.select(
        "setl_id", "mdtrt_id", "psn_no", "fixmedins_code", "invono", "med_type",
        day=ibis.coalesce(_.begndate, _.setl_time.date()), fund=_.fund_pay_sumamt.cast("float64")))
    rows = rows.left_join(_diagnoses(w, rows), "setl_id").drop("setl_id_right").inner_join(paid, "psn_no")
    kind = rows.med_type.left(2)
    hurt = ibis.or_(*(rows.diag.startswith(c) for c in p.injury_diagnoses)).fill_null(False)
    during = (rows.day >= rows.since) & (rows.day <= rows.until) & ~kind.isin(PHARMACY)
    stay = kind.isin(INPATIENT).fill_null(False)
    there = (rows.fixmedins_code == rows.hurt_at).fill_null(False)
    how = ibis.cases(((rows.invono == rows.bill).fill_null(False), "invoice"), (during & hurt & there & stay, "place"),
                     (during & hurt & stay, "stay"), (during & hurt, "visit"))
    return rows.mutate(how=how).select("setl_id", "psn_no", "day", "injury_date", "fund", "how").filter(_.how.notnull())


def _diagnoses(w, rows):
    """Main diagnosis of a few settlements: of the visit, else of the settlement's list."""
    visit = w.history.mdtrt_d.semi_join(rows, "mdtrt_id").select("mdtrt_id", of_visit="dscg_maindiag_code")
    listed = w.setl_diag_d.semi_join(rows, "setl_id").filter(
        (_.maindiag_flag == "1") | (_.diag_srt_no == 1)).group_by("setl_id").aggregate(of_list=_.diag_code.min())
    told = rows.select("setl_id", "mdtrt_id").left_join(visit, "mdtrt_id").drop("mdtrt_id_right")
    told = told.left_join(listed, "setl_id").drop("setl_id_right")
    return told.group_by("setl_id").aggregate(diag=ibis.coalesce(_.of_visit, _.of_list).max())


def _hit(who: str, own: pd.DataFrame, p) -> dict:
    """One person's hit; bills that agree best with the register come first."""
    own = own.sort_values(["score", "fund", "setl_id"], ascending=[False, False, True])
    top, amount = own.iloc[0], round(float(own["fund"].sum()), 2)
    why = (f"工伤登记{top['injury_date']:%Y-%m-%d}受伤且工伤基金已支付，医保另结算{len(own)}笔："
           f"{ways(own, SAID)}，医保基金支付{yuan(amount)}")
    return {"subject_id": who, "locator": own["setl_id"].tolist(), "grain": "settlement", "amount": amount,
            "score": float(top["score"]), "why": why, "estimated": False,
            "tier": CLOSED if top["how"] in AGREES else OPEN,
            "evidence": by_way(own, SAID, "settlements", int(p.telling))}
