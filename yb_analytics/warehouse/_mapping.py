"""Which file feeds which table, and how: platform names as they are, anything else by a YAML mapping."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from pathlib import Path

import ibis
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from yb_analytics.schema import TABLES, Refusal, Table
from yb_analytics.schema.informers import refuse_informers
from yb_analytics.warehouse._conform import as_text, typed
from yb_analytics.warehouse._delivery import MARKS, SUFFIXES
from yb_analytics.warehouse._expression import evaluate
from yb_analytics.warehouse._meaning import stated

_PER_VISIT = {"feedetl_sn": ("bkkp_sn", "init_feedetl_sn")}
"""Interface keys that are unique inside one visit only, and the columns that must carry the visit with them."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Rule(_Strict):
    """How one canonical column is made."""

    source: str | None = Field(None, alias="from")
    format: str | None = None
    codes: dict[str, str] | None = None
    scale: float | None = None
    constant: str | None = None
    expression: str | None = None


class Unpivot(_Strict):
    """Several columns of a row become several rows: `value` and `rank` are the new source columns."""

    columns: list[str]
    value: str
    rank: str


class Feed(_Strict):
    """Files of one shape and the table they feed."""

    files: str
    table: str
    columns: dict[str, str | Rule]
    where: str | None = None
    unpivot: Unpivot | None = None
    note: str = ""


class Mapping(_Strict):
    """A whole mapping file."""

    title: str
    currency: str = "元"
    note: str = ""
    sources: list[Feed]


@dataclass(frozen=True)
class Task:
    """One file to be read into one table; `feed` is `None` for platform names."""

    file: Path
    table: Table
    feed: Feed | None = None


def read_mapping(path: Path) -> Mapping:
    """Read a mapping; unknown keys, tables and columns are refused by name."""
    if not path.is_file():
        raise Refusal(f"no such mapping: {path}", "see data/mappings for those that exist")
    try:
        mapping = Mapping.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise Refusal(f"mapping {path} is not YAML: {' '.join(str(error).split())}", "correct it", "schema") from None
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise Refusal(f"mapping {path}: {told}", "see data/mappings/README.md", "schema") from None
    for feed in mapping.sources:
        _check(feed, path)
    return mapping


def _check(feed: Feed, path: Path) -> None:
    if feed.table not in TABLES:
        raise Refusal(f"mapping {path}: no table {feed.table}", f"choose from {', '.join(TABLES)}", "schema")
    table = TABLES[feed.table]
    refuse_informers((r if isinstance(r, str) else r.source or "" for r in feed.columns.values()), f"mapping {path}",
                     feed.table)
    for problem, names in (("has no column", set(feed.columns) - set(table.names)),
                           ("requires", set(table.required) - set(feed.columns))):
        if names:
            raise Refusal(f"mapping {path}: table {table.name} {problem} {', '.join(sorted(names))}",
                          "see the data dictionary (`yb handbook`)", "schema")


def _deliverable(file: Path) -> bool:
    return file.is_file() and file.name.lower().endswith(SUFFIXES) and not file.name.startswith((".", "_"))


def _table_of(file: Path, top: Path) -> Table | None:
    """The table a file name or one of its folders names: `setl_d.csv`, `SETL_D_202501.csv.gz`, `setl_d/1.parquet`."""
    names = [file.name, *(p.name for p in file.relative_to(top.parent).parents if p.name)]
    for name in names:
        for table in sorted(TABLES, key=len, reverse=True):
            if re.fullmatch(rf"{table}(?:[-_.=].*)?", name.lower()):
                return TABLES[table]
    return None


