"""A small honest city for the tests of detectors and leads, and ways to plant one scheme in it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.warehouse import in_memory

HOSPITALS = [f"H{i:02d}" for i in range(24)]
SHOPS = [f"P{i:02d}" for i in range(16)]
COUNTIES = ["330402", "330411", "330421", "330424"]
ITEMS = {"X1": ("101", "09", 30.0), "X2": ("101", "09", 80.0), "T1": ("201", "03", 120.0), "S1": ("201", "05", 60.0)}


def _register() -> pd.DataFrame:
    rows = [(c, "1", "05" if i < 10 else "08", "1" if i < 16 else "4", COUNTIES[i % 4])
            for i, c in enumerate(HOSPITALS)]
    rows += [(c, "2", None, "6", COUNTIES[i % 4]) for i, c in enumerate(SHOPS)]
    return pd.DataFrame(rows, columns=["fixmedins_code", "fixmedins_type", "hosp_lv", "medins_type",
                                       "fix_blng_admdvs"])


def honest(seed: int = 7, persons: int = 900) -> dict[str, pd.DataFrame]:
    """Tables of an honest city over 2025."""
    rng = np.random.default_rng(seed)
    parts = [_visits(rng, HOSPITALS, persons, "21", 1600, "s"), _visits(rng, HOSPITALS, persons, "11", 3200, "o"),
             _visits(rng, SHOPS, persons, "41", 3600, "r")]
    setl = pd.concat(parts, ignore_index=True)
    lines = _lines(rng, setl)
    fee = lines.groupby("setl_id")["det_item_fee_sumamt"].sum().round(2)
    setl["medfee_sumamt"] = setl["setl_id"].map(fee)
    retail = setl["med_type"] == "41"
    setl["fund_pay_sumamt"] = (setl["medfee_sumamt"] * np.where(retail, 0.2, 0.6)).round(2)
    setl["acct_pay"] = np.where(retail, (setl["medfee_sumamt"] - setl["fund_pay_sumamt"]).round(2), 0)
    setl["balc"] = rng.uniform(5, 3000, len(setl)).round(2)
    setl["inscp_amt"] = setl["medfee_sumamt"]
    stays = setl[setl["med_type"] == "21"]
    mdtrt = stays[["mdtrt_id", "psn_no", "fixmedins_code", "med_type", "begntime"]].assign(
        endtime=stays["setl_time"], dscg_maindiag_code=rng.choice(["J18.9", "I10", "K80.2"], len(stays)), dscg_way="1")
    trace = _trace(lines)
    return {"setl_d": setl.drop(columns="begntime"), "mdtrt_d": mdtrt, "fee_list_d": lines, "drug_trace_d": trace,
            "fixmedins_b": _register()}


def _visits(rng, places, persons, med_type, n, mark) -> pd.DataFrame:
    day = pd.Timestamp("2025-01-02") + pd.to_timedelta(rng.integers(0, 340, n), unit="D")
    begin = day + pd.to_timedelta(rng.integers(8 * 3600, 17 * 3600, n), unit="s")
    end = begin + pd.to_timedelta(rng.integers(3, 12, n) if med_type == "21" else np.zeros(n, int), unit="D")
    return pd.DataFrame({
        "setl_id": [f"{mark}{i}" for i in range(n)], "mdtrt_id": [f"m{mark}{i}" for i in range(n)],
        "psn_no": [f"p{i}" for i in rng.integers(0, persons, n)], "fixmedins_code": rng.choice(places, n),
        "med_type": med_type, "begntime": begin, "setl_time": end, "insutype": "310", "insu_admdvs": "330402"})


def _lines(rng, setl: pd.DataFrame) -> pd.DataFrame:
    many = np.where(setl["med_type"] == "21", 6, 2)
    at = np.repeat(np.arange(len(setl)), many)
    code = rng.choice(list(ITEMS), len(at))
    drug = np.where(np.isin(code, ["X1", "X2"]), code, "X1")
    code = np.where((setl["med_type"] == "41").to_numpy()[at], drug, code)
    level = pd.Series(np.exp(rng.normal(0, 0.08, len(HOSPITALS) + len(SHOPS))), index=HOSPITALS + SHOPS)
    price = np.array([ITEMS[c][2] for c in code]) * level[setl["fixmedins_code"].to_numpy()[at]].to_numpy()
    cnt = rng.integers(1, 4, len(at))
    out = setl[["setl_id", "mdtrt_id", "psn_no", "fixmedins_code", "med_type"]].iloc[at].reset_index(drop=True)
    fee = (price * cnt).round(2)
    return out.assign(
        bkkp_sn=[f"b{i}" for i in range(len(at))], fee_ocur_time=setl["begntime"].to_numpy()[at], hilist_code=code,
        list_type=[ITEMS[c][0] for c in code], med_chrgitm_type=[ITEMS[c][1] for c in code], pric=price.round(4),
        cnt=cnt, det_item_fee_sumamt=fee, inscp_amt=fee, prd_days=np.where(np.char.startswith(code, "X"), 10 * cnt, 0))


def _trace(lines: pd.DataFrame) -> pd.DataFrame:
    sold = lines[(lines["med_type"] == "41")].reset_index(drop=True)
    return pd.DataFrame({
        "drug_trac_codg": [f"T{i}" for i in range(len(sold))], "sale_sn": [f"q{i}" for i in range(len(sold))],
        "bkkp_sn": sold["bkkp_sn"], "setl_id": sold["setl_id"], "fixmedins_code": sold["fixmedins_code"],
        "psn_no": sold["psn_no"], "sale_time": sold["fee_ocur_time"], "split_flag": "0", "refd_flag": "0"})


def split(city: dict, place: str = "H03") -> dict:
    """Every second stay at one hospital is cut in two, the second part a day later."""
    setl, mdtrt = city["setl_d"], city["mdtrt_d"]
    own = mdtrt[mdtrt["fixmedins_code"] == place].iloc[::2]
    again = own.assign(mdtrt_id="again" + own["mdtrt_id"], begntime=own["endtime"] + pd.Timedelta(days=1),
                       endtime=own["endtime"] + pd.Timedelta(days=5))
    paid = setl.set_index("mdtrt_id").loc[own["mdtrt_id"]].reset_index()
    paid = paid.assign(setl_id="again" + paid["setl_id"], mdtrt_id="again" + paid["mdtrt_id"],
                       setl_time=again["endtime"].to_numpy())
    return city | {"mdtrt_d": pd.concat([mdtrt, again]), "setl_d": pd.concat([setl, paid])}


def inflate(city: dict, place: str = "H05", factor: float = 2.0) -> dict:
    """Prices of one hospital multiplied."""
    money = {"setl_d": ["medfee_sumamt", "fund_pay_sumamt", "inscp_amt"],
             "fee_list_d": ["pric", "det_item_fee_sumamt", "inscp_amt"]}
    out = dict(city)
    for table, columns in money.items():
        frame = city[table].copy()
        frame.loc[frame["fixmedins_code"] == place, columns] = (
            frame.loc[frame["fixmedins_code"] == place, columns].astype(float) * factor).round(2)
        out[table] = frame
    return out


def drain(city: dict, place: str = "P03", n: int = 60) -> dict:
    """Round, large account payments that empty the account, seconds apart, at one pharmacy."""
    start = pd.Timestamp("2025-12-20 22:30")
    rows = pd.DataFrame({
        "setl_id": [f"d{i}" for i in range(n)], "mdtrt_id": [f"md{i}" for i in range(n)],
        "psn_no": [f"p{i}" for i in range(n)], "fixmedins_code": place, "med_type": "41",
        "setl_time": [start + pd.Timedelta(seconds=40 * (i % 20), days=i // 20) for i in range(n)],
        "insutype": "310", "insu_admdvs": "330402", "medfee_sumamt": 800.0, "fund_pay_sumamt": 0.0,
        "acct_pay": 800.0, "balc": 0.0, "inscp_amt": 800.0})
    return city | {"setl_d": pd.concat([city["setl_d"], rows])}


def meet(city: dict, members: int = 8, days: int = 10, place: str = "P05") -> dict:
    """The same people at one pharmacy within minutes on many days."""
    rows = pd.DataFrame([
        {"setl_id": f"g{d}_{i}", "mdtrt_id": f"mg{d}_{i}", "psn_no": f"g{i}", "fixmedins_code": place, "med_type": "41",
         "setl_time": pd.Timestamp("2025-02-01 09:10") + pd.Timedelta(days=17 * d, seconds=37 * i + 900 * (d % 5)),
         "insutype": "310", "insu_admdvs": "330402", "medfee_sumamt": 150.0, "fund_pay_sumamt": 90.0,
         "acct_pay": 60.0, "balc": 500.0, "inscp_amt": 150.0} for d in range(days) for i in range(members)])
    return city | {"setl_d": pd.concat([city["setl_d"], rows])}


def resell(city: dict, place: str = "P07", n: int = 25, **marks) -> dict:
    """Codes that other shops sold, sold again at one."""
    trace = city["drug_trace_d"]
    first = trace[trace["fixmedins_code"] != place].head(n)
    own = trace[trace["fixmedins_code"] == place].head(n)
    again = own.assign(drug_trac_codg=first["drug_trac_codg"].to_numpy(), sale_sn="again" + own["sale_sn"],
                       sale_time=pd.Timestamp("2025-12-15 10:00"), **marks)
    return city | {"drug_trace_d": pd.concat([trace, again])}


def hoard(city: dict, who: str = "p1", fills: int = 24, days: int = 60) -> dict:
    """One person buys two months of a drug every fortnight in changing shops."""
    lines = city["fee_list_d"]
    rows = pd.DataFrame({
        "bkkp_sn": [f"h{i}" for i in range(fills)], "mdtrt_id": [f"mh{i}" for i in range(fills)],
        "setl_id": [f"sh{i}" for i in range(fills)], "psn_no": who,
        "fixmedins_code": [SHOPS[i % 5] for i in range(fills)], "med_type": "41",
        "fee_ocur_time": [pd.Timestamp("2025-01-03 10:00") + pd.Timedelta(days=14 * i) for i in range(fills)],
        "hilist_code": "X2", "list_type": "101", "med_chrgitm_type": "09", "pric": 80.0, "cnt": 6,
        "det_item_fee_sumamt": 480.0, "inscp_amt": 480.0, "prd_days": days})
    paid = rows.drop_duplicates("setl_id")
    setl = pd.DataFrame({
        "setl_id": paid["setl_id"], "mdtrt_id": paid["mdtrt_id"], "psn_no": who,
        "fixmedins_code": paid["fixmedins_code"],
        "med_type": "41", "setl_time": paid["fee_ocur_time"], "insutype": "310", "insu_admdvs": "330402",
        "medfee_sumamt": 480.0, "fund_pay_sumamt": 300.0, "acct_pay": 180.0, "balc": 500.0, "inscp_amt": 480.0})
    return city | {"fee_list_d": pd.concat([lines, rows]), "setl_d": pd.concat([city["setl_d"], setl])}


def warehouse(city: dict):
    """The city as a warehouse."""
    return in_memory(city)
