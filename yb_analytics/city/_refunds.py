"""Refunds as new rows: whole and partial reversals with negative amounts, some settled again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._billing import FEE, PARTS, SETL, numbers
from yb_analytics.city._shape import KINDS, shape
from yb_analytics.city._town import DAY, Town

MONEY = ("total", "ful", "over", "ahead", "inscp", "ded", *PARTS, "fund", "psn", "acct", "cash")
LINE_MONEY = ("total", "ful", "over", "ahead", "inscp")


def _later(rng: np.random.Generator, time: np.ndarray) -> np.ndarray:
    """A working hour some days on."""
    day = time // DAY + np.minimum(rng.exponential(2.5, len(time)), 50).astype(np.int64)
    at = day * DAY + rng.integers(8 * 3600, 17 * 3600, len(time))
    return np.where(at <= time + 300, time + 600 + rng.integers(0, 1800, len(time)), at)


def _whole(rng: np.random.Generator, s: pd.DataFrame, lines: pd.DataFrame, chosen: np.ndarray) -> tuple:
    rows = s[chosen].copy()
    rows["init"], rows["refd"], rows["time"] = rows["setl_id"], 1, _later(rng, rows["time"].to_numpy())
    rows["balc"] = rows["balc"] + rows["acct"]
    rows[list(MONEY)] = -rows[list(MONEY)]
    back = lines[chosen[lines["s"].to_numpy()]].copy()
    back["init"] = back["bkkp"]
    back[["cnt", *LINE_MONEY]] = -back[["cnt", *LINE_MONEY]]
    back["at"] = rows["time"].reindex(back["s"]).to_numpy()
    return rows, back


def _again(rng: np.random.Generator, s: pd.DataFrame, lines: pd.DataFrame, rows: pd.DataFrame, share: float) -> tuple:
    """Some refunded settlements are settled again, with the same lines."""
    kept = rows.index[rng.random(len(rows)) < share]
    again = s.loc[kept].copy()
    again["time"] = rows.loc[kept, "time"] + rng.integers(120, 5400, len(kept))
    fresh = lines[lines["s"].isin(kept)].copy()
    fresh["origin"] = fresh["bkkp"]
    again["again"] = 1
    return again, fresh


def _part(rng: np.random.Generator, s: pd.DataFrame, lines: pd.DataFrame, chosen: np.ndarray) -> tuple:
    """One line of a settlement goes back, whole or in part."""
    mine = lines[chosen[lines["s"].to_numpy()] & (lines["inscp"] > 0)]
    back = mine.sample(frac=1.0, random_state=int(rng.integers(1 << 30))).drop_duplicates("s").sort_values("s").copy()
    half = (back["cnt"] >= 2) & (rng.random(len(back)) < 0.5)
    share = np.where(half, np.floor(back["cnt"] / 2) / back["cnt"], 1.0)
    back["init"], back["cnt"] = back["bkkp"], -back["cnt"] * share
    for name in ("ful", "over", "ahead", "inscp"):
        back[name] = -np.round(back[name] * share).astype(np.int64)
    back["total"] = np.round(back["pric"] * back["cnt"]).astype(np.int64)
    back["inscp"] = back["total"] - back["ful"] - back["over"] - back["ahead"]
    rows = s.loc[back["s"]].copy()
    ratio = (-back["inscp"].to_numpy()) / np.maximum(rows["inscp"].to_numpy(), 1)
    for name in PARTS:
        rows[name] = -np.round(rows[name] * ratio).astype(np.int64)
    rows["fund"] = rows[list(PARTS)].sum(axis=1)
    for name in LINE_MONEY:
        rows[name] = back[name].to_numpy()
    rows["psn"] = rows["total"] - rows["fund"]
    rows["acct"] = -np.minimum(rows["acct"], np.maximum(-rows["psn"], 0))
    rows["cash"] = rows["psn"] - rows["acct"]
    rows["ded"] = 0
    rows["balc"] = rows["balc"] - rows["acct"]
    rows["init"], rows["refd"], rows["time"] = rows["setl_id"], 1, _later(rng, rows["time"].to_numpy())
    back["at"] = rows["time"].to_numpy()
    return rows, back


def _append(
    town: Town, ym: int, s: pd.DataFrame, lines: pd.DataFrame, rows: pd.DataFrame, more: pd.DataFrame
) -> tuple:
    """Rows with ids of their own joined to the month's."""
    place = pd.Series(np.arange(len(s), len(s) + len(rows)), index=rows.index)
    more = more.copy()
    more["s"] = place.reindex(more["s"]).to_numpy()
    rows = rows.assign(setl_id=numbers(town, SETL, ym, rows["time"].to_numpy(), len(s)))
    more["bkkp"] = numbers(town, FEE, ym, more["at"].to_numpy(), len(lines))
    return pd.concat([s, rows], ignore_index=True), pd.concat([lines, more], ignore_index=True)


def refunds(town: Town, s: pd.DataFrame, lines: pd.DataFrame, month: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Settlements and lines of a month with their refunds; `s` is indexed 0…n-1, lines name it in `s`."""
    rng, c = town.stream("refunds", month), shape()
    lines["init"], lines["origin"], s["again"] = 0, lines["bkkp"], 0
    ym = int(town.days(month)["ym"].iloc[0])
    planted = np.bincount(lines["s"], (lines["plant"] >= 0), len(s)) > 0
    fit = ~planted & (s["mid"].to_numpy() == 0) & (s["time"].to_numpy() < town.last * DAY)
    stay = s["kind"].to_numpy() == KINDS["stay"]
    u = rng.random(len(s))
    whole = fit & (u < c.refund_full * np.where(stay, 0.5, 1.0))
    part = fit & ~whole & ~stay & (u > 1 - c.refund_partial * 1.4) & (s["inscp"].to_numpy() > 0)
    rows, back = _whole(rng, s, lines, whole)
    again, fresh = _again(rng, s, lines, rows, c.resettled)
    part_rows, part_back = _part(rng, s, lines, part)
    lines["refunded"] = whole[lines["s"].to_numpy()].astype(int)
    fresh["refunded"], back["refunded"], part_back["refunded"] = 0, 2, 2
    for new, more in ((rows, back), (again, fresh), (part_rows, part_back)):
        s, lines = _append(town, ym, s, lines, new, more)
    return _delivered(town, s, lines)


def _delivered(town: Town, s: pd.DataFrame, lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Without the lines settled again after the last month: neither that settlement nor they are delivered."""
    beyond = s.index[(s["again"] == 1) & (s["time"] >= town.last * DAY)]
    return s, lines[~lines["s"].isin(beyond)].reset_index(drop=True)


def account_returns(town: Town, s: pd.DataFrame, balance: np.ndarray) -> None:
    """Refunded account money goes back to the accounts; money settled again is drawn again."""
    moved = s[(s["refd"] == 1) | (s["again"] == 1)]
    np.subtract.at(balance, moved["person"].to_numpy(), moved["acct"].to_numpy())
