"""Plans: what schemes and innocent look-alikes add to the city, and the truth about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from yb_analytics.city._people import person_numbers
from yb_analytics.city._town import DAY, Town, stream, visits
from yb_analytics.city._town import lines as no_lines
from yb_analytics.schema import TABLES

TRUTH = ["scheme", "kind", "strength", "subject", "subject_id", "grain", "locator", "loss"]
"""Columns of the truth; `loss` in yuan of fund money."""


@dataclass
class Plan:
    """What one scheme at one strength adds. Every part but `subjects` may be absent.

    Parameters
    ----------
    subjects
        One `(kind of subject, id)` per planted subject; everything else names it by its row, `plant`.
    visits, lines
        Planned visits and the lines they carry (see `_town.visits` and `_town.lines`).
    form
        `form(town, month, visits, offset)` → visits, for schemes that change honest visits before their lines are
        drawn (diagnosis, operation, length, institution): sets `plant` (row + `offset`); all lines of these are then
        planted, unless `edit` says which.
    edit
        `edit(town, month, visits, lines, offset)` → lines, for schemes that change bills of honest visits: sets
        `plant` and `excess` (fen of the line that should not have been charged).
    spell
        The `Spell` of `edit`: `edit` is given lines of institutions that act in some plan's month, and is not asked
        in a month in which none of its own does.
    touch
        Table → `touch(town, ym, rows)` → `(rows, told)`: the rows of one part of any table as they will be written
        (an Arrow table in platform names), changed, dropped or added to; `told` is `None` or a frame of `plant`,
        `row` (position in the rows given back) and `loss` (fen). Care, goods, contributions and persons' registers
        come block by block (`town.people` is the block's), other registers once; `ym` is 0 for registers.
    rows
        Table → rows to add to it, in platform names and the units of `_write.column` (fen, days, seconds), with
        `plant` and `loss` (fen) beside.
    """

    subjects: list[tuple[str, str]]
    visits: pd.DataFrame | None = None
    lines: pd.DataFrame | None = None
    form: Callable[..., pd.DataFrame] | None = None
    edit: Callable[..., pd.DataFrame] | None = None
    spell: Any = None
    touch: dict[str, Callable[..., tuple[pa.Table, pd.DataFrame | None]]] = field(default_factory=dict)
    rows: dict[str, pd.DataFrame] = field(default_factory=dict)
    scheme: Any = None
    strength: str = ""
    offset: int = 0


@dataclass
class Planned:
    """All plans of a city, joined."""

    plans: list[Plan]
    visits: pd.DataFrame
    lines: pd.DataFrame
    found: list[pd.DataFrame] = field(default_factory=list)
    told: list[pd.DataFrame] = field(default_factory=list)

    def begin(self, low: int, high: int) -> pd.DataFrame:
        """Planned visits that begin on the days low … high-1."""
        day = self.visits["beg"] // DAY
        return self.visits[(day >= low) & (day < high)]

    def part(self, town: Town) -> Planned:
        """What concerns the persons of a block, who are numbered from 0 in it."""
        person = self.visits["person"].to_numpy() - town.people.low
        mine = self.visits[(person >= 0) & (person < town.people.n)]
        mine = mine.assign(person=mine["person"] - town.people.low)
        return replace(self, visits=mine, lines=self.lines[self.lines["key"].isin(mine["key"])], found=[], told=[])

    def touched(self, town: Town, table: str, ym: int, rows: pa.Table) -> pa.Table:
        """A part of a table after every plan has touched it."""
        for plan in self.plans:
            if table in plan.touch:
                rows, told = plan.touch[table](town, ym, rows)
                if told is not None and len(told):
                    self.told.append(_told(table, rows, told["row"], told, plan.offset))
        return rows


def key_of(table: str, rows: pa.Table) -> pa.Array:
    """How the truth names rows of a table: its name, `:`, and the key with `|` between its parts."""
    parts = [pc.fill_null(pc.cast(rows[k].combine_chunks(), pa.string()), "") for k in TABLES[table].key]
    return pc.binary_join_element_wise(pa.scalar(f"{table}:"), pc.binary_join_element_wise(*parts, "|"), "")


def _told(table: str, rows: pa.Table, at: Any, told: pd.DataFrame, offset: int) -> pd.DataFrame:
    keys = key_of(table, rows.take(pa.array(np.asarray(at, dtype=np.int64)))).to_numpy(zero_copy_only=False)
    plant, loss = told["plant"].to_numpy() + offset, told["loss"].to_numpy()
    return pd.DataFrame({"plant": plant, "row": keys, "loss": loss})


def added(planned: Planned, table: str, make: Callable[..., pa.Table]) -> pa.Table | None:
    """Rows that plans add to a table, made canonical by `make(table, columns)`; their truth is kept."""
    out = []
    for plan in planned.plans:
        if len(plan.rows.get(table, ())):
            rows = make(table, plan.rows[table].drop(columns=["plant", "loss"]))
            planned.told.append(_told(table, rows, np.arange(rows.num_rows), plan.rows[table], plan.offset))
            out.append(rows)
    return pa.concat_tables(out) if out else None


def person_id(person: int) -> str:
    """Person number as the data show it."""
    return str(int(person_numbers(np.array([person]))[0]))


def collect(town: Town, schemes: Mapping[str, Any], wanted: tuple[tuple[str, str], ...]) -> Planned:
    """Run the schemes `(name, strength)`; keys and subjects are numbered through."""
    plans, offset = [], 0
    for name, strength in wanted:
        plan = schemes[name].fn(town, stream(town.seed, f"{name}/{strength}"), strength)
        plan.scheme, plan.strength, plan.offset = schemes[name], strength, offset
        if plan.visits is not None and len(plan.visits):
            plan.visits["plant"] = np.where(plan.visits["plant"] >= 0, plan.visits["plant"] + offset, -1)
            empty = plan.visits["key"] < 0
            plan.visits.loc[empty, "key"] = town.fresh(int(empty.sum()))
        offset += len(plan.subjects)
        plans.append(plan)
    blank = np.zeros(0, dtype=int)
    every = [p.visits for p in plans if p.visits is not None] or [visits(person=blank)]
    rows = [p.lines for p in plans if p.lines is not None] or [no_lines(item=blank)]
    return Planned(plans, pd.concat(every, ignore_index=True), pd.concat(rows, ignore_index=True))


def lost(fund: np.ndarray, lines: pd.DataFrame) -> np.ndarray:
    """Fund money (whole fen) in what should not have been charged, by line; `lines` are all of their settlements.

    Money is paid in whole fen: what the shares of a settlement's lines leave over goes to those cut most. Of an
    excess, what the patient bears above the pay standard is no loss.
    """
    scope = lines["inscp"].to_numpy(dtype=np.float64)
    whole = lines.groupby("s")["inscp"].transform("sum").to_numpy(dtype=np.float64)
    exact = fund[lines["s"].to_numpy()] * np.divide(scope, whole, out=np.zeros(len(lines)), where=whole > 0)
    down = np.floor(exact + 1e-6)
    cut = pd.DataFrame({"s": lines["s"].to_numpy(), "line": lines["bkkp"].to_numpy(), "rest": (exact - down).round(6)})
    left = np.round(pd.Series(exact - down).groupby(cut["s"]).transform("sum").to_numpy())
    order = cut.sort_values(["s", "rest", "line"], ascending=[True, False, True]).groupby("s").cumcount()
    fen = down + (order.sort_index().to_numpy() < left)
    part = lines["excess"].to_numpy() < lines["total"].to_numpy()
    borne = np.where(part, lines["over"].to_numpy(), 0)
    bad = np.maximum(lines["excess"].to_numpy() - borne, 0) / np.maximum(lines["total"].to_numpy() - borne, 1)
    return np.where(bad >= 1, fen, np.minimum(np.floor(exact * bad + 0.5 + 1e-9), fen))


def _items(planned: Planned) -> np.ndarray:
    """Numbers of the subjects whose schemes lie in single lines."""
    parts = [np.arange(p.offset, p.offset + len(p.subjects)) for p in planned.plans if p.scheme.grain == "line"]
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def remember(planned: Planned, town: Town, found: pd.DataFrame, s: pd.DataFrame, lines: pd.DataFrame,
             by_group: np.ndarray) -> None:
    """Keep the planted lines of a month with the fund and account money in them.

    What an item costs does not change what the fund pays for a visit `by_group`: such lines have no loss.
    """
    delivered = s["time"].to_numpy() < town.last * DAY
    planted = np.unique(lines["s"].to_numpy()[(lines["plant"] >= 0) & (lines["init"] == 0)])
    every = lines[lines["s"].isin(planted) & (lines["init"] == 0) & delivered[lines["s"].to_numpy()]]
    part = lost(s["fund"].to_numpy(), every)
    inside = every["plant"].isin(_items(planned)).to_numpy() & every["v"].isin(by_group).to_numpy()
    part = np.where(inside, 0, part)
    mine, part = every[every["plant"] >= 0], part[every["plant"].to_numpy() >= 0]
    at = mine["s"].to_numpy()
    share = mine["inscp"].to_numpy() / np.maximum(s["inscp"].to_numpy()[at], 1)
    bad = mine["excess"].to_numpy() / np.maximum(mine["total"].to_numpy(), 1)
    planned.found.append(
        pd.DataFrame(
            {
                "plant": mine["plant"].to_numpy(),
                "line": mine["bkkp"].to_numpy(),
                "settlement": s["setl_id"].to_numpy()[at],
                "stay": found["mdtrt_id"].to_numpy()[mine["v"]],
                "fund": part,
                "account": s["acct"].to_numpy()[at] * share * bad,
            }
        )
    )


def _by_plant(parts: list[pd.DataFrame]) -> dict[int, pd.DataFrame]:
    every = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"plant": []})
    return {int(str(k)): v for k, v in every.groupby("plant")}


def truth(planned: Planned) -> pd.DataFrame:
    """One row per planted subject that left rows in the data."""
    rows, cared, told = [], _by_plant(planned.found), _by_plant(planned.told)
    for plan in planned.plans:
        scheme = plan.scheme
        for i, (subject, subject_id) in enumerate(plan.subjects):
            mine, named = cared.get(plan.offset + i), told.get(plan.offset + i)
            loss = 0.0 if named is None else float(named["loss"].sum())
            if mine is not None:
                loss += mine["fund"].sum() + (mine["account"].sum() if scheme.account else 0)
            source = named if scheme.grain == "row" else mine
            if source is None:
                continue
            locator = sorted(source[scheme.grain].unique().astype(str))
            loss = round(loss / 100, 2) if scheme.kind == "scheme" else 0.0
            about = (scheme.name, scheme.kind, plan.strength, subject, subject_id)
            rows.append((*about, scheme.grain, locator, loss))
    return pd.DataFrame(rows, columns=TRUTH)
