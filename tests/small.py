"""Small tables for tests of detectors that compare registers: one row a call, a warehouse of what was called."""

from __future__ import annotations

import pandas as pd

from yb_analytics.detectors import run
from yb_analytics.schema import Period
from yb_analytics.warehouse import in_memory

YEAR = Period.parse("2025")


def settled(number: str, who: str, at: str, place: str = "H1", **more) -> dict:
    """A settlement of an outpatient visit; `fund` is what the fund paid."""
    fund = more.pop("fund", 100.0)
    return {"setl_id": number, "mdtrt_id": f"m{number}", "psn_no": who, "fixmedins_code": place, "med_type": "11",
            "setl_time": pd.Timestamp(at), "begndate": pd.Timestamp(at).normalize(), "insutype": "310",
            "insu_admdvs": "330402", "fix_blng_admdvs": "330402", "setl_type": "2", "pay_loc": "2",
            "medfee_sumamt": 1.5 * fund, "fund_pay_sumamt": fund, "refd_setl_flag": "0"} | more


def reversed_by(row: dict, number: str = "") -> dict:
    """The row that takes a settlement back."""
    money = {k: -row[k] for k in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay") if k in row}
    return row | money | {"setl_id": number or f"r{row['setl_id']}", "init_setl_id": row["setl_id"],
                          "refd_setl_flag": "1"}


def line(number: str, of: dict, kind: str = "03", **more) -> dict:
    """A fee line of a settlement; kind of charge 03 is an examination, 09 a drug."""
    return {"bkkp_sn": number, "setl_id": of["setl_id"], "mdtrt_id": of["mdtrt_id"], "psn_no": of["psn_no"],
            "fixmedins_code": of["fixmedins_code"], "med_type": of["med_type"], "fee_ocur_time": of["setl_time"],
            "hilist_code": f"x{kind}", "hilist_name": "项目", "list_type": "101" if kind == "09" else "201",
            "med_chrgitm_type": kind, "pric": of["medfee_sumamt"], "cnt": 1,
            "det_item_fee_sumamt": of["medfee_sumamt"], "inscp_amt": of["medfee_sumamt"]} | more


def stay(number: str, who: str, begin: str, end: str, diag: str = "J18.9", **more) -> tuple[dict, dict]:
    """A stay in hospital and its settlement: rows of `mdtrt_d` and `setl_d`."""
    paid = settled(number, who, end, **({"med_type": "21"} | more))
    paid |= {"begndate": pd.Timestamp(begin).normalize(), "enddate": pd.Timestamp(end).normalize()}
    visit = {k: paid[k] for k in ("mdtrt_id", "psn_no", "fixmedins_code", "med_type", "insutype", "insu_admdvs",
                                  "fix_blng_admdvs")}
    return visit | {"begntime": pd.Timestamp(begin), "endtime": pd.Timestamp(end), "dscg_maindiag_code": diag}, paid


def tables(**rows: list[dict]) -> dict[str, pd.DataFrame]:
    """Frames of the rows by table; tables without rows are not held."""
    return {name: pd.DataFrame(own) for name, own in rows.items() if own}


def asked(name: str, held: dict[str, pd.DataFrame], period: Period = YEAR):
    """Answers of one detector on small tables."""
    return run(in_memory(held), period, [name])


def found(name: str, held: dict[str, pd.DataFrame], period: Period = YEAR) -> pd.DataFrame:
    """Findings of one detector; anything but an evaluation fails."""
    told = asked(name, held, period)
    assert told.coverage["state"].tolist() == ["evaluated"], told.coverage["reason"].tolist()
    return told.findings.sort_values("score", ascending=False, ignore_index=True)


def why_not(name: str, held: dict[str, pd.DataFrame]) -> str:
    """Reason of a detector that cannot be evaluated."""
    told = asked(name, held)
    assert told.coverage["state"].tolist() == ["not evaluable"], told.coverage.to_string()
    return told.coverage["reason"][0]
