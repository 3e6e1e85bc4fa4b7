"""Ten checks of a city's year, twice: as the package asks them, and as SQL written by hand (`checks.sql`).

`python -m tests.bench.ten FOLDER ours|sql|scan` prints one JSON line: rows and CPU seconds of every check, peak memory
and what was spilled, of a process of its own.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandas as pd
from ibis import _

from tests.bench.large import Large, sections
from tests.bench.points import code_of, made
from yb_analytics import knowledge
from yb_analytics.detectors import Scope
from yb_analytics.rules import shelf
from yb_analytics.rules._engine import evaluate, live_points
from yb_analytics.schema import INPATIENT, PHARMACY, Period
from yb_analytics.warehouse import Warehouse

_covisits = importlib.import_module("yb_analytics.detectors.covisit_groups")
YEAR = Period.parse("2025")
RULES = {"duplicate_trace": "trace_code_reuse", "duplicate_charge": "service_duplicate",
         "over_frequency": "service_frequency", "sex_mismatch": "drug_sex", "after_death": "care_after_death",
         "overlapping_stays": "overlapping_stays"}
"""Checks that are rule classes."""
_WANTED = {"duplicate_charge": ("pair", "", 900), "over_frequency": ("max_count", "day", 93),
           "sex_mismatch": ("sex", "", 1000)}
"""Condition, window and number of points, about as many as the nation published (`rule_batches.csv`)."""
_DAYS = 15


def points_of(check: str) -> pd.DataFrame:
    """Knowledge points a check is asked with: of items in use, as the published ones are."""
    condition, window, number = _WANTED[check]
    some = made(1).iloc[[0] * number].reset_index(drop=True)
    step = 41 if condition == "sex" else 10
    items = [n * step + (7 if condition != "sex" else 0) for n in range(number)]
    values = [str(k % 2 + 1) if condition == "sex" else "5" if window else "" for k in items]
    others = [code_of(k + 9 + 10 * (n % 7)) if condition == "pair" else "" for n, k in enumerate(items)]
    return some.assign(point_id=[f"K{n}" for n in range(number)], rule_class=shelf[RULES[check]].title.zh,
                       item_code=[code_of(k) for k in items], condition=condition, value=values, unit=window,
                       other_code=others)


# as the package asks ------------------------------------------------------------------------------------------


def _two_cities(w: Scope):
    rows = w.valid_settlements.filter(~_.med_type.left(2).isin([*INPATIENT, *PHARMACY])).select(
        "setl_id", "psn_no", "fixmedins_code", day=_.setl_time.date(), city=_.fix_blng_admdvs.left(4),
        fund=_.fund_pay_sumamt, key=_.psn_no.hash())
    two = rows.group_by(["key", "day"]).aggregate(low=_.city.min(), high=_.city.max()).filter(_.low != _.high)
    return rows.semi_join(two, ["key", "day"]).drop("key")


def _readmission(w: Scope):
    return split_stays_rows(w).filter(_.gap.notnull())


def split_stays_rows(w: Scope):
    """Readmissions as the detector of split stays asks for them, its innocent explanations left in."""
    stays = w.history.stays.filter(_.endtime.notnull())
    order = ibis.window(group_by=["psn_no", "fixmedins_code"], order_by=["begntime", "mdtrt_id"])
    stays = stays.mutate(left=_.endtime.lag().over(order), way=_.dscg_way.lag().over(order))
    gap = (_.begntime.date() - _.left.date()).cast("int64")
    stays = stays.mutate(gap=gap).select("mdtrt_id", "psn_no", "fixmedins_code", "begntime", "fund_pay_sumamt",
                                         "dscg_maindiag_code", "way", "gap")
    return stays.mutate(gap=_.gap.between(0, _DAYS).ifelse(_.gap, None))


def _covisit(w: Scope):
    p = knowledge.parameters("covisit_groups", on=w.last_day)
    return _covisits._pairs(w.materialise(_covisits._visits(w, p)), int(p.windows[0]), p)


def _provider_month(w: Scope):
    lines = w.fee_lines.mutate(month=_.fee_ocur_time.truncate("M"), fee=_.det_item_fee_sumamt)
    share = lambda table, test: table.count(where=test) / table.count()  # noqa: E731
    of_lines = lines.group_by(["fixmedins_code", "month"]).aggregate(
        lines=_.count(), fee_sum=_.fee.sum().cast("float64"), scope=_.inscp_amt.sum().cast("float64"),
        fee_mean=_.fee.mean(), fee_sd=_.fee.std(), fee_max=_.fee.max().cast("float64"), cnt_mean=_.cnt.mean(),
        pric_mean=_.pric.mean(), days_mean=_.prd_days.mean(), drugs=share(_, _.list_type == "101"),
        services=share(_, _.list_type == "201"), goods=share(_, _.list_type == "301"),
        drug_fee=_.fee.sum(where=_.list_type == "101").cast("float64"),
        test_fee=_.fee.sum(where=_.med_chrgitm_type.isin(["03", "04"])).cast("float64"), several=share(_, _.cnt > 1),
        long=share(_, _.prd_days > 14), persons=_.psn_no.approx_nunique(), items=_.hilist_code.approx_nunique())
    bills = w.valid_settlements.mutate(month=_.setl_time.truncate("M"), fee=_.medfee_sumamt)
    of_bills = bills.group_by(["fixmedins_code", "month"]).aggregate(
        bills=_.count(), bill_mean=_.fee.mean(), bill_sd=_.fee.std(), bill_max=_.fee.max().cast("float64"),
        fund=_.fund_pay_sumamt.sum().cast("float64"), own=_.psn_pay.sum().cast("float64"),
        account=_.acct_pay.sum().cast("float64"), stays=share(_, _.med_type == "21"),
        chronic=share(_, _.med_type == "14"), employees=share(_, _.insutype == "310"), women=share(_, _.gend == "2"),
        hour=_.setl_time.hour().mean(), weekend=share(_, _.setl_time.day_of_week.index() >= 5),
        patients=_.psn_no.approx_nunique())
    return of_lines.outer_join(of_bills, ["fixmedins_code", "month"])


SHAPES: dict[str, Callable[[Scope], Any]] = {
    "readmission": _readmission, "two_cities": _two_cities, "covisit": _covisit, "provider_month": _provider_month}
"""Checks that detectors ask: expressions of their kind over the same netted views."""
CHECKS = (*RULES, *SHAPES)
REGISTERS = ("psn_info_b", "ps_death", "hilist_b", "fixmedins_b")
"""Small tables, which both sides hold as tables."""


class Ours:
    """The package's own warehouse, rule engine and views."""

    def __init__(self, folder: Path) -> None:
        self.w = Warehouse(Large(folder))
        for name in REGISTERS:
            self.w.table(name)
        self.scope = Scope(self.w, YEAR)

    @property
    def spill(self) -> Path:
        """Where the engine spills."""
        return Path(self.w._source.con._spill.name)

    def netting(self) -> int:
        """Resolve what cancels; the views stand afterwards."""
        return len(self.w.valid_settlements.columns) + len(self.w.fee_lines.columns) + len(self.w.stays.columns)

    def check(self, name: str) -> int:
        """Number of rows found."""
        if name in SHAPES:
            return len(self.w.again(self.w.compiled(SHAPES[name](self.scope))))
        points = points_of(name) if name in _WANTED else pd.DataFrame()
        run = evaluate(self.w, YEAR, [shelf[RULES[name]]], points if len(points) else None)
        assert all(state == "evaluated" for state, _ in run.states.values()), run.states
        return sum(map(len, run.hits))


