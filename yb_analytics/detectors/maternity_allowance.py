"""Detector: employers whose insured give birth soon after enrolment, on raised bases, and leave again."""

from __future__ import annotations

import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _units, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits
from yb_analytics.schema.text import yuan

NAME, SAID = "signed_births", "带有两项以上迹象的分娩占比"
SIGNS = {"late": "临产参保", "jump": "产前抬高基数", "left": "产后即停保", "unlisted": "无就业登记"}
_INSURED = ("310", "510")
"""INSUTYPE of employees' and of maternity insurance."""


def _births(w, p):
    """Births of the period: `psn_no, born`; certificates first, deliveries of the hospitals beside them."""
    told = w.health_birth.filter(w.period.covers(_.birth_date)).select("psn_no", born="birth_date")
    visits = w.mdtrt_d.filter(_.matn_type.isin(list(p.births)), _.vali_flag.fill_null("1") != "0")
    seen = visits.select("psn_no", born=_.endtime.fill_null(_.begntime).date())
    return told.union(seen).group_by("psn_no").aggregate(born=_.born.min())


def _mothers(w, p) -> pd.DataFrame:
    """Mothers insured through an employer at the birth, with the signs of each; made once."""
    def make() -> pd.DataFrame:
        spells = w.psn_insu_d.filter(_.emp_no.notnull(), _.insutype.isin(_INSURED), _.crt_insu_date.notnull())
        rows = _births(w, p).inner_join(spells, "psn_no").filter(
            _.crt_insu_date <= _.born, _.paus_insu_date.isnull() | (_.paus_insu_date >= _.born))
        rows = rows.group_by(["psn_no", "born", "emp_no"]).aggregate(
            since=_.crt_insu_date.min(), until=_.paus_insu_date.max())
        rows = w.materialise(rows)
        told = w.run(rows)
        if told.empty:
            return told.assign(**dict.fromkeys(SIGNS, False))
        for column in ("born", "since", "until"):
            told[column] = pd.to_datetime(told[column])
        told["late"] = (told["born"] - told["since"]).dt.days < p.before_days
        told["left"] = ((told["until"] - told["born"]).dt.days <= p.exit_days).fillna(False)
        told["jump"] = told["psn_no"].isin(_raised(w, rows, p))
        told["unlisted"] = _unlisted(w, told)
        return told

    return w.once("maternity_allowance.mothers", make)


def _raised(w, rows, p) -> list[str]:
    """Mothers whose mean base of the months before the birth lies far above that of the months before those."""
    paid = w.history.staf_psn_clct_detl_d.semi_join(rows, "psn_no").filter(_.psn_clctstd > 0)
    paid = paid.inner_join(rows.select("psn_no", "born"), "psn_no")
    month = paid.cashym.left(4).cast("int64") * 12 + paid.cashym.substr(4, 2).cast("int64")
    before = paid.born.year() * 12 + paid.born.month() - month
    base = paid.psn_clctstd.cast("float64")
    recent, earlier = (before >= 0) & (before < p.recent_months), before >= p.recent_months
    means = paid.group_by("psn_no").aggregate(recent=base.mean(where=recent), earlier=base.mean(where=earlier))
    return w.run(means.filter(_.recent > (1 + p.jump_share) * _.earlier))["psn_no"].tolist()


def _unlisted(w, told: pd.DataFrame) -> pd.Series:
    """Whether the labour register, where it is held, does not have the mother with her employer."""
    if w.covers("hr_employment", w.period) <= 0:
        return pd.Series(False, index=told.index)
    known = w.run(w.hr_employment.filter(_.psn_no.isin(told["psn_no"].tolist())).select("psn_no", "emp_no"))
    pairs = set(zip(known["psn_no"], known["emp_no"], strict=True))
    return pd.Series([k not in pairs for k in zip(told["psn_no"], told["emp_no"], strict=True)], index=told.index)


def _signed(told: pd.DataFrame, p) -> pd.Series:
    return told[list(SIGNS)].sum(axis=1) >= p.least_signs


def _table(told: pd.DataFrame, p) -> pd.DataFrame:
    """Per employer: births (`n`) and those that bear several signs (`x`)."""
    return told.assign(x=_signed(told, p)).groupby("emp_no").agg(n=("psn_no", "nunique"), x=("x", "sum"))


def _fit(w, p) -> _units.Reference:
    told = _mothers(w, p)
    if told.empty:
        raise NotEvaluable(f"neither health_birth nor mdtrt_d.matn_type tells a birth of an employee in {w.period}")
    return _units.reference(w, p, {NAME: _table(told, p)})


@detector(subject="employer", tier="线索", needs=("psn_insu_d.emp_no", "psn_insu_d.crt_insu_date"), theme="生育津贴",
          typologies=("T42", "T39"), basis="社会保险法 第八十八条；条例 第四十一条", seeds=("S3",),
          checked=("只有一项迹象的分娩", "同类单位的通常水平"),
          unchecked=("真实入职与晋升", "产后自愿离职", "就业登记未及时办理"), fit=_fit, model=_units.Reference)
def maternity_allowance(w, p, model):
    """生育津贴 · Maternity allowances.

    Women insured through an employer shortly before a birth, on a base raised just before it, who leave the insurance
    soon after or whom the labour register does not know: one sign may be true life, two of several mothers of one
    employer are far from what other employers show. Evidence is closed where the labour register does not have them.
    """
    told = _mothers(w, p)
    if told.empty:
        return hits([])
    table = _units.scored(model, NAME, _table(told, p), p)
    table, told = table[table["score"] > 0], told[_signed(told, p)]
    return hits([_hit(w, str(who), row, told[told["emp_no"] == who], p) for who, row in table.iterrows()])


def _hit(w, who: str, row: pd.Series, own: pd.DataFrame, p) -> dict:
    """One employer's hit; what the agency paid as allowance is the money where payouts tell it."""
    payees = [who, *own["psn_no"].tolist()]
    paid = w.run(w.med_dfr_d.filter(_.dfr_notc_type == "maternity", _.dfr_obj_code.isin(payees),
                                    w.period.covers(_.dcla_time)).select(
        "dfr_id", amount=_.dfr_sumamt.fill_null(0).cast("float64")))
    amount = round(float(paid["amount"].sum()), 2)
    signs = "、".join(f"{label}{int(own[s].sum())}人" for s, label in SIGNS.items() if own[s].any())
    why = (f"{_units.clause(row, SAID, '人', '单位')}；其中{signs}"
           + (f"，已拨付生育津贴{yuan(amount)}" if len(paid) else "，未见津贴拨付记录"))
    ids = [f"med_dfr_d:{i}" for i in sorted(paid["dfr_id"])] + [f"psn_info_b:{n}" for n in sorted(own["psn_no"])]
    closed = int(own["unlisted"].sum()) >= p.min_count
    return {"subject_id": who, "locator": ids, "grain": "row", "amount": amount, "estimated": False, "why": why,
            "score": float(row["score"]), "tier": CLOSED if closed else OPEN,
            "evidence": [_units.evidence(row, NAME, SAID, ids[:int(p.telling)])]}
