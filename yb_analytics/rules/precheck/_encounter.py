"""One draft encounter in the national interface's JSON: read strictly, told in the platform's names.

Nodes and fields are those of 2203 (`mdtrtinfo`, `diseinfo`), 2204 and 2301 (`feedetail`), 2102 (`drugdetail`), 2206,
2303 and 2304 (`data`, `setlinfo`) and 4101 (`oprninfo`); the platform's own names are read as well. A whole message, its
`input`, or a list of messages of one encounter will do.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, create_model

from yb_analytics import knowledge
from yb_analytics.rules.precheck._fields import type_of
from yb_analytics.schema import TABLES, Refusal
from yb_analytics.schema.column import Column

MOST_LINES = 2_000
"""Lines of one encounter; a longer one is a period to screen."""

_NODES = {"feedetail": "fee_list_d", "mdtrtinfo": "mdtrt_d", "diseinfo": "setl_diag_d", "oprninfo": "setl_diag_d",
          "setlinfo": "setl_d"}
_ALSO = {"drugdetail": "feedetail", "data": "setlinfo", "druginfo": "setlinfo", "fee_list_d": "feedetail",
         "mdtrt_d": "mdtrtinfo", "setl_diag_d": "diseinfo", "setl_d": "setlinfo"}
_LISTS = ("feedetail", "diseinfo", "oprninfo")
_OWN = ("psn_no", "fixmedins_code", "mdtrt_id", "setl_id", "med_type")
"""What the message may say once for all nodes."""
_NEEDED = {"feedetail": ("hilist_code", "fee_ocur_time", "cnt", "det_item_fee_sumamt"), "diseinfo": ("diag_code",),
           "oprninfo": ("diag_code",)}
_PACKS = Column("drug_trac_codg", "药品追溯码 · Trace code", "code")


class Unreadable(Refusal):
    """An encounter that cannot be read; `errors` names every field with what is wrong and what to do."""

    def __init__(self, errors: Iterable[tuple[str, str]]) -> None:
        self.errors = [{"field": f, "message": m.partition(" → ")[0], "remedy": m.partition(" → ")[2]}
                       for f, m in errors]
        first, more = self.errors[0], len(self.errors) - 1
        rest = f"（另有{more}处 · and {more} more）" if more else ""
        super().__init__(f"{first['field']}：{first['message']}{rest}", first["remedy"], "input")


@dataclass(frozen=True)
class Encounter:
    """A draft encounter in the platform's names: rows by canonical table."""

    psn_no: str
    day: datetime
    settles: bool
    rows: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


def _field(column: Column, names: list[str], needed: bool) -> Any:
    alias = AliasChoices(*names) if len(names) > 1 else None
    return Field(default=... if needed else None, title=f"{column.zh} · {column.en}", validation_alias=alias)


@cache
def _model(node: str) -> type[BaseModel]:
    """The pydantic model of one node, made from the schema."""
    table, fields = TABLES[_NODES[node]], {}
    for column in table.columns:
        if column.name in ("vali_flag", "updt_time"):
            continue
        names = [column.name, *(a for a, c in table.aliases.items() if c == column.name)]
        fields[column.name] = (type_of(column), _field(column, names, column.name in _NEEDED.get(node, ())))
    if node == "feedetail":
        fields["packs"] = (list[dict] | None, Field(default=None, validation_alias=AliasChoices("drugtracinfo", "packs")))
        fields["drug_trac_codg"] = (type_of(_PACKS), Field(default=None))
    config = ConfigDict(extra="forbid", populate_by_name=True)
    return create_model(node, __config__=config, **fields)  # type: ignore[call-overload]


@cache
def _unread() -> dict[str, frozenset[str]]:
    """Fields of the interface that nothing reads, by node."""
    found = knowledge.interface()
    return {str(n): frozenset(g["field"]) for n, g in found.groupby("node")}


def read(given: Any) -> Encounter:
    """Read an encounter: JSON text, a file, a message as a dict, or several messages of one encounter as a list.

    Raises
    ------
    Unreadable
        Naming every field that is wrong.
    """
    nodes = _nodes(_json(given))
    wrong: list[tuple[str, str]] = []
    rows = {node: _rows(node, nodes.get(node), wrong) for node in _NODES}
    if not rows["feedetail"] and not wrong:
        wrong.append(("feedetail", "缺少费用明细 · no fee lines → 至少给出一条明细"))
    if wrong:
        raise Unreadable(wrong)
    return _assembled(nodes, rows)


