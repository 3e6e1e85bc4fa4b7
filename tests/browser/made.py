"""Hand-made answers of a small city, hostile names included: what the pages are tested on."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd

from yb_analytics.schema import CODES, Refusal

COUNTIES = ("330402", "330411", "330421", "330424", "330481", "330482", "330483")
CITY = "330400"
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>医院'
FORMULA = '=HYPERLINK("http://example.invalid","点我")'
THEMES = ("住院", "收费", "药品追溯", "超量购药", "聚集就医")
VERSION = "0123456789ab"
TITLES = {"split_stays": "分解住院 · Split stays", "duplicate_charge": "重复收费 · Duplicate charge",
          "trace_reuse": "追溯码重复结算 · Trace code settled twice"}


def scores(period: str) -> dict[str, pd.DataFrame]:
    """Index, subjects and parts of one period."""
    shift = {"2024": -2.0, "2025": 0.0}[period]
    rows = [(CITY, "嘉兴市", 78.31)] + [(c, CODES["ADMDVS"][c].partition(" · ")[0], 84.0 - 2.2 * i)
                                     for i, c in enumerate(COUNTIES)]
    table = pd.DataFrame([{
        "unit_id": u, "name": n, "score": s + shift, "low": s + shift - 2.5, "high": s + shift + 2.4,
        "rank": None if u == CITY else float(i), "rank_low": None if u == CITY else float(max(1, i - 1)),
        "rank_high": None if u == CITY else float(min(7, i + 1)), "grade": "良好" if s > 75 else "合格", "veto": "",
        "coverage": 0.93, "text": "得分说明"} for i, (u, n, s) in enumerate(rows)]).assign(period=period)
    subjects = pd.DataFrame([{"unit_id": u, "subject": s, "score": v + shift - 3 * k, "low": v - 4.0, "high": v + 4.0,
                              "coverage": 0.9} for u, _, v in rows
                             for k, s in enumerate(("institution", "person", "employer", "agency"))])
    return {"score": table, "score_subject": subjects.assign(period=period)}


def values(period: str) -> pd.DataFrame:
    """Indicator values of one period."""
    names = {"inspection_rate": (0.82, 1.0), "precheck_rate": (0.61, 0.9), "readmission_15d": (0.024, 0.03),
             "trace_code_rate": (0.97, 0.95), "person_case_rate": (0.8, None), "on_time_payment_rate": (0.996, 0.99)}
    shift = 0.9 if period == "2024" else 1.0
    return pd.DataFrame([{
        "indicator": n, "unit_kind": "city" if u == CITY else "county", "unit_id": u, "period": period,
        "numerator": 10.0, "denominator": 100.0, "value": v * shift * (1 + i / 100), "low": v * shift * 0.96,
        "high": v * shift * 1.04, "coverage": 1.0, "target": t, "state": "ok" if i % 2 == 0 else "preliminary",
        "text": "说明", "data_version": VERSION}
        for n, (v, t) in names.items() for i, u in enumerate((CITY, *COUNTIES))])


def fund(period: str) -> dict[str, pd.DataFrame]:
    """Fund metrics and series of one period."""
    metrics = [("payable_months", "累计结余可支付月数", "months", 8.42, "attention", "低于9个月关注，低于6个月预警"),
               ("current_surplus_rate", "当期结余率", "share", 0.0312, "ok", "低于0为预警"),
               ("growth_ratio", "收支增速比", "share", 0.124, "warning", "高于收入增长5个百分点为预警")]
    table = pd.DataFrame([{
        "metric": m, "title": t, "unit_kind": "city", "unit_id": u, "insutype": k, "acct_type": "pool",
        "period": period,
        "value": v, "low": None, "high": None, "unit": unit, "warning": w, "rule": r, "text": "说明",
        "year_ago": v * 0.9, "dimension": "管理效益", "date_basis": "ledger month"}
        for m, t, unit, v, w, r in metrics for u in (CITY, *COUNTIES) for k in ("310", "390")])
    months = [f"{period}{m:02d}" for m in range(1, 13)]
    series = pd.DataFrame([{
        "ym": ym, "insu_admdvs": c, "insutype": k, "acct_type": "pool", "income": 3.1e7 + 1e5 * i,
        "expenditure": 2.9e7 + 2e5 * (i % 5), "balance": 3e8 + 1.5e6 * i}
        for i, ym in enumerate(months) for c in COUNTIES for k in ("310", "390")])
    return {"fund_metric": table, "fund_series": series.assign(period=period)}


def forecast(insutype: str) -> dict[str, pd.DataFrame]:
    """A fan of 12 known and 12 coming months."""
    known = [{"ym": f"2025{m:02d}", "actual": 2.0e8 + 2e6 * m} for m in range(1, 13)]
    ahead = [{"ym": f"2026{m:02d}", "mean": 2.25e8 + 2e6 * m,
              **{f"{s}{b}": 2.25e8 + 2e6 * m + (1 if s == "high" else -1) * b * 1e5 * m ** .5
                 for s in ("low", "high") for b in (50, 80, 95)}} for m in range(1, 13)]
    tests = pd.DataFrame({"model": ["naive", "ets"], "title": ["季节朴素法", "指数平滑"], "mase": [1.0, 0.83],
                          "coverage80": [0.78, 0.81], "coverage95": [0.93, 0.96], "chosen": [False, True]})
    return {"forecast": pd.DataFrame(known + ahead).assign(insutype=insutype), "forecast_backtest": tests}


def leads(period: str) -> pd.DataFrame:
    """Leads of one period; the first institution has a hostile name, one sentence is a formula."""
    def row(i: int) -> dict:
        person = i % 6 == 5
        return {
            "lead_id": f"L{period}{i:04d}", "subject": "person" if person else "institution",
            "subject_id": f"P{i:05d}" if person else f"H{i % 9:04d}", "county": COUNTIES[i % 7],
            "theme": THEMES[i % 5], "tier": ("疑点", "线索", "监测")[i % 3], "period": period,
            "amount": round(356000.0 / (i + 1), 2), "score": 0.98 - i / 200, "priority": round(300000.0 / (i + 1), 2),
            "found_by": ["split_stays"], "finding_ids": [f"F{i}"],
            "why": FORMULA if i == 3 else f"15天内再次入院{i + 3}次，高于同级机构的预期。",
            "basis": "条例 第三十八条(一)",
            "state": ("new", "dispatched", "verifying")[i % 3], "owner": None, "due": None, "data_version": VERSION}
    return pd.DataFrame([row(i) for i in range(64 if period == "2025" else 20)])


def coverage(period: str) -> pd.DataFrame:
    """What was checked."""
    rows = [{"found_by": k, "kind": "rule", "title": t, "period": period, "state": "evaluated", "reason": None,
             "findings": 12, "amount": 120000.0, "data_version": VERSION} for k, t in TITLES.items()]
    rows.append({"found_by": "sex_mismatch", "kind": "rule", "title": "性别不符 · Sex mismatch", "period": period,
                 "state": "not evaluable", "reason": "not evaluable: setl_diag_d covers 0 % of 2025", "findings": 0,
                 "amount": 0.0, "data_version": VERSION})
    return pd.DataFrame(rows)


def institutions() -> pd.DataFrame:
    """The register; the first name is hostile."""
    short = ("南湖甲", "秀洲乙", "嘉善丙", "海盐丁", "海宁戊", "平湖己", "桐乡庚", "城北")
    names = [HOSTILE, *(f"{n}医院" for n in short)]
    return pd.DataFrame({"fixmedins_code": [f"H{i:04d}" for i in range(9)], "fixmedins_name": names,
                         "county": [COUNTIES[i % 7] for i in range(9)]})


def explain(_w, lead_id: str) -> SimpleNamespace:
    """Evidence of one lead."""
    findings = pd.DataFrame([{"found_by": k, "tier": "线索", "amount": 1200.5, "estimated": i == 1, "score": 0.9,
                              "why": "15天内再次入院3次。", "basis": "条例 第三十八条(一)"}
                             for i, k in enumerate(("split_stays", "duplicate_charge"))])
    lines = pd.DataFrame([{
        "setl_id": f"S{i:04d}", "bkkp_sn": f"B{i:05d}", "fixmedins_code": "H0000", "psn_no": "P00001", "med_type": "21",
        "fee_ocur_time": pd.Timestamp("2025-03-01 10:20"), "hilist_name": FORMULA if i == 0 else f"护理费{i}",
        "cnt": 2.0, "pric": 15.5, "det_item_fee_sumamt": 31.0, "inscp_amt": 28.0} for i in range(12)])
    return SimpleNamespace(lead=lead_id, findings=findings, lines=lines, text="")


class Published:
    """A warehouse that only holds published answers."""

    data_version, as_of, path = VERSION, date(2025, 12, 31), None

    def __init__(self) -> None:
        self.frames: dict[tuple[str, str], pd.DataFrame] = {}
        for period in ("2024", "2025"):
            made = {**scores(period), **fund(period), "value": values(period), "lead": leads(period),
                    "coverage": coverage(period)}
            self.frames |= {(name, period): frame for name, frame in made.items()}
        for insutype in ("310", "390"):
            self.frames |= {(f"{n}_{insutype}_expenditure", "2025"): f for n, f in forecast(insutype).items()}

    @property
    def institutions(self) -> pd.DataFrame:
        return institutions()

    def stored(self, name: str, period: str | None = None) -> pd.DataFrame:
        held = [f for (n, p), f in self.frames.items() if n == name and period in (None, p)]
        if not held:
            raise Refusal(f"no {name} is stored", "run yb score", "empty")
        return pd.concat(held, ignore_index=True)

    def stored_periods(self, name: str) -> list[str]:
        return sorted({p for n, p in self.frames if n == name})

    def run(self, expr: pd.DataFrame) -> pd.DataFrame:
        return expr
