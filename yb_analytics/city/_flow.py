"""Blocks of persons, each month after month, in several processes; memory holds one block's month per process.

A block draws from streams of its own, so the city is the same whatever the number of processes; what is known of the
whole city only (ledger, payouts, registers of institutions and employers) is made of the blocks' sums afterwards.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from yb_analytics.city import _month, _people
from yb_analytics.city._agency import write_reviews
from yb_analytics.city._billing import FEE, SETL, Accounts, bill, line_money, numbers, settlements
from yb_analytics.city._care import honest_visits, settle_conflicts
from yb_analytics.city._dues import Dues, make_dues, write_dues
from yb_analytics.city._goods import dispensed, write_sales
from yb_analytics.city._groups import grouped, write_groups
from yb_analytics.city._lines import month_lines
from yb_analytics.city._partners import births, write_persons
from yb_analytics.city._plan import Planned, added, collect, remember, truth
from yb_analytics.city._refunds import account_returns, refunds
from yb_analytics.city._shape import KINDS, shape
from yb_analytics.city._sums import Sums
from yb_analytics.city._town import DAY, Town, day_of, make_town
from yb_analytics.city._trace import trace_rows
from yb_analytics.city._whole import write_whole
from yb_analytics.city._write import Writer, arrow, finish, join, months_of, pending
from yb_analytics.city.schemes import schemes
from yb_analytics.schema import TABLES, Refusal

Size = tuple[int, str, int, int]
"""Persons, first month, months, seed."""


@dataclass
class City:
    """What every process knows: the town, the plans, what employers owe, where to write."""

    town: Town
    planned: Planned
    dues: Dues
    folder: Path
    done: Any = None

    @property
    def months(self) -> list[int]:
        """The city's months, `YYYYMM`."""
        return sorted(int(m) for m in self.town.calendar["ym"].unique())


@dataclass
class Carried:
    """What passes from month to month inside a block."""

    accounts: Accounts
    busy: np.ndarray
    stock: dict[int, np.ndarray] = field(default_factory=dict)
    known: dict[int, int] = field(default_factory=dict)
    sums: Sums = field(default_factory=Sums)


def _visits(town: Town, planned: Planned, month: int, busy: np.ndarray) -> pd.DataFrame:
    """Visits of a month, honest and planned, fitted to one another and in order of time."""
    days = town.days(month)
    low, high = int(days["day"].iloc[0]), int(days["day"].iloc[-1]) + 1
    mine = planned.begin(low, high)
    later = planned.begin(high, high + 130)
    found = pd.concat([honest_visits(town, month), mine], ignore_index=True)
    found = settle_conflicts(town, found, busy, later[later["kind"] == KINDS["stay"]])
    open_ = (found["key"] < 0) & (found["kind"] != KINDS["stay"])
    same = found.assign(day=day_of(found["beg"])).duplicated(["person", "inst", "day"])
    found = found[~(open_ & same)]
    shuffled = found.sample(frac=1.0, random_state=int(town.stream("order", month).integers(1 << 30)))
    found = shuffled.sort_values("beg", kind="stable", ignore_index=True)
    for plan in planned.plans:
        if plan.form is not None:
            found = plan.form(town, month, found, plan.offset).reset_index(drop=True)
    return found


def _edited(town: Town, planned: Planned, found: pd.DataFrame, lines: pd.DataFrame, month: int) -> pd.DataFrame:
    """Lines after every plan that changes bills; only those of institutions that act this month are handed round."""
    acting = {i: p.spell.acting(month) for i, p in enumerate(planned.plans) if p.edit is not None}
    places = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *acting.values()]))
    mine = np.isin(found["inst"].to_numpy(), places)[lines["v"].to_numpy()]
    if not mine.any():
        return lines
    part = lines[mine].reset_index(drop=True)
    for i, own in acting.items():
        if len(own):
            plan = planned.plans[i]
            part = plan.edit(town, month, found, part, plan.offset)  # type: ignore[misc]
    return pd.concat([lines[~mine], part], ignore_index=True)


