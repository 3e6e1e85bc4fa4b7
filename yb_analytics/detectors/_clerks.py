"""Clerks of the agencies by what they do: counts per account, the post it points to, and accounts of machines."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _


def machines(w, rows, time: str, p):
    """Accounts (`opter_id`) that work round the clock at a pace no person keeps."""
    per = rows.group_by("opter_id").aggregate(
        n=_.count(), hours=rows[time].hour().nunique(), days=rows[time].date().nunique())
    return per.filter(_.hours >= p.machine_hours, _.n >= p.machine_per_day * _.days).select("opter_id")


def timed(rows, time: str):
    """Rows that tell their time of day (a date alone reads as midnight)."""
    return rows.filter(rows[time].epoch_seconds() % 86400 > 0)


def at_night(time, p):
    """Whether a time lies between the hours of night."""
    return (time.hour() >= p.night_from) | (time.hour() < p.night_until)


def counted(w, rows, kind: str) -> pd.DataFrame:
    """Per clerk: rows `n`, those marked `hit` (`x`), and the post, told by what the clerk does most (`kind`)."""
    told = w.run(rows.filter(rows.opter_id.notnull()).group_by("opter_id", post=rows[kind].fill_null("")).aggregate(
        n=_.count(), x=_.hit.fill_null(False).sum()))
    if told.empty:
        return pd.DataFrame(columns=["n", "x", "kind"])
    most = told.sort_values(["opter_id", "n", "post"], ascending=[True, False, True]).drop_duplicates("opter_id")
    table = told.groupby("opter_id")[["n", "x"]].sum().sort_index()
    return table.assign(kind=most.set_index("opter_id")["post"])


def telling(w, rows, key: str, table: str, clerks: list[str], most: int) -> dict[str, list[str]]:
    """Marked rows of some clerks as `table:key`, the latest first."""
    order = ibis.window(group_by="opter_id", order_by=[ibis.desc("at"), key])
    own = rows.filter(rows.hit.fill_null(False), rows.opter_id.isin(clerks))
    own = own.mutate(turn=ibis.row_number().over(order)).filter(_.turn < most)
    found = w.run(own.select("opter_id", "turn", id=own[key])).sort_values(["opter_id", "turn"])
    return {who: [f"{table}:{i}" for i in mine["id"]] for who, mine in found.groupby("opter_id")}
