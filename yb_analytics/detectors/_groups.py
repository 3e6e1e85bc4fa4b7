"""Stays with the payment group they were put into, made once per period."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import _tables

NONE, CC, MCC = "0", "1", "2"
"""`CC_LV`: no complication, one, a severe one."""

_OLD = 65


def stays(w):
    """Stays of the period that were grouped: what `_tables.stays` tells, and the group.

    `adrg` (group without its level of complication), `cc_lv, weight, std_amt, pay_amt, avg_days`, `cost_ratio` (fee
    against the standard of the group) and `kind`, the adjacent group with the age band that complications depend on.
    """
    return w.once("groups", lambda: w.materialise(_grouped(w)))


def _grouped(w):
    groups = w.drg_group_d.select(
        "setl_id", "grp_code", "cc_lv", "avg_days", weight="grp_weight", std_amt=_.std_amt.cast("float64"),
        pay_amt=_.pay_amt.cast("float64"))
    rows = _tables.stays(w).inner_join(groups, "setl_id")
    adrg = rows.grp_code.left(3)
    old = (rows.age >= _OLD).fill_null(False).ifelse("·高龄", "")
    return rows.mutate(adrg=adrg, kind=adrg + old, cost_ratio=rows.fee / rows.std_amt.nullif(0))


def plain_weights(w, p) -> pd.DataFrame:
    """Weight of every adjacent group without complication: `key, value`."""
    rows = stays(w).filter(_.cc_lv == NONE, _.weight > 0)
    return w.run(rows.group_by(key="adrg").aggregate(value=_.weight.median(), n=_.count())).query("n > 0")[
        ["key", "value"]]


def gained(rows, plain):
    """Grouped stays with `gain`: the part of the fund's money that the complication brought (0 where not known)."""
    known = rows.left_join(plain.select(of="key", plain="value"), [("adrg", "of")])
    share = (1 - known.plain / known.weight.nullif(0)).clip(0, 1).fill_null(0)
    return known.mutate(gain=known.fund * share)
