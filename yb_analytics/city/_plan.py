"""Plans: what schemes and innocent look-alikes add to the city, and the truth about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.city._people import person_numbers
from yb_analytics.city._town import DAY, Town, stream, visits
from yb_analytics.city._town import lines as no_lines

TRUTH = ["scheme", "kind", "strength", "subject", "subject_id", "grain", "locator", "loss"]
"""Columns of the truth; `loss` in yuan of fund money."""


@dataclass
class Plan:
    """What one scheme at one strength adds.

    Parameters
    ----------
    subjects
        One `(kind of subject, id)` per planted subject; visits and lines name it by its row in `plant`.
    visits, lines
        Planned visits and the lines they carry (see `_town.visits` and `_town.lines`).
    edit
        `edit(town, month, visits, lines)` → lines, for schemes that change bills of honest visits: sets `plant`
        (row of `subjects`, added to `offset`) and `excess` (fen of the line that should not have been charged).
    """

    subjects: list[tuple[str, str]]
    visits: pd.DataFrame | None = None
    lines: pd.DataFrame | None = None
    edit: Callable[..., pd.DataFrame] | None = None
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

    def begin(self, low: int, high: int) -> pd.DataFrame:
        """Planned visits that begin on the days low … high-1."""
        day = self.visits["beg"] // DAY
        return self.visits[(day >= low) & (day < high)]


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


def remember(planned: Planned, town: Town, found: pd.DataFrame, s: pd.DataFrame, lines: pd.DataFrame) -> None:
    """Keep the planted lines of a month with the fund and account money in them."""
    mine = lines[(lines["plant"] >= 0) & (lines["init"] == 0)]
    at = mine["s"].to_numpy()
    delivered = s["time"].to_numpy()[at] < town.last * DAY
    mine, at = mine[delivered], at[delivered]
    share = mine["inscp"].to_numpy() / np.maximum(s["inscp"].to_numpy()[at], 1)
    bad = mine["excess"].to_numpy() / np.maximum(mine["total"].to_numpy(), 1)
    planned.found.append(
        pd.DataFrame(
            {
                "plant": mine["plant"].to_numpy(),
                "line": mine["bkkp"].to_numpy(),
                "settlement": s["setl_id"].to_numpy()[at],
                "stay": found["mdtrt_id"].to_numpy()[mine["v"]],
                "fund": s["fund"].to_numpy()[at] * share * bad,
                "account": s["acct"].to_numpy()[at] * share * bad,
            }
        )
    )


def truth(planned: Planned) -> pd.DataFrame:
    """One row per planted subject that left rows in the data."""
    rows, all_ = [], pd.concat(planned.found, ignore_index=True) if planned.found else pd.DataFrame({"plant": []})
    parts = dict(iter(all_.groupby("plant")))
    for plan in planned.plans:
        for i, (subject, subject_id) in enumerate(plan.subjects):
            mine = parts.get(plan.offset + i)
            if mine is None:
                continue
            scheme = plan.scheme
            loss = mine["fund"].sum() + (mine["account"].sum() if scheme.account else 0)
            locator = sorted(mine[scheme.grain].unique().astype(str))
            rows.append(
                (
                    scheme.name,
                    scheme.kind,
                    plan.strength,
                    subject,
                    subject_id,
                    scheme.grain,
                    locator,
                    round(loss / 100, 2) if scheme.kind == "scheme" else 0.0,
                )
            )
    return pd.DataFrame(rows, columns=TRUTH)
