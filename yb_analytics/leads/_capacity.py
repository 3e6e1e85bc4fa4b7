"""Who is verified: the top of the list as far as hands reach, and a random slice of everybody else.

Hands, not a score, decide how many leads are verified. The random slice is drawn with known probability from the
subjects that the list leaves out (leads below the cut, and institutions without any lead), so that feedback tells
both how good the list is and what it misses. Every draw is kept in a journal and can be drawn again from it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics import knowledge
from yb_analytics.leads._life import OUTCOMES, now, standing
from yb_analytics.leads._making import lead_id
from yb_analytics.schema import Period, Refusal
from yb_analytics.schema.text import share

JOURNAL = "lead_draws"
CHECK = "随机核查"
"""Theme of an institution that is verified by chance."""

ARMS = {"top": "优先核查", "random": "随机核查"}
DRAWN = ("draw", "period", "arm", "stratum", "frame", "taken", "inclusion", "lead_id", "subject", "subject_id",
         "county", "seed", "frame_hash", "data_version", "at")
"""Columns of a drawn unit: `frame` units in its stratum, of which `taken` were drawn."""


@dataclass(frozen=True)
class Draw:
    """One draw: whom to verify, in one table and one sentence.

    Attributes
    ----------
    table
        Columns :data:`DRAWN`, one row per unit.
    text
        What was drawn from what.
    """

    table: pd.DataFrame
    text: str

    def _repr_html_(self) -> str:
        from yb_analytics.leads._explanation import table_html

        shown = self.table[["arm", "stratum", "inclusion", "lead_id", "subject_id", "county"]].head(50)
        return f"<p>{self.text}</p>{table_html(shown)}"


def draw(w: Any, period: Period | str, capacity: int, random: int, seed: int = 1, at: str = "") -> Draw:
    """The `capacity` leads to verify first, `random` of them drawn by chance from everybody else.

    Parameters
    ----------
    w
        A screened warehouse.
    period
        The screening the leads are of.
    capacity
        How many subjects can be verified, the random slice included.
    random
        How many of these are drawn by chance.
    seed
        Of the draw; the same seed, leads and frame draw the same units.
    at
        A time that has passed: draw as it would have been drawn then, and keep nothing.

    Raises
    ------
    Refusal
        `usage` where the random slice is larger than the capacity, `empty` where nothing was screened.
    """
    span = Period.parse(period)
    if not 0 <= random <= capacity or capacity < 1:
        raise Refusal(f"capacity {capacity} with {random} drawn by chance", "choose 0 ≤ random ≤ capacity", "usage")
    left = _open_leads(w, span, at)
    top, rest = left.head(capacity - random), left.iloc[capacity - random:]
    frame = _frame(w, span, top, rest)
    told = f"{span}|{capacity}|{random}|{seed}|{w.data_version}"
    marks = {"draw": hashlib.sha256(told.encode()).hexdigest()[:12], "period": str(span), "seed": seed,
             "frame_hash": _hash(frame), "data_version": w.data_version, "at": at or now()}
    chosen = [top.assign(arm="top", stratum="优先名单", frame=len(top), taken=len(top), inclusion=1.0),
              _by_chance(frame, random, seed, int(knowledge.fact("leads", "random_min", w.as_of)))]
    table = pd.concat(chosen, ignore_index=True).assign(**marks)[list(DRAWN)]
    if not at:
        _keep(w, table)
    return Draw(table, _text(table, frame))


def _keep(w: Any, table: pd.DataFrame) -> None:
    """Write a draw into the journal, once."""
    if w.path is None or (drawn(w)["draw"] == table["draw"].iloc[0]).any():
        return
    from yb_analytics.warehouse import Journal

    plain = table.astype(object).where(table.notna(), None)
    Journal(w.path, JOURNAL).append(dict(zip(DRAWN, r, strict=True)) for r in plain.itertuples(index=False))


def _open_leads(w: Any, span: Period, at: str) -> pd.DataFrame:
    """Leads without an outcome, most worth verifying first."""
    stored = w.run(w.stored("lead", span).select("lead_id", "subject", "subject_id", "county", "priority"))
    ended = standing(w, at)
    done = set(ended.index[ended["state"].isin([*OUTCOMES, "disposed", "rechecked"])])
    stored = stored[~stored["lead_id"].isin(done)]
    return stored.sort_values(["priority", "lead_id"], ascending=[False, True], ignore_index=True)


def _frame(w: Any, span: Period, top: pd.DataFrame, rest: pd.DataFrame) -> pd.DataFrame:
    """Everybody the top of the list leaves out: leads below the cut, and institutions that have no lead."""
    known = w.run(w.stored("lead", span).filter(lambda t: t.subject == "institution").select("subject_id"))
    places = w.run(w.institutions.select(subject_id="fixmedins_code", county="county").distinct())
    places = places[~places["subject_id"].isin(set(known["subject_id"]) | set(top["subject_id"]))]
    places = places.drop_duplicates("subject_id").assign(subject="institution", stratum="无线索的机构")
    places["lead_id"] = [lead_id("institution", i, CHECK, str(span)) for i in places["subject_id"]]
    below = rest.assign(stratum="名单以外的线索")
    both = pd.concat([below, places], ignore_index=True)
    return both.sort_values(["stratum", "lead_id"], ignore_index=True)[
        ["stratum", "lead_id", "subject", "subject_id", "county"]]


def _hash(frame: pd.DataFrame) -> str:
    return hashlib.sha256("\n".join(frame["stratum"] + "|" + frame["lead_id"]).encode()).hexdigest()[:16]


def shares_of(sizes: dict[str, int], count: int, least: int) -> dict[str, int]:
    """How many of `count` each stratum gives: by size, at least `least` where it has them.

    Examples
    --------
    >>> shares_of({"a": 90, "b": 10}, 20, 1), shares_of({"a": 1000, "b": 3}, 10, 1), shares_of({"a": 2}, 9, 1)
    ({'a': 18, 'b': 2}, {'a': 9, 'b': 1}, {'a': 2})
    """
    names = [n for n in sorted(sizes) if sizes[n]]
    given = {n: min(least, sizes[n]) for n in names}
    if sum(given.values()) > count:
        given = dict.fromkeys(names, 0)
    while sum(given.values()) < min(count, sum(sizes.values())):
        behind = {n: sizes[n] / (given[n] + 1) for n in names if given[n] < sizes[n]}
        given[max(behind, key=lambda n: behind[n])] += 1
    return given


def _by_chance(frame: pd.DataFrame, count: int, seed: int, least: int) -> pd.DataFrame:
    """Units drawn without replacement, each stratum by itself; `inclusion` is the probability of each."""
    rng, parts = np.random.default_rng(seed), []
    sizes = {str(s): int(n) for s, n in frame["stratum"].value_counts().items()}
    for name, number in shares_of(sizes, count, least).items():
        own = frame[frame["stratum"] == name]
        picked = own.iloc[np.sort(rng.choice(len(own), number, replace=False))]
        parts.append(picked.assign(arm="random", frame=len(own), taken=number, inclusion=number / len(own)))
    if not parts:
        return frame.head(0).assign(arm="", frame=0, taken=0, inclusion=0.0)
    return pd.concat(parts, ignore_index=True)


def _text(table: pd.DataFrame, frame: pd.DataFrame) -> str:
    top, chance = (int((table["arm"] == a).sum()) for a in ARMS)
    told = "；".join(f"{s}{int(r.frame)}个中抽{int(r.taken)}个（每个被抽中的概率{share(r.inclusion)}）"
                    for s, r in table[table["arm"] == "random"].groupby("stratum").first().iterrows())
    return f"优先核查{top}个，另从其余{len(frame)}个主体中随机抽取{chance}个{'：' + told if told else ''}。"


def drawn(w: Any) -> pd.DataFrame:
    """Every unit ever drawn, in the columns :data:`DRAWN`."""
    if w.path is None:
        return pd.DataFrame(columns=list(DRAWN))
    from yb_analytics.warehouse import Journal

    return pd.DataFrame(Journal(w.path, JOURNAL).events(), columns=list(DRAWN))


def redrawn(w: Any, draw_id: str) -> bool:
    """Whether a draw of the journal comes out the same again, unit by unit, from the same leads and data.

    Raises
    ------
    Refusal
        `usage` for an unknown draw; `empty` where its data version is not the one that is open.
    """
    kept = drawn(w)
    kept = kept[kept["draw"] == draw_id]
    if kept.empty:
        raise Refusal(f"no draw {draw_id}", "take one from `yb leads --draws`", "usage")
    if kept["data_version"].iloc[0] != w.data_version:
        raise Refusal(f"draw {draw_id} was made from data {kept['data_version'].iloc[0]}",
                      "open that version (`yb.open(path, version=…)`)", "empty")
    again = draw(w, kept["period"].iloc[0], len(kept), int((kept["arm"] == "random").sum()), int(kept["seed"].iloc[0]),
                 kept["at"].iloc[0]).table
    return sorted(again["lead_id"]) == sorted(kept["lead_id"]) and set(again["frame_hash"]) == set(kept["frame_hash"])
