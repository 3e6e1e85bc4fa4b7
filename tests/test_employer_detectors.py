"""Detectors of employers: for, against, registers that err or are not held."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.small import YEAR, found, reversed_by, stay, tables, why_not
from yb_analytics.detectors import run
from yb_analytics.warehouse import in_memory

MONTHS = [f"2025{m:02d}" for m in range(1, 11)]


def firm(number: str, heads: int = 20, taxed: int | None = None, base: float = 6000.0, wage: float = 6400.0,
         months=MONTHS, **more) -> dict[str, list[dict]]:
    """Months of one employer in the insurance and at the tax office."""
    taxed = heads if taxed is None else taxed
    dues = [{"emp_no": number, "cashym": m, "insutype": "310", "insu_admdvs": "330402", "clct_psncnt": heads,
             "psn_clctstd_sumamt": base * heads, "amt": 0.08 * base * heads, "arvl_amt": 0.08 * base * heads} | more
            for m in months]
    wages = [{"emp_no": number, "ym": m, "psn_cnt": taxed, "wage_amt": wage * taxed, "rpt_date": f"{m[:4]}-{m[4:]}-25"}
             for m in months]
    return {"emp_clct_detl_d": dues, "tax_payroll": wages}


def city(*firms: dict[str, list[dict]], **more) -> dict[str, pd.DataFrame]:
    """Twelve ordinary employers and those given; a settlement tells how far the data reach."""
    rows: dict[str, list[dict]] = {"setl_d": [stay("z", "z", "2025-12-20", "2025-12-28")[1]]}
    for own in (*(firm(f"e{i}", 10 + i) for i in range(12)), *firms):
        for table, part in own.items():
            rows.setdefault(table, []).extend(part)
    return tables(**rows, **more)


def test_bases_far_below_wages_are_found_and_a_bonus_month_is_not():
    hit = found("understated_base", city(firm("low", base=2800.0)))
    assert hit["subject_id"].tolist() == ["low"] and hit["score"][0] >= 0.5 and hit["tier"][0] == "线索"
    assert float(hit["amount"][0]) > 0 and bool(hit["estimated"][0])
    bonus = firm("bonus")
    bonus["tax_payroll"][0]["wage_amt"] *= 6
    assert found("understated_base", city(bonus)).empty


def test_a_base_at_its_cap_is_true_and_a_city_of_low_bases_accuses_nobody():
    assert found("understated_base", city(firm("rich", base=24930.0, wage=60000.0))).empty
    all_low = {t: [r | {"psn_clctstd_sumamt": r["psn_clctstd_sumamt"] * 0.6} if "psn_clctstd_sumamt" in r else r
                   for r in own] for t, own in city_rows().items()}
    assert found("understated_base", tables(**all_low)).empty


def city_rows() -> dict[str, list[dict]]:
    return {name: frame.to_dict("records") for name, frame in city().items()}


def test_more_insured_than_paid_is_no_low_base():
    assert found("understated_base", city(firm("ghost", heads=10, taxed=4))).empty


def test_a_dispute_decided_for_the_worker_closes_the_evidence():
    lost = [{"dispute_id": "d1", "emp_no": "low", "dispute_type": "contribution", "upheld_flag": "1"}]
    assert found("understated_base", city(firm("low", base=2800.0), dispute_d=lost))["tier"].tolist() == ["疑点"]


@pytest.mark.parametrize("name", ["understated_base", "missing_enrolment"])
def test_without_the_tax_office_or_with_few_employers_nothing_is_said(name):
    held = city()
    assert "tax_payroll" in why_not(name, {k: v for k, v in held.items() if k != "tax_payroll"})
    few = {k: v[v["emp_no"].isin(["e1", "e2"])] if "emp_no" in v else v for k, v in held.items()}
    assert "employers can be compared" in why_not(name, few)


def test_staff_only_the_tax_office_knows_is_found():
    hit = found("missing_enrolment", city(firm("short", heads=20, taxed=34)))
    assert hit["subject_id"].tolist() == ["short"] and hit["score"][0] >= 0.5 and hit["tier"][0] == "线索"
    work = [{"psn_no": f"w{i}", "emp_no": "short", "begn_date": "2024-01-01"} for i in range(9)]
    insured = [{"psn_insu_rlts_id": "k", "psn_no": "w8", "insutype": "390", "crt_insu_date": "2020-01-01"}]
    closed = found("missing_enrolment", city(firm("short", heads=20, taxed=34), hr_employment=work, psn_insu_d=insured))
    assert closed["tier"].tolist() == ["疑点"] and "无任何参保关系8人" in closed["why"][0]


def test_one_month_of_many_hands_is_no_gap_and_two_more_heads_are_a_small_one():
    season = firm("season")
    season["tax_payroll"][3] |= {"psn_cnt": 60, "wage_amt": 60 * 6400.0}
    hit = found("missing_enrolment", city(season, firm("two", heads=12, taxed=14), firm("one", heads=9, taxed=10)))
    assert hit["subject_id"].tolist() == ["two"] and hit["score"][0] < 0.5


# Arrears.

def owing(number: str, months: list[str], **more) -> dict[str, list[dict]]:
    own = firm(number, **more)
    own["emp_clct_detl_d"] = [r | {"arvl_amt": 0.0} if r["cashym"] in months else r for r in own["emp_clct_detl_d"]]
    return own


def taxes(number: str, months: list[str], paid: float) -> list[dict]:
    return [{"emp_no": number, "ym": m, "insutype": "310", "due_amt": 100.0, "paid_amt": paid} for m in months]


def test_months_that_did_not_arrive_are_found():
    hit = found("arrears", city(owing("late", MONTHS[2:9])))
    assert hit["subject_id"].tolist() == ["late"] and hit["score"][0] >= 0.5 and hit["tier"][0] == "监测"
    assert hit["grain"][0] == "row" and "emp_clct_detl_d:late|202503|310" in hit["locator"][0]


def test_what_the_tax_office_says_lowers_or_closes():
    alone = found("arrears", city(owing("late", MONTHS[2:9])))["score"][0]
    got = found("arrears", city(owing("late", MONTHS[2:9]), tax_contribution=taxes("late", MONTHS, 100.0)))
    assert got["score"][0] < alone and "核对到账" in got["why"][0]
    not_got = found("arrears", city(owing("late", MONTHS[2:9]), tax_contribution=taxes("late", MONTHS, 0.0)))
    assert not_got["tier"].tolist() == ["线索"] and not_got["score"][0] == alone


def test_two_months_a_rest_of_a_few_percent_and_the_last_month_are_no_arrears():
    last = firm("last", months=[*MONTHS, "202512"])
    last["emp_clct_detl_d"][-1]["arvl_amt"] = 0.0
    rest = firm("rest")
    rest["emp_clct_detl_d"] = [r | {"arvl_amt": r["amt"] * 0.97} for r in rest["emp_clct_detl_d"]]
    assert found("arrears", city(owing("two", MONTHS[:2]), rest, last)).empty


def test_a_ledger_without_arrivals_is_not_evaluable():
    held = city()
    held["emp_clct_detl_d"] = held["emp_clct_detl_d"].drop(columns="arvl_amt")
    assert "arvl_amt" in why_not("arrears", held)


# Sham employment and shells.

def hired(number: str, sick: int = 0, n: int = 6, listed: bool = True, gap: int = 40) -> dict[str, list[dict]]:
    """New staff of an employer, of whom some lie seriously ill in hospital `gap` days after they were insured."""
    out: dict[str, list[dict]] = {"psn_insu_d": [], "hr_employment": [], "mdtrt_d": [], "setl_d": []}
    for i in range(n):
        who, begin = f"{number}_{i}", pd.Timestamp("2025-03-03") + pd.Timedelta(days=3 * i)
        out["psn_insu_d"].append({"psn_insu_rlts_id": f"k{who}", "psn_no": who, "emp_no": number, "insutype": "310",
                                  "psn_type": "1101", "crt_insu_date": begin})
        if listed:
            out["hr_employment"].append({"psn_no": who, "emp_no": number, "begn_date": begin})
        if i < sick:
            visit, paid = stay(f"s{who}", who, str(begin + pd.Timedelta(days=gap)),
                               str(begin + pd.Timedelta(days=gap + 9)), "C34.9", fund=20000.0)
            out["mdtrt_d"].append(visit)
            out["setl_d"].append(paid)
    return out


def staffed(*more: dict[str, list[dict]], **tables_: list[dict]) -> dict[str, pd.DataFrame]:
    return city(*(hired(f"e{i}") for i in range(12)), *more,
                insu_emp_info_b=[{"emp_no": f"e{i}", "emp_type": "10", "tax_reg_no": f"u{i}", "emp_addr": f"街{i}"}
                                 for i in range(12)] + tables_.pop("firms", []), **tables_)


def test_newcomers_who_fall_ill_at_once_and_nobody_knows_are_closed_evidence():
    hit = found("sham_employment", staffed(hired("sham", sick=5, listed=False), firm("sham", heads=12, taxed=6)))
    assert hit["subject_id"].tolist() == ["sham"] and hit["score"][0] >= 0.5 and hit["tier"][0] == "疑点"
    assert hit["grain"][0] == "stay" and len(hit["locator"][0]) == 5 and float(hit["amount"][0]) == 100_000


def test_newcomers_the_labour_register_knows_stay_below_half():
    hit = found("sham_employment", staffed(hired("new", sick=5), firm("new")))
    assert not (hit["score"] >= 0.5).any()


def test_illness_long_after_enrolment_one_case_and_refunded_stays_are_none():
    late = hired("late", sick=5, listed=False, gap=220)
    taken_back = hired("back", sick=5, listed=False)
    taken_back["setl_d"] += [reversed_by(r) for r in taken_back["setl_d"]]
    one = hired("one", sick=1, listed=False)
    hit = found("sham_employment", staffed(late, one))
    assert hit.empty
    hit = found("sham_employment", staffed(taken_back))
    assert float(hit["amount"].astype(float).sum()) == 0


def test_without_the_labour_register_illness_alone_proves_little():
    held = staffed(hired("sham", sick=5, listed=False))
    hit = found("sham_employment", {k: v for k, v in held.items() if k != "hr_employment"})
    assert not (hit["score"] >= 0.5).any()


def test_a_frozen_reference_scores_an_employer_alone_as_in_the_city():
    held = staffed(hired("sham", sick=5, listed=False))
    models: dict = {}
    whole = run(in_memory(held), YEAR, ["sham_employment"], models=models).findings
    own = {k: v[v["emp_no"].eq("sham")] if "emp_no" in v else v for k, v in held.items()}
    own["setl_d"], own["mdtrt_d"] = (held[t][held[t]["psn_no"].str.startswith("sham")] for t in ("setl_d", "mdtrt_d"))
    alone = run(in_memory(own), YEAR, ["sham_employment"], models=models).findings
    assert alone["score"].tolist() == whole["score"].tolist() and alone["why"].tolist() == whole["why"].tolist()


def registered(*numbers: int, **more) -> list[dict]:
    return [{"uscc": f"u{i}", "regn_stas": "1"} | more for i in numbers]


def test_several_signs_make_a_shell_and_one_does_not():
    ghost = hired("ghost", listed=False)
    own = [{"emp_no": "ghost", "emp_type": "10", "tax_reg_no": "u99", "emp_addr": "街99"}]
    held = staffed(ghost, firms=own, market_registration=registered(*range(12)))
    hit = found("shell_employers", held)
    assert hit["subject_id"].tolist() == ["ghost"] and hit["score"][0] >= 0.5 and hit["tier"][0] == "疑点"
    known = found("shell_employers", staffed(hired("ghost"), firm("ghost"), firms=own,
                                             market_registration=registered(*range(12))))
    assert known.empty


def test_an_office_has_no_market_registration_and_registers_not_held_give_no_sign():
    own = [{"emp_no": "office", "emp_type": "30", "tax_reg_no": "g1", "emp_addr": "府前"}]
    held = staffed(hired("office", listed=False), firm("office"), firms=own, market_registration=registered(*range(12)))
    assert found("shell_employers", held).empty
    bare = {k: v for k, v in held.items() if k not in ("market_registration", "tax_payroll")}
    assert "fewer than two" in why_not("shell_employers", bare)


def test_insuring_long_after_the_enterprise_was_closed_is_a_sign():
    gone = registered(0, regn_stas="3", close_date="2024-06-30") + registered(*range(1, 12))
    own = [{"emp_no": "ghost", "emp_type": "10", "tax_reg_no": "u0", "emp_addr": "街0"}]
    hit = found("shell_employers", staffed(hired("ghost"), firms=own, market_registration=gone))
    assert hit["subject_id"].tolist() == ["ghost"] and "注销或吊销后仍在参保" in hit["why"][0]
