"""Knowledge points: which item, under which condition, from when, by whose batch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from yb_analytics.knowledge._rows import no_overlap, place, refuse, rows, span
from yb_analytics.schema import Refusal

COLUMNS = ("point_id", "rule_class", "item_code", "item_name", "other_code", "other_name", "condition", "value",
           "unit", "valid_from", "valid_until", "batch", "supersedes", "source", "note")
TABLE = (*COLUMNS, "encoded", "rest")
"""Columns of the points as they are used: `encoded` is `encoded` or `partly encoded`, `rest` the part of the published
restriction that the condition does not check (a hit says so). One point has a row per item code and condition."""

NUMBERS = ("age_min", "age_max", "age_days_max", "level_min", "max_count", "max_days", "max_quantity", "max_price",
           "max_course", "max_amount", "max_daily", "max_after_operation",
           "discount", "component")
"""Conditions whose value is a number: `age_days_max` completed days of life, `max_daily` units a day of supply,
`max_after_operation` days after the last operation, `max_course` days on which the item is used, `max_amount` yuan in
scope of the fund, `discount` the share of its price a further operation of the group (in `unit`) may be charged at,
`component` how many components together are the item in `other_code`."""

CODES = ("sex", "insutype", "insutype_not", "med_type", "diagnosis", "diagnosis_not", "diagnosis_chronic",
         "department")
"""Conditions whose value is a list of codes joined by `;`: `insutype_not` insurances that do not pay for it,
`diagnosis_not` those with which the item may not be used, `diagnosis_chronic` those for which it is paid in care of
chronic and special diseases (门诊慢特病)."""

PAIR = "pair"
"""Condition of two items that exclude one another, within the window in `unit`: empty or `day`, `stay` (one visit), or
`<n>h` (charged within n hours)."""

REQUIRES = "requires"
"""Condition of an item that may only be charged with the item in `other_code`, within the window in `unit` (`day`,
`stay`, or `<n>d` for the n days before); several rows of one item are alternatives."""

GROUPED = "class"
"""Condition of a drug that belongs to the pharmacological class in `value`: two of one class are a repetition."""

ALWAYS = ("not_paid", "single_herb", "not_online")
"""Conditions without a value: never paid by the fund; not paid when only such herbs are prescribed; not to be
prescribed over the internet."""

TEXT = "not encoded"
"""A prose restriction nobody has encoded yet: kept, counted, never evaluated."""

CONDITIONS = (*NUMBERS, *CODES, PAIR, REQUIRES, GROUPED, *ALWAYS, TEXT)
WINDOWS = ("day", "stay", "week", "month", "year")
"""Calendar windows of counted conditions; `<n>d` is a sliding window of n days (`max_count`, `requires`)."""


def _unit(path: Path, line: int, row: dict[str, str]) -> None:
    unit = row["unit"]
    sliding = unit.endswith("d") and unit[:-1].isdigit() and int(unit[:-1]) > 0
    counted = row["condition"] in ("max_count", "max_course", "max_amount", REQUIRES)
    if counted and unit not in WINDOWS and not sliding:
        raise refuse(path, line, f"unknown window {unit!r}", f"use {', '.join(WINDOWS)} or a number of days as 14d")
    if row["condition"] == PAIR and not re.fullmatch(r"|day|stay|[1-9]\d*h", unit):
        raise refuse(path, line, f"unknown window {unit!r}", "use day, stay or a number of hours as 6h")


def check_condition(path: Path, line: int, row: dict[str, str]) -> None:
    """Refuse a row whose condition, value, unit or other_code do not fit one another."""
    condition = row["condition"]
    if condition not in CONDITIONS:
        raise refuse(path, line, f"unknown condition {condition!r}", f"use one of: {', '.join(CONDITIONS)}")
    if condition in NUMBERS:
        try:
            number = float(row["value"])
        except ValueError:
            raise refuse(path, line, f"{condition} is not a number: {row['value']!r}") from None
        if number < 0 or number != number:
            raise refuse(path, line, f"{condition} is negative or not a number: {row['value']!r}")
    if condition in CODES and not row["value"]:
        raise refuse(path, line, f"{condition} has no value")
    if condition in (PAIR, REQUIRES, "component") and not row["other_code"]:
        raise refuse(path, line, f"a {condition} without other_code")
    if condition == GROUPED and not row["value"]:
        raise refuse(path, line, "a class without value")
    if condition == "discount" and not row["unit"]:
        raise refuse(path, line, "a discount without its group in unit")
    _unit(path, line, row)


def read_points(paths: Iterable[Path]) -> pd.DataFrame:
    """All points of the given files; superseded points end the day before their successor begins."""
    lines: dict[str, tuple[Path, int]] = {}
    out: dict[str, dict] = {}
    spans: dict[Path, list] = {}
    for path in paths:
        for line, row in rows(path, COLUMNS, ("point_id", "rule_class", "item_code", "condition", "source")):
            if row["point_id"] in out:
                raise refuse(path, line, f"point {row['point_id']} stands twice ({place(*lines[row['point_id']])})")
            check_condition(path, line, row)
            first, last = span(path, line, row)
            key = (row["rule_class"], row["item_code"], row["other_code"], row["condition"], row["unit"])
            spans.setdefault(path, []).append((key, line, first, last))
            lines[row["point_id"]] = (path, line)
            out[row["point_id"]] = {**row, "valid_from": first, "valid_until": last}
    _retire(out, lines)
    for path, found in spans.items():
        ends = {lines[i][1]: p["valid_until"] for i, p in out.items() if lines[i][0] == path}
        live = [(k, n, a, min(b, ends[n])) for k, n, a, b in found if ends[n] >= a]
        no_overlap(path, live, name=lambda k: "/".join(p for p in k if p))  # type: ignore[attr-defined]
    return pd.DataFrame(list(out.values()), columns=list(COLUMNS))


def _retire(points: dict[str, dict], lines: dict[str, tuple[Path, int]]) -> None:
    for ident, point in points.items():
        for old in filter(None, point["supersedes"].split(";")):
            if old not in points:
                raise refuse(*lines[ident], f"supersedes an unknown point: {old}")
            begin = point["valid_from"]
            end = begin - timedelta(days=1) if begin > date.min else date.min
            points[old]["valid_until"] = min(points[old]["valid_until"], end)


__all__ = ["COLUMNS", "CONDITIONS", "PAIR", "TABLE", "TEXT", "WINDOWS", "Refusal", "check_condition", "read_points"]
