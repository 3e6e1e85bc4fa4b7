"""The months of a city one after another, so that memory holds one month at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from yb_analytics.city import _money, _month, _people, _providers, _supervision
from yb_analytics.city._billing import FEE, SETL, Accounts, bill, line_money, numbers, settlements
from yb_analytics.city._care import honest_visits, settle_conflicts
from yb_analytics.city._lines import month_lines
from yb_analytics.city._plan import Planned, collect, remember, truth
from yb_analytics.city._refunds import account_returns, refunds
from yb_analytics.city._shape import COUNTIES, KINDS, stream
from yb_analytics.city._town import DAY, Town, day_of, make_town
from yb_analytics.city._trace import trace_rows
from yb_analytics.city._write import Writer
from yb_analytics.city.schemes import schemes


@dataclass
class Carried:
    """What passes from month to month."""

    accounts: Accounts
    busy: np.ndarray
    stock: dict[int, np.ndarray] = field(default_factory=dict)
    known: dict[int, int] = field(default_factory=dict)
    spent: list[pd.DataFrame] = field(default_factory=list)
    credits: list[pd.DataFrame] = field(default_factory=list)


def _visits(town: Town, planned: Planned, month: int, busy: np.ndarray) -> pd.DataFrame:
    """Visits of a month, honest and planned, fitted to one another and in order of time."""
    days = town.days(month)
    low, high = int(days["day"].iloc[0]), int(days["day"].iloc[-1]) + 1
    mine = planned.begin(low, high)
    if month == town.months - 1:
        mine = mine[day_of(mine["beg"]) < high]
    later = planned.begin(high, high + 130)
    found = pd.concat([honest_visits(town, month), mine], ignore_index=True)
    found = settle_conflicts(town, found, busy, later[later["kind"] == KINDS["stay"]])
    open_ = (found["key"] < 0) & (found["kind"] != KINDS["stay"])
    same = found.assign(day=day_of(found["beg"])).duplicated(["person", "inst", "day"])
    found = found[~(open_ & same)]
    shuffled = found.sample(frac=1.0, random_state=int(stream(town.seed, "order", month).integers(1 << 30)))
    return shuffled.sort_values("beg", kind="stable", ignore_index=True)


def _bills(town: Town, planned: Planned, found: pd.DataFrame, month: int, kept: Carried) -> tuple:
    lines = month_lines(town, found, planned.lines, month)
    for plan in planned.plans:
        if plan.edit is not None:
            lines = plan.edit(town, month, found, lines, plan.offset)
    lines = line_money(town, lines.sort_values(["v", "at"], kind="stable", ignore_index=True))
    whole = (lines["plant"] >= 0) & (lines["excess"] == 0)
    lines["excess"] = np.where(whole, lines["total"], lines["excess"])
    s, of_line = settlements(town, found, lines)
    ym = int(town.days(month)["ym"].iloc[0])
    lines["s"], lines["bkkp"] = of_line, numbers(FEE, ym, lines["at"].to_numpy())
    s = bill(town, s, kept.accounts, month)
    s["setl_id"] = numbers(SETL, ym, s["time"].to_numpy())
    s, lines = refunds(town, s, lines, month)
    account_returns(town, s, kept.accounts.balance)
    return s, lines


def _spending(town: Town, s: pd.DataFrame) -> pd.DataFrame:
    """Fund and account money by month, county and scheme; for the ledger and payouts."""
    s = s[s["time"] < town.last * DAY]
    p, person = town.people, s["person"].to_numpy()
    return (
        pd.DataFrame(
            {
                "ym": _month.months_of(s["time"].to_numpy()),
                "county": p.county[person],
                "staff": p.staff[person].astype(int),
                "inst": s["inst"].to_numpy(),
                "fund": s["fund"].to_numpy(),
                "acct": s["acct"].to_numpy(),
            }
        )
        .groupby(["ym", "county", "staff", "inst"], as_index=False)
        .sum()
    )


def _one_month(town: Town, planned: Planned, month: int, kept: Carried, out: Writer) -> None:
    credit = kept.accounts.begin_month(town, month)
    ym = int(town.days(month)["ym"].iloc[0])
    kept.credits.append(
        pd.DataFrame(
            {"ym": ym, "county": range(7), "credit": np.bincount(town.people.county, credit, 7).astype(np.int64)}
        )
    )
    found = _month.complete(town, _visits(town, planned, month, kept.busy), month, kept.known)
    s, lines = _bills(town, planned, found, month, kept)
    rows, lines = trace_rows(town, lines, found, month, kept.stock)
    remember(planned, town, found, s, lines)
    _month.write_visits(town, found, out, month)
    _month.write_settlements(town, found, s, out, month)
    _month.write_lines(town, found, s, lines, out, month)
    _month.write_diagnoses(town, found, s, out, month)
    _month.write_trace(town, rows, s, out)
    _supervision.write_reviews(town, s, out, month)
    kept.spent.append(_spending(town, s))
    out.flush(ym)


def run(
    folder: Path, size: tuple[int, str, int, int], wanted: tuple[tuple[str, str], ...], progress: bool
) -> tuple[dict[str, int], pd.DataFrame]:
    """Make and write a city of `(persons, start, months, seed)`; returns rows by table and the truth."""
    persons, start, months, seed = size
    town = make_town(persons, start, months, seed)
    planned = collect(town, schemes, wanted)
    out = Writer(folder, sorted(town.calendar["ym"].unique()))
    kept = Carried(Accounts.open(town), np.zeros(persons, dtype=np.int64))
    for month in tqdm(range(months), desc="城市", unit="月", disable=not progress):
        _one_month(town, planned, month, kept, out)
    found = truth(planned)
    out.register("psn_info_b", _people.register(town.people, seed))
    out.register("fixmedins_b", _providers.register(town.providers, seed))
    out.register(
        "dr_info_b",
        _providers.doctor_register(town.providers, seed).pipe(
            lambda d: d.assign(dr_code="D" + d["dr_code"].astype(str))
        ),
    )
    _money.write(town, out, pd.concat(kept.spent), pd.concat(kept.credits))
    _supervision.write(town, out, found)
    target = folder / "truth"
    target.mkdir(parents=True, exist_ok=True)
    found.to_parquet(target / "truth.parquet", index=False)
    return out.rows, found


__all__ = ["COUNTIES", "run"]
