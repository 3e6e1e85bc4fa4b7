"""New rows into a stored table: one row per key, the later `updt_time` wins, whatever came first.

Ties are decided by the content of the rows, so the outcome does not depend on the order of deliveries. A row
may change its month (a corrected settlement time): keys are therefore compared over all months, and every
month that gains or loses a row is written again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import ibis

from yb_analytics.schema import Table
from yb_analytics.warehouse._delta import commit, folder_of, settle, state_of
from yb_analytics.warehouse._disk import check_files, parquet, shaped
from yb_analytics.warehouse._months import chunks, in_parts, part_of, write
from yb_analytics.warehouse._replaced import Replaced, rank_order, told
from yb_analytics.warehouse._staging import Staged
from yb_analytics.warehouse.manifest import Manifest, Part, TableState
from yb_analytics.warehouse.reading.batches import LINE, MARKS

_KEY, _PART = "_key", "_part"


@dataclass(frozen=True)
class Merged:
    """What a merge did: the new state, rows before and after, rows a later or equal one replaced."""

    state: TableState
    before: int
    after: int
    superseded: int
    together: Replaced


def _keyed(table: Table, rows):
    texts = [ibis.coalesce(rows[k].cast("string"), ibis.literal("\x1e")) for k in table.key]
    return rows.mutate(**{_KEY: ibis.literal("\x1f").join(texts), _PART: part_of(table, rows)})


def _contested(con, new, old):
    """Keys that more than one row claims, with the new rows that do; `None` if there is no such key.

    As many different hashes as rows: no key occurs twice. Only where that is not so the keys are compared.
    """
    claims = new.select(_KEY, mine=1)
    if old is None:
        found = con.to_pyarrow(claims.aggregate(n=claims.count(), keys=claims[_KEY].hash().nunique())).to_pylist()[0]
        if found["n"] == found["keys"]:
            return None
    if old is not None:
        claims = claims.union(old.semi_join(new, _KEY).select(_KEY, mine=0))
    counted = claims.group_by(_KEY).aggregate(n=claims.count(), mine=claims.mine.sum())
    found = con.create_table("contested", counted.filter(counted.n > 1).drop("n"), temp=True, overwrite=True)
    return found if con.to_pyarrow(found.count()).as_py() else None


def _winners(con, table: Table, rows, contested):
    """One row of each contested key."""
    rivals = rows.semi_join(contested, _KEY)
    ranked = rivals.mutate(_rank=ibis.row_number().over(group_by=rivals[_KEY], order_by=rank_order(table, rivals)))
    return con.create_table("winners", ranked.filter(ranked["_rank"] == 0).drop("_rank"), temp=True, overwrite=True)


def _together(con, table: Table, staged: Staged, contested, winners, note: Callable[[], Path]) -> Replaced:
    """Name the rows of keys that came more than once together."""
    several = contested.filter(contested.mine > 1)
    if not con.to_pyarrow(several.count()).as_py():
        return Replaced()
    rivals = _arrived(con, table, staged, MARKS).semi_join(several, _KEY)
    return told(con, table, rivals, winners, _KEY, note)


def _sizes(con, rows) -> dict[str, int]:
    """Rows by part."""
    return {r[_PART]: r["n"] for r in con.to_pyarrow(rows.group_by(_PART).aggregate(n=rows.count())).to_pylist()}


def _arrived(con, table: Table, staged: Staged, marks: Mapping[str, object] = MappingProxyType({})):
    """The accepted rows of all that was staged, with some of their marks."""
    schema = table.ibis_schema() | {m: "int64" if m == LINE else "string" for m in marks}
    rows = [shaped(p, schema) for p in staged.plain]
    if staged.files:
        read = parquet(con, staged.files, {**schema, "_reason": "string"})
        rows.append(read.filter(read["_reason"].isnull()).drop("_reason"))
    return _keyed(table, rows[0] if len(rows) == 1 else ibis.union(*rows))


def _claims(con, new, old):
    """All rows, old and new. Views are asked by name: compiling what is behind them costs more than small data."""
    return new if old is None else con.create_view("claims", old.union(new), overwrite=True)


def merge(con, path: Path, table: Table, staged: Staged, manifest: Manifest,
          tick: Callable[[int], object] = int, note: Callable[[], Path] | None = None) -> Merged:
    """Merge staged rows into a stored table, month by month.

    `tick` is told how many of them are written; `note` gives a file for rows of one key that came together.
    """
    before = manifest.tables.get(table.name)
    settle(path, table.name, before)
    new, old = con.create_view("arrived", _arrived(con, table, staged), overwrite=True), None
    if before and before.files:
        files = check_files(path, manifest, table.name)
        old = con.create_view("held", _keyed(table, parquet(con, files, table.ibis_schema())), overwrite=True)
    contested = _contested(con, new, old)
    winners, together = None, Replaced()
    if contested is not None:
        winners = _winners(con, table, _claims(con, new, old), contested)
        together = _together(con, table, staged, contested, winners, note) if note else together
    sizes = arrived = _sizes(con, new)
    if old is not None:
        held = {p: before.parts[p].rows for p in before.parts} if before else {}
        touched = {*sizes} if contested is None else {*sizes, *_sizes(con, old.semi_join(contested, _KEY))}
        sizes = {p: arrived.get(p, 0) + held.get(p, 0) for p in touched}
    made: dict[str, tuple[Path | None, Part]] = {}
    for chunk in chunks(sizes):
        kept = in_parts(table, new, chunk)
        if old is not None and (files := check_files(path, manifest, table.name, chunk)):
            kept = kept.union(_keyed(table, parquet(con, files, table.ibis_schema())))
        if winners is not None:
            kept = kept.anti_join(contested, _KEY).union(winners.filter(winners[_PART].isin(chunk)))
        made |= write(con, kept.select(*table.names), table, folder_of(path, table.name), {p: sizes[p] for p in chunk})
        tick(sum(arrived.get(p, 0) for p in chunk))
    parts = commit(path, table, made, before)
    state = state_of(path, table.name, before, parts) if parts or before else TableState(-1)
    was = before.rows if before else 0
    return Merged(state, was, state.rows, was + sum(arrived.values()) - state.rows, together)
