"""Schema drift: the result is the same, or the report names what changed, or the delivery is refused by name.

Twelve mutations of a delivery of every canonical table. Silent is what none of these is: another result with an
account that does not say which column.
"""

from __future__ import annotations

import csv
import io

import pytest

from tests.deliveries import sample
from tests.sizes import amount
from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse._engine import connect
from yb_analytics.warehouse._staging import Job, read_all
from yb_analytics.warehouse.manifest import Manifest
from yb_analytics.warehouse.reading.arrivals import arrivals
from yb_analytics.warehouse.reading.mapping import plan

TYPED = ("date", "time", "money", "quantity", "number", "count")


def columns_of(table: str) -> list[str]:
    """Columns delivered: all in a soak, else keys, required ones and some of the others."""
    spec = TABLES[table]
    wanted = [c for c in spec.names if spec[c].personal != "dropped"]
    needed = {*spec.required, *spec.key}
    others = [c for c in wanted if c not in needed][-amount(6, 1000):]
    return [c for c in wanted if c in needed or c in others]


def text_of(header: list[str], lines: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *lines])
    return out.getvalue()


def read(folder, con, table: str, text: str):
    """Rows accepted, what is named, or the refusal: an ingest up to the merge."""
    folder.mkdir()
    file = folder / f"{table}.csv"
    file.write_text(text, "utf-8")
    job = Job(folder, con, b"k" * 32, Manifest(), folder)
    try:
        with arrivals(file, folder) as found:
            read_all(job, plan(found, None)[0], progress=False)
    except Refusal as refusal:
        return None, str(refusal)
    staged = job.staged[table]
    frames = [con.to_pyarrow(p).select(TABLES[table].names).to_pylist() for p in staged.plain]
    for one in staged.files:
        rows = con.read_parquet(str(one))
        frames.append(con.to_pyarrow(rows.filter(rows["_reason"].isnull()).select(*TABLES[table].names)).to_pylist())
    aside = [con.to_pyarrow(con.read_parquet(str(f)).reason).to_pylist()
             for f in (job.staged["quarantine"].files if "quarantine" in job.staged else [])]
    named = [c["column"] for c in job.coerced] + [c for cs in job.unknown.values() for c in cs]
    return sorted(str(r) for f in frames for r in f), " ".join([*named, *(r for a in aside for r in a)])


def mutations(table: str):
    """Name, header, lines and the column that must be named if the result differs."""
    spec = TABLES[table]
    rows = sample(table)
    names = columns_of(table)
    base = [[r[c] for c in names] for r in rows]
    required = spec.required[0]
    optional = next((c for c in reversed(names) if c not in spec.required), names[-1])
    typed = next((c for c in names if spec[c].kind in TYPED), optional)

    def without(column):
        keep = [i for i, c in enumerate(names) if c != column]
        return [names[i] for i in keep], [[line[i] for i in keep] for line in base]

    def changed(column, value):
        return names, [[value if c == column else v for c, v in zip(names, line, strict=True)] for line in base]

    yield "required missing", *without(required), required
    yield "optional missing", *without(optional), optional
    yield "renamed", [f"{c}_neu" if c == optional else c for c in names], base, optional
    yield "added", [*names, "surprise"], [[*line, "?"] for line in base], "surprise"
    yield "reordered", names[::-1], [line[::-1] for line in base], ""
    yield "duplicated", [*names, optional.upper()], [[*line, "other"] for line in base], optional.upper()
    yield "type changed", *changed(typed, "{}"), typed
    yield "all empty", *changed(optional, ""), optional
    yield "case changed", [c.upper() for c in names], base, ""
    yield "padded", [f"\ufeff {c}\u3000" for c in names], [[f"\u3000{v} \xa0" for v in line] for line in base], ""
    yield "no header", base[0], base[1:], f"{table}.csv"
    yield "two headers", names, [[spec[c].zh for c in names], *base], "two header rows"
    yield "moved", *_moved(table, names, base, optional)


def _moved(table: str, names: list[str], base: list[list[str]], optional: str):
    """A column of another table in the place of one of its own."""
    foreign = next(c for t in TABLES.values() for c in t.names if c not in names and c not in TABLES[table].aliases
                   and c not in TABLES[table].names)
    return [foreign if c == optional else c for c in names], base, foreign


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    return connect([tmp_path_factory.getbasetemp()])


@pytest.mark.soak
@pytest.mark.parametrize("table", TABLES)
def test_no_drift_is_silent(tmp_path, con, table):
    rows = sample(table)
    names = columns_of(table)
    same, _ = read(tmp_path / "base", con, table, text_of(names, [[r[c] for c in names] for r in rows]))
    assert same and len(same) == len(rows)
    seen = {}
    for number, (what, header, lines, column) in enumerate(mutations(table)):
        got, told = read(tmp_path / str(number), con, table, text_of(header, lines))
        seen[what] = "same" if got == same else "refused" if got is None else "named"
        if got != same or what in ("duplicated", "added"):
            assert column and column in told, (what, column, told[:300])
    assert len(seen) >= 12
    assert {seen["required missing"], seen["duplicated"], seen["no header"], seen["two headers"]} == {"refused"}
    assert {seen["reordered"], seen["case changed"], seen["padded"]} == {"same"}
