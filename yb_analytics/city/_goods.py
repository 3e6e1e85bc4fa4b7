"""Goods: what shops sold, what institutions bought and hold, and the tills. All follow the drugs dispensed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.city._shape import KINDS, shape, stream
from yb_analytics.city._town import DAY, Town
from yb_analytics.city._trace import SPLIT
from yb_analytics.city._write import Writer, months_of

UNCOVERED = 4
"""Mark in `flag` of a line: charged, but no goods stand behind it; neither sold, bought nor traced."""
SUPPLIERS = ("嘉禾医药", "浙北药品供应", "长三角医药物流", "南湖药业", "钱江药材")
SUNDRIES = (("医用口罩", 1200), ("医用酒精", 900), ("体温计", 2500), ("蛋白粉", 19800), ("洗护用品", 4600),
            ("血压计", 26800), ("维生素片", 6900), ("牙膏", 1500))
"""What shops sell beside drugs: name at the till and price in fen (invented)."""


def reporting(town: Town, share: str) -> np.ndarray:
    """Institutions that report: all but the share named by a fact of the city's shape, the same all the time."""
    return stream(town.seed, share).random(town.providers.n) < getattr(shape(), share)


def _drug(town: Town) -> np.ndarray:
    return town.book.items["list_type"].eq("101").to_numpy()


