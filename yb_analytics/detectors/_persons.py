"""Persons against persons of their age and sex: largest values beyond what a group of that size shows.

Millions of persons stay in DuckDB; what is frozen is one row per group: quantiles and the slope of the tail. A detector
of persons says what is measured (`people`: `subject_id, value`) and which rows stand behind it (`rows`:
`subject_id, id, fund`, optionally `telling`); `frequent_stays` is the example to copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import _sentences
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._excess import score_of
from yb_analytics.detectors._scope import NotEvaluable
from yb_analytics.schema.text import number, share

COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]

EVERYBODY = "全部参保人"
_SEX = {"1": "男", "2": "女"}
CELLS = ("cell0", "cell1", "cell2", "cell3", "cell4")
"""Sex, age and kind; age and kind; kind; age; everybody. What has no kind is cut by sex and age."""
_GRID = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1.0)
_TAIL = _GRID.index(0.99)


def with_cells(w, table, kind: str | None = None):
    """`table` (with `subject_id`, a person) and the groups a person belongs to, finest first (:data:`CELLS`).

    `kind`: a column of the table that cuts the groups further, like a chapter of diseases.
    """
    people = w.psn_info_b.select(subject_id=_.psn_no, sex=_.gend, born=_.brdy.year())
    known = table.left_join(people, "subject_id").drop("subject_id_right")
    age = (w.last_day.year - known.born) // 10 * 10
    band = ibis.cases((age >= 80, "80岁以上"), else_=age.cast("string") + "–" + (age + 9).cast("string") + "岁")
    sex = known.sex.substitute(_SEX, else_="")
    mark = ibis.literal("") if kind is None else "·" + known[kind].cast("string")
    alone = sex + band if kind is None else known[kind].cast("string")
    told = (sex + band + mark, band + mark, alone, band, ibis.literal(EVERYBODY))
    cells = {c: ibis.coalesce(cell, EVERYBODY) for c, cell in zip(CELLS, told, strict=True)}
    return known.mutate(**cells).drop("sex", "born")


@dataclass(frozen=True)
class Tails(Arrays):
    """Per group of persons: how many, quantiles of the value, where its tail begins and how it falls.

    Beyond its 99th percentile a value is taken to fall exponentially, with the slope seen between the 90th and the
    99th: few extreme persons do not widen it. That of a small group is drawn to that of the
    groups. What is counted in whole
    numbers has many persons on one value, so a quantile counts with the share that reach it. Pass logarithms of money.
    """

    cells: np.ndarray
    n: np.ndarray
    grid: np.ndarray
    reach: np.ndarray  # share of the group at or above its 99th percentile
    slope: np.ndarray
    tests: np.ndarray

    @classmethod
    def fit(cls, w, table, p) -> Tails:
        """From a table made by :func:`with_cells`, with `value`."""
        told = pd.concat([w.run(_described(table, c)) for c in reversed(CELLS)])
        told = told.drop_duplicates("cell")  # whoever has no finer group counts with everybody, once
        told = told.sort_values("cell", ignore_index=True)
        whole = told.index[told["cell"] == EVERYBODY]
        if not len(whole) or int(told.loc[whole[0], "n"]) < p.min_group:
            raise NotEvaluable(f"fewer than {p.min_group} persons to compare in {w.period}"
                               f"（{w.period.label}可比的人员少于{p.min_group}人）")
        grid, n = told[[f"q{i}" for i in range(len(_GRID))]].to_numpy(float), told["n"].to_numpy(float)
        slope = _slope(grid, told["over90"].to_numpy(float), told["over99"].to_numpy(float))
        own = np.where(slope > 0, n, 0.0)
        cut = (own >= p.min_group) & (told["cell"] != EVERYBODY).to_numpy()
        usual = np.average(slope[cut], weights=own[cut]) if cut.any() else slope[whole[0]]
        slope = (own * slope + p.prior_persons * usual) / (own + p.prior_persons)
        return cls(told["cell"].to_numpy(str), n.astype(int), grid, told["over99"].to_numpy(float),
                   np.maximum(slope, p.floor_slope), n[whole].astype(int))

    def bounds(self, p, tests: int = 1) -> pd.DataFrame:
        """Value of every group that none of its honest persons is expected to pass."""
        room = np.log(self.reach * self.tests[0] * tests / p.alpha)
        bound = self.grid[:, _TAIL] + self.slope * np.maximum(room, 0)
        return pd.DataFrame({"cell": self.cells, "n": self.n, "bound": bound})

    def flagged(self, w, table, p, tests: int = 1) -> pd.DataFrame:
        """Persons beyond the bound of the finest group that is large enough.

        Returns `subject_id, value, cell, peers, median, above, vanish, score`.
        """
        bounds = self.bounds(p, tests)
        held = w.register(bounds.loc[(bounds["n"] >= p.min_group) | (bounds["cell"] == EVERYBODY), ["cell", "bound"]])
        for c in CELLS:
            table = table.left_join(held.rename({f"at_{c}": "cell", f"bound_{c}": "bound"}), [(c, f"at_{c}")])
        table = table.mutate(cell=ibis.coalesce(*(table[f"at_{c}"] for c in CELLS)),
                             bound=ibis.coalesce(*(table[f"bound_{c}"] for c in CELLS)))
        told = w.run(table.filter(_.value > _.bound).select("subject_id", "value", "cell", "bound"))
        return self._scored(told.sort_values("subject_id", ignore_index=True), p, tests)

    def _scored(self, told: pd.DataFrame, p, tests: int) -> pd.DataFrame:
        at = told["cell"].map({c: i for i, c in enumerate(self.cells.tolist())}).to_numpy(int)
        value, high = told["value"].to_numpy(float), self.grid[at, _TAIL]
        log_p = np.log(self.reach[at]) - np.maximum(value - high, 0) / self.slope[at]
        above = [np.interp(v, g, _GRID) for v, g in zip(value, self.grid[at], strict=True)]
        return told.assign(peers=self.n[at], median=self.grid[at, _GRID.index(0.5)], above=above,
                           vanish=told["bound"], score=score_of(log_p, int(self.tests[0]) * tests, p))


def _described(table, cell: str):
    """Per group of one level: persons, quantiles, and the shares that reach the 90th and the 99th percentile."""
    asked = {f"q{i}": _.value.quantile(q) for i, q in enumerate(_GRID)}
    groups = table.group_by(cell=table[cell]).aggregate(n=_.count(), **asked)
    marks = groups.select(cell_="cell", high=f"q{_GRID.index(0.9)}", top=f"q{_TAIL}")
    reached = table.inner_join(marks, [(cell, "cell_")]).group_by("cell_").aggregate(
        over90=(_.value >= _.high).cast("float64").mean(), over99=(_.value >= _.top).cast("float64").mean())
    return groups.inner_join(reached, [("cell", "cell_")]).drop("cell_")


def _slope(grid: np.ndarray, over90: np.ndarray, over99: np.ndarray) -> np.ndarray:
    """Fall of the tail per unit of log probability; 0 where both quantiles are the same value."""
    wide, fall = grid[:, _TAIL] - grid[:, _GRID.index(0.9)], np.log(over90 / over99)
    return np.where((wide > 0) & (fall > 0), wide / np.where(fall > 0, fall, 1.0), 0.0)


@dataclass(frozen=True)
class Measure:
    """One number measured per person.

    Parameters
    ----------
    name, what, unit
        Name of the feature; Chinese of the number as in 同龄同性别参保人`what`中位数; its unit.
    people
        `(w, p)` → Ibis table `subject_id, value` of every person it concerns, flagged or not.
    rows
        `(w, p)` → Ibis table `subject_id, id, fund` (optionally `telling`) of the rows of the period behind it.
    grain
        What `id` names.
    least
        Name of the parameter below which a value is never flagged.
    kind
        Column of `people` that cuts the groups further.
    logs
        Whether `value` is a logarithm.
    """

    name: str
    what: str
    unit: str
    people: Callable[[Any, Any], Any]
    rows: Callable[[Any, Any], Any]
    grain: str = "settlement"
    least: str = "min_value"
    kind: str | None = None
    logs: bool = False

    def shown(self, value: float) -> str:
        """A value as the reader knows it."""
        return f"{number(round(float(np.exp(value) if self.logs else value), 1))}{self.unit}"


def _people(w, p, measure: Measure):
    return w.once(f"{p.owner}.{measure.name}", lambda: w.materialise(
        with_cells(w, measure.people(w, p).filter(_.value.notnull()), measure.kind)))


def fitted(w, p, measure: Measure) -> Tails:
    """The frozen groups; refuses where too few persons compare."""
    return Tails.fit(w, _people(w, p, measure), p)


def found(w, p, model: Tails, measure: Measure) -> pd.DataFrame:
    """Hits of a detector: persons beyond the bound of their group."""
    told = model.flagged(w, _people(w, p, measure), p)
    least = float(p[measure.least])
    told = told[told["value"] >= (np.log(least) if measure.logs else least)]
    if told.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = measure.rows(w, p)
    telling = rows.telling if "telling" in rows.columns else 0
    own = w.run(rows.semi_join(w.register(told[["subject_id"]]), "subject_id").select(
        "subject_id", id=_.id, fund=_.fund.cast("float64").fill_null(0), telling=telling))
    own = own.sort_values(["subject_id", "telling", "fund", "id"], ascending=[True, False, False, True])
    groups = dict(list(own.groupby("subject_id")))
    hits = [_hit(row, groups[row["subject_id"]], measure, p) for _at, row in told.iterrows()
            if row["subject_id"] in groups]
    return pd.DataFrame(hits, columns=COLUMNS)


def _hit(row: pd.Series, own: pd.DataFrame, measure: Measure, p) -> dict:
    """One person's hit; money in the measure of how far the value lies above its group's median."""
    own = own.drop_duplicates("id").head(int(p.max_located))
    ids = own["id"].tolist()
    value, median = (float(np.exp(x) if measure.logs else x) for x in (row["value"], row["median"]))
    over = float(np.clip(1 - median / value, 0, 1)) if value else 0.0
    figures = [measure.shown(row["median"]), measure.shown(row["value"]), share(row["above"], 1),
               measure.shown(row["vanish"])]
    told = {"feature": measure.name, "label": measure.what, "unit": measure.unit or "number", "cell": row["cell"],
            "peers": int(row["peers"]), "percentile": float(row["above"]), "contribution": 1.0,
            "telling": ids[:int(p.telling)], "value": value, "median": median, "expected": median,
            "vanish": float(np.exp(row["vanish"]) if measure.logs else row["vanish"])}
    return {"subject_id": row["subject_id"], "locator": ids, "grain": measure.grain, "score": float(row["score"]),
            "amount": round(float(own["fund"].sum()) * over, 2), "estimated": True, "evidence": [told],
            "why": _sentences.peers(row["cell"], int(row["peers"]), measure.what, figures, "本人")}
