"""Defects as deliveries have them, planted into the frames of a small city; written without looking at the checks.

Each defect takes the frames and a random generator, damages one table in place and returns its name.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

Frames = dict[str, pd.DataFrame]
Defect = Callable[[Frames, np.random.Generator], str]


@lru_cache(maxsize=4)
def _made(seed: int) -> Frames:
    from yb_analytics.city import make_city

    folder = Path(tempfile.mkdtemp(prefix="yb-defects-"))
    try:
        made = make_city(folder / "city", persons=800, start="2025-01", months=8, seed=seed, schemes="none",
                         progress=False)
        return {t: pq.read_table(made.folder / "data" / t).to_pandas(date_as_object=False) for t in made.rows}
    finally:
        shutil.rmtree(folder)


def city_frames(seed: int) -> Frames:
    """Frames of an honest city of 800 persons and eight months; the caller's own to damage."""
    return {t: f.copy() for t, f in _made(seed).items()}


FACTS = {"setl_d": "setl_time", "mdtrt_d": "begntime", "fee_list_d": "fee_ocur_time"}
KEYS = {"setl_d": "setl_id", "mdtrt_d": "mdtrt_id", "fee_list_d": "bkkp_sn", "review_d": "review_id",
        "psn_insu_d": "psn_insu_rlts_id", "inspection_d": "inspection_id", "med_dfr_d": "dfr_id"}
MONEY = {"setl_d": ["medfee_sumamt", "fund_pay_sumamt", "hifp_pay", "psn_pay", "acct_pay", "cash_payamt", "inscp_amt"],
         "fee_list_d": ["pric", "det_item_fee_sumamt", "inscp_amt"]}
LINKS = {"setl_d": ["psn_no", "fixmedins_code"], "mdtrt_d": ["psn_no", "fixmedins_code"],
         "fee_list_d": ["psn_no", "fixmedins_code", "mdtrt_id", "setl_id", "hilist_code"],
         "setl_diag_d": ["setl_id", "mdtrt_id"], "review_d": ["setl_id"], "psn_insu_d": ["psn_no"],
         "drug_trace_d": ["bkkp_sn", "fixmedins_code", "hilist_code"]}


def _pick(rng: np.random.Generator, values) -> str:
    values = list(values)
    return values[int(rng.integers(len(values)))]


def _some(frame: pd.DataFrame, rng: np.random.Generator, share: float) -> np.ndarray:
    """Row labels of a random share, at least five."""
    size = min(len(frame), max(5, int(share * len(frame))))
    return rng.choice(frame.index.to_numpy(), size, replace=False)


def _fact(rng: np.random.Generator) -> tuple[str, str]:
    table = _pick(rng, FACTS)
    return table, FACTS[table]


def _month(frame: pd.DataFrame, at: str, rng: np.random.Generator) -> tuple[pd.Series, pd.Period]:
    """Rows of a month in the middle."""
    months = frame[at].dt.to_period("M")
    middle = sorted(months.dropna().unique())[1:-1]
    one = middle[int(rng.integers(len(middle)))]
    return months == one, one


def _renamed(rows: pd.DataFrame, table: str, mark: str) -> pd.DataFrame:
    """The same rows under new ids."""
    key = KEYS[table]
    size = rows[key].str.len().max()
    return rows.assign(**{key: [f"{mark}{i:0{size - 1}d}" for i in range(len(rows))]})


def values_lost(frames, rng):
    table = _pick(rng, ("setl_d", "mdtrt_d", "psn_info_b", "psn_insu_d", "fee_list_d", "fixmedins_b"))
    f = frames[table]
    full = [c for c in f.columns if f[c].notna().mean() > 0.99]
    f.loc[_some(f, rng, 0.3), _pick(rng, full)] = None
    return table


def column_lost(frames, rng):
    table = _pick(rng, ("setl_d", "mdtrt_d", "psn_info_b", "fee_list_d", "emp_clct_detl_d"))
    f = frames[table]
    f[_pick(rng, [c for c in f.columns if f[c].notna().mean() > 0.99 and c != KEYS.get(table)])] = None
    return table


