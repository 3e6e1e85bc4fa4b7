"""Hits of detectors that set one register against another: exact, without peers.

A register alone may err, so a contradiction is a lead (线索); evidence is closed (疑点) where a second kind of evidence
agrees with it. What counts as second is each detector's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "tier", "evidence"]
CLOSED, OPEN, WATCH = "疑点", "线索", "监测"


def hits(rows: Sequence[dict]) -> pd.DataFrame:
    """Hits with a score as a table in the columns the contract takes.

    Examples
    --------
    >>> hits([{"subject_id": "a", "score": 0.0}, {"subject_id": "b", "score": 0.2}])["subject_id"].tolist()
    ['b']
    """
    return pd.DataFrame([r for r in rows if r["score"] > 0], columns=COLUMNS)


def strength(value: float, free: float, half: float) -> float:
    """Score of an excess: zero up to `free`, a half at `half` beyond it.

    Examples
    --------
    >>> [round(strength(x, 0.5, 1.5), 2) for x in (0.3, 2.0, 5.0)]
    [0.0, 0.5, 0.88]
    """
    return float(1 - 2 ** (-max(value - free, 0.0) / half))


def sign(feature: str, label: str, value: float, unit: str, telling: Sequence[str], **more) -> dict:
    """One piece of evidence: what was counted, and where the flag would vanish (`vanish`, 0 unless told).

    Examples
    --------
    >>> sign("days_inside", "羁押期间就医天数", 4, "days", ["s1"], vanish=0.5)["vanish"]
    0.5
    """
    return {"feature": feature, "label": label, "value": float(value), "expected": 0.0, "unit": unit, "vanish": 0.0,
            "contribution": 1.0, "telling": list(telling), **more}


def by_way(rows: pd.DataFrame, said: Mapping[str, str], unit: str, telling: int, key: str = "setl_id") -> list[dict]:
    """Evidence of rows that were found in several ways (`how`), one piece a way.

    Examples
    --------
    >>> rows = pd.DataFrame({"how": ["a", "a", "b"], "setl_id": ["1", "2", "3"]})
    >>> told = by_way(rows, {"a": "甲", "b": "乙"}, "bills", 5)
    >>> [(e["label"], e["value"], round(e["contribution"], 2)) for e in told]
    [('甲', 2.0, 0.67), ('乙', 1.0, 0.33)]
    """
    return [sign(str(how), said[str(how)], len(own), unit, own[key].head(telling).tolist(),
                 contribution=len(own) / len(rows)) for how, own in rows.groupby("how", sort=False)]


def ways(rows: pd.DataFrame, said: Mapping[str, str], unit: str = "笔") -> str:
    """The ways in words, with their numbers.

    Examples
    --------
    >>> ways(pd.DataFrame({"how": ["a", "a", "b"]}), {"a": "甲", "b": "乙"})
    '甲2笔、乙1笔'
    """
    return "、".join(f"{said[str(how)]}{n}{unit}" for how, n in rows["how"].value_counts(sort=False).items())
