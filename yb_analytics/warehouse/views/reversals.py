"""Which rows cancel which: chains of reversals, resolved to their roots.

Refunds are new rows that name the row they reverse (`init_setl_id`, `init_feedetl_sn`); the original stays.
Deliveries differ in what else they do, so nothing but the link and the amounts is trusted:

- the original may be flagged as refunded, or only the reversal row: a linked row's flag is not read;
- amounts of a reversal may be negative or mirrored (positive): only the step in the chain decides the sign.
  A row one step from its root takes money back, two steps (the refund of a refund) give it again, …;
- the original may be set invalid when it is refunded: an invalid row that a counted row reverses is counted,
  otherwise its money would be taken back without ever having been paid;
- the original may be missing (delivered earlier, or never): a row that is negative or flagged as a refund then
  stands as its own negative row, any other is a payment as it is signed (its link is a placeholder of sorts);
- the link may be missing: see `_pairing`;
- links that run in a circle name no root: each row of the circle stands for itself, as it is signed.

Other rows with `vali_flag = '0'` are not counted. Only rows that a link touches are looked at: a few in a
hundred, small enough to resolve in memory, and everything else passes without a join or a group.
"""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

_STEPS = 64  # a chain longer than this is taken for a circle


def is_linked(table, key: str, link: str):
    """Whether a row names another row."""
    return (table[link].notnull() & (table[link] != "") & (table[link] != table[key])).fill_null(False)


def touched(table, key: str, link: str, amounts: tuple[str, ...], flag: str = ""):
    """Rows of `table` that reverse another row or are reversed: id, parent, sign, valid, flagged as refund."""
    linked = is_linked(table, key, link)
    reversing = table.filter(linked)
    reversed_ids = reversing.select(parent=reversing[link]).distinct()
    reversed_rows = table.filter(~linked).semi_join(reversed_ids, [(key, "parent")])
    size = table[amounts[0]].fill_null(0)
    for name in amounts[1:]:
        size = (size == 0).ifelse(table[name].fill_null(0), size)
    columns = {"id": key, "valid": (table.vali_flag.fill_null("1") != "0"), "sign": size.sign().cast("int8"),
               "refund": (table[flag] == "1").fill_null(False) if flag else ibis.literal(False)}
    return reversing.select(parent=link, **columns).union(
        reversed_rows.select(parent=reversed_rows[key].nullif(reversed_rows[key]), **columns))


def _counted(valid: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """Valid rows, and invalid ones that a counted row reverses."""
    counted = valid.copy()
    for _ in range(_STEPS):
        named = parent[counted & (parent >= 0)]
        if counted[named].all():
            break
        counted[named] = True
    return counted


def _climb(parent: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Root of every row, steps to it, and whether its links run in a circle (then it is its own root)."""
    own = np.arange(len(parent))
    depth = (parent >= 0).astype("int64")
    at = np.where(parent >= 0, parent, own)
    for _ in range(_STEPS):
        upper = parent[at]
        climbs = upper >= 0
        if not climbs.any():
            break
        at, depth = np.where(climbs, upper, at), depth + climbs
    circular = parent[at] >= 0
    return np.where(circular, own, at), np.where(circular, 0, depth), circular


def resolve(rows: pd.DataFrame) -> pd.DataFrame:
    """Root and factor of every touched row.

    Parameters
    ----------
    rows
        `id`, `parent`, `sign` (of the row's own amount), `valid`, and `refund` where a flag says so.

    Returns
    -------
    pandas.DataFrame
        `id`, `root`, `factor` (what the row's amounts are multiplied by in the net sum; 0: not counted).

    Examples
    --------
    A payment, its refund in mirrored amounts, and the refund of the refund:

    >>> rows = pd.DataFrame({"id": ["a", "b", "c"], "parent": [None, "a", "b"],
    ...                      "sign": [1, 1, 1], "valid": [True, True, True]})
    >>> resolve(rows).to_dict("list")
    {'id': ['a', 'b', 'c'], 'root': ['a', 'a', 'a'], 'factor': [1, -1, 1]}
    """
    rows = rows.drop_duplicates("id")
    ids = pd.Index(rows["id"])
    names, sign = rows["parent"].notna().to_numpy(), rows["sign"].to_numpy("int64")
    # position of the row that a row names; -1: it names none, or one that was not delivered
    parent = np.where(names, ids.get_indexer(pd.Index(rows["parent"].fillna(""))), -1)
    back = (sign < 0) | (rows["refund"].to_numpy(bool) if "refund" in rows else False)
    counted = _counted(rows["valid"].to_numpy(bool), parent)
    at, depth, circular = _climb(parent)
    orphan = names[at] & ~circular & back[at]
    base = np.where(orphan, -1, np.where(sign[at] == 0, 1, sign[at]))
    factor = base * (-1) ** depth * np.where(sign == 0, 1, sign)
    return pd.DataFrame({"id": ids, "root": ids[at], "factor": np.where(counted, factor, 0)})