def column_lost_for_a_month(frames, rng):
    table, at = _fact(rng)
    f = frames[table]
    rows, _ = _month(f, at, rng)
    often = [c for c in f.columns if f[c].notna().mean() > 0.5 and c not in (at, KEYS[table])]
    f.loc[rows, _pick(rng, often)] = None
    return table


def columns_swapped(frames, rng):
    pairs = {"setl_d": [("medfee_sumamt", "fund_pay_sumamt"), ("insu_admdvs", "fix_blng_admdvs"),
                        ("psn_no", "fixmedins_code"), ("gend", "hosp_lv"), ("setl_id", "mdtrt_id")],
             "fee_list_d": [("pric", "cnt"), ("mdtrt_id", "setl_id"), ("hilist_code", "hilist_name")],
             "mdtrt_d": [("psn_no", "fixmedins_code"), ("insu_admdvs", "fix_blng_admdvs"), ("gend", "insutype")],
             "psn_insu_d": [("insutype", "psn_type"), ("psn_no", "emp_no")]}
    table = _pick(rng, pairs)
    a, b = pairs[table][int(rng.integers(len(pairs[table])))]
    frames[table][[a, b]] = frames[table][[b, a]].to_numpy()
    return table


def month_shifted(frames, rng):
    table, at = _fact(rng)
    f = frames[table]
    rows, _ = _month(f, at, rng)
    f.loc[rows, at] = f.loc[rows, at] + pd.Timedelta(days=30)
    return table


def month_twice(frames, rng):
    table, at = _fact(rng)
    f = frames[table]
    rows, _ = _month(f, at, rng)
    frames[table] = pd.concat([f, _renamed(f[rows], table, "9")], ignore_index=True)
    return table


def month_told_as_the_next(frames, rng):
    table, at = _fact(rng)
    f = frames[table]
    rows, one = _month(f, at, rng)
    copy = _renamed(f[rows], table, "9")
    copy[at] = copy[at] + pd.DateOffset(months=1)
    later = f[at].dt.to_period("M") == one + 1
    frames[table] = pd.concat([f[~later], copy], ignore_index=True)
    return table


def month_missing(frames, rng):
    table, at = _fact(rng)
    rows, _ = _month(frames[table], at, rng)
    frames[table] = frames[table][~rows].reset_index(drop=True)
    return table


def county_missing(frames, rng):
    table = _pick(rng, ("setl_d", "mdtrt_d"))
    f, at = frames[table], FACTS[table]
    last = f[at].dt.to_period("M").max()
    busy = f["insu_admdvs"].value_counts().index[0]
    frames[table] = f[~((f["insu_admdvs"] == busy) & (f[at].dt.to_period("M") >= last - 1))].reset_index(drop=True)
    return table


def ids_cut(frames, rng):
    table = _pick(rng, LINKS)
    f, c = frames[table], _pick(rng, LINKS[table])
    rows = _some(f, rng, 0.1)
    f.loc[rows, c] = f.loc[rows, c].str[:-3]
    return table


def county_codes_cut(frames, rng):
    table = _pick(rng, ("setl_d", "mdtrt_d", "psn_insu_d", "fund_ledger"))
    f = frames[table]
    rows = _some(f, rng, 0.1)
    f.loc[rows, "insu_admdvs"] = f.loc[rows, "insu_admdvs"].str[:4]
    return table


def one_amount_in_fen(frames, rng):
    table = _pick(rng, MONEY)
    f, c = frames[table], _pick(rng, MONEY[table])
    rows = _some(f, rng, float(rng.choice([0.05, 1.0])))
    f.loc[rows, c] = f.loc[rows, c] * 100
    return table


def month_in_fen(frames, rng):
    table = _pick(rng, MONEY)
    f = frames[table]
    rows, _ = _month(f, FACTS[table], rng)
    for c in f.columns:
        if c in MONEY[table] or c.endswith(("_pay", "_amt", "selfpay", "_dedc")):
            f.loc[rows, c] = f.loc[rows, c] * 100
    return table


