"""Rows of one ingest that another row of the same key replaced, each by name.

A key that comes twice in what was delivered together is no update: either a row was written twice, which is harmless,
or two rows claim to be the same one, and then somebody should look. Both are told, and told apart. Rows that replace
what earlier deliveries brought are updates; they are counted only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ibis

from yb_analytics.schema import Table
from yb_analytics.warehouse._engine import row_number
from yb_analytics.warehouse.reading.batches import DELIVERY, FILE, LINE

NAMED = 100_000
"""Rows of a table that are named one by one in one ingest, those that differ first; all are counted."""

SAME, STORED, LATER, CHOSEN = (
    "内容完全相同 · the same row again", "库中已有更新的一行 · a newer row was stored before",
    "保留更新时间较晚的一行 · the row of the later updt_time is kept",
    "更新时间相同或未填，按内容取定一行 · no later updt_time: one is chosen by content")
"""Why a row was not kept."""


@dataclass(frozen=True)
class Replaced:
    """Rows replaced inside one ingest: equal to the one that was kept, and differing from it."""

    same: int = 0
    differing: int = 0


def rank_order(table: Table, rows) -> list:
    """What decides between rows of one key: the later update, then the content, whatever came first."""
    hashed = [c.name for c in table.columns if c.personal == "hashed"]  # last: the outcome is the same under any key
    return [rows.updt_time.desc(nulls_first=False),
            row_number(rows, [c for c in table.names if c not in hashed]).desc(),
            *(rows[c].desc(nulls_first=False) for c in hashed)]


def told(con, table: Table, rivals, winners, key: str, target: Callable[[], Path]) -> Replaced:
    """Name the rows of keys that were delivered more than once together.

    Parameters
    ----------
    rivals
        Delivered rows of such keys, with their marks.
    winners
        The row of each contested key that is kept.
    key
        Name of the column that holds a row's key.
    target
        Gives a new file for them.
    """
    whole = row_number(rivals, table.names)
    order = [*rank_order(table, rivals), rivals[FILE], rivals[LINE]]
    ranked = con.create_table("rivals", rivals.mutate(
        _content=whole, _rank=ibis.row_number().over(group_by=rivals[key], order_by=order)), temp=True, overwrite=True)
    best = ranked.filter(ranked["_rank"] == 0)
    best = best.select(best[key], **{f"kept_{c}": best[c] for c in (*table.names, FILE, LINE, "_content")})
    kept = winners.select(winners[key], _stored=row_number(winners, table.names))
    lost = ranked.filter(ranked["_rank"] > 0).inner_join(best, key).inner_join(kept, key)
    rows = con.create_table("replaced_rows", lost.select(**_account(table, lost)), temp=True, overwrite=True)
    first = rows.order_by([rows.same_flag, rows.source, rows.line]).limit(NAMED)
    con.to_parquet(first, target())
    counts = con.to_pyarrow(rows.aggregate(n=rows.count(), same=(rows.same_flag == "1").sum())).to_pylist()[0]
    return Replaced(int(counts["same"] or 0), int(counts["n"] - (counts["same"] or 0)))


def _account(table: Table, lost) -> dict:
    """Columns of the account of one replaced row."""
    same, stored = lost["_content"] == lost["kept__content"], lost["_stored"] != lost["kept__content"]
    later = (lost.kept_updt_time > lost.updt_time) | (lost.kept_updt_time.notnull() & lost.updt_time.isnull())
    differs = [lost[c].identical_to(lost[f"kept_{c}"]).ifelse(ibis.null("string"), ibis.literal(c))
               for c in table.names]
    keys = [ibis.literal(f"{k}=") + ibis.coalesce(lost[k].cast("string"), ibis.literal("")) for k in table.key]
    return {"delivery": lost[DELIVERY], "source": lost[FILE], "target": ibis.literal(table.name), "line": lost[LINE],
            "row_key": ibis.literal(", ").join(keys), "same_flag": same.ifelse("1", "0"),
            "differs": ibis.literal(", ").join(differs),
            "kept_source": stored.ifelse(ibis.null("string"), lost[f"kept_{FILE}"]),
            "kept_line": stored.ifelse(ibis.null("int64"), lost[f"kept_{LINE}"]),
            "reason": ibis.cases((same, SAME), (stored, STORED), (later.fill_null(False), LATER), else_=CHOSEN),
            "updt_time": ibis.null("timestamp"), "_reason": ibis.null("string")}
