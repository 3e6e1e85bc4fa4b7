"""Exclusions, the demo catalogue, rule classes, what data are held for, and the weights of the index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from yb_analytics.knowledge._rows import FOLDER, refuse, rows
from yb_analytics.schema import Refusal

EXCLUSION_COLUMNS = ("reason", "reason_zh", "kind", "value", "status", "source")
EXCLUSION_KINDS = ("diag_prefix", "item_prefix", "dscg_way", "med_type", "special_case", "split_flag")
"""What tells of an explanation: beginnings of the main diagnosis, an item, the way of discharge or the kind of care; the
agency's mark of a special case; a sale from a split pack."""
NATIONAL_COLUMNS = ("seq", "name", "code", "group", "subgroup", "new_in_2025", "points_published", "needs",
                    "status", "source", "note")
MEASURE_COLUMNS = ("number", "pillar", "title", "title_en", "lead", "supporting", "status", "source")
PURPOSE_COLUMNS = ("id", "kind", "name", "name_en", "status", "source")
CATALOGUE_COLUMNS = (
    "hilist_code", "hilist_name", "list_type", "med_chrgitm_type", "chrgitm_lv", "ingredient", "unit", "pric",
    "hilist_pric_uplmt_amt", "preselfpay_share", "days_per_unit", "gend", "age_min", "age_max", "min_hosp_lv",
    "inpatient_only", "maternity_only", "max_per_day", "max_per_stay", "includes", "setting", "role", "speciality",
    "diag_prefix", "weight", "special", "status", "source")


def read_exclusions(path: Path) -> pd.DataFrame:
    """Innocent explanations of one file; strict."""
    seen: dict[tuple, int] = {}
    found = rows(path, EXCLUSION_COLUMNS, EXCLUSION_COLUMNS)
    for line, row in found:
        if row["kind"] not in EXCLUSION_KINDS:
            raise refuse(path, line, f"unknown kind {row['kind']!r}", f"use one of: {', '.join(EXCLUSION_KINDS)}")
        key = (row["reason"], row["kind"], row["value"])
        if key in seen:
            raise refuse(path, line, f"stands already in line {seen[key]}", "remove one of them")
        seen[key] = line
    return pd.DataFrame([row for _, row in found], columns=list(EXCLUSION_COLUMNS))


def exclusions() -> pd.DataFrame:
    """Innocent explanations by reason: diagnosis prefixes (ICD-10), items, ways of discharge, kinds of care.

    Examples
    --------
    >>> found = exclusions()
    >>> sorted(set(found.loc[found["reason"] == "chemotherapy", "value"]))
    ['Z51.1', 'Z51.2', 'Z51.8']
    """
    return read_exclusions(FOLDER / "exclusions.csv")


def national_rules() -> pd.DataFrame:
    """The 88 national rule classes of the 2025 edition (and one of 1.0 that was renamed).

    Examples
    --------
    >>> len(national_rules())
    88
    """
    path = FOLDER / "national_rules.csv"
    found = rows(path, NATIONAL_COLUMNS, ("seq", "name", "group", "subgroup", "status", "source"))
    return pd.DataFrame([row for _, row in found], columns=list(NATIONAL_COLUMNS))


def purposes() -> pd.DataFrame:
    """What data are held for: typologies T01–T50, indicators of the fund (F) and of the city (S), duties (C).

    National rule classes (R1–R88) stand in :func:`national_rules`.

    Examples
    --------
    >>> known = purposes().set_index("id")
    >>> known.loc["T13", "kind"], known.loc["S11", "name"]
    ('typology', '参保缴费劳动争议案件')
    """
    path = FOLDER / "purposes.csv"
    found = pd.DataFrame([row for _, row in rows(path, PURPOSE_COLUMNS, PURPOSE_COLUMNS)])
    twice = found.index[found.duplicated("id")]
    if len(twice):
        raise refuse(path, int(twice[0]) + 2, f"{found.loc[twice[0], 'id']} stands twice")
    return found


def catalogue() -> pd.DataFrame:
    """The demo city's invented items; every column is text, as written (an empty cell is `""`).

    Examples
    --------
    >>> {"hilist_code", "hilist_name", "list_type", "pric"} <= set(catalogue().columns)
    True
    """
    path = FOLDER / "catalogue.csv"
    found = pd.DataFrame([row for _, row in rows(path, CATALOGUE_COLUMNS, ("hilist_code", "hilist_name", "status"))])
    twice = found.index[found.duplicated("hilist_code")]
    if len(twice):
        raise refuse(path, int(twice[0]) + 2, f"item {found.loc[twice[0], 'hilist_code']} stands twice")
    return found


def index(version: str) -> dict[str, Any]:
    """Weights and hierarchy of the index, `knowledge/index/<version>.yaml`."""
    folder = FOLDER / "index"
    path = folder / f"{version}.yaml"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.yaml"))) or "none"
        raise Refusal(f"no index version {version!r}", f"choose one of: {known}", "usage")
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as problem:
        raise refuse(path, 0, f"not YAML: {str(problem).splitlines()[0]}") from None
    if not isinstance(found, dict):
        raise refuse(path, 0, "not a mapping of keys", "write key: value")
    return found


def measures() -> pd.DataFrame:
    """The sixteen measures of the Jiaxing plan, with lead and supporting departments.

    Examples
    --------
    >>> found = measures()
    >>> len(found), found.loc[4, "lead"]
    (16, '市医保局')
    """
    path = FOLDER / "measures.csv"
    found = [row for _, row in rows(path, MEASURE_COLUMNS, MEASURE_COLUMNS)]
    return pd.DataFrame(found, columns=list(MEASURE_COLUMNS)).astype({"number": int})
