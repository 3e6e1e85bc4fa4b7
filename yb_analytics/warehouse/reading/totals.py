"""Control totals: what the sender says a file holds, compared with what was read.

A CSV cut at a line end reads silently short; only the sender knows how many rows there were. Totals come as
`<file>.totals.json` or `.yaml` beside the file, or as lines of `control_totals.csv` in its folder. A difference
refuses the delivery and names the figure; without totals everything made from the file is 「未核对」.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath
from typing import Any

import yaml

from yb_analytics.schema import Refusal, Table
from yb_analytics.warehouse.manifest import file_sha256
from yb_analytics.warehouse.reading.arrivals import LISTS, SIDECARS, Arrived
from yb_analytics.warehouse.reading.batches import DELIVERY, MARKS, Raw
from yb_analytics.warehouse.reading.named import labels_of, without_unit
from yb_analytics.warehouse.reading.reports import number

_KEYS = ("file", "table", "rows", "bytes", "sha256")
_HEADINGS = {
    **dict.fromkeys(("文件", "文件名", "文件名称"), "file"), **dict.fromkeys(("表", "表名", "数据表"), "table"),
    **dict.fromkeys(("行数", "总行数", "记录数", "条数"), "rows"),
    **dict.fromkeys(("字节", "字节数", "文件大小"), "bytes"),
    **dict.fromkeys(("校验值", "哈希", "哈希值", "sha-256"), "sha256"), "合计": "sums",
}
"""Headings as Chinese senders write them. Sums stand under the column's own name, its platform name or its label."""


@dataclass(frozen=True)
class Totals:
    """What a sender says of one file (or sheet): rows, size, hash, sums by column."""

    source: str
    file: str
    table: str = ""
    rows: int | None = None
    bytes: int | None = None
    sha256: str = ""
    sums: dict[str, Decimal] = field(default_factory=dict)

    @property
    def proves_whole(self) -> bool:
        """Whether the totals also exclude a cut inside the last value."""
        return bool(self.sha256 or self.bytes)


def is_totals(name: str) -> bool:
    """Whether a file holds control totals."""
    lower = name.lower()
    return lower.endswith(SIDECARS) or PurePosixPath(lower).name in LISTS


def _heading(text: str) -> str:
    """The key a heading stands for; what is none is the name of a column."""
    plain = text.strip()
    return _HEADINGS.get(plain.lower(), plain.lower() if plain.lower() in (*_KEYS, "sums") else plain)


def _number(text: object, what: str, source: str) -> Decimal:
    try:
        return Decimal(str(text).replace(",", "").strip())
    except InvalidOperation:
        raise Refusal(f"{source}：{what} 的值 {text!r} 不是数字 · {source}: {what} is {text!r}, not a number",
                      "请改正控制总数 · correct the control totals", "schema") from None


def _totals(given: dict[str, Any], file: str, source: str) -> Totals:
    known = {k: v for k, v in given.items() if k in _KEYS and v not in (None, "")}
    whole = {k: int(_number(known[k], k, source)) for k in ("rows", "bytes") if k in known}
    sums = {k: _number(v, k, source) for k, v in given.items() if k not in _KEYS and v not in (None, "")}
    if not (whole or sums or known.get("sha256")):
        raise Refusal(f"{source} 没有写明 {file} 的任何总数 · {source} says nothing of {file}",
                      "请给出行数与金额合计 · give rows, and sums of money by column", "schema")
    return Totals(source, file, str(known.get("table", "")), whole.get("rows"), whole.get("bytes"),
                  str(known.get("sha256", "")).lower(), sums)


def _text(arrived: Arrived) -> str:
    """Strict UTF-8 or GB18030, like the files the totals are of."""
    data = arrived.file.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _sidecar(arrived: Arrived) -> list[Totals]:
    text = _text(arrived)
    given = json.loads(text) if arrived.name.lower().endswith(".json") else yaml.safe_load(text)
    if not isinstance(given, dict):
        raise ValueError("not a mapping of names to figures")
    given = {_heading(str(k)): v for k, v in given.items()}
    nested = given.pop("sums", None) or {}
    own = next(s for s in SIDECARS if arrived.name.lower().endswith(s))
    return [_totals({**given, **nested}, arrived.name[:-len(own)], arrived.name)]


def _listed(arrived: Arrived) -> list[Totals]:
    folder = PurePosixPath(arrived.name).parent
    lines = _text(arrived).splitlines()
    rows = [{_heading(k): v for k, v in row.items() if k} for row in csv.DictReader(lines)]
    if rows and "file" not in rows[0]:
        raise ValueError("no column 文件 (file)")
    return [_totals(r, (folder / r["file"]).as_posix(), arrived.name) for r in rows]


