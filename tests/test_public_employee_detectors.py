"""Detectors of public employees' cards: for, against, who belongs to the cohort."""

from __future__ import annotations

import pandas as pd

from tests.small import found, reversed_by, settled, tables, why_not


def person(i: int, **more) -> dict:
    return {"psn_insu_rlts_id": f"k{i}", "psn_no": f"p{i}", "insutype": "310", "psn_type": "1102",
            "emp_no": f"e{i % 12}", "crt_insu_date": "2015-01-01"} | more


def buys(who: str, days: int, step: int = 30, shops: int = 2, **more) -> list[dict]:
    return [settled(f"{who}_{n}", who, str(pd.Timestamp("2025-01-06 10:00") + pd.Timedelta(days=step * n)),
                    f"P{n % shops}", med_type="41", acct_pay=60.0, fund=40.0, **more) for n in range(days)]


STAFF = [person(i) for i in range(160)]
USUAL = [r for i in range(160) for r in buys(f"p{i}", 4 + i % 8)]


def cohort(extra: list[dict], who: dict | None = None) -> dict[str, pd.DataFrame]:
    return tables(psn_insu_d=STAFF + ([who] if who else []), setl_d=USUAL + extra)


def test_a_card_that_buys_every_other_day_in_many_shops_is_found():
    hit = found("public_card", cohort(buys("px", 60, step=2, shops=7), person(999, psn_no="px")))
    assert hit["subject_id"].tolist() == ["px"] and hit["score"][0] >= 0.5 and hit["tier"][0] == "线索"
    assert hit["locator"][0][0].startswith("px_") and float(hit["amount"][0]) > 0 and "个人账户" in hit["why"][0]


def test_few_shops_stay_below_half_and_others_are_not_looked_at():
    few = found("public_card", cohort(buys("px", 60, step=2, shops=2), person(999, psn_no="px")))
    assert len(few) == 1 and few["score"][0] < 0.5
    other = person(999, psn_no="px", psn_type="1101", quts_type="9")
    assert found("public_card", cohort(buys("px", 60, step=2, shops=7), other)).empty
    told = found("public_card", cohort(buys("px", 60, step=2, shops=7), other | {"quts_type": "2"}))
    assert told["subject_id"].tolist() == ["px"]


def test_what_was_taken_back_was_not_bought_and_a_small_cohort_is_not_compared():
    rows = buys("px", 60, step=2, shops=7)
    assert found("public_card", cohort(rows + [reversed_by(r) for r in rows], person(999, psn_no="px"))).empty
    few = tables(psn_insu_d=STAFF[:20], setl_d=USUAL[:80])
    assert "persons to compare" in why_not("public_card", few)
    assert "psn_insu_d" in why_not("public_card", tables(setl_d=USUAL[:80]))


def test_an_employer_whose_staff_buy_much_is_a_signal_only():
    staff = [person(i, emp_no=f"e{i % 40}") for i in range(480)]
    bought = [r for i in range(480) for r in buys(f"p{i}", *((30, 3, 5) if i % 40 == 3 else (4 + i % 8,)))]
    hit = found("public_employers", tables(psn_insu_d=staff, setl_d=bought))
    assert hit["subject_id"].tolist() == ["e3"] and 0 < hit["score"][0] < 0.5 and hit["tier"][0] == "监测"
    assert found("public_employers", cohort([])).empty
