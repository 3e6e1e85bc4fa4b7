"""Examples of a rule class: a few lines become a small warehouse, and the loss must come out as stated."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from yb_analytics.rules._contract import RuleClass
from yb_analytics.rules._engine import run_rules
from yb_analytics.schema import TABLES, Period, Refusal
from yb_analytics.warehouse import in_memory

_WHO = {"psn_no": "P1", "fixmedins_code": "H1", "mdtrt_id": "M1", "setl_id": "S1", "med_type": "11",
        "gend": "2", "brdy": date(1980, 1, 1), "insutype": "310", "hosp_lv": "05"}
_SPAN = ("2026-01", "2026-12")


def _when(value: Any) -> pd.Timestamp:
    return pd.Timestamp(value)


def _line(number: int, given: list, who: Mapping) -> dict:
    """`[item, day, count, fee]` and, as a fifth entry, any other columns."""
    item, day, count, fee = given[:4]
    row = {"bkkp_sn": f"L{number}", "fee_ocur_time": _when(day), "hilist_code": str(item), "hilist_name": str(item),
           "cnt": count, "det_item_fee_sumamt": fee, "inscp_amt": fee, "pric": fee / count, "list_type": "201"}
    return {**_only("fee_list_d", who), **row, **(given[4] if len(given) > 4 else {})}


def _only(table: str, row: Mapping) -> dict:
    return {k: v for k, v in row.items() if k in TABLES[table].names}


def _settlements(lines: list[dict], who: Mapping, given: Mapping) -> list[dict]:
    """One settlement per `setl_id` of the lines, paid in full by the fund."""
    out = []
    for ident in dict.fromkeys(line["setl_id"] for line in lines):
        mine = [line for line in lines if line["setl_id"] == ident]
        days = [_when(line["fee_ocur_time"]) for line in mine]
        fee = sum(Decimal(str(line["det_item_fee_sumamt"])) for line in mine)
        scope = sum(Decimal(str(line["inscp_amt"])) for line in mine)
        own = {k: mine[0][k] for k in ("setl_id", "mdtrt_id", "psn_no", "fixmedins_code", "med_type")}
        out.append({**_only("setl_d", who), **own, "begndate": min(days).date(), "enddate": max(days).date(),
                    "setl_time": max(days), "medfee_sumamt": fee, "inscp_amt": scope, "fund_pay_sumamt": scope,
                    **given})
    return out


def _tables(example: Mapping) -> dict[str, list[dict]]:
    who = {**_WHO, **(example.get("person") or {})}
    stay = example.get("stay")
    if stay:
        who["med_type"] = "21"
    lines = [_line(n, given, who) for n, given in enumerate(example.get("lines") or (), 1)]
    tables: dict[str, list[dict]] = {"fee_list_d": lines,
                                     "setl_d": _settlements(lines, who, example.get("settlement") or {})}
    if stay or lines:
        first = min((_when(line["fee_ocur_time"]) for line in lines), default=_when(_SPAN[0]))
        tables["mdtrt_d"] = [{**_only("mdtrt_d", who), "begntime": first, "endtime": first, **(stay or {})}]
    for name, rows in (example.get("tables") or {}).items():
        base = _only(name, {k: v for k, v in who.items() if k in _WHO})
        tables.setdefault(name, []).extend({**base, **row} for row in rows)
    return {name: rows for name, rows in tables.items() if rows}


_IDS = ("psn_no", "fixmedins_code", "mdtrt_id", "setl_id", "bkkp_sn", "init_setl_id", "init_feedetl_sn",
        "refl_old_mdtrt_id", "hilist_code", "drug_trac_codg", "sale_sn")


def _apart(row: Mapping, number: int, names: tuple[str, ...]) -> dict:
    """The row with the example's number behind its ids, so that examples share a warehouse and do not meet."""
    return {k: f"{v}#{number}" if k in names and v not in ("", None) else v for k, v in row.items()}


