"""Rows told twice: what repeats is found by one number per row, then looked at as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import numpy as np
import pandas as pd

from yb_analytics.schema import TABLES
from yb_analytics.warehouse.checks._grain import month_of
from yb_analytics.warehouse.checks._scan import Scan


FACTS = {
    "setl_d": (("psn_no", "fixmedins_code", "med_type", "medfee_sumamt", "fund_pay_sumamt"),
               ("setl_time", "begndate", "init_setl_id", "acct_pay")),
    "mdtrt_d": (("psn_no", "fixmedins_code", "med_type"), ("begntime", "endtime", "dscg_maindiag_code", "chfpdr_code")),
    "fee_list_d": (("psn_no", "fixmedins_code", "hilist_code", "cnt", "det_item_fee_sumamt"),
                   ("fee_ocur_time", "setl_id", "init_feedetl_sn")),
    "drug_trace_d": (("psn_no", "fixmedins_code", "hilist_code"), ("sale_time",)),
}
"""What two rows that tell one fact agree in first, beside the minute, and what is looked at then."""

CARE = ("setl_d", "mdtrt_d", "fee_list_d")
"""Facts that are told once; the packs of one sale are alike, and only another month makes them suspicious."""

_AT_ONCE = 50_000_000
"""Numbers sorted at a time: 0.8 GB."""

_SPARE = 13
"""Bits taken from a number, so that it is positive and a month has room beside it; the rest still tells rows apart."""

_MONTHS = 1 << 12
"""Months told apart beside a number."""


@ibis.udf.scalar.builtin(name="hash")
def _hash(row) -> dt.uint64:
    """DuckDB's own: one number for a value of any type."""


def minute(at: Any):
    """Minute of the month a time lies in."""
    return at.day() * 1440 + at.hour() * 60 + at.minute()


def _digest(t: Any, columns: Sequence[str], at: str):
    values = {c: t[c] for c in columns} | ({"_minute": minute(t[at])} if at else {})
    return _hash(ibis.struct(values)) >> _SPARE


def _twice(scan: Scan, name: str, columns: Sequence[str], at: str, months: bool) -> np.ndarray:
    """Numbers that several rows of a table have (in several months), sorted by NumPy: a third of the cost of a group by.

    Of very many rows a part of the numbers is looked at at a time.
    """
    t = scan.table(name).select(*dict.fromkeys((*columns, *([at] if at else []))))
    t = t.filter(t[at].notnull() & t[columns[0]].notnull()) if months else t
    numbers = t.select(_digest=_digest(t, columns, at), **({"_month": month_of(TABLES[name], t)} if months else {}))
    parts = max(1, -(-scan.sizes.get(name, 0) // _AT_ONCE))
    found = []
    for part in range(parts):
        some = scan.w.run(numbers.filter(numbers["_digest"] % parts == part) if parts > 1 else numbers)
        found.append(_repeated(some["_digest"].to_numpy(), some["_month"].to_numpy() if months else None))
    return np.concatenate(found)


def _repeated(digest: np.ndarray, month: np.ndarray | None = None) -> np.ndarray:
    """Numbers that are there more than once; given months, in different ones.

    Examples
    --------
    >>> n = np.array([7, 8, 7, 8, 9])
    >>> _repeated(n).tolist(), _repeated(n, np.array([202501, 202501, 202501, 202502, 202502])).tolist()
    ([7, 8], [8])
    """
    key = np.sort(digest if month is None else digest * _MONTHS + month.astype("int64") % _MONTHS)
    number = key if month is None else key // _MONTHS
    again = number[1:] == number[:-1]
    return np.unique(number[1:][again if month is None else again & (key[1:] != key[:-1])])


def suspects(scan: Scan, table: Any, columns: Sequence[str], keep: Sequence[str] = (), at: str = "",
             months: bool = False):
    """Rows of a table, with `ym` and `county`, that may agree in `columns` (and in the minute of `at`).

    Equal rows are always among them, and next to nothing else; `None` where nothing is there twice.
    """
    def made():
        numbers = _twice(scan, table.name, columns, at, months)
        if not len(numbers):
            return None
        twice = scan.w.register(pd.DataFrame({"_digest": numbers}))
        rows = scan.placed(table.name, columns=(*columns, *keep), only=lambda t: t.semi_join(
            twice, [_digest(t, columns, at) == twice["_digest"]])).t
        return scan.w.materialise(rows)

    return scan.once(("suspects", table.name, tuple(columns), at), made)


def alike(scan: Scan, table: Any):
    """Suspects of a fact that two rows may tell: one look for the checks of both kinds."""
    own, further = FACTS[table.name]
    return suspects(scan, table, own, (*table.key, *further), table.month, months=table.name not in CARE)


def later(rows: Any, columns: Sequence[str]):
    """Those of the rows that repeat another one in `columns`; `None` of none."""
    if rows is None:
        return None
    nth = ibis.row_number().over(group_by=[rows[c] for c in columns])
    again = rows.mutate(_nth=nth)
    return again.filter(again["_nth"] > 0).mutate(bad=True)
