"""Ways to plant, in the small honest city, what happens at tills, stores and counters."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.screened import SHOPS

START = pd.Timestamp("2025-01-06 08:00")


def settlements(ids, who, place, when, fee, **more) -> pd.DataFrame:
    """Outpatient or pharmacy settlements paid from the account."""
    fee = np.asarray(fee, dtype=float)
    rows = pd.DataFrame({"setl_id": ids, "psn_no": who, "fixmedins_code": place, "setl_time": when,
                         "medfee_sumamt": fee, "fund_pay_sumamt": 0.0, "acct_pay": fee, "inscp_amt": fee})
    rows = rows.assign(mdtrt_id="m" + rows["setl_id"], med_type="41", insutype="310", insu_admdvs="330402", balc=500.0)
    return rows.assign(**more)


def with_settlements(city: dict, rows: pd.DataFrame) -> dict:
    """The city with more settlements."""
    return city | {"setl_d": pd.concat([city["setl_d"], rows], ignore_index=True)}


def swipe(city: dict, cards: int = 12, days: int = 5, place: str = "P04", shuffled: bool = False) -> dict:
    """The same cards one after another at one shop, in the same order on every day (or in another one)."""
    rng, parts = np.random.default_rng(5), []
    for d in range(days):
        turn = rng.permutation(cards) if shuffled else np.arange(cards)
        at = START + pd.Timedelta(days=31 * d, hours=d) + pd.to_timedelta(np.arange(cards) * 70, unit="s")
        parts.append(settlements([f"c{d}_{i}" for i in turn], [f"k{i}" for i in turn], place, at,
                                 rng.integers(40, 200, cards)))
    return with_settlements(city, pd.concat(parts))


def till(city: dict, place: str | None = None, n: int = 30) -> dict:
    """Tills of six shops; at one of them groceries of the same sum stand beside drugs settled."""
    rng, retail = np.random.default_rng(6), city["setl_d"].query("med_type == '41'")
    shops = SHOPS[:6]
    own = retail[retail["fixmedins_code"].isin(shops)]
    drugs = pd.DataFrame({"fixmedins_code": own["fixmedins_code"], "sale_time": own["setl_time"],
                          "sale_amt": own["medfee_sumamt"], "drug_flag": "1", "goods_name": "药品"})
    other = pd.DataFrame({"fixmedins_code": rng.choice(shops, 900), "drug_flag": "0", "goods_name": "口罩",
                          "sale_time": START + pd.to_timedelta(rng.integers(0, 340 * 1440, 900), "m"),
                          "sale_amt": rng.integers(2, 60, 900) * 5.0})
    parts = [drugs, other]
    if place:
        met = own[own["fixmedins_code"] == place].head(n)
        parts.append(pd.DataFrame({"fixmedins_code": place, "sale_time": met["setl_time"] + pd.Timedelta(seconds=50),
                                   "sale_amt": met["medfee_sumamt"], "drug_flag": "0", "goods_name": "大米"}))
    rows = pd.concat(parts, ignore_index=True)
    return city | {"pos_sale": rows.assign(pos_sn=[f"t{i}" for i in range(len(rows))], rpt_date=rows["sale_time"])}


def goods(city: dict, place: str | None = None, lacking: float = 0.4, counted: bool = True, unit: int = 1) -> dict:
    """What shops bought, month by month, and counts of their stock; one may have bought less than it settled."""
    lines = city["fee_list_d"].query("list_type == '101' and fixmedins_code in @SHOPS")
    month = lines["fee_ocur_time"].dt.to_period("M").dt.start_time
    sold = lines.assign(month=month).groupby(["fixmedins_code", "hilist_code", "month"])["cnt"].sum().reset_index()
    lacks = (sold["fixmedins_code"] == place) & (sold["month"] >= "2025-06-01")
    came = np.where(lacks, np.round(sold["cnt"] * (1 - lacking)), sold["cnt"])
    by_box = np.where((sold["fixmedins_code"] == place) | (place is None), unit, 1)
    price = sold["hilist_code"].map({"X1": 28.0, "X2": 75.0}).astype(float) * by_box
    bought = pd.DataFrame({"fixmedins_code": sold["fixmedins_code"], "hilist_code": sold["hilist_code"],
                           "purc_retn_stoin_time": sold["month"], "purc_retn_cnt": came / by_box, "retn_flag": "0",
                           "finl_trns_pric": price, "fixmedins_bchno": "b", "purc_invo_no": sold["month"].astype(str)})
    some = sold[["fixmedins_code", "hilist_code"]].drop_duplicates().assign(inv_chg_type="0", fixmedins_bchno="b")
    if not counted:
        return city | {"goods_purchase_d": bought}
    counts = [some.assign(inv_chg_time=pd.Timestamp(d), cnt=20.0) for d in ("2024-12-31 20:00", "2025-12-31 20:00")]
    return city | {"goods_purchase_d": bought, "goods_inventory_d": pd.concat(counts)}
