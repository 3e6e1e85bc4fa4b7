"""Knowledge points over the items of `large.py`: of every condition, in any number, rarely violated."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from tests.bench.large import ITEMS
from yb_analytics.rules import shelf

_RARE = ITEMS * 97 // 100
"""Items from here on are hardly used: for conditions that drawn data always violate."""


def code_of(k: int) -> str:
    """Catalogue code of an item, as `large.sql` writes it."""
    if k % 10 < 6:
        return f"XA{k:06d}A001010100{k % 9973}"
    return f"0033{k:011d}" if k % 10 < 9 else f"C{k:08d}0000{k % 9973}"


_LETTERS = ";".join("ABCDEFGHIJKLMNOPQRST")
_VALUES: dict[str, tuple[str, str]] = {
    "age_min": ("1", ""), "age_max": ("90", ""), "age_days_max": ("33000", ""), "insutype": ("310;390", ""),
    "insutype_not": ("340", ""), "level_min": ("1", ""), "med_type": ("11;14;21;41", ""),
    "department": (";".join(f"A{n}" for n in range(1, 27)), ""), "diagnosis": (_LETTERS, ""),
    "diagnosis_not": ("Z99", ""), "diagnosis_chronic": (_LETTERS, ""), "not_paid": ("", ""),
    "max_days": ("60", ""), "max_quantity": ("9", ""), "max_daily": ("3", ""), "max_count": ("5", "day"),
    "max_course": ("12", "stay"), "max_amount": ("20000", "year"), "pair": ("", ""), "requires": ("", "stay"),
    "discount": ("0.5", ""), "component": ("3", ""), "max_after_operation": ("2", ""), "single_herb": ("", "")}
"""Condition → value and window."""
_ALWAYS = ("not_paid", "requires", "class", "discount", "component")
_WINDOWS = ("day", "stay", "month", "year", "30d")


def _item(condition: str, rng: np.random.Generator) -> int:
    if condition == "sex":
        return int(rng.integers(ITEMS // 41)) * 41
    return int(rng.integers(_RARE, ITEMS)) if condition in _ALWAYS else int(rng.integers(ITEMS))


def _row(number: int, rule: str, condition: str, rng: np.random.Generator) -> dict:
    k = _item(condition, rng)
    value, window = _VALUES.get(condition, ("", ""))
    if condition == "sex":
        value = str(k % 2 + 1)
    if condition == "class":
        value = f"G{k // 100}"
    if condition == "discount":
        window = f"G{k // 100}"
    if condition == "max_count":
        window = _WINDOWS[number % len(_WINDOWS)]
        value = "5" if window == "day" else "60"
    other = code_of(int(rng.integers(_RARE if condition == "component" else 0, ITEMS)))
    other = other if condition in ("pair", "requires", "component") else ""
    return {"point_id": f"K{number:06d}", "rule_class": rule, "item_code": code_of(k), "condition": condition,
            "value": value, "unit": window, "other_code": other}


def made(n: int, seed: int = 7) -> pd.DataFrame:
    """About `n` points, spread evenly over every rule class and condition that is keyed by items."""
    rng = np.random.default_rng(seed)
    kinds = [(c.title.zh, condition) for c in shelf.values() if c.made_of.keyed == "item"
             for condition in c.made_of.conditions]
    rows = [_row(i, *kinds[i % len(kinds)], rng) for i in range(n)]
    found = pd.DataFrame(rows).drop_duplicates(["rule_class", "condition", "item_code", "other_code", "unit"])
    return found.assign(valid_from=date(2020, 1, 1), valid_until=date(2099, 12, 31))
