"""Which file feeds which table, and how: platform names as they are, anything else by a YAML mapping."""

from __future__ import annotations

import fnmatch
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path, PurePosixPath

import ibis
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from yb_analytics.schema import TABLES, Refusal, Table
from yb_analytics.schema.informers import refuse_informers
from yb_analytics.warehouse.reading.arrivals import Arrived
from yb_analytics.warehouse.reading.expression import evaluate
from yb_analytics.warehouse.reading.files import MARKS, kind_of, unpacked
from yb_analytics.warehouse.reading.from_excel import sheets
from yb_analytics.warehouse.reading.meaning import stated
from yb_analytics.warehouse.reading.named import common_values, labels_of, table_of, without_unit
from yb_analytics.warehouse.reading.reports import as_text, number
from yb_analytics.warehouse.reading.totals import Totals, read_totals, totals_for
from yb_analytics.warehouse.reading.unknown import is_unwanted, refuse_other_book, refuse_unknown

_PER_VISIT = {"feedetl_sn": ("bkkp_sn", "init_feedetl_sn")}
"""Interface keys that are unique inside one visit only, and the columns that must carry the visit with them."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Rule(_Strict):
    """How one canonical column is made."""

    source: str | None = Field(None, alias="from")
    format: str | None = None
    codes: dict[str, str] | None = None
    scale: Decimal | None = None
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
    sheet: str | None = None
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
    ignore: list[str] = []
    sources: list[Feed]


@dataclass(frozen=True)
class Task:
    """One file or sheet to be read into one table; `feed` is `None` for platform names."""

    file: Path
    table: Table
    feed: Feed | None = None
    name: str = ""
    sheet: str = ""
    totals: Totals | None = None

    @property
    def shown(self) -> str:
        """What it is called in messages."""
        return shown(self.name or self.file.name, self.sheet)

    @property
    def common(self) -> dict[str, str]:
        """What every row shares because of what the file is called."""
        return common_values(self.table, self.name or self.file.name, self.sheet) if self.feed is None else {}

    @property
    def piece(self) -> tuple[Path, str]:
        """What is read at once."""
        return self.file, self.sheet


def read_mapping(path: Path) -> Mapping:
    """Read a mapping; unknown keys, tables and columns are refused by name."""
    if not path.is_file():
        raise Refusal(f"没有这个映射：{path} · no such mapping: {path}",
                      "现有映射见 data/mappings · see data/mappings for those that exist")
    try:
        mapping = Mapping.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise Refusal(f"映射 {path} 不是合法的 YAML · mapping {path} is not YAML: {' '.join(str(error).split())}",
                      "请改正 · correct it", "schema") from None
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise Refusal(f"映射 {path} 写法有误 · mapping {path}: {told}",
                      "见 data/mappings/README.md · see data/mappings/README.md", "schema") from None
    for feed in mapping.sources:
        _check(feed, path)
    return mapping


def _check(feed: Feed, path: Path) -> None:
    if feed.table not in TABLES:
        raise Refusal(f"映射 {path}：没有表 {feed.table} · mapping {path}: no table {feed.table}",
                      f"可用的表见数据字典（yb handbook data） · choose from {', '.join(TABLES)}", "schema")
    table = TABLES[feed.table]
    refuse_informers((r if isinstance(r, str) else r.source or "" for r in feed.columns.values()), f"mapping {path}",
                     feed.table)
    for zh, problem, names in (("没有列", "has no column", set(feed.columns) - set(table.names)),
                               ("必须有列", "requires", set(table.required) - set(feed.columns))):
        if names:
            listed = ", ".join(sorted(names))
            raise Refusal(f"映射 {path}：表 {table.name} {zh} {listed} · "
                          f"mapping {path}: table {table.name} {problem} {listed}",
                          "见数据字典（yb handbook data） · see the data dictionary (`yb handbook`)", "schema")


def _sheets(arrived: Arrived) -> list[str]:
    """Sheets of a workbook; one nameless piece for every other file."""
    if kind_of(arrived.file) != "excel":
        return [""]
    if arrived.file.suffix.lower() != ".gz":
        return sheets(arrived.file, arrived.name)
    with tempfile.TemporaryDirectory(prefix="yb-") as private:
        return sheets(unpacked(arrived.file, Path(private) / "workbook"), arrived.name)


def _fed(arrived: Arrived, sheet: str, feed: Feed) -> bool:
    """Whether a mapping's entry takes a file or sheet."""
    names = (PurePosixPath(arrived.name).name, PurePosixPath(arrived.name).stem, arrived.name)
    return any(fnmatch.fnmatch(n, feed.files) for n in names) and (
        feed.sheet is None or fnmatch.fnmatch(sheet, feed.sheet))


