"""Histories of payments, refunds and corrections, delivered anyhow: the warehouse against a model in plain Python.

Each machine holds ten histories side by side (persons that share nothing), because an ingest costs the same for one
as for ten; a run is `amount(200, 5000)` histories in real deliveries through `ingest`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.sizes import amount
from yb_analytics.warehouse import ingest, open_warehouse

_HISTORIES = 10
_KINDS = st.sampled_from(["pay", "interim", "partial", "full", "back", "correct", "move", "orphan", "repeat"])
_EVENTS = st.lists(st.tuples(st.integers(0, _HISTORIES - 1), _KINDS, st.integers(1, 500), st.integers(0, 9),
                             st.booleans(), st.booleans()), min_size=10, max_size=25)


class Model:
    """What the deliveries say, kept in plain dictionaries: the latest row of every settlement."""

    def __init__(self) -> None:
        self.rows: dict[str, dict] = {}
        self.depth: dict[str, int] = {}
        self.clock = 0

    def event(self, history: int, kind: str, fen: int, pick: int, mirrored: bool, flagged: bool) -> dict:
        """One more row of a history, as a delivery writes it."""
        self.clock += 1
        mine = [k for k in self.depth if k.startswith(f"h{history}-")]
        key = f"h{history}-{self.clock:04d}"
        if not mine or kind in ("pay", "interim", "orphan"):
            if kind == "orphan":  # the payment was delivered to somebody else, or never
                return self._row(key, -fen, 1, parent=f"h{history}-lost", flag="1")
            return self._row(key, fen, 0, interim=kind == "interim")
        old = mine[pick % len(mine)]
        if kind in ("correct", "move", "repeat"):
            return self._again(old, kind, fen)
        depth = self.depth[old] + 1
        size = abs(self.rows[old]["fen"]) if kind == "full" else min(fen, abs(self.rows[old]["fen"]))
        signed = size * (-1) ** depth
        return self._row(key, abs(signed) if mirrored else signed, depth, parent=old, flag="1" if flagged else "0")

    def _row(self, key: str, fen: int, depth: int, parent: str = "", flag: str = "0", interim: bool = False) -> dict:
        self.depth[key] = depth
        row = {"id": key, "fen": fen, "parent": parent, "flag": flag, "month": 1 + self.clock % 3, "interim": interim,
               "updated": self.clock, "signed": abs(fen) * (-1) ** depth}
        self.rows[key] = row
        return row

    def _again(self, key: str, kind: str, fen: int) -> dict:
        """The same settlement once more: as it was, corrected, or in another month."""
        row = dict(self.rows[key])
        if kind == "repeat":
            return row
        row |= {"updated": self.clock}
        if kind == "move":
            row["month"] = row["month"] % 3 + 1
        elif row["fen"]:
            row |= {"fen": fen if row["fen"] > 0 else -fen, "signed": fen if row["signed"] > 0 else -fen}
        self.rows[key] = row
        return row


def _roots(delivered: dict[str, dict]) -> dict[str, int]:
    """Root → net fen. A row whose payment is not there stands for itself, as money back or as it is signed."""
    net: dict[str, int] = defaultdict(int)
    for key, row in delivered.items():
        at, steps = key, 0
        while (up := delivered[at]["parent"]) in delivered:
            at, steps = up, steps + 1
        top = delivered[at]
        back = bool(top["parent"]) and (top["fen"] < 0 or top["flag"] == "1")
        sign = -1 if back else (1 if top["fen"] >= 0 else -1)
        net[at] += abs(row["fen"]) * sign * (-1) ** steps
    return {k: v for k, v in net.items() if v}


def _frame(rows: list[dict]) -> pd.DataFrame:
    return pd.DataFrame([{
        "setl_id": r["id"], "psn_no": r["id"].split("-")[0], "fixmedins_code": "H1",
        "setl_time": f"2025-{r['month']:02d}-05 10:00:00", "med_type": "11",
        "medfee_sumamt": f"{r['fen'] / 100:.2f}", "fund_pay_sumamt": f"{r['fen'] / 100:.2f}",
        "init_setl_id": r["parent"], "refd_setl_flag": r["flag"], "mid_setl_flag": str(int(r["interim"])),
        "updt_time": (pd.Timestamp("2025-06-01") + pd.Timedelta(minutes=r["updated"])).isoformat(" ")} for r in rows])


class Deliveries(RuleBasedStateMachine):
    """Events happen; what has not been delivered yet comes in any order and in any split, some of it twice."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="yb-test-"))
        self.model, self.waiting, self.sent = Model(), [], []
        self.delivered: dict[str, dict] = {}
        self.figures: dict[int, tuple] = {}

    @initialize(events=_EVENTS)
    def begin(self, events):
        """Something has happened."""
        self.waiting += [self.model.event(*e) for e in events]

    @rule(events=_EVENTS)
    def happen(self, events):
        """More happens."""
        self.waiting += [self.model.event(*e) for e in events]

    @rule(chance=st.randoms(use_true_random=False), share=st.sampled_from([0.3, 0.6, 1.0]))
    def deliver(self, chance, share):
        """A delivery of some of what waits, shuffled, with some of what came before."""
        chance.shuffle(self.waiting)
        count = int(len(self.waiting) * share)
        now, self.waiting = self.waiting[:count], self.waiting[count:]
        now = now + chance.sample(self.sent, min(3, len(self.sent)))
        if now:
            self._take(now)

    def _take(self, rows):
        self.sent += rows
        for row in rows:
            held = self.delivered.get(row["id"])
            if held is None or row["updated"] > held["updated"]:
                self.delivered[row["id"]] = row
        file = self.folder / "in" / f"setl_d_{len(self.sent)}.csv"
        file.parent.mkdir(exist_ok=True)
        _frame(rows).to_csv(file, index=False)
        report = ingest(file, self.folder / "w", progress=False, keep=False)
        assert report.quarantined == 0
        self.figures[report.version] = _figures(self.folder / "w")
        self._compare(self.figures[report.version])

    def _compare(self, found):
        net = _roots(self.delivered)
        rows, months, _ = found
        assert rows == net  # every chain to the fen
        expected: dict[str, int] = defaultdict(int)
        for row in self.delivered.values():
            expected[f"20250{row['month']}"] += 1
        assert months == dict(expected)  # every row in its own month, once

    def teardown(self):
        """All is delivered at last: money is conserved, and old versions still say what they said."""
        try:
            if self.waiting:
                self._take(self.waiting)
            assert all(self.delivered[k] == self.model.rows[k] for k in self.delivered)
            lost = sum(abs(r["fen"]) * (-1) ** self.model.depth[k] for k, r in self.model.rows.items())
            if self.figures:
                assert sum(self.figures[max(self.figures)][0].values()) == lost
                oldest = min(self.figures)
                assert _figures(self.folder / "w", oldest) == self.figures[oldest]
        finally:
            shutil.rmtree(self.folder)


def _figures(path: Path, version: int | None = None) -> tuple:
    """Net fen by root, rows by month, identity of the data."""
    w = open_warehouse(path, version)
    valid = w.run(w.valid_settlements.select("setl_id", "medfee_sumamt"))
    rows = {r.setl_id: round(r.medfee_sumamt * 100) for r in valid.itertuples() if r.medfee_sumamt}
    return rows, {r.ym: r.rows for r in w.coverage().itertuples()}, w.data_version


@pytest.mark.soak
def test_deliveries_in_any_order_and_split_give_the_models_totals():
    run_state_machine_as_test(Deliveries, settings=settings(
        max_examples=amount(200, 5000) // _HISTORIES, stateful_step_count=4, deadline=None,
        suppress_health_check=[*HealthCheck]))
