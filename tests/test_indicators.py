"""Indicators: every one computed a second way in plain pandas on random small cities, and the contract."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from yb_analytics import knowledge
from yb_analytics.indicators import FUND, SUBJECTS, evaluate, shelf
from yb_analytics.schema import ANSWERS, Period, Refusal
from yb_analytics.warehouse import in_memory

COUNTIES = ("330402", "330411", "330421")
CITY = "330400"
YEAR = "2025"


def days(rng, count, first="2024-01-01", span=730):
    return pd.to_datetime(first) + pd.to_timedelta(rng.integers(0, span, count), "D")


def coded(rng, count, prefix, of):
    return [f"{prefix}{i}" for i in rng.integers(0, of, count)]


def supervision(rng) -> dict[str, pd.DataFrame]:
    """Institutions, inspections, cases, tips, events."""
    n, inst = 30, [f"H{i}" for i in range(30)]
    until = pd.Series(days(rng, n)).where(rng.random(n) < 0.2)
    register = pd.DataFrame({"fixmedins_code": inst, "fix_blng_admdvs": rng.choice(COUNTIES, n),
                             "begntime": days(rng, n, "2022-01-01", 1300), "endtime": until,
                             "precheck_flag": rng.choice(["0", "1", None], n)})
    m = 120
    looks = pd.DataFrame({"inspection_id": range(m), "insu_admdvs": rng.choice(COUNTIES, m),
                          "fixmedins_code": coded(rng, m, "H", 33), "arm": rng.choice(["random", "risk", "tip"], m),
                          "insp_date": days(rng, m), "violation_flag": rng.choice(["0", "1", None], m),
                          "violation_amt": rng.integers(0, 10**6, m) / 100,
                          "self_return_amt": rng.integers(0, 10**6, m) / 100,
                          "rectified_flag": rng.choice(["0", "1"], m)})
    k = 150
    cases = pd.DataFrame({"case_id": range(k), "insu_admdvs": rng.choice([*COUNTIES, CITY, "110000"], k),
                          "subject_type": rng.choice(SUBJECTS, k), "filed_date": days(rng, k),
                          "case_type": rng.choice(["administrative", "agreement", "criminal"], k),
                          "case_cause": rng.choice(["sham_employment", "benefit"], k),
                          "public_flag": rng.choice(["0", "1"], k), "amt": rng.integers(0, 10**7, k) / 100})
    cases["decision_date"] = (cases["filed_date"] + pd.Timedelta(days=60)).where(rng.random(k) < 0.8)
    cases["recovered_amt"] = (cases["amt"] * 0.8).round(2).where(rng.random(k) < 0.7)
    tips = pd.DataFrame({"tip_id": range(80), "insu_admdvs": rng.choice(COUNTIES, 80), "recv_week": days(rng, 80),
                         "handled_flag": rng.choice(["0", "1"], 80),
                         "handled_days": pd.Series(rng.integers(1, 40, 80)).where(rng.random(80) < 0.7)})
    events = pd.DataFrame({"event_id": range(20), "insu_admdvs": rng.choice(COUNTIES, 20), "event_date": days(rng, 20),
                           "event_type": rng.choice(["lost", "tampered", "leaked"], 20)})
    return {"fixmedins_b": register, "inspection_d": looks, "case_d": cases, "tip_d": tips, "data_event_d": events,
            **conduct(rng)}


def conduct(rng) -> dict[str, pd.DataFrame]:
    """Credit, disclosures, disputes, operations, accesses, ledger."""
    credit = pd.DataFrame({"event_id": range(60), "insu_admdvs": rng.choice(COUNTIES, 60),
                           "subject_type": rng.choice(["institution", "person"], 60), "event_date": days(rng, 60)})
    credit["subject_id"] = [f"H{i % 30}" if t == "institution" else f"P{i * 3 % 220}"
                            for i, t in enumerate(credit["subject_type"])]
    due = pd.Series(days(rng, 40))
    told = (due + pd.to_timedelta(rng.integers(-9, 9, 40), "D")).where(rng.random(40) < 0.9)
    shown = pd.DataFrame({"disclosure_id": range(40), "insu_admdvs": rng.choice(COUNTIES, 40), "duty": "fund",
                          "due_date": due, "disclosed_date": told})
    quarrels = pd.DataFrame({"dispute_id": range(30), "insu_admdvs": rng.choice(COUNTIES, 30),
                             "filed_date": days(rng, 30)})
    done = pd.DataFrame({"oper_id": range(90), "insu_admdvs": rng.choice(COUNTIES, 90), "oper_time": days(rng, 90),
                         "oper_type": rng.choice(["edit", "delete", "query"], 90),
                         "aprv_flag": rng.choice(["0", "1", None], 90)})
    seen = pd.DataFrame({"access_id": range(90), "insu_admdvs": rng.choice(COUNTIES, 90), "access_time": days(rng, 90),
                         "grant_flag": rng.choice(["0", "1", None], 90)})
    book = pd.DataFrame([(f"{y}{m:02d}", c, "310", a, item, float(rng.integers(10**6, 10**8)) / 100)
                         for y in (2024, 2025) for m in range(1, 13) for c in COUNTIES for a in ("pool", "personal")
                         for item in ("income", "expenditure", "balance")],
                        columns=["ym", "insu_admdvs", "insutype", "acct_type", "item", "amt"])
    return {"credit_event_d": credit, "disclosure_d": shown, "dispute_d": quarrels, "oper_log_d": done,
            "data_access_d": seen, "fund_ledger": book}


def people(rng) -> dict[str, pd.DataFrame]:
    """Spells of insurance, employers, contributions, payroll, population."""
    n = 300
    end = pd.Series(days(rng, n, "2024-06-01", 900)).where(rng.random(n) < 0.4)
    spells = pd.DataFrame({"psn_insu_rlts_id": range(n), "psn_no": coded(rng, n, "P", 220),
                           "insutype": rng.choice(["310", "390", "510"], n), "insu_admdvs": rng.choice(COUNTIES, n),
                           "crt_insu_date": days(rng, n, "2020-01-01", 2300), "paus_insu_date": end})
    firms = pd.DataFrame({"emp_no": [f"E{i}" for i in range(25)], "insu_admdvs": rng.choice(COUNTIES, 25)})
    month = [f"{y}{m:02d}" for y in (2024, 2025) for m in range(1, 13)]
    paid = firms.merge(pd.DataFrame({"cashym": month}), how="cross")
    paid["insutype"] = rng.choice(["310", "310", "390"], len(paid))
    paid["amt"] = rng.integers(10**5, 10**7, len(paid)) / 100
    paid["arvl_amt"] = paid["amt"].where(rng.random(len(paid)) < 0.9, 0)
    paid["clct_psncnt"], paid["psn_clctstd_sumamt"] = 10, rng.integers(10**6, 10**7, len(paid)) / 100
    tax = paid[["emp_no", "cashym"]].rename(columns={"cashym": "ym"})
    tax = tax.assign(psn_cnt=10, wage_amt=rng.integers(10**6, 10**7, len(tax)) / 100).sample(frac=0.8, random_state=1)
    should = pd.DataFrame([(str(y), c, 400) for y in (2024, 2025) for c in COUNTIES],
                          columns=["year", "insu_admdvs", "should_insured_cnt"])
    return {"psn_insu_d": spells, "insu_emp_info_b": firms, "emp_clct_detl_d": paid, "tax_payroll": tax,
            "population": should}


def care(rng, register) -> dict[str, pd.DataFrame]:
    """Visits, settlements, lines, trace codes, payouts, reviews; no reversals (the warehouse nets them)."""
    n = 260
    home = dict(zip(register.fixmedins_code, register.fix_blng_admdvs, strict=True))
    begin = pd.Series(days(rng, n, "2024-01-01", 700)).sort_values(ignore_index=True)
    stay = pd.DataFrame({"mdtrt_id": [f"M{i:04d}" for i in range(n)], "psn_no": coded(rng, n, "P", 25),
                         "fixmedins_code": coded(rng, n, "H", 4), "med_type": "21", "begntime": begin,
                         "endtime": begin + pd.to_timedelta(rng.integers(1, 12, n), "D"), "vali_flag": "1",
                         "dscg_way": rng.choice(["1", "2", "4"], n, p=[0.8, 0.1, 0.1]),
                         "dscg_maindiag_code": rng.choice(["I10", "Z51.1", "J18", None], n)})
    stay["fix_blng_admdvs"] = stay["fixmedins_code"].map(home)
    settle = pd.DataFrame({"setl_id": "S" + stay.mdtrt_id, "mdtrt_id": stay.mdtrt_id, "psn_no": stay.psn_no,
                           "fixmedins_code": stay.fixmedins_code, "med_type": "21", "setl_time": stay.endtime,
                           "insu_admdvs": rng.choice([*COUNTIES, "310000"], n), "vali_flag": "1",
                           "fix_blng_admdvs": stay.fix_blng_admdvs, "insutype": "310",
                           "medfee_sumamt": rng.integers(10**4, 10**7, n) / 100,
                           "pay_loc": rng.choice(["1", "3", None], n),
                           "mdtrt_cert_type": rng.choice(["01", "02", "04", None], n)})
    for column, share in (("fund_pay_sumamt", 0.6), ("inscp_amt", 0.85), ("psn_pay", 0.4), ("fulamt_ownpay_amt", 0.1)):
        settle[column] = (settle["medfee_sumamt"] * share).round(2)
    stay["ipt_days"] = (stay["endtime"] - stay["begntime"]).dt.days
    walk = settle.sample(frac=0.5, random_state=3)
    walk = walk.assign(setl_id="O" + walk["setl_id"], mdtrt_id="V" + walk["mdtrt_id"],
                       med_type=rng.choice(["11", "41"], len(walk)))
    line = pd.DataFrame({"bkkp_sn": [f"L{i}" for i in range(2 * n)], "mdtrt_id": [*stay.mdtrt_id] * 2,
                         "setl_id": [*settle.setl_id] * 2, "psn_no": [*stay.psn_no] * 2,
                         "fixmedins_code": [*stay.fixmedins_code] * 2, "fee_ocur_time": [*stay.begntime] * 2,
                         "cnt": 1, "det_item_fee_sumamt": rng.integers(100, 10**5, 2 * n) / 100, "vali_flag": "1",
                         "hilist_code": rng.choice(["X", "Y", "Z"], 2 * n), "med_type": "21",
                         "list_type": rng.choice(["101", "102", "201", "301"], 2 * n),
                         "med_chrgitm_type": rng.choice(["03", "04", "09", None], 2 * n)})
    known = pd.DataFrame({"hilist_code": ["X", "Y"], "hilist_name": ["甲", "乙"]})
    grouped = pd.DataFrame({"setl_id": settle["setl_id"], "grp_weight": rng.integers(2, 40, n) / 10}).sample(
        frac=0.8, random_state=4)
    trace = pd.DataFrame({"drug_trac_codg": range(300), "sale_sn": range(300), "fixmedins_code": "H0",
                          "bkkp_sn": coded(rng, 300, "L", 2 * n), "sale_time": days(rng, 300)})
    asked = pd.Series(days(rng, 150))
    wait = pd.to_timedelta(rng.integers(5, 70, 150), "D")
    pay = pd.DataFrame({"dfr_id": range(150), "insu_admdvs": rng.choice(COUNTIES, 150), "dcla_time": asked,
                        "pay_time": (asked + wait).where(rng.random(150) < 0.9)})
    seen = settle.sample(frac=0.8, random_state=1)
    first = pd.DataFrame({"setl_id": seen.setl_id, "insu_admdvs": seen.insu_admdvs, "review_stage": "1",
                          "review_time": seen.setl_time + pd.Timedelta(days=2)})
    again = first.sample(frac=0.2, random_state=2).assign(review_stage="2")
    review = pd.concat([first, again], ignore_index=True)
    review["review_id"], review["reviewer_id"] = range(len(review)), coded(rng, len(review), "R", 4)
    return {"mdtrt_d": stay, "setl_d": pd.concat([settle, walk], ignore_index=True), "fee_list_d": line,
            "drug_trace_d": trace, "med_dfr_d": pay, "review_d": review, "hilist_b": known, "drg_group_d": grouped}


def city(seed: int) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    frames = {**supervision(rng), **people(rng)}
    return {**frames, **care(rng, frames["fixmedins_b"])}


# --- the second way ------------------------------------------------------------------------------------------


def held(frame, since, until, last):
    return frame[(frame[since].isna() | (frame[since] <= last)) & (frame[until].isna() | (frame[until] > last))]


class Second:
    """The indicators in plain pandas: name → Series of (numerator, denominator) by county."""

    def __init__(self, f, start, end):
        self.f, self.start, self.end = f, pd.Timestamp(start), pd.Timestamp(end)
        self.last = self.end - pd.Timedelta(days=1)
        self.inst = held(f["fixmedins_b"], "begntime", "endtime", self.last)
        spells = f["psn_insu_d"][f["psn_insu_d"].insutype.isin(["310", "390"])]
        self.now = held(spells, "crt_insu_date", "paus_insu_date", self.last)

    def within(self, table, column):
        t = self.f[table]
        return t[(t[column] >= self.start) & (t[column] < self.end)]

    def cases(self, subject, *kinds):
        c = self.within("case_d", "filed_date")
        return c[(c.subject_type == subject) & c.case_type.isin(kinds)]

    @staticmethod
    def per(frame, column="insu_admdvs"):
        return frame.groupby(column).size()

    def pair(self, top, bottom):
        return pd.concat([top.rename("n"), bottom.rename("d")], axis=1).reindex(COUNTIES).fillna(0.0)

    def share(self, frame, good, column="insu_admdvs"):
        return self.pair(self.per(frame[good], column), self.per(frame, column))

    def institutions(self):
        return self.per(self.inst, "fix_blng_admdvs")

    def insured(self):
        return self.now.groupby("insu_admdvs").psn_no.nunique()

    def all(self):
        f, none = self.f, pd.Series(dtype=float)
        firms = self.per(f["insu_emp_info_b"])
        looks = self.within("inspection_d", "insp_date")
        out = {
            "institution_case_rate": self.pair(self.per(self.cases("institution", "administrative")),
                                               self.institutions()),
            "agreement_case_rate": self.pair(self.per(self.cases("institution", "agreement")), self.institutions()),
            "person_case_rate": self.pair(self.per(self.cases("person", "administrative")), self.insured()),
            "employer_case_rate": self.pair(self.per(self.cases("employer", "administrative")), firms),
            "agency_administrative_cases": self.pair(self.per(self.cases("agency", "administrative")), none),
        }
        for s in SUBJECTS:
            out[f"{s}_criminal_cases"] = self.pair(self.per(self.cases(s, "criminal")), none)
        public = self.cases("person", "administrative", "criminal")
        out["public_employee_cases"] = self.pair(self.per(public[public.public_flag == "1"]), none)
        sham = self.cases("employer", "administrative", "agreement", "criminal")
        out["sham_employment_cases"] = self.pair(self.per(sham[sham.case_cause == "sham_employment"]), none)
        out["inspection_rate"] = self.share(self.inst, self.inst.fixmedins_code.isin(looks.fixmedins_code),
                                            "fix_blng_admdvs")
        drawn = looks[looks.arm == "random"].assign(bad=lambda d: d.violation_flag == "1")
        once = drawn.groupby(["insu_admdvs", "fixmedins_code"], as_index=False).bad.max()
        out["violation_rate_random"] = self.share(once, once.bad)
        bad = looks[looks.violation_flag == "1"]
        out["rectification_rate"] = self.share(bad, bad.rectified_flag == "1")
        own, found = (looks.groupby("insu_admdvs")[c].sum() for c in ("self_return_amt", "violation_amt"))
        out["self_return_share"] = self.pair(own, own + found)
        tips = self.within("tip_d", "recv_week")
        out["tip_handling_rate"] = self.share(tips, tips.handled_flag == "1")
        out["precheck_rate"] = self.share(self.inst, self.inst.precheck_flag == "1", "fix_blng_admdvs")
        events = self.within("data_event_d", "event_date")
        out["data_leaks"] = self.pair(self.per(events[events.event_type == "leaked"]), none)
        out["records_lost_or_tampered"] = self.pair(self.per(events[events.event_type != "leaked"]), none)
        return {**out, **self.contributions(), **self.service(), **self.conduct(), **self.money()}

    def conduct(self):
        """Supervision, agency and disclosure."""
        f, out, none = self.f, {}, pd.Series(dtype=float)
        tips = self.within("tip_d", "recv_week").dropna(subset=["handled_days"])
        out["tip_handling_days"] = self.pair(tips.groupby("insu_admdvs").handled_days.sum(), self.per(tips))
        credit = f["credit_event_d"][f["credit_event_d"].event_date <= self.last]
        noted = set(credit[credit.subject_type == "institution"].subject_id)
        out["institution_credit_coverage"] = self.share(self.inst, self.inst.fixmedins_code.isin(noted),
                                                        "fix_blng_admdvs")
        noted = set(credit[credit.subject_type == "person"].subject_id)
        once = self.now.drop_duplicates(["insu_admdvs", "psn_no"])
        out["person_credit_coverage"] = self.share(once, once.psn_no.isin(noted))
        filed = self.per(self.within("dispute_d", "filed_date"))
        out["dispute_rate"] = self.pair(filed, self.per(f["insu_emp_info_b"]))
        done = self.within("oper_log_d", "oper_time")
        done = done[done.oper_type != "query"]
        out["unapproved_edit_rate"] = self.share(done, done.aprv_flag != "1")
        seen = self.within("data_access_d", "access_time").dropna(subset=["grant_flag"])
        out["unlawful_access_rate"] = self.share(seen, seen.grant_flag == "0")
        due = self.within("disclosure_d", "due_date")
        out["disclosure_on_time_rate"] = self.share(due, due.disclosed_date <= due.due_date)
        r = f["review_d"]
        both = r[r.review_stage == "2"].merge(r[r.review_stage == "1"][["setl_id", "reviewer_id"]],
                                             on=["setl_id", "reviewer_id"])
        both = both[(both.review_time >= self.start) & (both.review_time < self.end)]
        out["same_reviewer_count"] = self.pair(self.per(both), none)
        c = self.within("case_d", "decision_date")
        sums = c.groupby("insu_admdvs")[["recovered_amt", "amt"]].sum()
        out["recovery_rate"] = self.pair(sums.recovered_amt, sums.amt)
        looks, paid = self.within("inspection_d", "insp_date"), self.within("setl_d", "setl_time")
        out["violation_amount_rate"] = self.pair(looks.groupby("insu_admdvs").violation_amt.sum(),
                                                 paid.groupby("fix_blng_admdvs").fund_pay_sumamt.sum())
        return out

    def months(self):
        return [f"{m.start:%Y%m}" for m in Period.between(self.start.date(), self.end.date()).months]

    def ratio(self, frame, top, bottom):
        sums = frame.groupby("insu_admdvs")[[top, bottom]].sum()
        return self.pair(sums[top], sums[bottom])

    def money(self):
        """Fund performance."""
        f, out = self.f, {}
        paid = self.within("setl_d", "setl_time").assign(one=1)
        out["reimbursed_share"] = self.ratio(paid, "fund_pay_sumamt", "medfee_sumamt")
        out["own_share"] = self.ratio(paid, "psn_pay", "medfee_sumamt")
        away = paid.assign(away=paid.medfee_sumamt.where(paid.pay_loc == "3", 0))
        out["away_share"] = self.ratio(away, "away", "medfee_sumamt")
        walked = paid[paid.med_type == "11"]
        out["cost_per_outpatient_visit"] = self.ratio(walked, "medfee_sumamt", "one")
        out["visits_per_person"] = self.pair(self.per(walked), self.insured())
        s = f["mdtrt_d"][["mdtrt_id", "endtime", "ipt_days"]].merge(f["setl_d"], on="mdtrt_id").assign(one=1)
        s = s[(s.endtime >= self.start) & (s.endtime < self.end)]
        for name, top, bottom in (("policy_inpatient_share", "fund_pay_sumamt", "inscp_amt"),
                                  ("cost_per_stay", "medfee_sumamt", "one"), ("days_per_stay", "ipt_days", "one"),
                                  ("outside_catalogue_share", "fulamt_ownpay_amt", "medfee_sumamt"),
                                  ("inpatient_own_share", "psn_pay", "medfee_sumamt")):
            out[name] = self.ratio(s, top, bottom)
        out["stay_rate"] = self.pair(self.per(s), self.insured())
        limit = knowledge.parameters("heavy_burden_rate", "2025-12-31").limit
        out["heavy_burden_rate"] = self.share(s, s.psn_pay > limit)
        weighed = s.merge(f["drg_group_d"], on="setl_id")
        out["cost_per_weight"] = self.ratio(weighed, "medfee_sumamt", "grp_weight")
        book = f["fund_ledger"].query("acct_type == 'pool'")
        book = book[book.ym.isin(self.months())]
        sums = book.pivot_table(index="insu_admdvs", columns="item", values="amt", aggfunc="sum")
        out["surplus_rate"] = self.pair(sums.income - sums.expenditure, sums.income)
        pay = self.within("med_dfr_d", "pay_time")
        took = pay.assign(took=(pay.pay_time.dt.normalize() - pay.dcla_time.dt.normalize()).dt.days, one=1)
        out["payout_days"] = self.ratio(took, "took", "one")
        return {**out, **self.lines()}

    def lines(self):
        """Kinds and codes of fee lines; readmission anywhere."""
        f, out = self.f, {}
        line = self.within("fee_list_d", "fee_ocur_time")
        home = f["fixmedins_b"].set_index("fixmedins_code").fix_blng_admdvs
        line = line.assign(insu_admdvs=line.fixmedins_code.map(home), fee=line.det_item_fee_sumamt)
        for name, of in (("drug_share", line.list_type.isin(["101", "102"])),
                         ("test_share", line.med_chrgitm_type.isin(["03", "04"])),
                         ("consumable_share", line.list_type == "301")):
            out[name] = self.ratio(line.assign(part=line.fee.where(of, 0)), "part", "fee")
        out["nonstandard_code_rate"] = self.share(line, line.hilist_code == "Z")
        paid = f["emp_clct_detl_d"]
        paid = paid[paid.cashym.isin(self.months()) & (paid.amt > 0)]
        out["arrears_rate"] = self.share(paid, paid.arvl_amt.fillna(0) < paid.amt)
        out["readmission_31d"] = self.back(31, ["psn_no"])
        return out

    def back(self, days_, who):
        """Discharges followed by another stay of the same `who` within days."""
        stay = self.f["mdtrt_d"]
        planned = stay.dscg_maindiag_code.fillna("").str.startswith(
            tuple(knowledge.parameters("readmission_15d", "2025-12-31").diagnoses))
        stay = stay[~planned & ~stay.dscg_way.isin(["2", "3"])].sort_values(["begntime", "mdtrt_id"])
        nxt = stay.groupby(who).begntime.shift(-1)
        gap = (nxt.dt.normalize() - stay.endtime.dt.normalize()).dt.days
        stay = stay.assign(back=(gap >= 0) & (gap <= days_))
        stay = stay[(stay.endtime >= self.start) & (stay.endtime < self.end)]
        return self.share(stay, stay.back, "fix_blng_admdvs")

    def contributions(self):
        f, out = self.f, {}
        out["enrolment_rate"] = self.pair(self.insured(), f["population"].query("year == '2025'").set_index(
            "insu_admdvs").should_insured_cnt)
        twice = self.now.groupby("psn_no").size()
        both = self.now[self.now.psn_no.isin(twice[twice > 1].index)]
        out["duplicate_enrolment_rate"] = self.pair(both.groupby("insu_admdvs").psn_no.nunique(), self.insured())
        months = [m.text.replace("-", "") for m in Period.between(self.start.date(), self.end.date()).months]
        paid = f["emp_clct_detl_d"][f["emp_clct_detl_d"].cashym.isin(months)]
        sums = paid.groupby("insu_admdvs")[["arvl_amt", "amt"]].sum()
        out["collection_rate"] = self.pair(sums.arvl_amt, sums.amt)
        p = knowledge.parameters("base_truth_rate", "2025-12-31")
        both = paid[paid.insutype == "310"].merge(f["tax_payroll"], left_on=["emp_no", "cashym"],
                                                  right_on=["emp_no", "ym"])
        base, wage = both.psn_clctstd_sumamt / both.clct_psncnt, both.wage_amt / both.psn_cnt
        out["base_truth_rate"] = self.share(both, (base >= p.tolerance * wage) | (base >= p.base_cap))
        return out

    def service(self):
        f, out = self.f, {}
        out["readmission_15d"] = self.back(15, ["psn_no", "fixmedins_code"])
        line = self.within("fee_list_d", "fee_ocur_time")
        home = f["fixmedins_b"].set_index("fixmedins_code").fix_blng_admdvs
        line = line[line.list_type == "101"].assign(county=lambda d: d.fixmedins_code.map(home))
        out["trace_code_rate"] = self.share(line, line.bkkp_sn.isin(f["drug_trace_d"].bkkp_sn), "county")
        done = self.within("setl_d", "setl_time")
        out["e_credential_rate"] = self.share(done, done.mdtrt_cert_type.isin(["01", "04"]))
        r = f["review_d"]
        first, second = r[r.review_stage == "1"], r[r.review_stage == "2"]
        out["first_review_rate"] = self.share(done, done.setl_id.isin(first.setl_id))
        first = first[(first.review_time >= self.start) & (first.review_time < self.end)]
        out["second_review_rate"] = self.share(first, first.setl_id.isin(second.setl_id))
        pay = self.within("med_dfr_d", "dcla_time")
        due = pay.dcla_time + pd.Timedelta(days=42)
        pay = pay.assign(good=pay.pay_time <= due)[pay.pay_time.notna() | (due < f["setl_d"].setl_time.max())]
        out["on_time_payment_rate"] = self.share(pay, pay.good)
        return out


SCALE = {"per_100": 100, "per_10k": 10_000}


@pytest.mark.parametrize(("seed", "text"), [(0, "2025"), (1, "2025"), (2, "2025Q2")])
def test_every_indicator_equals_its_second_computation(seed, text):
    frames, period = city(seed), Period.parse(text)
    got = evaluate(in_memory(frames), text, by=("county",)).set_index(["indicator", "unit_id"])
    want = Second(frames, period.start, period.end).all()
    assert set(want) == set(shelf.names)
    for name, pairs in want.items():
        unit = shelf[name]
        for county in COUNTIES:
            row, (n, d) = got.loc[(name, county)], pairs.loc[county]
            assert row.numerator == pytest.approx(n, abs=0.001), (name, county)
            if unit.unit == "count":
                assert row.value == n
                continue
            assert row.denominator == pytest.approx(d, abs=0.001), (name, county)
            if d:
                assert row.value == pytest.approx(n / d * SCALE.get(unit.unit, 1)), (name, county)
                alone = np.isnan(row.low) and unit.error == "linear"  # one row has no spread
                assert alone or row.low - 1e-9 <= row.value <= row.high + 1e-9, (name, county)
            else:
                assert np.isnan(row.value) and row.state == "not evaluable"


def test_regrouping_counties_conserves_sums():
    frames = city(11)
    frames["case_d"] = frames["case_d"][frames["case_d"].insu_admdvs.isin(COUNTIES)]
    for name, table in frames.items():
        if "insu_admdvs" in table:
            frames[name] = table[table.insu_admdvs.isin(COUNTIES)]
    names = ["institution_case_rate", "person_case_rate", "collection_rate", "inspection_rate", "precheck_rate",
             "readmission_15d", "public_employee_cases", "violation_rate_random"]
    got = evaluate(in_memory(frames), YEAR, names=names)
    counties = got[got.unit_kind == "county"].groupby("indicator")[["numerator", "denominator"]].sum(min_count=1)
    total = got[got.unit_kind == "city"].set_index("indicator")[["numerator", "denominator"]]
    pd.testing.assert_frame_equal(counties.sort_index(), total.sort_index(), check_exact=False, atol=0.001)
    merged = {n: t.replace({"330411": "330402"}) for n, t in frames.items()}
    once = got.indicator != "violation_rate_random"  # an institution counts once in each county
    after = evaluate(in_memory(merged), YEAR, names=names)
    both = got[once & (got.unit_kind == "city")].merge(after, on=["indicator", "unit_kind"])
    assert np.allclose(both.numerator_x, both.numerator_y, equal_nan=True)


def test_months_add_up_to_the_year_for_flows():
    w = in_memory(city(5))
    got = evaluate(w, YEAR, by=("city",), months=True, names=["tip_handling_rate", "e_credential_rate"])
    year, month = got[got.period == YEAR], got[got.period != YEAR]
    assert len(month) == 24
    assert (month.groupby("indicator").numerator.sum().to_numpy() == year.sort_values("indicator").numerator).all()


def test_rows_can_be_cut_by_institution():
    got = evaluate(in_memory(city(2)), YEAR, by=("institution",), names=["readmission_15d", "tip_handling_rate"])
    assert set(got.indicator) == {"readmission_15d"} and set(got.unit_kind) == {"institution"}


def test_missing_tables_are_not_evaluable_never_zero():
    frames = city(3)
    del frames["case_d"], frames["population"]
    names = ("institution_case_rate", "institution_criminal_cases", "enrolment_rate")
    got = evaluate(in_memory(frames), YEAR, names=names).set_index("indicator")
    for name in names:
        assert got.loc[name, "value"].isna().all() and (got.loc[name, "state"] == "not evaluable").all()
    assert "无法评价" in got.loc["enrolment_rate", "text"].iloc[0]


def test_shape_words_and_declarations():
    got = evaluate(in_memory(city(1)), YEAR)
    assert list(got.columns) == ANSWERS["value"].names
    assert got.text.str.endswith("。").all() and not got.text.str.contains("nan|None|欺诈|骗保").any()
    assert {shelf[n].subject for n in shelf.names} == {*SUBJECTS, FUND} and len(shelf.names) >= 60
    for name in shelf.names:
        unit = shelf[name]
        assert unit.basis and unit.owner and unit.denominator and unit.target, name
    with pytest.raises(Refusal, match="no indicator named"):
        evaluate(in_memory({}), YEAR, names=["nobody"])


def test_the_city_is_the_one_of_the_data_and_other_places_are_not_lost():
    frames = city(3)
    swap = {c: f"3301{c[4:]}" for c in (*COUNTIES, CITY)}
    there = {n: t.replace(swap) for n, t in frames.items()}
    here, got = (evaluate(in_memory(f), YEAR) for f in (frames, there))
    assert [swap[u] for u in here.unit_id] == list(got.unit_id)
    assert np.allclose(here.value, got.value, equal_nan=True)
    filed = there["case_d"][there["case_d"].filed_date.dt.year == 2025]
    whole = got[(got.unit_kind == "city") & (got.indicator == "institution_case_rate")].numerator.iloc[0]
    assert whole == ((filed.subject_type == "institution") & (filed.case_type == "administrative")).sum()
