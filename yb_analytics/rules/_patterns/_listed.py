"""Faults of data without a loss: counted by institution, the first few shown."""

from __future__ import annotations

import ibis
from ibis.expr import types as ir

from yb_analytics.rules._patterns import hits

SHOWN = 20
"""How many rows of an institution a finding without loss names; its sentence tells how many there are."""


def counted(rows: ir.Table, key: str, **facts) -> ir.Table:
    """Hits of rows that have `rule`, `key`, `fixmedins_code`, `mdtrt_id` and `day`, one finding per institution.

    `found` is the number of all rows of the institution, the hits are the earliest of them.
    """
    group = ["rule", "fixmedins_code"]
    nth = ibis.row_number().over(ibis.window(group_by=group, order_by=["day", key]))
    rows = rows.mutate(nth=nth, every=rows.count().over(ibis.window(group_by=group)))
    rows = rows.filter(rows.nth < SHOWN)
    named = {k: rows[v] for k, v in facts.items()}
    return hits(rows, id=rows[key], grp=rows.fixmedins_code, subject_id=rows.fixmedins_code, found=rows.every, **named)