class ByHand:
    """A DuckDB connection with the same limits, views on the same files, and `checks.sql`."""

    def __init__(self, folder: Path, like: Any = None) -> None:
        self.said = sections(Path(__file__).with_name("checks.sql"))
        source = Large(folder)
        settings = {"memory_limit", "threads", "temp_directory", "preserve_insertion_order"}
        told = source.con.con.execute("SELECT name, value FROM duckdb_settings()").fetchall()
        self._source = source  # its private folder to spill into goes with it
        self.con = duckdb.connect(config={k: v for k, v in told if k in settings})
        self.con.execute("SET enable_progress_bar = false")
        for name, files in source.files.items():
            rows = self.con.read_parquet([str(f) for f in files], union_by_name=True)
            if name in REGISTERS:
                rows.create(name)
            else:
                rows.create_view(name)
        self.con.from_df(_limits()).create("limits")

    @property
    def spill(self) -> Path:
        """Where the engine spills."""
        return Path(self._source.con._spill.name)

    def netting(self) -> int:
        """Resolve what cancels; the views stand afterwards."""
        self.con.execute(self.said["netting"])
        self.con.execute(self.said["views"])
        return 0

    def check(self, name: str) -> int:
        """Number of rows found."""
        if name in _WANTED:
            found = live_points([shelf[RULES[name]]], YEAR, points_of(name))
            self.con.execute("DROP TABLE IF EXISTS points")
            self.con.from_arrow(_arrow(found)).create("points")
        return len(self.con.sql(self.said[name]).to_arrow_table().to_pandas())

    def scan(self) -> int:
        """Every column of every fee line, decoded once."""
        return len(self.con.sql("SELECT max(COLUMNS(*)) FROM fee_list_d").fetchall())


