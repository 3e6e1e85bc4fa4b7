"""Ways to plant, in the small honest city, what persons fetch and where they are seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.screened import HOSPITALS, SHOPS

START = pd.Timestamp("2025-01-06 09:00")


def fills(city: dict, rows: pd.DataFrame, **more) -> dict:
    """More fills of drugs: `psn_no, fixmedins_code, fee_ocur_time, hilist_code, cnt, prd_days`, a settlement each."""
    n = len(city["fee_list_d"])
    price = rows["hilist_code"].map({"X1": 30.0, "X2": 80.0}).fillna(50.0).astype(float)
    ids = [f"f{n}_{i}" for i in range(len(rows))]
    lines = rows.assign(bkkp_sn=["b" + i for i in ids], mdtrt_id=["m" + i for i in ids], setl_id=["s" + i for i in ids],
                        med_type="11", list_type="101", med_chrgitm_type="09", pric=price,
                        det_item_fee_sumamt=price * rows["cnt"], inscp_amt=price * rows["cnt"]).assign(**more)
    fee = lines["det_item_fee_sumamt"]
    setl = lines[["setl_id", "mdtrt_id", "psn_no", "fixmedins_code", "med_type"]].assign(
        setl_time=lines["fee_ocur_time"], insutype="310", insu_admdvs="330402", medfee_sumamt=fee, acct_pay=0.0,
        fund_pay_sumamt=(fee * 0.6).round(2), inscp_amt=fee, balc=500.0)
    return city | {"fee_list_d": pd.concat([city["fee_list_d"], lines], ignore_index=True),
                   "setl_d": pd.concat([city["setl_d"], setl], ignore_index=True)}


def chronic(city: dict, persons: int = 300) -> dict:
    """Persons who fetch two months of one drug every two months at their own shop, as they should."""
    rng = np.random.default_rng(8)
    who = np.repeat(np.arange(persons), 6)
    day = 60 * np.tile(np.arange(6), persons) + rng.integers(0, 6, len(who))
    day = day + np.repeat(rng.integers(0, 30, persons), 6)
    return fills(city, pd.DataFrame({
        "psn_no": [f"c{i}" for i in who], "fixmedins_code": [SHOPS[i % len(SHOPS)] for i in who], "hilist_code": "X2",
        "fee_ocur_time": START + pd.to_timedelta(day * 24 + rng.integers(0, 8, len(who)), unit="h"), "cnt": 2,
        "prd_days": 60}))


def ring(city: dict, members: int = 6, turns: int = 10, days: int = 56, apart: int = 0) -> dict:
    """Persons who go round three hospitals together every fortnight, each time for weeks of two drugs."""
    rows = [{"psn_no": f"r{m}", "fixmedins_code": HOSPITALS[t % 3], "hilist_code": item, "cnt": 4, "prd_days": days,
             "fee_ocur_time": START + pd.Timedelta(days=14 * t + (m % 3) + apart * m, hours=m)}
            for m in range(members) for t in range(turns) for item in ("X1", "X2")]
    return fills(city, pd.DataFrame(rows))


def elsewhere(city: dict, who: str = "p1", n: int = 20, places: int = 5) -> dict:
    """One person fetches a month of the same drug every week, each time somewhere else."""
    return fills(city, pd.DataFrame({
        "psn_no": who, "fixmedins_code": [SHOPS[i % places] for i in range(n)], "hilist_code": "X1", "cnt": 3,
        "prd_days": 30, "fee_ocur_time": START + pd.to_timedelta(7 * np.arange(n), unit="D")}))


def seen(city: dict, who: str = "p2", n: int = 90, every: float = 2.0, places: int = 6,
         disease: str | None = None) -> dict:
    """One person is seen in clinics every other day, with changing complaints or for one course."""
    at = START + pd.to_timedelta(every * np.arange(n), unit="D")
    ids = [f"v{who}_{i}" for i in range(n)]
    setl = pd.DataFrame({
        "setl_id": ids, "mdtrt_id": ["m" + i for i in ids], "psn_no": who, "med_type": "11", "setl_time": at,
        "fixmedins_code": [HOSPITALS[i % places] for i in range(n)], "insutype": "310", "insu_admdvs": "330402",
        "medfee_sumamt": 90.0, "fund_pay_sumamt": 50.0, "acct_pay": 0.0, "inscp_amt": 90.0, "balc": 500.0})
    diag = pd.DataFrame({"setl_id": ids, "psn_no": who, "diag_type": "1", "diag_srt_no": 1, "maindiag_flag": "1",
                         "diag_code": disease or [f"M{10 + i % 30}.0" for i in range(n)]})
    held = [city["setl_diag_d"]] if "setl_diag_d" in city else []
    return city | {"setl_d": pd.concat([city["setl_d"], setl], ignore_index=True),
                   "setl_diag_d": pd.concat([*held, diag], ignore_index=True)}


def enlarge(city: dict, place: str = "P08", times: int = 6, share: float = 0.3, days: float | None = None) -> dict:
    """Some drug lines of one shop bear several times the usual quantity (days of supply as told)."""
    lines = city["fee_list_d"].copy()
    own = lines.index[(lines["fixmedins_code"] == place) & lines["hilist_code"].isin(["X1", "X2"])]
    some = np.random.default_rng(9).choice(own, int(len(own) * share), replace=False)
    for column in ("cnt", "det_item_fee_sumamt", "inscp_amt"):
        lines[column] = lines[column].astype(float)
        lines.loc[some, column] *= times
    lines["prd_days"] = lines["prd_days"].astype(float)
    lines.loc[some, "prd_days"] = days if days else lines.loc[some, "prd_days"] / times
    return city | {"fee_list_d": lines}


def bunch(city: dict, place: str = "P09", n: int = 60, below: float = 4.0, fixed: bool = False) -> dict:
    """Bills of one shop that end just below 200 yuan (or all at one price below it)."""
    rng = np.random.default_rng(10)
    fee = np.full(n, 198.0) if fixed else (200 - rng.uniform(0.1, below, n)).round(2)
    rows = pd.DataFrame({"psn_no": [f"p{i}" for i in range(n)], "fixmedins_code": place, "hilist_code": "X1",
                         "fee_ocur_time": START + pd.to_timedelta(rng.integers(0, 300 * 24, n), unit="h"), "cnt": 1,
                         "prd_days": 10})
    return fills(city, rows, pric=fee, det_item_fee_sumamt=fee, inscp_amt=fee, med_type="41")
