"""DRG groups of stays: what group a stay fell into, what the group is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._shape import KINDS, shape
from yb_analytics.city._town import DAY, Town, day_of
from yb_analytics.city._write import Writer, months_of

LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
CC_CODE = np.array(["5", "3", "1"])
"""Last character of a group by complications: none, with, with severe ones (CHS-DRG)."""
CC_WEIGHT = np.array([1.0, 1.22, 1.65])


def _groups(town: Town) -> tuple[np.ndarray, np.ndarray]:
    """Adjacent group (without complications) of each diagnosis, medical and surgical, and its name."""
    sick = town.book.diagnoses
    dept = np.unique(sick["dept"].to_numpy(str), return_inverse=True)[1]
    rank = sick.groupby("dept").cumcount().to_numpy() % 9 + 1
    codes = [[f"{LETTERS[d % 26]}{kind}{r}" for kind in "RB"] for d, r in zip(dept, rank, strict=True)]
    names = [[f"{n}，内科治疗", f"{n}，手术操作"] for n in sick["diag_name"]]
    return np.array(codes), np.array(names)


def grouped(town: Town, s: pd.DataFrame, month: int) -> pd.DataFrame:
    """Settlements of a month that close a stay paid by its group; drawn the same whenever it is asked."""
    rng, c = town.stream("drg_paid", month), shape()
    kind, inst = s["kind"].to_numpy(), s["inst"].to_numpy()
    fit = (kind == KINDS["stay"]) & (s["mid"].to_numpy() == 0) & (s["refd"].to_numpy() == 0)
    fit &= (inst < town.providers.local) & (town.providers.level[inst] >= 2) & (s["time"].to_numpy() < town.last * DAY)
    return s[fit & (rng.random(len(s)) < c.grouped_share)].drop_duplicates("v", keep="last")


def write_groups(
    town: Town, found: pd.DataFrame, s: pd.DataFrame, lines: pd.DataFrame, out: Writer, month: int
) -> None:
    """`drg_group_d`: the last settlement of stays in local hospitals of level 2 and 3, some left ungrouped."""
    rng, c, sick = town.stream("drg_group_d", month), shape(), town.book.diagnoses
    rows = grouped(town, s, month)
    v = rows["v"].to_numpy()
    diag, cut = np.maximum(found["diag"].to_numpy()[v], 0), (found["surgery"].to_numpy()[v] >= 0).astype(int)
    nights = np.maximum(1, day_of(found["end"].to_numpy()[v]) - day_of(found["beg"].to_numpy()[v]))
    usual = sick["los"].to_numpy(float)[diag]
    severe = rng.random(len(v)) < np.clip(0.08 * nights / usual, 0, 0.6)
    cc = np.where(severe, 2, (rng.random(len(v)) < 0.34).astype(int))
    weight = np.round((0.25 + 0.062 * usual * (1 + 0.9 * cut)) * CC_WEIGHT[cc], 4)
    standard = np.round(weight * c.drg_rate * 100 * np.where(town.providers.level[rows["inst"]] == 3, 1.12, 0.94))
    share = rows["fund"].to_numpy() / np.maximum(rows["total"].to_numpy(), 1)
    codes, names = _groups(town)
    flat = diag * 2 + cut
    full = np.array([a + b for a in codes.ravel() for b in CC_CODE])
    out.fact(
        "drg_group_d",
        {
            "setl_id": rows["setl_id"].to_numpy(),
            "fixmedins_code": (rows["inst"].to_numpy(), town.providers.code),
            "grp_code": (flat * 3 + cc, full),
            "grp_name": (flat, names.ravel()),
            "cc_lv": (cc, ["0", "1", "2"]),
            "grp_weight": weight,
            "std_amt": standard.astype(np.int64),
            "pay_amt": np.round(standard * np.clip(share, 0, 1)).astype(np.int64),
            "avg_days": np.round(usual * (0.9 + 0.2 * cc), 1),
            "updt_time": rows["time"].to_numpy() + 5 * DAY,
        },
        months_of(rows["time"].to_numpy()),
    )
