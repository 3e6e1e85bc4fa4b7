"""Findings from hits: stable ids, exact money, the columns of the answer `finding`."""

from __future__ import annotations

import hashlib
from decimal import ROUND_HALF_UP, Decimal
from typing import TypedDict, Unpack

import pandas as pd

from yb_analytics.schema.answers import ANSWERS
from yb_analytics.schema.period import Period
from yb_analytics.schema.refusal import Refusal

HIT = ("subject_id", "locator", "grain", "amount", "score", "why")
"""Columns hits must have; `estimated` may be absent and is then False."""

_CENT = Decimal("0.01")


class Origin(TypedDict):
    """Who found it, and on what ground."""

    found_by: str
    version: str
    tier: str
    subject: str
    basis: str


def empty() -> pd.DataFrame:
    """A table of findings without rows.

    Examples
    --------
    >>> list(empty().columns)[:3]
    ['finding_id', 'found_by', 'version']
    """
    return pd.DataFrame({c: pd.Series(dtype="object") for c in ANSWERS["finding"].names})


def fen(amount: object) -> Decimal:
    """Money in yuan, rounded half up to the fen.

    Examples
    --------
    >>> fen(2.345), fen(Decimal("1.005"))
    (Decimal('2.35'), Decimal('1.01'))
    """
    exact = amount if isinstance(amount, Decimal) else Decimal(str(amount))
    return exact.quantize(_CENT, rounding=ROUND_HALF_UP)


def finding_id(found_by: str, subject: str, subject_id: str, period: str, locator: list[str]) -> str:
    """The first 16 hex digits of a hash of what was found where; the locator is sorted already."""
    told = "\x1f".join([found_by, subject, subject_id, period, *locator])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def evidence_of(hits: pd.DataFrame, *, found_by: str, subject: str, period: str, data_version: str) -> pd.DataFrame:
    """Evidence of the findings made of the same hits, in the columns of `ANSWERS["evidence"]`.

    Parameters
    ----------
    hits
        As for :func:`findings_of`, with `evidence`: for each hit a list of dictionaries in the columns of the answer,
        the most telling feature first.

    Examples
    --------
    >>> hits = pd.DataFrame({"subject_id": ["H1"], "locator": [["b", "a"]], "evidence": [[{"feature": "mild"}]]})
    >>> told = evidence_of(hits, found_by="low_threshold", subject="institution", period="2025", data_version="v")
    >>> told[["rank", "feature"]].values.tolist()
    [[1, 'mild']]
    """
    shape, rows = ANSWERS["evidence"].names, []
    for who, located, told in zip(hits["subject_id"], hits["locator"], hits["evidence"], strict=True):
        made = finding_id(found_by, subject, str(who), period, sorted({str(i) for i in located}))
        rows += [{**one, "finding_id": made, "rank": n} for n, one in enumerate(told, 1)]
    frame = pd.DataFrame(rows, columns=shape).drop_duplicates(["finding_id", "rank"])
    return frame.assign(data_version=data_version).sort_values(["finding_id", "rank"], ignore_index=True)


def findings_of(hits: pd.DataFrame, *, period: Period | str, data_version: str,
                **origin: Unpack[Origin]) -> pd.DataFrame:
    """Turn the hits of one rule or detector into findings.

    Parameters
    ----------
    hits
        Columns `subject_id`, `locator` (list of ids), `grain` (line, settlement, stay), `amount` (yuan),
        `score` (0–1), `why` and, optionally, `estimated` and `tier` (else that of the origin).
    period, data_version
        What was screened.
    **origin
        `found_by`, `version`, `tier`, `subject`, `basis`.

    Returns
    -------
    pandas.DataFrame
        Columns of `ANSWERS["finding"]`, ordered by id; amounts are Decimals. Hits with the same evidence are
        one finding, with the larger amount.

    Examples
    --------
    >>> hits = pd.DataFrame({"subject_id": ["H1"], "locator": [["b", "a"]], "grain": ["line"],
    ...                      "amount": [40.0], "score": [1.0], "why": ["同日重复收费"]})
    >>> made = findings_of(hits, period="2025", data_version="memory", found_by="duplicate_items",
    ...                    version="1", tier="疑点", subject="institution", basis="条例 第三十八条(三)")
    >>> made.loc[0, ["finding_id", "amount", "locator"]].tolist()
    ['a8dc9cc268add52d', Decimal('40.00'), ['a', 'b']]
    """
    absent = [c for c in HIT if c not in hits.columns]
    if absent:
        raise Refusal(f"{origin['found_by']}: hits lack {', '.join(absent)}", "return all columns of a hit", "schema")
    if hits.empty:
        return empty()
    return _filled(hits, origin, str(period), data_version)


def _filled(hits: pd.DataFrame, origin: Origin, period: str, data_version: str) -> pd.DataFrame:
    made = pd.DataFrame({**origin, "subject_id": hits["subject_id"].astype(str), "period": period,
                         "score": _scores(hits["score"], origin["found_by"])})
    made["amount"] = pd.Series([fen(a) for a in hits["amount"]], index=hits.index, dtype="object")
    made["estimated"] = hits["estimated"].astype(bool) if "estimated" in hits else False
    if "tier" in hits:
        made["tier"] = hits["tier"]
    made["why"] = hits["why"].astype(str)
    made["locator"] = pd.Series([sorted({str(i) for i in ids}) for ids in hits["locator"]], index=hits.index)
    made["grain"] = hits["grain"]
    made["data_version"] = data_version
    made["finding_id"] = [finding_id(origin["found_by"], origin["subject"], who, period, ids)
                          for who, ids in zip(made["subject_id"], made["locator"], strict=True)]
    order = made.sort_values(["finding_id", "amount", "why"], ascending=[True, False, True], kind="stable")
    return order.drop_duplicates("finding_id")[ANSWERS["finding"].names].reset_index(drop=True)


def _scores(scores: pd.Series, found_by: str) -> pd.Series:
    numbers = scores.astype("float64")
    if not numbers.between(0, 1).all():
        raise Refusal(f"{found_by}: a score is missing or outside 0–1", "score between 0 and 1", "failed")
    return numbers
