"""Trace codes of drug packs sold: one row per pack, self-paid sales included."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from yb_analytics.city._billing import numbers
from yb_analytics.city._shape import KINDS, shape
from yb_analytics.city._town import DAY, Town, hours

SALE = 33044
PACKS = 12
"""Most packs of one line that carry a row each."""
SPLIT, REUSED = 2, 3
"""Marks in `flag` of a line: sold from a split pack; carries a code sold before."""
ODD, MASK = np.uint64(3_935_559_000_370_003_845 | 1), np.uint64((1 << 43) - 1)
"""Multiplying by an odd number modulo 2^43 keeps serial numbers unique and hides their order."""


def codes(item: np.ndarray, serial: np.ndarray) -> pa.Array:
    """Trace codes of 20 digits: seven of the drug, thirteen of the pack."""
    mixed = ((np.asarray(serial).astype(np.uint64) * ODD) & MASK).astype(np.int64)
    high = pc.cast(pa.array(8_100_000 + np.asarray(item, dtype=np.int64) * 2017), pa.string())
    low = pc.utf8_slice_codeunits(pc.cast(pa.array(mixed + 10**13), pa.string()), 1, 14)
    return pc.binary_join_element_wise(high, low, "")


def _packs(town: Town, lines: pd.DataFrame, found: pd.DataFrame, month: int) -> pd.DataFrame:
    """Lines that must show codes, repeated per pack."""
    inst = found["inst"].to_numpy()[lines["v"]]
    drug = town.book.items["list_type"].eq("101").to_numpy()[lines["item"]]
    there = (inst < town.providers.local) & (town.providers.adopted[inst] <= month)
    open_ = found["kind"].to_numpy()[lines["v"]] != KINDS["stay"]
    rows = lines[drug & there & open_ & (lines["cnt"] > 0).to_numpy()]
    count = np.clip(np.ceil(rows["cnt"].to_numpy()), 1, PACKS).astype(int)
    out = rows.loc[np.repeat(rows.index.to_numpy(), count)]
    return out.assign(
        pack=np.arange(len(out)) - np.repeat(np.cumsum(count) - count, count),
        inst=found["inst"].to_numpy()[out["v"]],
        person=found["person"].to_numpy()[out["v"]],
    )


def _split_serials(town: Town, rows: pd.DataFrame, month: int) -> np.ndarray:
    """Neighbouring sales of one drug in one shop come from the same opened pack."""
    group = rows.sort_values("at").groupby(["inst", "item"], sort=False).cumcount().reindex(rows.index) // 4
    key = (rows["inst"].to_numpy(np.int64) * 1_000 + rows["item"].to_numpy(np.int64)) * 1_000_000 + group.to_numpy()
    return 5_000_000_000_000 + month * 100_000_000 + town.serials(np.unique(key, return_inverse=True)[1])


def _sold_for_cash(town: Town, rows: pd.DataFrame, month: int, visits: int) -> pd.DataFrame:
    rng = town.stream("selfpay", month)
    shop = rows[np.isin(rows["inst"], town.providers.of("pharmacy"))]
    out = shop.sample(
        n=min(len(shop), rng.poisson(visits * shape().selfpay_sales)), random_state=int(rng.integers(1 << 30))
    ).copy()
    day = rng.choice(town.days(month)["day"].to_numpy(), len(out))
    out["at"], out["bkkp"], out["s"], out["person"], out["plant"] = (
        day * DAY + hours(rng, len(out), "shop"),
        0,
        -1,
        -1,
        -1,
    )
    out["refunded"], out["flag"] = 0, -1
    out["serial"] = 8_000_000_000_000 + month * 1_000_000_000 + town.serials(np.arange(len(out)))
    return out


def _reuse(rows: pd.DataFrame, stock: dict[int, np.ndarray], rng: np.random.Generator) -> pd.DataFrame:
    """Give planned packs the code of a pack sold in an earlier month."""
    for item in rows.loc[rows["flag"] == REUSED, "item"].unique():
        mine = rows.index[(rows["flag"] == REUSED) & (rows["item"] == item)]
        old = stock.get(int(item), np.zeros(0, dtype=np.int64))
        take = min(len(mine), len(old))
        chosen = rng.choice(len(old), take, replace=False) if take else np.zeros(0, dtype=int)
        serial = rows["serial"].copy()
        serial.loc[mine[:take]] = old[chosen]
        rows["serial"] = serial
        rows.loc[mine[take:], "flag"] = -1
        stock[int(item)] = np.delete(old, chosen)
    return rows


def trace_rows(
    town: Town, lines: pd.DataFrame, found: pd.DataFrame, month: int, stock: dict[int, np.ndarray]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of `drug_trace_d` of a month; lines whose planned code could not be found lose their mark."""
    rng, ym = town.stream("trace", month), int(town.days(month)["ym"].iloc[0])
    rows = _packs(town, lines, found, month).reset_index(names="line")
    rows["serial"] = month * 10**10 + (rows["origin"] % 10**8) * 16 + rows["pack"]
    split = rows["flag"] == SPLIT
    if split.any():
        rows.loc[split, "serial"] = _split_serials(town, rows[split], month)
    rows = _reuse(rows, stock, rng)
    reused = set(rows.loc[rows["flag"] == REUSED, "line"])
    lost = lines.index[(lines["flag"] == REUSED) & ~lines.index.isin(reused)]
    lines.loc[lost, ["plant", "excess"]] = [-1, 0]
    sold = _sold_for_cash(town, rows, month, int((found["kind"] == KINDS["pharmacy"]).sum()))
    rows = pd.concat([rows, sold], ignore_index=True)
    usual = rows[(rows["flag"] == -1) & (rows["refunded"] == 0) & (rows["plant"] < 0)]
    for label, mine in usual.groupby("item"):
        item = int(str(label))
        old = stock.get(item, np.zeros(0, dtype=np.int64))
        stock[item] = np.concatenate([mine["serial"].to_numpy()[-300:], old])[:600]
    rows["sale_sn"] = numbers(town, SALE, ym, rows["at"].to_numpy())
    return rows, lines
