"""A month's visits, settlements, lines, diagnoses and trace codes in the columns of the platform."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.city._billing import VISIT_ID, numbers
from yb_analytics.city._people import employer_numbers
from yb_analytics.city._providers import doctor_codes
from yb_analytics.city._shape import COUNTIES, KINDS, restricted, shape
from yb_analytics.city._town import DAY, Town, day_of
from yb_analytics.city._trace import codes
from yb_analytics.city._write import Writer, months_of

MED = np.array([str(i) for i in range(100)])
HOUR = 3600
KIND_OF_PERSON = np.array(["1101", "1102", "1103", "1201", "1202", "14", "15", "16"])

MONEY = {
    "medfee_sumamt": "total",
    "fulamt_ownpay_amt": "ful",
    "overlmt_selfpay": "over",
    "preselfpay_amt": "ahead",
    "inscp_amt": "inscp",
    "act_pay_dedc": "ded",
    "hifp_pay": "hifp",
    "cvlserv_pay": "cvl",
    "hifmi_pay": "mi",
    "maf_pay": "maf",
    "fund_pay_sumamt": "fund",
    "psn_pay": "psn",
    "acct_pay": "acct",
    "cash_payamt": "cash",
    "balc": "balc",
}
"""Platform column of each sum."""

ITEM = ("hilist_code", "hilist_name", "list_type", "med_chrgitm_type", "chrgitm_lv")




def _person(town: Town, person: np.ndarray) -> dict[str, Any]:
    p = town.people
    return {
        "psn_no": town.people.number(person),
        "gend": (p.sex[person], ["", "1", "2"]),
        "brdy": p.born[person],
        "insutype": (p.staff[person].astype(int), ["390", "310"]),
        "psn_type": (KIND_OF_PERSON.searchsorted(p.psn_type)[person], KIND_OF_PERSON),
        "insu_admdvs": (p.county[person], COUNTIES["code"]),
    }


def _place(town: Town, inst: np.ndarray) -> dict[str, Any]:
    pr = town.providers
    area = np.where(np.arange(pr.n) < pr.local, COUNTIES["code"].to_numpy()[pr.county], pr.area)
    return {"fixmedins_code": (inst, pr.code), "hosp_lv": (inst, pr.grade), "fix_blng_admdvs": (inst, area)}


def complete(town: Town, found: pd.DataFrame, month: int, known: dict[int, int]) -> pd.DataFrame:
    """Ids, doctors, and the visit before a referral."""
    rng = town.stream("visits", month)
    found["mdtrt_id"] = numbers(town, VISIT_ID, int(town.days(month)["ym"].iloc[0]), found["beg"].to_numpy())
    count = town.providers.doctors[found["inst"]]
    chosen = (rng.beta(0.8, 1.6, len(found)) * count).astype(int)
    doctor = town.providers.first_doctor[found["inst"]] + chosen
    local = (count > 0) & (found["inst"].to_numpy() < town.providers.local)
    found["doctor"] = np.where(local & (rng.random(len(found)) > shape().missing_doctor), doctor, -1)
    found["lost"] = rng.random(len(found)) < shape().missing_diagnosis
    keyed = found["key"] >= 0
    known.update(zip(found.loc[keyed, "key"], found.loc[keyed, "mdtrt_id"], strict=True))
    found["before"] = [known.get(k, 0) if k >= 0 else 0 for k in found["ref"]]
    return found


def _doctor(town: Town, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return index, np.char.add("D", doctor_codes(np.arange(town.providers.doctors.sum())).astype(str))


def _department(town: Town, diag: np.ndarray) -> tuple[np.ndarray, list]:
    names, index = np.unique(town.book.diagnoses["dept"].to_numpy(str), return_inverse=True)
    return np.where(diag >= 0, index[np.maximum(diag, 0)], -1), [f"{3 * i + 101:04d}" for i in range(len(names))]


def write_visits(town: Town, found: pd.DataFrame, out: Writer, month: int) -> None:
    """`mdtrt_d`."""
    rng = town.stream("mdtrt_d", month)
    stay = (found["kind"] == KINDS["stay"]).to_numpy()
    beg, end = found["beg"].to_numpy(), found["end"].to_numpy()
    open_ = end >= town.last * DAY
    diag = np.where(found["lost"] | (found["kind"] == KINDS["pharmacy"]), -1, found["diag"])
    special = town.book.items["special"].str.removeprefix("oprn:")
    nights = np.maximum(1, day_of(end) - day_of(beg))
    beds = np.maximum(town.providers.beds[found["inst"]], 1)
    bed = (rng.random(len(found)) * beds).astype(int) + 1
    out.fact(
        "mdtrt_d",
        {
            "mdtrt_id": found["mdtrt_id"],
            **_person(town, found["person"].to_numpy()),
            **_place(town, found["inst"].to_numpy()),
            "med_type": (found["med"], MED),
            "begntime": beg,
            "endtime": np.where(open_, 0, end),
            "ipt_days": np.where(stay & ~open_, nights, np.nan),
            "adm_dept_codg": _department(town, np.where(stay, found["diag"], -1)),
            "adm_bed": np.where(stay, bed, 0),
            "chfpdr_code": _doctor(town, found["doctor"].to_numpy()),
            "dscg_maindiag_code": (diag, town.book.diagnoses["diag_code"]),
            "dscg_maindiag_name": (diag, town.book.diagnoses["diag_name"]),
            "matn_type": np.select(
                [(found["diag"] == town.book.disease[c]).to_numpy() for c in ("O82.000", "O80.000")], [3, 1], 0
            ),
            "die_date": np.where((found["dscg"] == 5) & stay & ~open_, day_of(end), 0),
            "dscg_way": (np.where(stay & ~open_, found["dscg"], -1), [str(i) for i in range(10)]),
            "oprn_oprt_code": (found["surgery"].to_numpy(), special),
            "refl_old_mdtrt_id": found["before"].to_numpy(),
            "vali_flag": (np.zeros(len(found), int), ["1"]),
            "updt_time": end + 20 * HOUR,
        },
        months_of(beg),
    )


def write_settlements(town: Town, found: pd.DataFrame, s: pd.DataFrame, out: Writer, month: int) -> None:
    """`setl_d`."""
    rng, p = town.stream("setl_d", month), town.people
    person, inst, time = s["person"].to_numpy(), s["inst"].to_numpy(), s["time"].to_numpy()
    pr = town.providers
    far = inst >= pr.local
    inside_province = np.char.startswith(pr.area.astype(str), "33")[inst]
    loc = np.where(far, np.where(rng.random(len(s)) < 0.08, 0, np.where(inside_province, 2, 3)), 1)
    zero = np.zeros(len(s), dtype=np.int64)
    out.fact(
        "setl_d",
        {
            "setl_id": s["setl_id"],
            "mdtrt_id": found["mdtrt_id"].to_numpy()[s["v"]],
            "init_setl_id": s["init"],
            **_person(town, person),
            "cvlserv_flag": (p.civil[person].astype(int), ["0", "1"]),
            "emp_no": employer_numbers(p.employer[person]),
            "pay_loc": (loc, ["1", "2", "3", "4"]),
            **_place(town, inst),
            "fixmedins_name": (inst, pr.name),
            "begndate": day_of(found["beg"].to_numpy())[s["v"]],
            "enddate": np.minimum(day_of(time), day_of(found["end"].to_numpy())[s["v"]]),
            "setl_time": time,
            "mdtrt_cert_type": (rng.choice(4, len(s), p=[0.45, 0.12, 0.38, 0.05]), ["01", "02", "03", "04"]),
            "med_type": (s["med"], MED),
            **{a: s[b].to_numpy() for a, b in MONEY.items()},
            "setl_type": (np.where(loc == 0, 0, 1), ["1", "2"]),
            "invono": 10**16 + s["setl_id"].to_numpy() % 10**13,
            "hifes_pay": zero,
            "hifob_pay": zero,
            "othfund_pay": zero,
            "refd_setl_flag": (s["refd"], ["0", "1"]),
            "mid_setl_flag": (s["mid"], ["0", "1"]),
            "vali_flag": (zero, ["1"]),
            "updt_time": time + np.where(rng.random(len(s)) < 0.97, 2, 60) * HOUR,
        },
        months_of(time),
    )


def _prescribed(town: Town, found: pd.DataFrame, lines: pd.DataFrame) -> dict:
    """Days of supply and prescription of the lines that are drugs."""
    drug = town.book.items["list_type"].isin(["101", "102"]).to_numpy()[lines["item"]]
    supply, own = lines["supply"].to_numpy(), lines["init"].to_numpy() == 0
    return {"prd_days": np.where(drug & (supply > 0), supply, np.nan),
            "rx_drord_no": np.where(drug & own, found["mdtrt_id"].to_numpy()[lines["v"]], 0)}


def write_lines(town: Town, found: pd.DataFrame, s: pd.DataFrame, lines: pd.DataFrame, out: Writer,
                month: int) -> None:
    """`fee_list_d`; a few lines carry an odd hour."""
    rng, b = town.stream("fee_list_d", month), town.book
    v, item, at = lines["v"].to_numpy(), lines["item"].to_numpy(), lines["at"].to_numpy()
    odd = (rng.random(len(lines)) < shape().odd_time) & (lines["init"].to_numpy() == 0)
    at = np.where(odd, at // DAY * DAY + rng.integers(0, 5 * HOUR, len(lines)), at)
    settled = s["time"].to_numpy()[lines["s"]] < town.last * DAY
    diag = np.where(found["kind"].to_numpy()[v] == KINDS["pharmacy"], -1, found["diag"].to_numpy()[v])
    out.fact(
        "fee_list_d",
        {
            "bkkp_sn": lines["bkkp"],
            "init_feedetl_sn": lines["init"],
            "mdtrt_id": found["mdtrt_id"].to_numpy()[v],
            "setl_id": np.where(settled, s["setl_id"].to_numpy()[lines["s"]], 0),
            "psn_no": town.people.number(found["person"].to_numpy()[v]),
            "fixmedins_code": (found["inst"].to_numpy()[v], town.providers.code),
            "med_type": (found["med"].to_numpy()[v], MED),
            "fee_ocur_time": at,
            "cnt": lines["cnt"],
            "pric": lines["pric"].to_numpy() / 100,
            "det_item_fee_sumamt": lines["total"],
            "pric_uplmt_amt": np.where(b.limit[item] >= 0, b.limit[item] / 100, np.nan),
            "fulamt_ownpay_amt": lines["ful"],
            "inscp_amt": lines["inscp"],
            **{name: (item, b.items[name]) for name in ITEM},
            "bilg_dept_codg": _department(town, diag),
            "bilg_dr_code": _doctor(town, found["doctor"].to_numpy()[v]),
            "lmt_used_flag": (restricted(b.items).astype(int)[item], ["0", "1"]),
            "dscg_tkdrug_flag": (lines["take"].to_numpy(), ["0", "1"]),
            **_prescribed(town, found, lines),
            "overlmt_selfpay": lines["over"],
            "preselfpay_amt": lines["ahead"],
            "crte_time": at + 1800,
            "vali_flag": (np.zeros(len(lines), int), ["1"]),
            "updt_time": at + 8 * HOUR,
        },
        months_of(at),
    )


def write_diagnoses(town: Town, found: pd.DataFrame, s: pd.DataFrame, out: Writer, month: int) -> None:
    """`setl_diag_d`: the main diagnosis, and one to three more for stays."""
    rng, sick = town.stream("setl_diag_d", month), town.book.diagnoses
    rows = s[(s["refd"] == 0) & (s["kind"] != KINDS["pharmacy"]) & (s["time"] < town.last * DAY)]
    v = rows["v"].to_numpy()
    rows = rows[~found["lost"].to_numpy()[v] & (found["diag"].to_numpy()[v] >= 0)]
    v = rows["v"].to_numpy()
    stay = (rows["kind"] == KINDS["stay"]).to_numpy()
    count = 1 + np.where(stay, rng.binomial(3, 0.45, len(rows)), rng.random(len(rows)) < 0.12)
    at = np.repeat(np.arange(len(rows)), count)
    rank = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    weight = ((sick["chronic"] == 1) & (sick["gend"] == "")).to_numpy() * sick["w65"].to_numpy(float)
    other = rng.choice(len(sick), len(at), p=weight / weight.sum())
    diag = np.where(rank == 0, found["diag"].to_numpy()[v][at], other)
    time = rows["time"].to_numpy()[at]
    present = rng.choice(4, len(at), p=[0.9, 0.03, 0.03, 0.04])
    out.fact(
        "setl_diag_d",
        {
            "setl_id": rows["setl_id"].to_numpy()[at],
            "mdtrt_id": found["mdtrt_id"].to_numpy()[v][at],
            "psn_no": town.people.number(rows["person"].to_numpy()[at]),
            "diag_type": (np.zeros(len(at), int), ["1"]),
            "diag_srt_no": rank + 1,
            "maindiag_flag": ((rank == 0).astype(int), ["0", "1"]),
            "diag_code": (diag, sick["diag_code"]),
            "diag_name": (diag, sick["diag_name"]),
            "adm_cond_type": (np.where(stay[at], present, -1), ["1", "2", "3", "4"]),
            "updt_time": time + 2 * HOUR,
        },
        months_of(time),
    )
    _write_operations(town, found, rows[(rows["mid"] == 0).to_numpy()], out, rng)


def _write_operations(
    town: Town, found: pd.DataFrame, rows: pd.DataFrame, out: Writer, rng: np.random.Generator
) -> None:
    """Operations beside the diagnoses (`diag_type` 9): when each began and ended, and who operated."""
    cut = found["surgery"].to_numpy()[rows["v"]] >= 0
    rows = rows[cut & (rows["kind"] == KINDS["stay"]).to_numpy()]
    v = rows["v"].to_numpy()
    begin = found["beg"].to_numpy()[v] // DAY * DAY + (9 + rng.gamma(2.0, 1.6, len(v)).clip(0, 12)) * HOUR
    begin = np.maximum(begin, found["beg"].to_numpy()[v] + 1800).astype(np.int64)
    item, doctor = found["surgery"].to_numpy()[v], found["doctor"].to_numpy()[v]
    out.fact(
        "setl_diag_d",
        {
            "setl_id": rows["setl_id"].to_numpy(),
            "mdtrt_id": found["mdtrt_id"].to_numpy()[v],
            "psn_no": town.people.number(rows["person"].to_numpy()),
            "diag_type": (np.zeros(len(v), int), ["9"]),
            "diag_srt_no": np.ones(len(v), int),
            "maindiag_flag": (np.ones(len(v), int), ["0", "1"]),
            "diag_code": (item, town.book.items["special"].str.removeprefix("oprn:")),
            "diag_name": (item, town.book.items["hilist_name"]),
            "oprn_oprt_begntime": begin,
            "oprn_oprt_endtime": begin + (1800 + rng.gamma(2.2, 1900, len(v))).astype(np.int64),
            "oper_dr_code": _doctor(town, doctor),
            "updt_time": rows["time"].to_numpy() + 2 * HOUR,
        },
        months_of(rows["time"].to_numpy()),
    )


def write_trace(town: Town, rows: pd.DataFrame, s: pd.DataFrame, out: Writer) -> None:
    """`drug_trace_d`."""
    person = rows["person"].to_numpy(np.int64)
    setl = np.where(rows["s"] >= 0, s["setl_id"].to_numpy()[np.maximum(rows["s"], 0)], 0)
    out.fact(
        "drug_trace_d",
        {
            "drug_trac_codg": codes(rows["item"].to_numpy(), rows["serial"].to_numpy()),
            "sale_sn": rows["sale_sn"],
            "bkkp_sn": rows["bkkp"],
            "setl_id": setl,
            "fixmedins_code": (rows["inst"].to_numpy(), town.providers.code),
            "hilist_code": (rows["item"].to_numpy(), town.book.items["hilist_code"]),
            "psn_no": np.where(person >= 0, town.people.number(np.maximum(person, 0)), 0),
            "sale_time": rows["at"].to_numpy(),
            "split_flag": ((rows["flag"] == 2).astype(int), ["0", "1"]),
            "refd_flag": ((rows["refunded"] == 1).astype(int), ["0", "1"]),
            "updt_time": rows["at"].to_numpy() + 4 * HOUR,
        },
        months_of(rows["at"].to_numpy()),
    )


def bed_days(town: Town, found: pd.DataFrame) -> pd.DataFrame:
    """Nights in bed by month and local institution; a stay that goes on is counted until the city's end."""
    stays = found[(found["kind"] == KINDS["stay"]) & (found["inst"] < town.providers.local)]
    first = day_of(stays["beg"].to_numpy())
    nights = np.maximum(1, np.minimum(day_of(stays["end"].to_numpy()), town.last) - first)
    row = np.repeat(np.arange(len(stays)), nights)
    day = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(nights) - nights, nights)
    frame = pd.DataFrame({"ym": months_of(day * DAY), "inst": stays["inst"].to_numpy()[row], "days": 1})
    return frame.groupby(["ym", "inst"], as_index=False)[["days"]].sum()
