"""Detector: persons insured through an employer shortly before a serious illness."""

from __future__ import annotations

from datetime import timedelta

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import _payroll, _units, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits
from yb_analytics.schema.text import yuan

ANY, UNLISTED = "soon_sick", "soon_sick_unlisted"
SAID = {ANY: "新参保后不久重病住院的占比", UNLISTED: "新参保后不久重病住院且无就业登记的占比"}


def _newcomers(w, p):
    """Persons newly insured through an employer, each with the first serious stay soon afterwards, made once.

    `unlisted` says that the labour register, which knows others, does not have the person with any employer then.
    """
    first = w.period.start - timedelta(days=int(p.soon_days))
    new = w.psn_insu_d.filter(_.emp_no.notnull(), _.insutype.isin(_payroll.EMPLOYED),
                              _.crt_insu_date >= first.isoformat(), _.crt_insu_date < w.period.end.isoformat())
    new = new.group_by(["emp_no", "psn_no"]).aggregate(begun=_.crt_insu_date.min(), ended=_.paus_insu_date.max())
    sick = ibis.or_(*(_.dscg_maindiag_code.startswith(c) for c in p.serious_diagnoses)).fill_null(False)
    stays = w.stays.filter(sick | (_.fund_pay_sumamt >= p.serious_fund).fill_null(False)).select(
        "psn_no", "mdtrt_id", "begntime", fund=_.fund_pay_sumamt.fill_null(0).cast("float64"))
    rows = new.left_join(stays, "psn_no").drop("psn_no_right")
    days = (rows.begntime.date() - rows.begun).cast("int64")
    soon = ((days >= 0) & (days <= p.soon_days)).fill_null(False)
    rows = rows.mutate(soon=soon, days=soon.ifelse(days, None))
    margin = ibis.interval(days=int(p.listed_days))
    work = w.hr_employment.select("psn_no", "begn_date", "end_date")
    near = rows.select("psn_no", "begun").distinct().inner_join(work, "psn_no")
    near = near.filter(_.begn_date <= _.begun + margin, _.end_date.isnull() | (_.end_date >= _.begun - margin))
    listed = near.select("psn_no", "begun").distinct().mutate(listed=True)
    rows = rows.left_join(listed, ["psn_no", "begun"]).drop("psn_no_right", "begun_right")
    return rows.mutate(unlisted=~rows.listed.fill_null(False)).drop("listed")


def _rows(w, p):
    return w.once("sham_employment.newcomers", lambda: w.materialise(_newcomers(w, p)))


def _tables(w, p) -> dict[str, pd.DataFrame]:
    """Per employer and question: persons soon sick (`x`) of those newly insured (`n`)."""
    rows = _rows(w, p)
    per = rows.group_by("emp_no").aggregate(n=_.psn_no.nunique(), sick=_.psn_no.nunique(where=_.soon),
                                            bare=_.psn_no.nunique(where=_.soon & _.unlisted))
    table = w.run(per).set_index("emp_no").sort_index()
    return {ANY: table.rename(columns={"sick": "x"})[["x", "n"]],
            UNLISTED: table.rename(columns={"bare": "x"})[["x", "n"]]}


def _fit(w, p) -> _units.Reference:
    """Rates of the peers; without the labour register the second question is not asked, then or later."""
    tables = _tables(w, p)
    if w.covers("hr_employment", w.period) <= 0:
        del tables[UNLISTED]
    return _units.reference(w, p, tables)


@detector(subject="employer", tier="线索", needs=("psn_insu_d.emp_no", "psn_insu_d.crt_insu_date", "stays"),
          catches="sham_employment", theme="挂靠参保", typologies=("T39",),
          basis="社会保险法 第八十八条；条例 第四十一条；浙江省医疗保障条例 第五十五条", seeds=("S3",),
          checked=("同类单位新参保人员的通常患病水平", "参保前后数月内的就业登记"),
          unchecked=("真实入职后患病", "劳务派遣与集中用工", "就业登记未及时办理"), fit=_fit, model=_units.Reference)
def sham_employment(w, p, model):
    """挂靠参保 · Sham employment.

    An employer whose newly insured fall seriously ill soon after enrolment far more often than those of other
    employers. By itself this proves little and is capped; it counts where the labour register does not have these
    persons. Evidence is closed where the tax office, too, has fewer on the payroll than are insured.
    """
    found = {name: _units.scored(model, name, table, p) for name, table in _tables(w, p).items()
             if name in model.rates}
    flagged = sorted({who for table in found.values() for who in table.index[table["score"] > 0]})
    if not flagged:
        return hits([])
    rows = _rows(w, p)
    sick = w.run(rows.filter(rows.soon, rows.emp_no.isin(flagged)))
    short = _short(w)
    return hits([_hit(who, {n: t.loc[who] for n, t in found.items()}, sick[sick["emp_no"] == who],
                      float(short.get(who, 0.0)), p) for who in flagged])


def _short(w) -> pd.Series:
    """Persons insured beyond those on the payroll told to tax, by employer (median over months)."""
    if w.covers("tax_payroll", w.period) <= 0 or w.covers("emp_clct_detl_d", w.period) <= 0:
        return pd.Series(dtype=float)
    rows = _payroll.months(w)
    return (rows["heads"] - rows["taxed"]).groupby(rows["emp_no"]).median()


def _hit(who: str, told: dict[str, pd.Series], sick: pd.DataFrame, short: float, p) -> dict:
    """One employer's hit; the dearest stays come first."""
    sick = sick.sort_values(["unlisted", "fund", "mdtrt_id"], ascending=[False, False, True])
    bare = int(sick.loc[sick["unlisted"], "psn_no"].nunique())
    alone = float(told[ANY]["score"])
    if not (short >= 1 and bare):
        alone = min(alone, p.alone_cap)
    name = UNLISTED if UNLISTED in told and told[UNLISTED]["score"] >= alone else ANY
    row, amount = told[name], round(float(sick["fund"].sum()), 2)
    why = (f"{_units.clause(row, SAID[name], '人', '单位')}；{sick['psn_no'].nunique()}人参保后"
           f"{int(sick['days'].min())}至{int(sick['days'].max())}天重病住院，其中{bare}人无就业登记，"
           f"参保人数较税务申报{f'多{int(short)}人' if short >= 1 else '未见多出'}，住院由基金支付{yuan(amount)}")
    ids = sick["mdtrt_id"].drop_duplicates().tolist()
    closed = bare >= p.closing_persons and short >= 1
    return {"subject_id": who, "locator": ids, "grain": "stay", "amount": amount, "estimated": False, "why": why,
            "score": max(alone, float(row["score"]) if name == UNLISTED else alone),
            "tier": CLOSED if closed else OPEN,
            "evidence": [_units.evidence(r, n, SAID[n], ids[:int(p.telling)])
                         for n, r in told.items() if r["score"] > 0]}