def read_totals(arrived: list[Arrived]) -> tuple[list[Totals], list[Arrived]]:
    """The control totals among the files of a source, and the other files.

    Raises
    ------
    Refusal
        Totals that cannot be read, and totals of a file that was not delivered.
    """
    found: list[Totals] = []
    others = [a for a in arrived if not is_totals(a.name)]
    for one in arrived:
        if is_totals(one.name):
            try:
                found += _listed(one) if PurePosixPath(one.name.lower()).name in LISTS else _sidecar(one)
            except (ValueError, TypeError, AttributeError, yaml.YAMLError, csv.Error) as error:
                raise Refusal(f"控制总数 {one.name} 无法读取 · "
                              f"control totals {one.name} cannot be read: {' '.join(str(error).split())}",
                              "见 data/mappings/README.md · see data/mappings/README.md", "schema") from None
    names, lists_beside = {a.name for a in others}, {a.name for a in arrived if a.beside}
    found = [t for t in found if t.source not in lists_beside or t.file.partition("#")[0] in names]
    absent = [t.file for t in found if t.file.partition("#")[0] not in names]
    if absent:
        raise Refusal(f"控制总数列有 {', '.join(absent)}，但未交付 · "
                      f"control totals name {', '.join(absent)}, which was not delivered",
                      "请发送方补发该文件 · ask for the file", "damaged")
    return found, others


def totals_for(totals: list[Totals], shown: str, table: str) -> Totals | None:
    """The totals of one file or sheet, `None` if its sender gave none."""
    own = [t for t in totals if t.file == shown and t.table in ("", table)]
    return own[0] if own else None


def _differ(totals: Totals, what: str, expected: object, found: object) -> Refusal:
    return Refusal(f"{totals.file} 与控制总数不符（应为 {expected}，实为 {found}） · "
                   f"{totals.file}: control totals ({totals.source}) say {what} {expected}, the file has {found}",
                   "请发送方重发文件或控制总数 · ask the sender for the file or the totals again", "damaged")


def reconciled(task, raw: Raw) -> bool:
    """Whether a file has the rows its sender says; a difference in size, hash or rows is refused.

    False without totals, and where the last line has no line end and rows alone cannot tell a whole last value
    from a cut one.
    """
    totals, file = task.totals, task.file
    if totals is None:
        return False
    if totals.bytes is not None and not task.sheet and totals.bytes != file.stat().st_size:
        raise _differ(totals, "bytes", totals.bytes, file.stat().st_size)
    if totals.sha256 and not task.sheet and totals.sha256 != (found := file_sha256(file)):
        raise _differ(totals, "sha256", totals.sha256, found)
    if totals.rows is not None and totals.rows != raw.rows:
        raise _differ(totals, "rows", totals.rows, raw.rows)
    whole_file = totals.proves_whole and not task.sheet
    return whole_file or (totals.rows is not None and not raw.unended)


def check_sums(con, rows, table: Table, values: dict[str, Any], checks: dict[str, Totals]) -> None:
    """Compare sums by column, in the file's own units and names, else in canonical ones.

    Parameters
    ----------
    rows
        Delivered rows with their marks.
    table, values
        Canonical table, and canonical column → raw value.
    checks
        Totals by the hash of their delivery.
    """
    given = {c.lower(): rows[c] for c in rows.columns if c not in MARKS}
    wanted = sorted({c for t in checks.values() for c in t.sums})
    named, asked = labels_of(table), {}
    for i, column in enumerate(wanted):
        value = given.get(column.lower(), values.get(named.get(without_unit(column), column)))
        if value is None:
            one = next(t for t in checks.values() if column in t.sums)
            raise Refusal(f"{one.file} 没有控制总数所列的 {column} · "
                          f"{one.file}: control totals sum {column}, which the file does not have",
                          "请用文件自己的列名或平台列名 · use the file's own names or canonical ones", "schema")
        exact = value if value.type().is_decimal() else number(value, "decimal(30, 6)")
        asked[f"s{i}"] = exact.sum().cast("decimal(38, 6)")
    if not asked:
        return
    concerned = rows.filter(rows[DELIVERY].isin(list(checks)))
    answers = con.to_pyarrow(concerned.group_by(DELIVERY).aggregate(**asked)).to_pylist()
    found = {r[DELIVERY]: r for r in answers}
    for delivery, totals in checks.items():
        for i, column in enumerate(wanted):
            total = found.get(delivery, {}).get(f"s{i}") or Decimal(0)
            if column in totals.sums and totals.sums[column] != total:
                raise _differ(totals, f"the sum of {column} is", totals.sums[column], total.normalize().__format__("f"))
