"""JSON Lines: one flat object a line; numbers stay as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
import pyarrow.parquet as pq

from yb_analytics.schema import Refusal
from yb_analytics.warehouse._engine import connect
from yb_analytics.warehouse.reading.batches import DELIVERY, FILE, LINE, MARKS, Raw, headed, raw_file
from yb_analytics.warehouse.reading.encodings import Tick, as_utf8, examined

_LINES = 50_000
_SAFE_DIGITS = 15
_NESTED = ("OBJECT", "ARRAY")
_NUMBERS = ("BIGINT", "UBIGINT", "DOUBLE")


@ibis.udf.scalar.builtin(name="json_valid")
def _is_json(text: str) -> bool:  # type: ignore[empty-body]
    """DuckDB's own."""


@ibis.udf.scalar.builtin(name="json_keys")
def _keys(text: str) -> dt.Array[dt.string]:
    """DuckDB's own."""


@ibis.udf.scalar.builtin(name="json_type")
def _type(text: str, path: str) -> str:  # type: ignore[empty-body]
    """DuckDB's own: of the value at a path."""


@ibis.udf.scalar.builtin(name="json_extract_string")
def _value(text: str, path: str) -> str:  # type: ignore[empty-body]
    """DuckDB's own: the value at a path as text."""


def _pointer(key: str) -> str:
    """The path of a key (RFC 6901)."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _batches(path: Path) -> Iterator[list[tuple[int, str]]]:
    held: list[tuple[int, str]] = []
    with path.open(encoding="utf-8-sig", newline=None) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                held.append((number, line.rstrip("\n")))
            if len(held) >= _LINES:
                yield held
                held = []
    yield held


def _as_table(con, path: Path, into: Path, tick: Tick | None, share: float):
    """The lines of a file as an Ibis table of number and text."""
    schema = pa.schema([(LINE, pa.int64()), ("text", pa.string())])
    with pq.ParquetWriter(into, schema, compression="zstd") as writer:
        for held in _batches(path):
            numbers, texts = zip(*held, strict=True) if held else ((), ())
            writer.write_table(pa.table([pa.array(numbers, pa.int64()), pa.array(texts, pa.string())], schema=schema))
            if tick:
                tick(int(sum(map(len, texts)) * share))
    return con.read_parquet(str(into), hive_partitioning=False)


def _split(con, lines):
    """Lines that are objects, those that are not with the reason, and the keys in use."""
    valid = _is_json(lines.text)
    typed = lines.mutate(kind=valid.ifelse(_type(lines.text, ibis.literal("$")), "NONE"))
    good = typed.filter(typed.kind == "OBJECT").select(LINE, "text")
    keyed = good.mutate(keys=_keys(good.text))
    once = keyed.keys.length() == keyed.keys.unique().length()
    twice = con.to_pyarrow(keyed.filter(~once).select(LINE))[LINE].to_pylist()
    other = con.to_pyarrow(typed.filter(typed.kind != "OBJECT").select(LINE))[LINE].to_pylist()
    malformed = [(n, "not a JSON object") for n in other] + [(n, "a key twice in one object") for n in twice]
    rows = keyed.filter(once).select(LINE, "text")
    first = keyed.filter(once).select(LINE, key=keyed.keys.unnest()).group_by("key").aggregate(
        at=ibis._[LINE].min())
    keys = con.to_pyarrow(first.order_by("at", "key"))["key"].to_pylist()
    return rows, sorted(malformed), keys


def _refuse_nested(con, rows, keys: list[str], names: list[str], name: str) -> frozenset[str]:
    """Refuse columns of nested values; gives the columns that hold numbers of too many digits."""
    asked: dict[str, ibis.Value] = {}
    for i, key in enumerate(keys):
        kind = _type(rows.text, ibis.literal(_pointer(key)))
        digits = _value(rows.text, ibis.literal(_pointer(key))).re_replace(r"[eE].*$|[^0-9]", "").length()
        asked |= {f"nested{i}": kind.isin(_NESTED).any(),
                  f"long{i}": (kind.isin(_NUMBERS) & (digits > _SAFE_DIGITS)).any()}
    found = con.to_pyarrow(rows.aggregate(**asked)).to_pylist()[0] if asked else {}
    nested = [n for i, n in enumerate(names) if found[f"nested{i}"]]
    if nested:
        raise Refusal(f"{name}：列 {', '.join(nested)} 含嵌套的值 · "
                      f"{name}: column {', '.join(nested)} holds nested values",
                      "请给出平铺的对象，一键一值 · ask for flat objects, one value a key", "schema")
    return frozenset(n for i, n in enumerate(names) if found[f"long{i}"])


def read_lines(path: Path, staging: Path, sha256: str, name: str, tick: Tick | None = None) -> Raw:
    """A JSON Lines file as Parquet of texts."""
    text = examined(path, name)
    copy, held, target = staging / f"{sha256}.jsonl", staging / f"{sha256}.lines", raw_file(staging, sha256)
    con = connect([staging])
    try:
        plain = as_utf8(path, text, copy)
        lines = _as_table(con, plain, held, tick, path.stat().st_size / max(plain.stat().st_size, 1))
        rows, malformed, keys = _split(con, lines)
        last = con.to_pyarrow(lines[LINE].max()).as_py()
        if text.unended and malformed and malformed[-1][0] == last:
            raise Refusal(f"{name} 在最后一行（第 {last} 行）中间被截断 · {name} is cut inside its last line ({last})",
                          "请发送方重发 · ask the sender for the file again", "damaged")
        names = headed(keys, name) if keys or last is None else []
        if not names:
            raise Refusal(f"{name} 没有一行是 JSON 对象 · {name} holds no JSON object in any line",
                          "请每行给一个对象 · ask for one object a line", "input")
        long = _refuse_nested(con, rows, keys, names, name)
        columns = {n: _value(rows.text, ibis.literal(_pointer(k))).nullif("") for n, k in zip(names, keys, strict=True)}
        marks = {LINE: rows[LINE], FILE: ibis.literal(name), DELIVERY: ibis.literal(sha256)}
        con.to_parquet(rows.select(**columns, **marks), target)
    finally:
        con.disconnect()
        copy.unlink(missing_ok=True)
        held.unlink(missing_ok=True)
    count = pq.read_metadata(target).num_rows
    schema = pa.schema([*((n, pa.string()) for n in names), *MARKS.items()])
    return Raw(path, target, count + len(malformed), sha256, str(schema), malformed, name=name, long_numbers=long,
               unended=False, encoding=text.encoding)
