"""Refunds that do not say what they refund: paired with the payment they can only mean.

A row is looked at if it is negative or, for settlements, flagged as a refund, names no other row and is named by
none. It takes back the latest earlier row of the same person, institution and visit (lines: of the same visit
and item) of the same absolute amount; a settlement without such a twin the same amount under another visit
number, else a larger one of the same visit (a partial refund). A row is taken back once. What finds no partner
stands as a negative row; a mirrored one becomes negative because its flag says refund — unless a later flagged
row takes it back: then it is the payment that was flagged.

Only such rows and their possible partners are fetched; where there are none, one filter is all it costs.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import ibis
import pandas as pd

from yb_analytics.warehouse.views.reversals import is_linked

NO_PARENT = ""
"""Parent of a refund whose payment is not known."""


@dataclass(frozen=True)
class Pairing:
    """By what a refund without a link is recognised and paired."""

    amounts: tuple[str, ...]
    time: str
    same: tuple[str, ...]
    flag: str = ""
    partial: bool = False


def _size(table, amounts: tuple[str, ...]):
    """The first amount that is not zero: its sign is the sign of the row."""
    size = ibis.literal(0.0)
    for name in reversed(amounts):
        own = table[name].fill_null(0).cast("float64")
        size = (own == 0).ifelse(size, own)
    return size


def _columns(table, key: str, how: Pairing) -> dict:
    """What is needed of a row to pair it."""
    size = _size(table, how.amounts)
    flagged = (table[how.flag] == "1").fill_null(False) if how.flag else ibis.literal(False)
    return {"id": table[key], "visit": table.mdtrt_id, "at": table[how.time], "amount": size, "flagged": flagged,
            "valid": table.vali_flag.fill_null("1") != "0", **{c: table[c] for c in how.same}}


def candidates(w, table, key: str, link: str, how: Pairing) -> pd.DataFrame:
    """Refunds without a link, and the rows they may take back; empty if there is no such refund."""
    back = _size(table, how.amounts) < 0
    if how.flag:
        back = back | (table[how.flag] == "1").fill_null(False)
    counted = table.vali_flag.fill_null("1") != "0"
    named = table.filter(is_linked(table, key, link)).select(named=link).distinct()
    alone = table.filter(back & counted & ~is_linked(table, key, link))
    refunds = w.run(alone.select(**_columns(alone, key, how)).anti_join(named, [("id", "named")]))
    if refunds.empty:
        return refunds
    wanted = w.register(refunds[list(how.same)].drop_duplicates())
    others = table.filter(~is_linked(table, key, link)).semi_join(wanted, list(how.same))
    pool = w.run(others.select(**_columns(others, key, how)).anti_join(named, [("id", "named")]))
    rows = pd.concat([pool, refunds]).drop_duplicates("id")
    return rows.assign(back=rows["id"].isin(refunds["id"]))


def _partner(refund, free: list, how: Pairing):
    """The row a refund takes back, of those of its kind that are earlier and not yet taken back."""
    size, best, rank = abs(refund.amount), None, (0, False)
    for row in free:
        same_visit = isinstance(refund.visit, str) and row.visit == refund.visit
        if round(abs(row.amount) - size, 4) == 0:
            grade = 3 if same_visit else 2
        elif how.partial and same_visit and row.amount > size:
            grade = 1
        else:
            continue
        if (grade, row.valid) >= rank:
            best, rank = row, (grade, row.valid)
    return best


def pair(rows: pd.DataFrame, how: Pairing) -> dict[str, str]:
    """Refund → the row it takes back, `NO_PARENT` for a mirrored refund without one; in order of time.

    Examples
    --------
    A payment and its mirrored refund, both flagged, and a flagged one whose payment is not there:

    >>> rows = pd.DataFrame({"id": ["a", "b", "c"], "visit": ["v", "v", "z"], "amount": [5.0, 5.0, 8.0],
    ...                      "at": pd.to_datetime(["2025-01-01", "2025-01-02", "2025-01-03"]), "psn_no": "p",
    ...                      "flagged": True, "valid": True, "back": True})
    >>> pair(rows, Pairing(("amount",), "at", ("psn_no",), "flagged"))
    {'b': 'a', 'c': ''}
    """
    out: dict[str, str] = {}
    ordered = rows.assign(last=rows["back"] & (rows["amount"] < 0)).sort_values(["at", "last", "id"])
    free: dict[tuple, list] = defaultdict(list)
    waiting: dict[str, None] = {}
    row: Any
    for row in ordered.itertuples(index=False):
        kind = free[tuple(getattr(row, c) for c in how.same)]
        partner = _partner(row, kind, how) if row.back else None
        if partner is not None:
            out[row.id] = partner.id
            kind.remove(partner)
            waiting.pop(partner.id, None)
        elif row.amount > 0:
            kind.append(row)
            if row.back:
                waiting[row.id] = None
    return out | dict.fromkeys(waiting, NO_PARENT)


def as_links(rows: pd.DataFrame, parents: dict[str, str]) -> pd.DataFrame:
    """Paired rows in the shape `resolve` takes."""
    part = rows[rows["id"].isin(set(parents) | set(parents.values()))]
    return pd.DataFrame({
        "id": part["id"], "parent": part["id"].map(parents), "valid": part["valid"].astype(bool),
        "sign": part["amount"].gt(0).astype("int8") - part["amount"].lt(0).astype("int8"),
        "refund": part["back"] & part["id"].isin(set(parents))})