def _bills(town: Town, planned: Planned, found: pd.DataFrame, month: int, kept: Carried) -> tuple:
    lines = _edited(town, planned, found, month_lines(town, found, planned.lines, month), month)
    lines = line_money(town, lines.sort_values(["v", "at"], kind="stable", ignore_index=True))
    whole = (lines["plant"] >= 0) & (lines["excess"] == 0)
    lines["excess"] = np.where(whole, lines["total"], lines["excess"])
    s, of_line = settlements(town, found, lines)
    ym = int(town.days(month)["ym"].iloc[0])
    lines["s"], lines["bkkp"] = of_line, numbers(town, FEE, ym, lines["at"].to_numpy())
    s = bill(town, s, kept.accounts, month)
    s["setl_id"] = numbers(town, SETL, ym, s["time"].to_numpy())
    s, lines = refunds(town, s, lines, month)
    account_returns(town, s, kept.accounts.balance)
    return s, lines


def _spending(town: Town, s: pd.DataFrame) -> pd.DataFrame:
    """Fund and account money by month, county, scheme and institution; for the ledger and payouts."""
    s = s[s["time"] < town.last * DAY]
    p, person = town.people, s["person"].to_numpy()
    key = {"ym": months_of(s["time"].to_numpy()), "county": p.county[person], "staff": p.staff[person].astype(int)}
    money = {"inst": s["inst"].to_numpy(), "fund": s["fund"].to_numpy(), "acct": s["acct"].to_numpy()}
    return pd.DataFrame({**key, **money}).groupby([*key, "inst"], as_index=False).sum()


def _one_month(city: City, month: int, kept: Carried, out: Writer) -> None:
    town, planned, sums = city.town, city.planned, kept.sums
    credit = kept.accounts.begin_month(town, month)
    ym = int(town.days(month)["ym"].iloc[0])
    heads = np.bincount(town.people.county, credit, 7).astype(np.int64)
    sums.credits.append(pd.DataFrame({"ym": ym, "county": range(7), "credit": heads}))
    found = _month.complete(town, _visits(town, planned, month, kept.busy), month, kept.known)
    s, lines = _bills(town, planned, found, month, kept)
    rows, lines = trace_rows(town, lines, found, month, kept.stock)
    by_group = grouped(town, s, month)["v"].to_numpy()
    remember(planned, town, found, s, lines, by_group)
    _month.write_visits(town, found, out, month)
    _month.write_settlements(town, found, s, out, month)
    _month.write_lines(town, found, s, lines, out, month)
    _month.write_diagnoses(town, found, s, out, month)
    _month.write_trace(town, rows, s, out)
    write_reviews(town, s, out, month)
    write_groups(town, found, s, lines, out, month)
    write_sales(town, (found, s, lines), rows, out, month)
    write_dues(town, city.dues, out, month, sums)
    sums.goods.append(dispensed(town, found, lines, rows))
    sums.beds.append(_month.bed_days(town, found))
    sums.births.append(births(town, found))
    sums.spent.append(_spending(town, s))
    out.flush(ym)


def _block(city: City, block: int, blocks: int) -> tuple[Sums, list[pd.DataFrame], list[pd.DataFrame]]:
    """All months of a block; its sums and the truth it saw."""
    town = city.town.part(block, blocks)
    planned = city.planned.part(town)
    own = City(town, planned, city.dues, city.folder)
    out = Writer(city.folder, city.months, block, lambda t, ym, rows: planned.touched(town, t, ym, rows))
    kept = Carried(Accounts.open(town), np.zeros(town.people.n, dtype=np.int64))
    for month in range(town.months):
        _one_month(own, month, kept, out)
        if city.done is not None:
            with city.done.get_lock():
                city.done.value += town.people.n
    out.register("psn_info_b", _people.register(town.people, town.stream("psn_info_b")))
    write_persons(town, city.dues, out, kept.sums)
    return kept.sums.closed(), planned.found, planned.told


_CITY: list[City] = []
"""The city of this process: inherited from the parent where processes fork, made again where they do not."""


def _prepare(size: Size, wanted: tuple[tuple[str, str], ...], folder: Path, done: Any) -> None:
    """Make sure that this process has the city."""
    if not _CITY:
        town = make_town(size[0], *size[1:])
        planned = collect(town, schemes, wanted)
        _CITY.append(City(town, planned, make_dues(town), folder, done))