def plan(source: Path, mapping: Mapping | None) -> tuple[list[Task], list[str]]:
    """Files and the tables they feed, in a fixed order; and the names of files nothing is known about."""
    if not source.exists():
        raise Refusal(f"no such file or folder: {source}", "check the path")
    files = sorted(f for f in source.rglob("*") if f.is_file()) if source.is_dir() else [source]
    tasks = []
    for file in filter(_deliverable, files):
        if mapping is None:
            table = _table_of(file, source)
            tasks += [Task(file, table)] if table else []
        else:
            tasks += [Task(file, TABLES[f.table], f) for f in mapping.sources if fnmatch.fnmatch(file.name, f.files)]
    used = {t.file for t in tasks}
    if not tasks:
        raise Refusal(f"nothing in {source} is named like a table or matches the mapping",
                      "name files after tables (setl_d.csv) or give --mapping", "empty")
    return tasks, [str(f) for f in files if f not in used and not f.name.startswith((".", "_"))]


# from a raw table to canonical columns


def _platform(raw, table: Table) -> tuple[dict[str, object], set[str]]:
    """Columns in platform or interface names, any case."""
    given = {c.lower(): c for c in raw.columns if c not in MARKS}
    values = {c: raw[given[c]] for c in table.names if c in given}
    used = {given[c] for c in values}
    for alias, name in table.aliases.items():
        if alias in given and name not in values:
            values[name] = raw[given[alias]]
            used.add(given[alias])
            for keyed in _PER_VISIT.get(alias, ()):
                if keyed in values and "mdtrt_id" in values:
                    own = stated(table[keyed], as_text(values[keyed]))
                    values[keyed] = as_text(values["mdtrt_id"]) + ibis.literal("-") + own
    return values, set(raw.columns) - used - set(MARKS)


def _mapped(raw, name: str, rule: str | Rule, feed: Feed, file: str):
    rule = Rule.model_validate({"from": rule}) if isinstance(rule, str) else rule
    if rule.constant is not None:
        return ibis.literal(rule.constant)
    if rule.expression is not None:
        return evaluate(rule.expression, raw)
    if rule.source is None or rule.source not in raw.columns:
        raise Refusal(f"{file} has no column {rule.source} (for {feed.table}.{name})",
                      f"correct the mapping; the file has: {', '.join(raw.columns)}", "schema")
    value = raw[rule.source]
    if rule.codes:
        text = as_text(value)
        value = ibis.coalesce(text.cases(*rule.codes.items()), text)
    if rule.scale is not None:
        value = typed(TABLES[feed.table][name], value) * rule.scale
    return value


def _unpivoted(raw, spec: Unpivot):
    pairs = [ibis.struct({spec.value: as_text(raw[c]), spec.rank: ibis.literal(i)})
             for i, c in enumerate(spec.columns, 1)]
    longer = raw.mutate(_pair=ibis.array(pairs).unnest()).unpack("_pair")
    return longer.filter(longer[spec.value].notnull())


def values_of(raw, task: Task):
    """The rows of a file that concern its table, the raw value of each canonical column, unknown columns.

    Returns
    -------
    rows
        The raw table, unpivoted and filtered as the mapping says.
    values
        Canonical column → raw value.
    unknown
        Columns of a file in platform names that no canonical column takes.
    """
    feed, table = task.feed, task.table
    refuse_informers(raw.columns, str(task.file), table.name if feed is None else "")
    if feed is None:
        values, unknown = _platform(raw, table)
        absent = [c for c in table.required if c not in values]
        if absent:
            raise Refusal(f"{task.file}: table {table.name} lacks the required column {', '.join(absent)}",
                          "ask for the column, or map the file's own name with --mapping", "schema")
        return raw, values, unknown
    if feed.where:
        raw = raw.filter(evaluate(feed.where, raw).fill_null(False))
    if feed.unpivot:
        raw = _unpivoted(raw, feed.unpivot)
    return raw, {c: _mapped(raw, c, r, feed, task.file.name) for c, r in feed.columns.items()}, set()


def shapes_of(task: Task) -> dict[str, str]:
    """Date formats the mapping names."""
    rules = task.feed.columns.items() if task.feed else ()
    return {c: r.format for c, r in rules if isinstance(r, Rule) and r.format}