def _frames(examples: Mapping[int, Mapping]) -> dict[str, object]:
    rows: dict[str, list[dict]] = {}
    for number, example in examples.items():
        for name, given in _tables(example).items():
            rows.setdefault(name, []).extend(_apart(row, number, _IDS) for row in given)
    return {name: pd.DataFrame(found) for name, found in rows.items()}


def _points(numbered: Mapping[int, tuple[RuleClass, Mapping]]) -> pd.DataFrame:
    blank = {"other_code": "", "value": "", "unit": "", "valid_from": date.min, "valid_until": date.max}
    rows = []
    for number, (rule, example) in numbered.items():
        names = ("item_code", "other_code") if rule.made_of.keyed == "item" else ()
        rows += [_apart({**blank, "point_id": f"K{number}.{k}", "rule_class": rule.title.zh, **point}, number, names)
                 for k, point in enumerate(example.get("points") or (), 1)]
    return pd.DataFrame(rows, columns=[*blank, "point_id", "rule_class", "item_code", "condition"]).astype(
        {"value": "str", "item_code": "str", "other_code": "str"})


def _evaluated(numbered: Mapping[int, tuple[RuleClass, Mapping]]) -> pd.DataFrame:
    """Findings of some examples in one warehouse, each marked with the number of its example."""
    w = in_memory(_frames({n: e for n, (_, e) in numbered.items()}))
    asked = {r.name: r for r, _ in numbered.values()}
    always = [dataclasses.replace(r, state={**r.state, "is": "active"}, needs=()) for r in asked.values()]
    found, coverage = run_rules(w, Period.parse(":".join(_SPAN)), always, _points(numbered))
    for name, state, reason in coverage[["found_by", "state", "reason"]].to_numpy():
        if state == "error":
            raise Refusal(f"rules/{name}.yaml: {reason}", "repair the pattern", "failed")
    found = found.assign(example=[_number(ids) for ids in found["locator"].tolist()])
    own = [numbered[n][0].name == by for n, by in zip(found["example"], found["found_by"], strict=True)]
    return found[pd.Series(own, index=found.index, dtype="bool")]


def _number(locator: list[str]) -> int:
    return int(locator[0].rpartition("#")[2])


def check_examples(*classes: RuleClass) -> list[pd.DataFrame]:
    """Findings of every example of rule classes, in order, each checked against its stated loss.

    All examples are rows of one warehouse, their ids kept apart; an example may be hit by other rule classes,
    only its own is looked at.

    Examples
    --------
    >>> from yb_analytics.rules import shelf
    >>> [len(found) for found in check_examples(shelf["drug_kind_of_care"])]
    [1, 0]

    Raises
    ------
    Refusal
        Naming the rule class and the example whose loss differs.
    """
    numbered = dict(enumerate(((rule, example) for rule in classes for example in rule.examples), 1))
    together = {n: pair for n, pair in numbered.items() if pair[0].made_of.keyed == "item"}
    alone = [{n: pair} for n, pair in numbered.items() if n not in together]
    found = pd.concat([_evaluated(part) for part in ([together] if together else []) + alone])
    return [_checked(*pair, found[found["example"] == n].drop(columns="example")) for n, pair in numbered.items()]


def _checked(rule: RuleClass, example: Mapping, found: pd.DataFrame) -> pd.DataFrame:
    loss, stated = sum(found["amount"], start=Decimal(0)), example.get("loss", 0)
    if rule.loss == "none" and len(found) != example["findings"]:
        raise Refusal(f"rules/{rule.name}.yaml: example {example['says']!r}: {len(found)} findings, "
                      f"stated {example['findings']}", "repair the rule class or the example", "failed")
    if loss != Decimal(str(stated)):
        raise Refusal(f"rules/{rule.name}.yaml: example {example['says']!r}: loss {loss}, stated {stated}",
                      "repair the rule class or the example", "failed")
    return found
