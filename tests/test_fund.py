"""Fund metrics: a second computation in plain pandas, accounts apart, warning lines with their status."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from yb_analytics import knowledge
from yb_analytics.fund import METRICS, fund
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import in_memory

COUNTIES = ("330402", "330411")
CITY = "330400"
MONTHS = [f"{y}{m:02d}" for y in (2024, 2025) for m in range(1, 13)]


def frames(seed: int) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([MONTHS, COUNTIES, ("310", "390"), ("pool", "personal"),
                                       ("income", "expenditure", "balance")],
                                      names=["ym", "insu_admdvs", "insutype", "acct_type", "item"])
    ledger = keys.to_frame(index=False).assign(amt=rng.integers(10**6, 10**8, len(keys)) / 100)
    budget = ledger[ledger["item"] != "balance"].drop(columns=["ym", "amt"]).drop_duplicates()
    budget = budget.assign(year="2025", amt=rng.integers(10**7, 10**9, len(budget)) / 100)
    n = 200
    begin = pd.to_datetime("2024-01-05") + pd.to_timedelta(rng.integers(0, 700, n), "D")
    stay = pd.DataFrame({"mdtrt_id": [f"M{i}" for i in range(n)], "psn_no": [f"P{i % 70}" for i in range(n)],
                         "fixmedins_code": "H1", "med_type": rng.choice(["21", "11"], n), "begntime": begin,
                         "ipt_days": rng.integers(1, 20, n), "insutype": rng.choice(["310", "390"], n),
                         "insu_admdvs": rng.choice(COUNTIES, n), "vali_flag": "1"})
    stay["endtime"] = begin + pd.to_timedelta(stay.ipt_days, "D")
    fee = rng.integers(10**5, 10**6, n)
    settle = stay.drop(columns=["begntime", "ipt_days"]).rename(columns={"endtime": "setl_time"})
    settle = settle.assign(setl_id="S" + settle.mdtrt_id, medfee_sumamt=fee / 100, inscp_amt=(fee * 9 // 10) / 100,
                           fund_pay_sumamt=(fee * 7 // 10) / 100, psn_pay=(fee - fee * 7 // 10) / 100,
                           pay_loc=rng.choice(["2", "3", "4"], n))
    spell = pd.DataFrame({"psn_insu_rlts_id": range(70), "psn_no": [f"P{i}" for i in range(70)],
                          "insutype": rng.choice(["310", "390"], 70), "insu_admdvs": rng.choice(COUNTIES, 70),
                          "crt_insu_date": pd.Timestamp("2023-01-01")})
    due = pd.DataFrame({"emp_no": [f"E{i}" for i in range(24)], "cashym": MONTHS, "insutype": "310",
                        "insu_admdvs": rng.choice(COUNTIES, 24), "amt": 100.0,
                        "arvl_amt": rng.integers(8000, 10001, 24) / 100})
    return {"fund_ledger": ledger, "fund_budget": budget, "mdtrt_d": stay, "setl_d": settle, "psn_insu_d": spell,
            "emp_clct_detl_d": due}


def books(f, year: str, insutype: str, account: str = "pool") -> pd.Series:
    led = f["fund_ledger"]
    led = led[led.ym.str.startswith(year) & (led.insutype == insutype) & (led.acct_type == account)]
    out = led.groupby("item").amt.sum()
    out["balance"] = led[(led.ym == f"{year}12") & (led["item"] == "balance")].amt.sum()
    return out


def second(f, insutype: str) -> dict[str, float]:
    """The city's metrics of 2025 in plain pandas."""
    now, ago = books(f, "2025", insutype), books(f, "2024", insutype)
    plan = f["fund_budget"].query("insutype == @insutype and acct_type == 'pool'").groupby("item").amt.sum()
    s = f["setl_d"].query("insutype == @insutype and setl_time >= '2025-01-01' and setl_time < '2026-01-01'")
    stay = s[s.med_type == "21"].merge(f["mdtrt_d"][["mdtrt_id", "ipt_days"]], on="mdtrt_id")
    growth = {i: now[i] / ago[i] - 1 for i in ("income", "expenditure")}
    insured = (f["psn_insu_d"].insutype == insutype).sum()
    out = {"current_surplus_rate": 1 - now.expenditure / now.income,
           "payable_months": now.balance / (now.expenditure / 12),
           "growth_ratio": growth["expenditure"] / growth["income"] if growth["income"] > 0 else np.nan,
           "budget_income_deviation": now.income / plan.income - 1,
           "budget_expenditure_deviation": now.expenditure / plan.expenditure - 1,
           "policy_inpatient_share": stay.fund_pay_sumamt.sum() / stay.inscp_amt.sum(),
           "reimbursed_share": s.fund_pay_sumamt.sum() / s.medfee_sumamt.sum(),
           "own_share": s.psn_pay.sum() / s.medfee_sumamt.sum(), "stay_rate": len(stay) / insured,
           "cost_per_stay": stay.medfee_sumamt.mean(), "days_per_stay": stay.ipt_days.mean(),
           "away_share": s[s.pay_loc.isin(["3", "4"])].medfee_sumamt.sum() / s.medfee_sumamt.sum()}
    if insutype == "310":
        e = f["emp_clct_detl_d"].query("cashym >= '202501'")
        out["contribution_rate"] = e.arvl_amt.sum() / e.amt.sum()
    return out


