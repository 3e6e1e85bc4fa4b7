"""Detectors: one file each, statistical or exact, silent where peers are no different.

A detector sees the warehouse cut to the period (:class:`Scope`) and its parameters from `knowledge/`, and
returns hits: `subject_id, locator, grain, amount, score, why` and optionally `estimated`. The contract checks
its needs, catches its errors and turns hits into findings, so an unmet need is answered by "not evaluable" and
never by zero findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from yb_analytics import knowledge
from yb_analytics.detectors._scope import NotEvaluable, Scope, gaps, unmet
from yb_analytics.schema import ANSWERS, Period
from yb_analytics.schema.finding import fen, findings_of
from yb_analytics.shelf import Shelf, Title, declare

__all__ = ["Detector", "NotEvaluable", "Scope", "detector", "fit", "run", "shelf"]


@dataclass(frozen=True)
class Detector:
    """One detector.

    Parameters
    ----------
    name, title, fn
        File name, bilingual title, `fn(w, p)`; `fn(w, p, model)` where `fit` is given.
    subject
        What is flagged: institution, person, group.
    tier
        疑点 (evidence closed), 线索 (needs records) or 监测 (signal).
    needs
        Tables, or `table.column` that must not be empty in the period.
    catches
        The planted scheme it must find in a city that has one.
    basis, seeds
        Clause it serves and the seed documents that name it.
    checked, unchecked
        Innocent explanations it excludes, and those a person has to check (Chinese).
    money
        `fund`, or `account` where the money at stake is personal-account money, which is never mixed with
        the pool.
    fit, model
        For frozen scoring: `fit(w, p)` makes the model, `model` is its class (with `from_arrays`).
    """

    name: str
    title: Title
    fn: Callable[..., Any]
    subject: str
    tier: str
    needs: tuple[str, ...]
    catches: str
    basis: str
    seeds: tuple[str, ...] = ()
    version: str = "1"
    checked: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    money: str = "fund"
    fit: Callable[..., Any] | None = None
    model: Any = None

    def hits(self, w: Scope, model: Any = None) -> pd.DataFrame:
        """What the detector says about the period, before findings are made of it."""
        p = self._ready(w)
        found = self.fn(w, p) if self.fit is None else self.fn(w, p, model)
        return found if isinstance(found, pd.DataFrame) else w.run(found)

    def fitted(self, w: Scope) -> Any:
        """The frozen model, fitted on the period."""
        p = self._ready(w)
        if self.fit is None:
            raise NotEvaluable(f"{self.name} has no model")
        return self.fit(w, p)

    def _ready(self, w: Scope):
        """The parameters of the period, once the needs are met."""
        reason = unmet(w, self.needs)
        if reason:
            raise NotEvaluable(reason)
        return knowledge.parameters(self.name, on=w.last_day)


def detector(**facts: Any) -> Callable[[Callable], Detector]:
    """Declare a detector; unknown or missing keys are refused by name."""
    return declare(Detector, **facts)


def run(w, period: str | Period, names: Iterable[str] | None = None,
        models: dict[str, Any] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Findings and coverage of the detectors over a period.

    Parameters
    ----------
    w
        A warehouse.
    period
        `2025`, `2025Q2`, `2025-06` …
    names
        Which detectors; all when absent.
    models
        Frozen models of an earlier reference by detector name. A model not in it is fitted on the period and
        added to it.

    Returns
    -------
    findings, coverage
        In the columns of `schema.ANSWERS`; every asked detector has one row of coverage with state
        `evaluated`, `not evaluable` or `error`.
    """
    period = Period.parse(period)
    scope, models = Scope(w, period), {} if models is None else models
    parts, coverage = [], []
    for name in (shelf.names if names is None else list(names)):
        found, row = _one(scope, name, models)
        coverage.append(row)
        if len(found):
            parts.append(found)
    empty = pd.DataFrame(columns=ANSWERS["finding"].names)
    findings = pd.concat(parts, ignore_index=True) if parts else empty
    return findings, pd.DataFrame(coverage, columns=ANSWERS["coverage"].names)


def fit(w, period: str | Period, name: str) -> Any:
    """The frozen model of one detector, fitted on a reference period."""
    return shelf[name].fitted(Scope(w, Period.parse(period)))


def _one(scope: Scope, name: str, models: dict[str, Any]) -> tuple[pd.DataFrame, dict]:
    """Findings and coverage row of one detector; a broken one does not stop the rest."""
    row: dict[str, Any] = {"found_by": name, "kind": "detector", "title": name, "period": str(scope.period),
                           "reason": "", "findings": 0, "amount": fen(0), "data_version": scope.data_version}
    try:
        unit = shelf[name]
        row["title"] = f"{unit.title.zh} · {unit.title.en}"
        if unit.fit is not None and name not in models:
            models[name] = unit.fitted(scope)
        hits = unit.hits(scope, models.get(name))
        found = findings_of(hits, found_by=name, version=unit.version, tier=unit.tier, subject=unit.subject,
                            period=scope.period, basis=unit.basis, data_version=scope.data_version)
        found["locator"] = _ordered(found["locator"], hits)
        told = gaps(scope, unit.needs)
        row |= {"state": "evaluated", "reason": told, "findings": len(found), "amount": sum(found["amount"], fen(0))}
    except NotEvaluable as reason:
        return pd.DataFrame(), row | {"state": "not evaluable", "reason": f"not evaluable: {reason}"}
    except Exception as problem:  # one broken detector must not stop the screening
        return pd.DataFrame(), row | {"state": "error", "reason": f"{type(problem).__name__}: {problem}"}
    return found, row


shelf: Shelf[Detector] = Shelf(__name__, Detector, call=run)
"""The detectors by name; called, it runs them."""


def _ordered(locators: pd.Series, hits: pd.DataFrame) -> pd.Series:
    """Locators with the most telling ids first again (ids of findings are made from sorted ones)."""
    told = {tuple(sorted(set(map(str, ids)))): list(dict.fromkeys(map(str, ids))) for ids in hits["locator"]}
    return locators.map(lambda ids: told[tuple(ids)])
