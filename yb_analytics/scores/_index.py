"""The index as approved data: hierarchy, weights and bands read strictly from `knowledge/index`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics import knowledge
from yb_analytics.indicators import SUBJECTS, shelf
from yb_analytics.schema import Refusal
from yb_analytics.scores._normalise import NORMALISATIONS
from yb_analytics.scores._weigh import ahp

KEYS = {"version", "title", "status", "source", "approval", "normalisation", "aggregation", "concentration",
        "minimum_coverage", "veto_cap", "grades", "subjects"}
ITEM = {"weight": float, "worst": float, "effort": bool, "missing": str}
OPTIONAL = {"judgements"}
AGGREGATIONS = ("arithmetic", "geometric")
MISSING = ("zero", "rescale")


@dataclass(frozen=True)
class Index:
    """One version of the index.

    Parameters
    ----------
    items
        One row per indicator: subject, subject_title, subject_weight, dimension, dimension_title, indicator,
        weight (inside its subject; they sum to one), worst (value that scores 0), effort (corrected for
        detection effort), missing (`zero`: a unit without data scores 0 where the city has them).
    grades
        Name → lowest score, best first.
    judgements
        Pairwise judgements of the subjects for the analytic hierarchy, in their order; `None` without.
    """

    version: str
    title: str
    status: str
    aggregation: str
    concentration: float
    minimum_coverage: float
    veto_cap: str
    grades: dict[str, float]
    items: pd.DataFrame
    judgements: np.ndarray | None = None

    def grade(self, score: float, coverage: float, veto: bool) -> str:
        """Grade of a score: none under the coverage limit, capped by a veto."""
        if score != score or coverage < self.minimum_coverage:
            return ""
        names = list(self.grades)
        place = next(i for i, name in enumerate(names) if score >= self.grades[name])
        return names[max(place, names.index(self.veto_cap)) if veto else place]


def load(version: str) -> Index:
    """Read one version; every unknown key, weight that is not positive, or unknown indicator is refused.

    Examples
    --------
    >>> index = load("2025")
    >>> index.status, len(index.items) >= 12, sorted(set(index.items.subject))
    ('proposal', True, ['agency', 'employer', 'institution', 'person'])
    """
    return build(knowledge.index(version), f"index/{version}.yaml")


def build(tree: dict[str, Any], place: str = "index") -> Index:
    """An :class:`Index` from the mapping of its YAML."""
    _keys({k: v for k, v in tree.items() if k not in OPTIONAL}, KEYS, place)
    _choice(tree["normalisation"], NORMALISATIONS[:1], f"{place}: normalisation")
    _choice(tree["aggregation"], AGGREGATIONS, f"{place}: aggregation")
    grades = {g["name"]: float(g["from"]) for g in tree["grades"]}
    _choice(tree["veto_cap"], tuple(grades), f"{place}: veto_cap")
    if list(grades.values()) != sorted(grades.values(), reverse=True) or min(grades.values()) > 0:
        raise Refusal(f"{place}: grades must fall to 0", "list them best first, the last from 0", "schema")
    items = pd.DataFrame([row for s, body in tree["subjects"].items() for row in _subject(s, body, place)])
    totals = items.groupby("subject")["weight"].transform("sum")
    items["weight"] = items["weight"] / totals
    outer = items.drop_duplicates("subject")["subject_weight"].sum()
    items["subject_weight"] = items["subject_weight"] / outer
    return Index(str(tree["version"]), tree["title"], tree["status"], tree["aggregation"],
                 float(tree["concentration"]), float(tree["minimum_coverage"]), tree["veto_cap"], grades, items,
                 _judgements(tree, place))


def _judgements(tree: dict[str, Any], place: str) -> np.ndarray | None:
    """The matrix of the judgements on the subjects; every pair once, in either order."""
    told = tree.get("judgements")
    if told is None:
        return None
    names = list(tree["subjects"])
    out = np.eye(len(names))
    for first, others in told.items():
        for second, times in others.items():
            for name in (first, second):
                _choice(name, tuple(names), f"{place}: judgements")
            i, j = names.index(first), names.index(second)
            out[i, j], out[j, i] = float(times), 1 / float(times)
    if (out == 0).any():
        raise Refusal(f"{place}: judgements do not compare every pair of subjects", "give each pair once", "schema")
    ahp(out)
    return out


def _subject(name: str, body: dict, place: str):
    """Rows of one subject; the weight of an indicator is that of its dimension times its own share."""
    at = f"{place}: {name}"
    _choice(name, SUBJECTS, place)
    _keys(body, {"title", "weight", "dimensions"}, at)
    for dimension, part in body["dimensions"].items():
        _keys(part, {"title", "weight", "indicators"}, f"{at}.{dimension}")
        total = sum(i["weight"] for i in part["indicators"].values())
        for indicator, item in part["indicators"].items():
            where = f"{at}.{dimension}.{indicator}"
            _item(item, name, dimension, indicator, where)
            yield {"subject": name, "subject_title": body["title"], "subject_weight": float(body["weight"]),
                   "dimension": dimension, "dimension_title": part["title"], "indicator": indicator,
                   "weight": part["weight"] * item["weight"] / total, "worst": float(item["worst"]),
                   "effort": item.get("effort", False), "missing": item["missing"]}


def _item(item: dict, subject: str, dimension: str, indicator: str, where: str) -> None:
    _keys({"effort": False, **item}, set(ITEM), where)
    _choice(item["missing"], MISSING, f"{where}: missing")
    if not item["weight"] > 0:
        raise Refusal(f"{where}: weight is {item['weight']!r}", "write a positive number", "schema")
    unit = shelf[indicator]
    if (unit.subject, unit.parent) != (subject, dimension):
        raise Refusal(f"{where}: the indicator belongs to {unit.subject}.{unit.parent}", "move it there", "schema")


def _keys(found: dict, known: set[str], place: str) -> None:
    unknown, missing = sorted(set(found) - known), sorted(known - set(found))
    if unknown or missing:
        told = [f"unknown key {k}" for k in unknown] + [f"missing key {k}" for k in missing]
        raise Refusal(f"{place}: {', '.join(told)}", f"the keys are {', '.join(sorted(known))}", "schema")


def _choice(value: str, allowed: tuple[str, ...], place: str) -> None:
    if value not in allowed:
        raise Refusal(f"{place}: {value!r}", f"choose one of: {', '.join(allowed)}", "schema")
