"""Refunds that do not say what they refund: paired with the payment they can only mean.

A row is looked at if it is negative or, for settlements, flagged as a refund, names no other row and is named by
none. It takes back the latest earlier row of the same person, institution and visit (lines: of the same visit
and item) of the same absolute amount; a settlement without such a twin the same amount under another visit
number (negative refunds only), else a larger one of the same visit (a partial refund; what is left of it can be
taken back again). No row is taken back beyond its amount.

What finds no partner stands as it is signed. A positive one that is flagged may be the refund of a payment that was
not delivered, or a payment whose refund was not: the flag stands on either. Only where its sender is seen to write
refunds mirrored and to leave their payments unflagged is it a refund, and then negative; otherwise it is a payment,
and `conventions` tells how many there are. By the flag alone nothing is taken back.

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
PAID = "paid"
"""In place of a parent: flagged as refunded, and no refund of it was delivered."""


@dataclass(frozen=True)
class Pairing:
    """By what a refund without a link is recognised and paired."""

    amounts: tuple[str, ...]
    time: str
    same: tuple[str, ...]
    flag: str = ""
    partial: bool = False
    sender: str = ""


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


def takes_back(table, how: Pairing):
    """Whether a row is negative by its first amount that is not zero, or flagged as a refund."""
    negative, before = ibis.literal(False), ibis.literal(True)
    for name in how.amounts:
        own = table[name].fill_null(0)
        negative, before = negative | (before & (own < 0)), before & (own == 0)
    return negative | (table[how.flag] == "1").fill_null(False) if how.flag else negative


def candidates(w, few, table, key: str, link: str, how: Pairing) -> pd.DataFrame:
    """Refunds without a link, and the rows they may take back; empty if there is no such refund.

    `few` holds every row of `table` that takes money back or is linked.
    """
    counted = few.vali_flag.fill_null("1") != "0"
    named = few.filter(is_linked(few, key, link)).select(named=link).distinct()
    alone = few.filter(takes_back(few, how) & counted & ~is_linked(few, key, link)).select(key)
    alone = w.materialise(alone.anti_join(named, [(key, "named")]))
    if not w.run(alone.count()):
        return pd.DataFrame()
    refunds = table.semi_join(alone, key)
    refunds = w.run(refunds.select(**_columns(refunds, key, how)))
    wanted = w.register(refunds[list(how.same)].drop_duplicates())
    others = table.filter(~is_linked(table, key, link)).semi_join(wanted, list(how.same))
    pool = w.run(others.select(**_columns(others, key, how)).anti_join(named, [("id", "named")]))
    rows = pd.concat([pool, refunds]).drop_duplicates("id")
    return rows.assign(back=rows["id"].isin(refunds["id"]))


def _partner(refund, free: list, how: Pairing):
    """The row a refund takes back, of those of its kind that are earlier and not yet taken back."""
    size, best, rank = abs(refund.amount), None, (0, False)
    for row in free:
        known = isinstance(refund.visit, str) and isinstance(row.visit, str)
        same_visit = known and row.visit == refund.visit
        if refund.amount > 0 and known and not same_visit:  # two visits of one price are no refund
            continue
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
    """Refund → the row it takes back; what has no partner → `NO_PARENT` (a mirrored refund) or `PAID` (a payment).

    In order of time. Negative refunds without a partner are not named.

    Examples
    --------
    A payment and its mirrored refund, both flagged, and a flagged one that has no partner:

    >>> rows = pd.DataFrame({"id": ["a", "b", "c"], "visit": ["v", "v", "z"], "amount": [5.0, 5.0, 8.0],
    ...                      "at": pd.to_datetime(["2025-01-01", "2025-01-02", "2025-01-03"]), "psn_no": "p",
    ...                      "flagged": True, "valid": True, "back": True})
    >>> pair(rows, Pairing(("amount",), "at", ("psn_no",), "flagged"))
    {'b': 'a', 'c': 'paid'}

    Where the payment is not flagged, the flag means refund:

    >>> pair(rows.assign(flagged=[False, True, True], back=[False, True, True]),
    ...      Pairing(("amount",), "at", ("psn_no",), "flagged"))
    {'b': 'a', 'c': ''}
    """
    out: dict[str, str] = {}
    free: dict[tuple, list] = defaultdict(list)
    waiting: dict[str, object] = {}
    seen: dict[object, int] = defaultdict(int)
    row: Any
    for row in _in_time(rows).itertuples(index=False):
        kind = free[tuple(getattr(row, c) for c in how.same)]
        sender = getattr(row, how.sender) if how.sender else ""
        partner = _partner(row, kind, how) if row.back else None
        if partner is not None:
            out[row.id] = partner.id
            _take_back(kind, partner, row)
            waiting.pop(partner.id, None)
            seen[sender] += 0 if row.amount < 0 else -1 if partner.flagged else 1
        elif row.amount > 0:
            kind.append(row)
            if row.back:
                waiting[row.id] = sender
    return out | {i: NO_PARENT if seen[sender] > 0 else PAID for i, sender in waiting.items()}


def _in_time(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by time; at one moment a negative refund comes after what it takes back."""
    return rows.assign(last=rows["back"] & (rows["amount"] < 0)).sort_values(["at", "last", "id"])


def _take_back(kind: list, partner, refund) -> None:
    """Leave of a row what its refund has not taken."""
    at, left = kind.index(partner), round(partner.amount - abs(refund.amount), 4)
    kind[at:at + 1] = [partner._replace(amount=left)] if left > 0 else []


def as_links(rows: pd.DataFrame, parents: dict[str, str]) -> pd.DataFrame:
    """Paired rows in the shape `resolve` takes."""
    parents = {i: p for i, p in parents.items() if p != PAID}
    part = rows[rows["id"].isin(set(parents) | set(parents.values()))]
    return pd.DataFrame({
        "id": part["id"], "parent": part["id"].map(parents), "valid": part["valid"].astype(bool),
        "sign": part["amount"].gt(0).astype("int8") - part["amount"].lt(0).astype("int8"),
        "refund": part["back"] & part["id"].isin(set(parents))})