def _json(given: Any) -> Any:
    if isinstance(given, Path):
        if not given.is_file():
            raise Refusal(f"没有文件 {given} · no such file", "核对路径 · check the path", "input")
        given = given.read_bytes()
    if isinstance(given, str | bytes):
        try:
            return json.loads(given, parse_float=str)
        except (ValueError, RecursionError) as problem:
            raise Unreadable([("JSON", f"不是JSON（{problem}） · not JSON → 按接口报文书写")]) from None
    return given


def _nodes(given: Any) -> dict[str, Any]:
    """Nodes of a message, or of several, under one name each."""
    nodes: dict[str, Any] = {}
    for message in given if isinstance(given, list) else [given]:
        if not isinstance(message, Mapping):
            raise Unreadable([("报文", "应为对象 · the message is not an object → 写作 {\"feedetail\": […]}")])
        body = {**{k: v for k, v in message.items() if k != "input"}, **_inside(message)}
        for key, value in body.items():
            name = _ALSO.get(key, key)
            if name in _LISTS and isinstance(nodes.get(name), list) and isinstance(value, list):
                nodes[name] = [*nodes[name], *value]
            elif isinstance(nodes.get(name), Mapping) and isinstance(value, Mapping):
                nodes[name] = {**nodes[name], **value}
            else:
                nodes[name] = value
    known = {*_NODES, *_OWN}
    strange = [k for k in nodes if k not in known and k not in _unread()["message"]]
    if strange:
        raise Unreadable([(k, _unknown(k, [*known, *_ALSO])) for k in strange])
    return nodes


def _inside(message: Mapping) -> Mapping:
    inside = message.get("input") or {}
    if not isinstance(inside, Mapping):
        raise Unreadable([("input", "应为对象 · not an object → 写作 {\"feedetail\": […]}")])
    return inside