def _tasks(one: Arrived, mapping: Mapping | None, top: str, totals: list[Totals]) -> dict[str, list[Task]]:
    """What each sheet of a file feeds (a file without sheets is one nameless sheet)."""
    refuse_other_book(one.name)
    found = _sheets(one) if kind_of(one.file) else []
    out: dict[str, list[Task]] = {}
    for sheet in found:
        if mapping is None:
            table = table_of(one.name, top, sheet, len(found) == 1)
            fed: list[tuple[Table, Feed | None]] = [(table, None)] if table else []
        else:
            fed = [(TABLES[f.table], f) for f in mapping.sources if _fed(one, sheet, f)]
        own = shown(one.name, sheet)
        out[sheet] = [Task(one.file, t, f, one.name, sheet, totals_for(totals, own, t.name)) for t, f in fed]
    return out or {"": []}


def plan(arrived: list[Arrived], mapping: Mapping | None, top: str = "",
         ignore: tuple[str, ...] = ()) -> tuple[list[Task], list[str]]:
    """Files and sheets with the tables they feed, in a fixed order; and the names of those that are not taken.

    Parameters
    ----------
    arrived
        The files of a source (see `_arrivals`).
    top
        Name of the folder they came in: it may name the table too.
    ignore
        Files and sheets that are not wanted, as globs; the mapping may name more.

    Raises
    ------
    Refusal
        `schema` for data that feed no table and for workbooks of other kinds, `empty` if nothing feeds any table.
    """
    tasks: list[Task] = []
    unwanted: list[str] = []
    unknown: list[str] = []
    patterns = (*ignore, *(mapping.ignore if mapping else ()))
    totals, arrived = read_totals(arrived)
    for one in arrived:
        if is_unwanted(one.name, patterns):
            unwanted.append(one.name)
            continue
        for sheet, fed in _tasks(one, mapping, top, totals).items():
            name = shown(one.name, sheet)
            if is_unwanted(name, patterns):
                unwanted.append(name)
            else:
                tasks += fed
                unknown += [] if fed else [name]
    if not tasks:
        raise _nothing(top, unknown)
    refuse_unknown(unknown)
    return tasks, sorted([*unwanted, *unknown])


def _nothing(top: str, unknown: list[str]) -> Refusal:
    told = f": {', '.join(unknown[:5])}" if unknown else ""
    return Refusal(f"{top or '来源'} 中没有按表命名或与映射相符的文件{told} · "
                   f"nothing in {top or 'the source'} is named like a table or matches the mapping{told}",
                   "按表名命名文件（如 setl_d.csv、结算信息.xlsx）或给出 --mapping · "
                   "name files after tables (setl_d.csv) or give --mapping", "empty")


def shown(name: str, sheet: str) -> str:
    """What a file or sheet is called in messages: `book.xlsx#1月`."""
    return f"{name}#{sheet}" if sheet else name


# from a raw table to canonical columns


def _platform(raw, table: Table) -> tuple[dict[str, object], set[str]]:
    """Columns in platform or interface names, any case, or under the Chinese labels of the dictionary."""
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
    labels = labels_of(table)
    for column in given.values():
        name = labels.get(without_unit(column), "")
        if name and name not in values:
            values[name] = raw[column]
            used.add(column)
    return values, set(raw.columns) - used - set(MARKS)


def _mapped(raw, name: str, rule: str | Rule, feed: Feed, file: str):
    rule = Rule.model_validate({"from": rule}) if isinstance(rule, str) else rule
    if rule.constant is not None:
        return ibis.literal(rule.constant)
    if rule.expression is not None:
        return evaluate(rule.expression, raw)
    if rule.source is None or rule.source not in raw.columns:
        raise Refusal(f"{file} 没有映射所写的列 {rule.source} · "
                      f"{file} has no column {rule.source} (for {feed.table}.{name})",
                      "请改正映射 · "
                      f"correct the mapping; the file has: {', '.join(c for c in raw.columns if c not in MARKS)}",
                      "schema")
    value = raw[rule.source]
    if rule.codes:
        text = as_text(value)
        value = ibis.coalesce(text.cases(*rule.codes.items()), text)
    if rule.scale is not None:
        scaled = number(value, "decimal(28, 6)") * ibis.literal(rule.scale)
        value = ibis.coalesce(scaled.cast("string"), as_text(value))  # what is no number stays to be told
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
    refuse_informers(raw.columns, task.shown, table.name if feed is None else "")
    if feed is None:
        values, unknown = _platform(raw, table)
        values |= {c: ibis.literal(v) for c, v in task.common.items() if c not in values}
        absent = [c for c in table.required if c not in values]
        if absent:
            raise Refusal(f"{task.shown}：表 {table.name} 缺少必备列 {', '.join(absent)} · "
                          f"{task.shown}: table {table.name} lacks the required column {', '.join(absent)}",
                          "请补列，或用 --mapping 说明文件自己的列名 · "
                          "ask for the column, or map the file's own name with --mapping", "schema")
        return raw, values, unknown
    if feed.where:
        raw = raw.filter(evaluate(feed.where, raw).fill_null(False))
    if feed.unpivot:
        raw = _unpivoted(raw, feed.unpivot)
    return raw, {c: _mapped(raw, c, r, feed, task.shown) for c, r in feed.columns.items()}, set()


def shapes_of(task: Task) -> dict[str, str]:
    """Date formats the mapping names."""
    rules = task.feed.columns.items() if task.feed else ()
    return {c: r.format for c, r in rules if isinstance(r, Rule) and r.format}