def _arrow(points: pd.DataFrame):
    import pyarrow as pa

    return pa.Table.from_pandas(points[["rule", "point_id", "item_code", "other_code", "value", "number"]],
                                preserve_index=False)


def _limits() -> pd.DataFrame:
    """Figures of the rules and detectors, as the SQL reads them."""
    p = knowledge.parameters("covisit_groups", on=YEAR.start)
    slot = int(p.windows[0])
    return pd.DataFrame([{
        "grace": knowledge.parameters("care_after_death", on=YEAR.start).grace_days,
        "tolerated": knowledge.parameters("overlapping_stays", on=YEAR.start).overlap_days,
        "visits": p.min_visits, "slot": slot, "crowd": p.max_crowd_per_minute * slot / 60}])


# one side in a process of its own -----------------------------------------------------------------------------


class Spilled(threading.Thread):
    """Looks at what is spilled while a side works."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.folder, self.most, self.done = folder, 0, threading.Event()

    def run(self) -> None:
        """Keep the largest sum of file sizes."""
        while not self.done.wait(0.2):
            sizes = []
            for file in self.folder.glob("**/*"):
                try:
                    sizes.append(file.stat().st_size)
                except OSError:  # gone meanwhile
                    continue
            self.most = max(self.most, sum(sizes))


def measured(side: Any, names: tuple[str, ...] = CHECKS) -> dict:
    """Rows and CPU seconds of netting and of every check of a side."""
    out: dict[str, Any] = {}
    for name in ("netting", *names):
        began, wall = time.process_time(), time.monotonic()
        rows = side.netting() if name == "netting" else side.check(name)
        out[name] = {"rows": rows, "cpu": round(time.process_time() - began, 2),
                     "wall": round(time.monotonic() - wall, 1)}
    return out


def main(folder: str, what: str) -> None:
    """Measure one side and print it."""
    side = Ours(Path(folder)) if what == "ours" else ByHand(Path(folder))
    watch = Spilled(side.spill)
    watch.start()
    if what == "scan":
        began = time.process_time()
        side.scan()
        told: dict[str, Any] = {"scan": {"cpu": round(time.process_time() - began, 2)}}
    else:
        told = measured(side)
    watch.done.set()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"side": what, "checks": told, "peak_gb": round(peak, 2),
                      "spilled_gb": round(watch.most / 2**30, 2)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