def _unknown(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"未知字段 · unknown field → {f'是否应为 {near[0]}' if near else '删除或改名'}"


def _rows(node: str, given: Any, wrong: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Rows of one node in platform names; what is wrong is added to `wrong`."""
    if given is None or given in ({}, []):
        return []
    many = node in _LISTS
    if not isinstance(given, list if many else Mapping):
        wrong.append((node, "应为列表 · not a list → 写作 [{…}]" if many else "应为对象 · not an object → 写作 {…}"))
        return []
    if many and len(given) > MOST_LINES:
        wrong.append((node, f"超过{MOST_LINES}条 · more than {MOST_LINES} rows → 按期间筛查（yb screen）"))
        return []
    out = []
    for number, row in enumerate(given if many else [given]):
        where = f"{node}[{number}]" if many else node
        try:
            out.append(_row(node, row))
        except ValidationError as problem:
            wrong += [(f"{where}.{_named(e, row)}", _words(e, node)) for e in problem.errors()]
        except TypeError:
            wrong.append((where, "应为对象 · not an object → 写作 {…}"))
    return out


def _row(node: str, row: Any) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise TypeError
    unread = _unread().get(node, frozenset())
    made = _model(node).model_validate({k: v for k, v in row.items() if k not in unread})
    found = made.model_dump()
    for name in _NEEDED.get(node, ()):
        if found[name] is None:
            _model(node).model_validate({k: v for k, v in row.items() if k not in unread and v not in (None, "")})
    return found


def _named(error: Any, row: Mapping) -> str:
    return ".".join(str(part) for part in error["loc"]) or "?"


def _words(error: Any, node: str) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "missing":
        return "缺少必填字段 · required field is missing → 补报该字段"
    if error["type"] == "extra_forbidden":
        table = TABLES[_NODES[node]]
        return _unknown(name, [*table.names, *table.aliases, "drugtracinfo"])
    if error["type"] in ("list_type", "dict_type"):
        return "应为列表 · not a list → 写作 [{\"drug_trac_codg\": \"…\"}]"
    return str(error["msg"])


def _assembled(nodes: Mapping[str, Any], rows: dict[str, list[dict[str, Any]]]) -> Encounter:
    """Rows completed by what the message says once, and by one another."""
    lines, visit, bill = rows["feedetail"], (rows["mdtrtinfo"] or [{}])[0], (rows["setlinfo"] or [{}])[0]
    said = {name: _one(name, nodes, (bill, visit, *lines)) for name in _OWN}
    for name, words in (("psn_no", "人员编号"), ("fixmedins_code", "定点医药机构编号")):
        if said[name] is None:
            raise Unreadable([(name, f"缺少{words} · missing → 在报文或任一节点中给出")])
    settles = bool(rows["setlinfo"])
    said["mdtrt_id"] = said["mdtrt_id"] or "draft"
    said["setl_id"] = said["setl_id"] or "draft"
    for number, line in enumerate(lines, 1):
        line.update({k: v for k, v in said.items() if line.get(k) is None})
        line["bkkp_sn"] = line["bkkp_sn"] or f"{number}"
    _refuse_doubles(lines)
    day = max(line["fee_ocur_time"] for line in lines)
    return Encounter(said["psn_no"], day, settles, {
        "fee_list_d": lines, "drug_trace_d": _packs(lines), "setl_diag_d": _listed(rows, said),
        "setl_d": [_bill(bill, visit, lines, said)], "mdtrt_d": [{**visit, **said}] if rows["mdtrtinfo"] else []})


def _one(name: str, nodes: Mapping[str, Any], rows: Iterable[Mapping]) -> str | None:
    """The one value of what a message may say once; two different ones are refused."""
    found = [nodes.get(name), *(row.get(name) for row in rows)]
    values = sorted({str(v) for v in found if v not in (None, "")})
    if len(values) > 1 and name != "med_type":
        raise Unreadable([(name, "前后不一致 · contradicts itself → 一次只核查一人一次就诊")])
    return next((str(v) for v in found if v not in (None, "")), None)


def _refuse_doubles(lines: list[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for number, line in enumerate(lines):
        if line["bkkp_sn"] in seen:
            raise Unreadable([(f"feedetail[{number}].feedetl_sn", "流水号重复 · stands twice → 每条明细用不同的流水号")])
        seen.add(line["bkkp_sn"])


def _packs(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Packs of the lines with their trace codes."""
    out = []
    for number, line in enumerate(lines):
        codes = [line.pop("drug_trac_codg"), *(p.get("drug_trac_codg") for p in line.pop("packs") or [])]
        for code in dict.fromkeys(str(c) for c in codes if c):
            out.append({"drug_trac_codg": code, "sale_sn": f"draft{number}.{len(out)}", "bkkp_sn": line["bkkp_sn"],
                        "sale_time": line["fee_ocur_time"], "fixmedins_code": line["fixmedins_code"]})
    return out


def _listed(rows: dict[str, list[dict[str, Any]]], said: Mapping[str, Any]) -> list[dict[str, Any]]:
    own = {k: said[k] for k in ("setl_id", "mdtrt_id", "psn_no")}
    done = [{**row, "diag_type": "9"} for row in rows["oprninfo"]]
    told = [{**row, "diag_type": row["diag_type"] or "1"} for row in rows["diseinfo"]]
    return [{**row, **own} for row in (*told, *done)]


def _bill(bill: Mapping, visit: Mapping, lines: list[dict], said: Mapping[str, Any]) -> dict[str, Any]:
    """The settlement the lines would become; what is not told comes from the visit and the lines."""
    days = [line["fee_ocur_time"] for line in lines]
    made = {"setl_time": max(days), "begndate": min(days).date(), "enddate": max(days).date(),
            "medfee_sumamt": sum(line["det_item_fee_sumamt"] for line in lines),
            **{k: visit.get(k) for k in ("gend", "brdy", "insutype", "hosp_lv")}}
    return {**made, **{k: v for k, v in bill.items() if v is not None}, **said}


def json_schema() -> dict[str, Any]:
    """JSON schema of a message: its nodes, their fields under every name that is read, what is needed."""
    nodes: dict[str, Any] = {}
    for node in _NODES:
        table, needed = TABLES[_NODES[node]], _NEEDED.get(node, ())
        fields = {name: {"title": f"{c.zh} · {c.en}"} for c in table.columns if c.name not in ("vali_flag", "updt_time")
                  for name in (c.name, *(a for a, of in table.aliases.items() if of == c.name))}
        one = {"type": "object", "properties": fields, "additionalProperties": False,
               "description": f"必填 · needed: {', '.join(needed)}" if needed else ""}
        nodes[node] = {"type": "array", "items": one} if node in _LISTS else one
    own = {name: {"type": "string"} for name in _OWN}
    return {"type": "object", "properties": {**own, **nodes}, "required": ["feedetail"]}