@pytest.mark.parametrize("seed", range(3))
def test_metrics_equal_their_second_computation(seed):
    f = frames(seed)
    got = fund(in_memory(f), "2025").table
    got = got[(got.unit_id == CITY) & (got.acct_type != "personal")].set_index(["metric", "insutype"]).value
    for insutype in ("310", "390"):
        for name, want in second(f, insutype).items():
            assert got[(name, insutype)] == pytest.approx(want, nan_ok=True), (name, insutype)
    assert {m for m, _ in got.index} == {m.name for m in METRICS}


def test_pool_and_personal_account_are_apart():
    f = frames(5)
    got = fund(in_memory(f), "2025").table
    assert set(got[got.metric == "payable_months"].acct_type) == {"pool"}
    one = got[(got.metric == "current_surplus_rate") & (got.unit_id == CITY) & (got.insutype == "310")]
    want = {a: 1 - books(f, "2025", "310", a).expenditure / books(f, "2025", "310", a).income
            for a in ("pool", "personal")}
    assert one.set_index("acct_type").value.to_dict() == pytest.approx(want)


def test_counties_add_up_to_the_city_and_text_reads():
    result = fund(in_memory(frames(2)), "2025")
    got = result.table[result.table.metric == "cost_per_stay"]
    county, city = got[got.unit_kind == "county"], got[got.unit_kind == "city"]
    assert county.numerator.sum() == pytest.approx(city.numerator.sum(), abs=0.005)
    assert county.denominator.sum() == city.denominator.sum()
    assert (got.low < got.value).all() and (got.value < got.high).all()
    assert result.table.text.str.endswith("。").all() and not result.table.text.str.contains("nan").any()
    assert list(result.series.columns[:4]) == ["ym", "insu_admdvs", "insutype", "acct_type"]
    assert len(result.series) == 24 * 2 * 2 * 2


def test_warning_lines_come_from_knowledge_with_their_status():
    f = frames(3)
    led = f["fund_ledger"]
    led.loc[led["item"] == "balance", "amt"] = 1.0
    got = fund(in_memory(f), "2025").table.set_index(["metric", "unit_id", "insutype"]).loc[
        ("payable_months", CITY, "310")]
    assert got.warning == "warning" and "低于3个月为预警（未核实）" in got.rule and "预警" in got.text
    facts = knowledge.parameters("fund", "2025-12-31").facts()
    assert (facts.source != "").all() and set(facts.status) >= {"unverified", "read in source"}


def test_late_months_are_preliminary_and_say_so():
    got = fund(in_memory(frames(1)), "2025").table.set_index("metric")
    assert (got.loc["cost_per_stay"].state == "preliminary").all()
    assert got.loc["cost_per_stay"].text.str.contains("完成度未知").all()
    assert (got.loc["current_surplus_rate"].state == "ok").all()


def test_missing_tables_and_empty_periods():
    f = frames(1)
    del f["emp_clct_detl_d"], f["fund_budget"]
    w = in_memory(f)
    got = fund(w, "2025").table
    assert got[got.metric == "contribution_rate"].value.isna().all()
    budget = got[got.metric == "budget_income_deviation"]
    assert budget.value.isna().all() and (budget.warning.isin(["not evaluable"])).all()
    with pytest.raises(Refusal, match="no fund metric"):
        fund(w, "2019")


def moved(data):
    """The same city elsewhere."""
    swap = {old: f"3301{old[4:]}" for old in COUNTIES}
    return {n: f.assign(insu_admdvs=f["insu_admdvs"].replace(swap)) for n, f in data.items()}


def test_the_city_is_the_one_of_the_data():
    data = frames(5)
    here, there = fund(in_memory(data), "2025"), fund(in_memory(moved(data)), "2025")
    assert set(there.table.unit_id) == {"330100"} | {f"3301{c[4:]}" for c in COUNTIES}
    assert there.table.value.tolist() == pytest.approx(here.table.value.tolist(), nan_ok=True)
    assert "嘉兴" not in there.text + "".join(there.table.text)


def test_persons_insured_elsewhere_are_a_unit_of_their_own():
    data = moved(frames(5))
    stray = data["setl_d"].head(3).assign(setl_id=["X1", "X2", "X3"], mdtrt_id=["X1", "X2", "X3"],
                                            insu_admdvs="330402", medfee_sumamt=7.0, fund_pay_sumamt=5.0)
    before = fund(in_memory(data), "2025").table
    data["setl_d"] = pd.concat([data["setl_d"], stray.assign(setl_time=pd.Timestamp("2025-05-01"))])
    after = fund(in_memory(data), "2025").table
    assert set(after.unit_kind) == {"city", "county", "other"} and set(after[after.unit_kind == "other"].unit_id) == {
        "其他地区"}
    same = after[after.unit_kind != "other"].reset_index(drop=True)
    pd.testing.assert_frame_equal(same[["unit_id", "metric", "value"]], before[["unit_id", "metric", "value"]])


def test_settlements_without_insurance_type_are_named_so():
    data = {"setl_d": frames(5)["setl_d"].drop(columns=["insutype", "insu_admdvs"])}
    got = fund(in_memory(data), "2025")
    assert set(got.table.insutype) == {""} and "本市险种未报送" in "".join(got.table.text)
    assert got.table.value.notna().any()