def _work(block: int, blocks: int) -> tuple:
    return _block(_CITY[0], block, blocks)


def blocks_of(persons: int) -> int:
    """Into how many blocks persons are parted; a matter of the city's size alone."""
    s = shape()
    size = min(max(persons / s.block_share, s.block_least), s.block_most)
    return max(1, int(np.ceil(persons / size)))


def _watched(futures: list[Future], done: Any, bar: tqdm) -> None:
    """Wait for all, showing how far they are."""
    left = set(futures)
    while left:
        ready, left = wait(left, timeout=0.5, return_when=FIRST_COMPLETED)
        bar.update(done.value - bar.n)
        for future in ready:
            future.result()


def _in_processes(city: City, size: Size, wanted: tuple, processes: int, form: str, bar: tqdm) -> tuple[list, dict]:
    blocks = blocks_of(size[0])
    method = "fork" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method)
    done = city.done = context.Value("q", 0)
    arguments = (size, wanted, city.folder, done)
    with ProcessPoolExecutor(processes, context, initializer=_prepare, initargs=arguments) as pool:
        futures = [pool.submit(_work, b, blocks) for b in range(blocks)]
        try:
            _watched(futures, done, bar)
        except BrokenProcessPool:
            raise Refusal("a process ended before its block was made", "use fewer --processes or a smaller city",
                          "interrupted") from None
        results = [f.result() for f in futures]
        _whole(city, results)
        files = pending(city.folder)
        joined = pool.map(join, [city.folder] * len(files), *zip(*files, strict=True), [form] * len(files))
        return results, _counted(files, joined)


def _in_turn(city: City, size: Size, form: str, bar: tqdm) -> tuple[list, dict]:
    blocks, results = blocks_of(size[0]), []
    city.done = multiprocessing.get_context().Value("q", 0)
    for block in range(blocks):
        results.append(_block(city, block, blocks))
        bar.update(city.done.value - bar.n)
    _whole(city, results)
    files = pending(city.folder)
    return results, _counted(files, (join(city.folder, t, n, form) for t, n in files))


def _counted(files: list[tuple[str, str]], rows: Any) -> dict[str, int]:
    out: dict[str, int] = {}
    for (table, _), count in zip(files, rows, strict=True):
        out[table] = out.get(table, 0) + count
    return out


def _whole(city: City, results: list) -> None:
    """What belongs to the whole city: money, institutions, employers, agency, supervision; rows that plans add."""
    town, planned = city.town, city.planned
    sums = Sums.joined([r[0] for r in results])
    planned.found = [f for r in results for f in r[1]]
    planned.told = [f for r in results for f in r[2]]
    out = Writer(city.folder, city.months, 9998, lambda t, ym, rows: planned.touched(town, t, ym, rows))
    write_whole(town, city.dues, out, sums, truth(planned))
    out.flush(city.months[-1])
    more = Writer(city.folder, city.months, 9999, lambda t, ym, rows: rows)
    for name, table in TABLES.items():
        rows = added(planned, name, arrow)
        if rows is not None:
            more.add(name, rows, table.month)
    more.flush(city.months[-1])


def run(folder: Path, size: Size, wanted: tuple, processes: int, form: str, progress: bool) -> tuple:
    """Make and write a city; returns rows by table and the truth.

    Parameters
    ----------
    size
        Persons, first month (`YYYY-MM`), months and seed.
    wanted
        Names and strengths of schemes.
    processes, form
        How many processes (0: as many as the machine has), `parquet` or `csv`.
    """
    _CITY.clear()
    _prepare(size, wanted, folder, None)
    city = _CITY[0]
    processes = min(processes or os.cpu_count() or 1, blocks_of(size[0]))
    bar = tqdm(total=size[0] * size[2], desc="城市", unit="人月", unit_scale=True, disable=not progress)
    try:
        with bar:
            if processes > 1:
                _, rows = _in_processes(city, size, wanted, processes, form, bar)
            else:
                _, rows = _in_turn(city, size, form, bar)
        return rows, truth(city.planned)
    finally:
        _CITY.clear()
        finish(folder)