def all_in_fen(frames, rng):
    f = frames["setl_d"]
    for c in f.columns:
        if f[c].map(type).astype(str).str.contains("Decimal").any():
            f[c] = f[c] * 100
    return "setl_d"


def ledger_in_ten_thousands(frames, rng):
    f = frames["fund_ledger"]
    rows = f["ym"] == _pick(rng, sorted(f["ym"].unique())[1:])
    f.loc[rows, "amt"] = f.loc[rows, "amt"] / 10000
    return "fund_ledger"


def wrong_county(frames, rng):
    table = _pick(rng, ("setl_d", "mdtrt_d"))
    f, c = frames[table], _pick(rng, ("insu_admdvs", "fix_blng_admdvs"))
    rows = _some(f, rng, 0.2)
    f.loc[rows, c] = rng.permutation(f.loc[rows, c].to_numpy())
    return table


def future_dates(frames, rng):
    table, at = _fact(rng)
    f = frames[table]
    rows = _some(f, rng, 0.01)
    f.loc[rows, at] = f.loc[rows, at] + pd.DateOffset(years=10)
    return table


def century_wrong(frames, rng):
    table, column = [("setl_d", "begndate"), ("setl_d", "enddate"), ("mdtrt_d", "endtime"), ("review_d", "review_time"),
                     ("psn_info_b", "brdy")][int(rng.integers(5))]
    f = frames[table]
    rows = _some(f, rng, 0.02)
    f.loc[rows, column] = f.loc[rows, column] - pd.DateOffset(years=100 if column != "brdy" else 110)
    f[column] = pd.to_datetime(f[column]).where(pd.to_datetime(f[column]).dt.year > 1901)
    return table


def links_broken(frames, rng):
    table = _pick(rng, LINKS)
    f, c = frames[table], _pick(rng, LINKS[table])
    rows = _some(f, rng, 0.05)
    f.loc[rows, c] = [f"{v[:-4]}ZZ{i % 100:02d}" if isinstance(v, str) else v for i, v in enumerate(f.loc[rows, c])]
    return table


def links_shuffled(frames, rng):
    table, c = [("fee_list_d", "setl_id"), ("fee_list_d", "mdtrt_id"), ("fee_list_d", "psn_no"), ("setl_d", "psn_no"),
                ("setl_d", "fixmedins_code")][int(rng.integers(5))]
    f = frames[table]
    rows = _some(f, rng, 0.1)
    f.loc[rows, c] = rng.permutation(f.loc[rows, c].to_numpy())
    return table


