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


def _counted(rows: pd.DataFrame) -> pd.Series:
    """Valid rows, and invalid ones that a counted row reverses."""
    counted = rows["valid"].astype(bool)
    for _ in range(_STEPS):
        named = rows.loc[counted, "parent"].dropna()
        more = counted | rows["id"].isin(named)
        if more.equals(counted):
            break
        counted = more
    return counted


def _climb(rows: pd.DataFrame, above: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Root of every row, steps to it, and whether its links run in a circle (then it is its own root)."""
    known = rows["parent"].isin(above.index)
    at, depth = rows["id"].where(~known, rows["parent"]), known.astype(int)
    for _ in range(_STEPS):
        upper = at.map(above)
        climbs = upper.isin(above.index)
        if not climbs.any():
            break
        at, depth = at.mask(climbs, upper), depth + climbs
    circular = at.map(above).isin(above.index)
    return at.mask(circular, rows["id"]), depth.mask(circular, 0), circular


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
    rows = rows.drop_duplicates("id").reset_index(drop=True)
    rows["valid"] = _counted(rows)
    above, own = rows.set_index("id")["parent"], rows.set_index("id")["sign"]
    at, depth, circular = _climb(rows, above)
    back = set(rows.loc[(rows["sign"] < 0) | rows.get("refund", False), "id"])
    orphan = at.map(above).notna() & ~circular & at.isin(back)
    base = at.map(own).where(lambda s: s != 0, 1).mask(orphan, -1)
    factor = base * (-1) ** depth * rows["sign"].where(rows["sign"] != 0, 1)
    out = pd.DataFrame({"id": rows["id"], "root": at, "factor": factor.where(rows["valid"], 0)})
    return out.astype({"factor": int})