def dispensed(town: Town, found: pd.DataFrame, lines: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Packs by month, institution and item: fee lines net of refunds, and what was sold for cash."""
    inst, item, at = found["inst"].to_numpy()[lines["v"]], lines["item"].to_numpy(), lines["at"].to_numpy()
    real = (inst < town.providers.local) & _drug(town)[item] & (lines["flag"].to_numpy() != UNCOVERED)
    cash = rows[rows["s"] < 0]
    frame = pd.DataFrame(
        {
            "ym": months_of(np.r_[at[real], cash["at"].to_numpy()]),
            "inst": np.r_[inst[real], cash["inst"].to_numpy()],
            "item": np.r_[item[real], cash["item"].to_numpy()],
            "cnt": np.r_[lines["cnt"].to_numpy()[real], np.ones(len(cash))],
        }
    )
    return frame.groupby(["ym", "inst", "item"], as_index=False)[["cnt"]].sum()


def _lot(item: np.ndarray, ym: np.ndarray) -> list[str]:
    return [f"L{y}{i % 97:02d}" for i, y in zip(item, ym, strict=True)]


def _batches(item: np.ndarray, at: np.ndarray) -> dict[str, Any]:
    """Batch and lot of packs sold: those bought in the quarter."""
    ym = months_of(at)
    ym = ym - (ym % 100 - 1) % 3
    code, index = np.unique(ym * 1000 + item, return_inverse=True)
    return {"fixmedins_bchno": 10**10 + ym * 1000 + item,
            "manu_lotnum": (index, _lot(code % 1000, code // 1000))}


def _shop_sales(town: Town, found: pd.DataFrame, s: pd.DataFrame, lines: pd.DataFrame, rows: pd.DataFrame) -> Any:
    """Drugs that left a shop: insured lines and packs sold for cash, as one frame."""
    v = lines["v"].to_numpy()
    shop = found["kind"].to_numpy()[v] == KINDS["pharmacy"]
    shop &= (found["inst"].to_numpy()[v] < town.providers.local) & (lines["flag"].to_numpy() != UNCOVERED)
    one = lines[shop & _drug(town)[lines["item"].to_numpy()]]
    at, v = one["s"].to_numpy(), one["v"].to_numpy()
    insured = pd.DataFrame({
        "inst": found["inst"].to_numpy()[v], "item": one["item"].to_numpy(), "doc": one["bkkp"].to_numpy(),
        "setl": s["setl_id"].to_numpy()[at], "person": found["person"].to_numpy()[v], "cnt": one["cnt"].to_numpy(),
        "pric": one["pric"].to_numpy(), "at": one["at"].to_numpy(), "split": (one["flag"] == SPLIT).to_numpy(),
        "pay": np.where(s["fund"].to_numpy()[at] != 0, 0, np.where(s["acct"].to_numpy()[at] != 0, 1, 2))})
    cash = rows[rows["s"] < 0]
    own = pd.DataFrame({
        "inst": cash["inst"].to_numpy(), "item": cash["item"].to_numpy(), "doc": cash["sale_sn"].to_numpy(), "setl": 0,
        "person": -1, "cnt": 1.0, "pric": cash["pric"].to_numpy(), "at": cash["at"].to_numpy(), "split": False,
        "pay": np.where(cash["sale_sn"].to_numpy() % 5 < 2, 2, 3)})
    return pd.concat([insured, own], ignore_index=True)


def write_sales(town: Town, care: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], rows: pd.DataFrame, out: Writer,
                month: int) -> None:
    """`goods_sale_d` and `pos_sale`: of shops only; some shops report neither. `care`: visits, settlements, lines."""
    rng, every = town.stream("goods_sale_d", month), _shop_sales(town, *care, rows)
    sold = every[reporting(town, "goods_reported")[every["inst"]] & (rng.random(len(every)) >= shape().goods_missing)]
    item, at, person = (sold[c].to_numpy(np.int64) for c in ("item", "at", "person"))
    out.fact(
        "goods_sale_d",
        {
            "fixmedins_code": (sold["inst"].to_numpy(), town.providers.code),
            "hilist_code": (item, town.book.items["hilist_code"]),
            **_batches(item, at),
            "rtal_docno": sold["doc"].to_numpy(np.int64),
            "setl_id": sold["setl"].to_numpy(np.int64),
            "psn_no": np.where(person >= 0, town.people.number(np.maximum(person, 0)), 0),
            "sel_retn_cnt": np.abs(sold["cnt"].to_numpy()),
            "finl_trns_pric": sold["pric"].to_numpy() / 100,
            "sel_retn_time": at,
            "trdn_flag": (sold["split"].to_numpy().astype(int), ["0", "1"]),
            "retn_flag": ((sold["cnt"].to_numpy() < 0).astype(int), ["0", "1"]),
            "updt_time": at + 6 * 3600,
        },
        months_of(at),
    )
    _tills(town, rng, every[reporting(town, "pos_reported")[every["inst"]]], out, month)


def _tills(town: Town, rng: np.random.Generator, sold: pd.DataFrame, out: Writer, month: int) -> None:
    names = [*town.book.items["hilist_name"], *(n for n, _ in SUNDRIES)]
    more = sold.sample(n=int(len(sold) * shape().sundries_share), random_state=int(rng.integers(1 << 30)))
    which, drugs = rng.integers(0, len(SUNDRIES), len(more)), len(town.book.items)
    ym = int(town.days(month)["ym"].iloc[0])
    more = more.assign(item=drugs + which, cnt=1.0, pric=np.array([p for _, p in SUNDRIES])[which],
                       doc=(33047 * 10**6 + ym) * 10**7 + town.serials(np.arange(len(more))),
                       pay=rng.choice([2, 3], len(more), p=[0.25, 0.75]))
    rows = pd.concat([sold, more], ignore_index=True)
    at = rows["at"].to_numpy(np.int64)
    amount = np.round(rows["pric"].to_numpy() * rows["cnt"].to_numpy()).astype(np.int64)
    out.fact(
        "pos_sale",
        {
            "fixmedins_code": (rows["inst"].to_numpy(), town.providers.code),
            "pos_sn": rows["doc"].to_numpy(np.int64),
            "sale_time": np.maximum(at - rng.integers(0, 90, len(rows)), at // DAY * DAY),
            "goods_name": (rows["item"].to_numpy(), names),
            "drug_flag": ((rows["item"].to_numpy() < drugs).astype(int), ["0", "1"]),
            "cnt": rows["cnt"].to_numpy(),
            "sale_amt": amount,
            "pay_way": (rows["pay"].to_numpy(), ["pool", "account", "cash", "electronic"]),
            "rpt_date": at // DAY + 1 + (rng.random(len(rows)) < 0.02) * 6,
            "updt_time": (at // DAY + 1) * DAY + 3 * 3600,
        },
        months_of(at),
    )


def _stores(town: Town, goods: pd.DataFrame, months: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Institution, item and packs by month of everything dispensed where purchases are reported."""
    goods = goods[reporting(town, "goods_reported")[goods["inst"]]]
    pair, row = np.unique(goods["inst"].to_numpy() * 1000 + goods["item"].to_numpy(), return_inverse=True)
    need = np.zeros((len(pair), len(months)))
    need[row, np.searchsorted(months, goods["ym"])] = goods["cnt"]
    return pair // 1000, pair % 1000, need


def write_goods(town: Town, goods: pd.DataFrame, out: Writer) -> None:
    """`goods_purchase_d` and `goods_inventory_d`: bought when the store runs low, counted every quarter."""
    rng, months = stream(town.seed, "goods"), [int(m) for m in town.calendar["ym"].unique()]
    inst, item, need = _stores(town, goods[goods["ym"].isin(months)], months)
    usual = np.maximum(np.maximum(need, 0).mean(axis=1), 0.5)
    stock = np.ceil(usual * rng.uniform(0.5, 1.5, len(inst)))
    first = town.first * DAY
    _inventory(town, out, (inst, item, stock, np.full(len(inst), 7)), np.full(len(inst), first + 3600), months[0])
    for month, ym in enumerate(months):
        low = stock < need[:, month] + 0.3 * usual
        wish = np.maximum(need[:, month], 0) - stock + usual * rng.uniform(0.6, 2.0, len(low))
        bought = np.where(low, np.maximum(np.ceil(wish), 0), 0)
        returned = np.where(rng.random(len(low)) < shape().goods_returned, bought // 10, 0)
        _purchases(town, rng, out, (inst, item, bought, returned), month)
        stock = stock + bought - returned - need[:, month]
        days = town.days(month)
        if int(days["moy"].iloc[0]) % 3 == 0 or month == len(months) - 1:
            hit = rng.random(len(stock)) < shape().stock_loss
            lost = np.where(hit, np.minimum(stock, 1 + rng.poisson(1, len(stock))), 0)
            stock = stock - lost
            end = np.full(len(stock), (int(days["day"].iloc[-1]) + 1) * DAY - 4 * 3600)
            _inventory(town, out, (inst, item, stock, np.zeros(len(stock), int)), end, ym)
            gone = lost > 0
            _inventory(town, out, (inst[gone], item[gone], -lost[gone], np.full(gone.sum(), 3)), end[gone] - 600, ym)


CHANGES = ["0", "101", "102", "104", "105", "106", "107", "108"]


def _inventory(town: Town, out: Writer, what: tuple, at: np.ndarray, ym: int) -> None:
    inst, item, cnt, kind = what
    if len(inst) == 0:
        return
    out.fact(
        "goods_inventory_d",
        {
            "fixmedins_code": (inst, town.providers.code),
            "hilist_code": (item, town.book.items["hilist_code"]),
            **_batches(item, at),
            "inv_chg_type": (kind, CHANGES),
            "inv_chg_time": at,
            "cnt": cnt,
            "updt_time": at + DAY,
        },
        np.full(len(inst), ym),
    )


def _unbought(town: Town, out: Writer, what: list, days: pd.DataFrame) -> None:
    """Deliveries nobody entered as a purchase stand in the store as other goods in."""
    inst, item, bought, returned = what
    at = np.full(len(inst), int(days["day"].iloc[0]) * DAY + 9 * 3600)
    other = np.full(len(inst), CHANGES.index("106"))
    _inventory(town, out, (inst, item, bought - returned, other), at, int(days["ym"].iloc[0]))


def _purchases(town: Town, rng: np.random.Generator, out: Writer, what: tuple, month: int) -> None:
    days, reported = town.days(month), rng.random(len(what[2])) >= shape().goods_missing
    _unbought(town, out, [x[(what[2] > 0) & ~reported] for x in what], days)
    inst, item, bought, returned = (x[(what[2] > 0) & reported] for x in what)
    at = (int(days["day"].iloc[0]) + rng.integers(0, 4, len(inst))) * DAY + rng.integers(8, 18, len(inst)) * 3600
    back = returned > 0
    who, drug = np.r_[inst, inst[back]], np.r_[item, item[back]]
    cnt, time = np.r_[bought, returned[back]], np.r_[at, at[back] + 9 * DAY]
    mark = np.r_[np.zeros(len(inst), int), np.ones(back.sum(), int)]
    if len(who) == 0:
        return
    invoice = (10**9 + who) * 10**7 + int(days["ym"].iloc[0]) * 10 + drug % 7
    out.fact(
        "goods_purchase_d",
        {
            "fixmedins_code": (who, town.providers.code),
            "hilist_code": (drug, town.book.items["hilist_code"]),
            **_batches(drug, time),
            "purc_invo_no": invoice,
            "spler_name": ((who + drug) % len(SUPPLIERS), list(SUPPLIERS)),
            "purc_retn_cnt": cnt,
            "finl_trns_pric": np.round(town.book.price[drug] * rng.uniform(0.80, 0.97, len(who))) / 100,
            "purc_retn_stoin_time": time,
            "retn_flag": (mark, ["0", "1"]),
            "updt_time": time + 10 * 3600,
        },
        months_of(time),
    )