def register_cut(frames, rng):
    table, seen = [("psn_info_b", "setl_d"), ("fixmedins_b", "setl_d"), ("hilist_b", "fee_list_d"),
                   ("insu_emp_info_b", "emp_clct_detl_d")][int(rng.integers(4))]
    frames[table] = frames[table].iloc[: len(frames[table]) // 2].reset_index(drop=True)
    return seen


def mojibake(frames, rng):
    table, c = [("hilist_b", "hilist_name"), ("fee_list_d", "hilist_name"), ("setl_d", "fixmedins_name"),
                ("mdtrt_d", "dscg_maindiag_name"), ("insu_emp_info_b", "emp_name")][int(rng.integers(5))]
    f = frames[table]
    rows = [i for i in _some(f, rng, 0.2) if isinstance(f.at[i, c], str)]
    how = int(rng.integers(4))
    turned = {0: lambda s: s.encode("gb18030").decode("latin-1"), 1: lambda s: s.encode("utf-8").decode("latin-1"),
              2: lambda s: s.encode("utf-8").decode("gb18030", "replace"), 3: lambda s: "?" * len(s)}[how]
    f.loc[rows, c] = [turned(s) for s in f.loc[rows, c]]
    return table


def full_width(frames, rng):
    table = _pick(rng, KEYS)
    f = frames[table]
    c = _pick(rng, [c for c in ("psn_no", "fixmedins_code", "insu_admdvs", KEYS[table]) if c in f])
    rows = _some(f, rng, 0.05)
    wide = str.maketrans({chr(48 + d): chr(0xFF10 + d) for d in range(10)})
    f.loc[rows, c] = f.loc[rows, c].str.translate(wide)
    return table


def blanks_at_the_end(frames, rng):
    table = _pick(rng, LINKS)
    f, c = frames[table], _pick(rng, LINKS[table])
    rows = _some(f, rng, 0.1)
    f.loc[rows, c] = f.loc[rows, c] + "  "
    return table


def lines_vanish(frames, rng):
    f = frames["fee_list_d"]
    frames["fee_list_d"] = f.drop(index=_some(f, rng, 0.1)).reset_index(drop=True)
    return "setl_d"


def rows_told_twice(frames, rng):
    table = _pick(rng, ("setl_d", "mdtrt_d", "fee_list_d", "inspection_d", "med_dfr_d", "psn_insu_d"))
    f = frames[table]
    frames[table] = pd.concat([f, _renamed(f.loc[_some(f, rng, 0.05)], table, "8")], ignore_index=True)
    return table


def sex_flipped(frames, rng):
    table = _pick(rng, ("setl_d", "mdtrt_d"))
    f = frames[table]
    rows = _some(f, rng, 0.1)
    f.loc[rows, "gend"] = f.loc[rows, "gend"].map({"1": "2", "2": "1"})
    return table


def born_after_care(frames, rng):
    table = _pick(rng, ("setl_d", "mdtrt_d"))
    f = frames[table]
    f.loc[_some(f, rng, 0.02), "brdy"] = pd.Timestamp("2029-05-05")
    return table


def signs_lost(frames, rng):
    table = _pick(rng, MONEY)
    f, c = frames[table], _pick(rng, MONEY[table])
    rows = _some(f, rng, 0.05)
    f.loc[rows, c] = -f.loc[rows, c]
    return table


def midnight(frames, rng):
    table, at = _fact(rng)
    frames[table][at] = frames[table][at].dt.normalize()
    return table


def default_everywhere(frames, rng):
    table, c, value = [("psn_info_b", "gend", "1"), ("psn_info_b", "brdy", pd.Timestamp("1970-01-01")),
                       ("setl_d", "medfee_sumamt", 1), ("fee_list_d", "hilist_code", "009900819540000"),
                       ("mdtrt_d", "begntime", pd.Timestamp("2025-03-01 08:00")), ("setl_d", "gend", "9"),
                       ("fee_list_d", "cnt", 1)][int(rng.integers(7))]
    frames[table][c] = value
    return table


def unknown_codes(frames, rng):
    table, c = [("setl_d", "insutype"), ("setl_d", "med_type"), ("mdtrt_d", "hosp_lv"), ("psn_info_b", "gend"),
                ("fee_list_d", "list_type"), ("psn_insu_d", "psn_insu_stas"), ("fund_ledger", "item"),
                ("fixmedins_b", "fixmedins_type")][int(rng.integers(8))]
    f = frames[table]
    f.loc[_some(f, rng, 0.05), c] = "77X"
    return table


def zeros_lost(frames, rng):
    table, c = [("setl_d", "hosp_lv"), ("setl_d", "mdtrt_cert_type"), ("mdtrt_d", "hosp_lv"),
                ("fee_list_d", "med_chrgitm_type"), ("fee_list_d", "chrgitm_lv"),
                ("fixmedins_b", "hosp_lv")][int(rng.integers(6))]
    frames[table][c] = frames[table][c].str.lstrip("0")
    return table


def ids_through_a_spreadsheet(frames, rng):
    table = _pick(rng, LINKS)
    f, c = frames[table], _pick(rng, LINKS[table])
    rows = [i for i in _some(f, rng, 0.1) if isinstance(f.at[i, c], str)]
    f.loc[rows, c] = [f"{float(v):.5E}" if v.isdigit() else f"{v[:5]}E+17" for v in f.loc[rows, c]]
    return table


def balance_wrong(frames, rng):
    f = frames["fund_ledger"]
    rows = rng.choice(f.index[f["item"] == "balance"].to_numpy(), 3, replace=False)
    f.loc[rows, "amt"] = f.loc[rows, "amt"] * 2 + 5000
    return "fund_ledger"


def price_times_ten(frames, rng):
    f = frames["fee_list_d"]
    rows = _some(f, rng, 0.05)
    f.loc[rows, "pric"] = f.loc[rows, "pric"] * 10
    return "fee_list_d"


def county_twice(frames, rng):
    table = _pick(rng, ("setl_d", "mdtrt_d"))
    f = frames[table]
    busy = f["insu_admdvs"].value_counts().index[0]
    frames[table] = pd.concat([f, _renamed(f[f["insu_admdvs"] == busy], table, "7")], ignore_index=True)
    return table


def births_unknown(frames, rng):
    f = frames["psn_info_b"]
    f.loc[_some(f, rng, 0.1), "brdy"] = pd.Timestamp("1970-01-01")
    return "psn_info_b"


def months_misspelt(frames, rng):
    table, c = [("fund_ledger", "ym"), ("emp_clct_detl_d", "cashym"), ("tax_payroll", "ym")][int(rng.integers(3))]
    f = frames[table]
    rows = _some(f, rng, 0.05)
    f.loc[rows, c] = f.loc[rows, c].str[:4] + "-" + f.loc[rows, c].str[4:]
    return table


def refunds_unlinked(frames, rng):
    table, c = [("setl_d", "init_setl_id"), ("fee_list_d", "init_feedetl_sn")][int(rng.integers(2))]
    f = frames[table]
    linked = f.index[f[c].notna()].to_numpy()
    f.loc[rng.choice(linked, max(3, len(linked) // 2), replace=False), c] = _pick(rng, (None, "0000000000000"))
    return table


def spells_overlap(frames, rng):
    f = frames["psn_insu_d"]
    again = _renamed(f.loc[_some(f, rng, 0.05)], "psn_insu_d", "6")
    again["crt_insu_date"] = pd.to_datetime(again["crt_insu_date"]) + pd.Timedelta(days=200)
    frames["psn_insu_d"] = pd.concat([f, again], ignore_index=True)
    return "psn_insu_d"


def stays_reversed(frames, rng):
    f = frames["mdtrt_d"]
    rows = f.index[(f["endtime"] - f["begntime"]).dt.days > 0]
    f.loc[rows, ["begntime", "endtime"]] = f.loc[rows, ["endtime", "begntime"]].to_numpy()
    return "mdtrt_d"


def population_in_ten_thousands(frames, rng):
    for c in ("resident_cnt", "should_insured_cnt"):
        frames["population"][c] = (frames["population"][c] // 100).clip(lower=1)
    return "population"


DEFECTS: list[Defect] = [
    values_lost, column_lost, column_lost_for_a_month, columns_swapped, month_shifted, month_twice,
    month_told_as_the_next, month_missing, county_missing, ids_cut, county_codes_cut, one_amount_in_fen, month_in_fen,
    all_in_fen, ledger_in_ten_thousands, wrong_county, future_dates, century_wrong, links_broken, links_shuffled,
    register_cut, mojibake, full_width, blanks_at_the_end, lines_vanish, rows_told_twice, sex_flipped, born_after_care,
    signs_lost, midnight, default_everywhere, unknown_codes, zeros_lost, ids_through_a_spreadsheet, balance_wrong,
    price_times_ten, county_twice, births_unknown, months_misspelt, refunds_unlinked, spells_overlap, stays_reversed,
    population_in_ten_thousands,
]


def damaged(frames: Frames, defect: Defect, seed: int) -> tuple[Frames, str]:
    """The frames with one defect, and the table it damaged (for a register cut short: one that refers to it)."""
    table = defect(frames, np.random.default_rng(seed))
    return frames, table
