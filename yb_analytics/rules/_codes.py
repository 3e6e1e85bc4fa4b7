"""Codes of items as cities write them: a local tail behind the national code, zeros lost by a spreadsheet."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd
from ibis.expr import types as ir

from yb_analytics.schema import Period

TAIL = r"^(\d{15})-.+$"
"""A service of the national edition with the province's own code behind it."""
BARE = r"^\d{13}$"
"""A service code whose two leading zeros a spreadsheet took for padding."""


def national(code: ir.StringValue) -> ir.StringValue:
    """The national form of a catalogue code.

    Examples
    --------
    >>> codes = ibis.memtable({"c": ["001102000010000-110200001", "1102000010000", "XA01", "001102000010000"]})
    >>> ibis.duckdb.connect().to_pandas(national(codes.c)).tolist()
    ['001102000010000', '001102000010000', 'XA01', '001102000010000']
    """
    return ibis.cases((code.re_search(TAIL), code.substr(0, 15)), (code.re_search(BARE), "00" + code), else_=code)


def spread(w: Any, period: Period, points: pd.DataFrame) -> pd.DataFrame:
    """Points once more for every other way in which the catalogue (or, without one, the lines) writes their codes."""
    named = pd.concat([points["item_code"], points["other_code"]]).unique()
    known = _written(w.hilist_b, w, named)
    if known.empty and not w.run(w.hilist_b.count()):
        known = _written(w.fee_list_d.filter(lambda t: period.covers(t.fee_ocur_time)), w, named)
    if known.empty:
        return points
    for column in ("item_code", "other_code"):
        also = points.merge(known, left_on=column, right_on="code")
        points = pd.concat([points, also.assign(**{column: also["written"]})[points.columns]], ignore_index=True)
    return points.drop_duplicates(ignore_index=True)


def _written(rows: ir.Table, w: Any, codes: Any) -> pd.DataFrame:
    """Codes of some rows whose national form is another one and among `codes`."""
    asked = w.register(pd.DataFrame({"code": pd.Series(sorted(codes), dtype="str")}))
    rows = rows.select(written="hilist_code").distinct()
    rows = rows.mutate(code=national(rows.written)).filter(lambda t: t.code != t.written)
    return w.run(rows.semi_join(asked, "code"))
