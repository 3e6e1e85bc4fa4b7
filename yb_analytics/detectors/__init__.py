"""Detectors: one file each, statistical or exact, silent where peers are no different.

A detector sees the warehouse cut to the period (:class:`Scope`) and its parameters from `knowledge/`, and returns hits:
`subject_id, locator, grain, amount, score, why`, optionally `estimated`, `tier` and `evidence`. The contract checks its
needs, catches its errors, adds the innocent explanations to the sentence and turns hits into findings with their
evidence, so an unmet need is answered by "not evaluable" and never by zero findings.

Where a detector compares, it is frozen: `fit(w, p)` makes a model of a reference period (arrays, `_arrays`), and
`fn(w, p, model)` scores with it. What a subject scores then depends on its own rows and the model alone (a property
test holds every detector to it), so a month is scored with the year's models in a fraction of the time, and a subject
can be checked again by itself.

- `_against_peers`: counts of cases per institution, doctor or department against peers; most detectors are this.
- `_persons`: the largest values of persons against persons of their age, sex and kind, in SQL.
- `_excess`: the models behind it (`Rates` of rare events, `Levels` of features) and the score from tail probabilities.
- `_units`: the same for employers, agencies and clerks, against units of their kind.
- `_contradictions`: hits of detectors that set one register against another, where evidence of a second kind makes
  a suspicion (疑点) of a lead (`tier` of the hit). `_presence`: who stood at a counter, and how surely the insured.
- `_peers`: peer groups of institutions. `_ensemble`: simple detectors of unusual rows behind one interface.
- Rows several detectors need are made once per period (`Scope.once`); `_tables` has the stays and their bills.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from yb_analytics import knowledge
from yb_analytics.detectors import _sentences
from yb_analytics.detectors._ensemble import Ensemble
from yb_analytics.detectors._scope import NotEvaluable, Scope, unmet
from yb_analytics.schema import ANSWERS, Period
from yb_analytics.schema.finding import evidence_of, fen, findings_of
from yb_analytics.shelf import Shelf, Title, declare

__all__ = ["Answers", "Detector", "Ensemble", "NotEvaluable", "Scope", "detector", "fit", "run", "shelf"]

SHARED = "peers"
"""Owner of the parameters that all detectors share; a detector's own file goes before it."""


class Answers(NamedTuple):
    """What detectors say of a period, in the columns of `schema.ANSWERS`."""

    findings: pd.DataFrame
    coverage: pd.DataFrame
    evidence: pd.DataFrame


@dataclass(frozen=True)
class Detector:
    """One detector.

    Parameters
    ----------
    name, title, fn
        File name, bilingual title, `fn(w, p)`; `fn(w, p, model)` where `fit` is given.
    subject
        What is flagged: institution, person, doctor, employer, agency, pair, group.
    tier
        疑点 (evidence closed), 线索 (needs records) or 监测 (signal).
    needs
        Tables, or `table.column` that must not be empty in the period.
    theme
        What its leads are about, in Chinese: findings of one subject and theme make one lead (住院, 收费 …).
    catches
        The planted schemes it must find in a city that has them; one name or several.
    typologies
        Ids of `knowledge/purposes.csv` it serves, `T01` … `T50`.
    basis, seeds
        Clause it serves and the seed documents that name it.
    checked, unchecked
        Innocent explanations it excludes, and those a person has to check (Chinese).
    money
        `fund`, or `account` where the money at stake is personal-account money, which is never mixed with
        the pool.
    near
        Columns through which rows of others bear on a subject: with `("psn_no",)` an institution is judged on its own
        rows and on all rows of the persons it saw. Empty where its own rows are enough.
    fit, model
        For frozen scoring: `fit(w, p)` makes the model, `model` is its class (with `from_arrays`).
    """

    name: str
    title: Title
    fn: Callable[..., Any]
    subject: str
    tier: str
    needs: tuple[str, ...]
    basis: str
    theme: str = ""
    catches: tuple[str, ...] = ()
    typologies: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    version: str = "1"
    checked: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    money: str = "fund"
    near: tuple[str, ...] = ()
    fit: Callable[..., Any] | None = None
    model: Any = None

    def __post_init__(self) -> None:
        for name in ("catches", "typologies", "near", "needs"):
            told = getattr(self, name)
            if isinstance(told, str):
                object.__setattr__(self, name, (told,) if told else ())

    def hits(self, w: Scope, model: Any = None) -> pd.DataFrame:
        """What the detector says about the period, before findings are made of it."""
        p = self._ready(w)
        found = self.fn(w, p) if self.fit is None else self.fn(w, p, model)
        hits = found if isinstance(found, pd.DataFrame) else w.run(found)
        return self._told(hits.reset_index(drop=True), int(p.telling))

    def fitted(self, w: Scope) -> Any:
        """The frozen model, fitted on the period."""
        p = self._ready(w)
        if self.fit is None:
            raise NotEvaluable(f"{self.name} has no model（本模型无须拟合）")
        return self.fit(w, p)

    def _ready(self, w: Scope):
        """The parameters of the period, once the needs are met."""
        reason = unmet(w, self.needs)
        if reason:
            raise NotEvaluable(reason)
        return knowledge.parameters(self.name, on=w.last_day, shared=SHARED)

    def _told(self, hits: pd.DataFrame, telling: int) -> pd.DataFrame:
        """Hits whose sentence names the innocent explanations, each with evidence."""
        estimated = hits["estimated"].astype(bool) if "estimated" in hits else pd.Series(False, index=hits.index)
        innocent = _sentences.innocent(self.checked, self.unchecked)
        why = [_sentences.sentence(w, "金额为估算" if e else "", innocent)
               for w, e in zip(hits["why"], estimated, strict=True)]
        whole = {"feature": self.name, "label": self.title.zh, "unit": "rows", "contribution": 1.0}
        own = hits["evidence"] if "evidence" in hits else pd.Series([None] * len(hits), index=hits.index)
        told = [e if isinstance(e, list) and e else [{**whole, "value": float(len(ids)), "telling": ids[:telling]}]
                for e, ids in zip(own, hits["locator"].map(list), strict=True)]
        marks = {"checked": list(self.checked), "unchecked": list(self.unchecked)}
        evidence = pd.Series([[{**one, **marks} for one in rows] for rows in told], index=hits.index, dtype="object")
        return hits.assign(why=pd.Series(why, index=hits.index, dtype="object"), estimated=estimated,
                           evidence=evidence)


def detector(**facts: Any) -> Callable[[Callable], Detector]:
    """Declare a detector; unknown or missing keys are refused by name."""
    return declare(Detector, **facts)


def run(w, period: str | Period, names: Iterable[str] | None = None,
        models: dict[str, Any] | None = None) -> Answers:
    """Findings, coverage and evidence of the detectors over a period.

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
    Answers
        `findings, coverage, evidence` in the columns of `schema.ANSWERS`; every asked detector has one row of coverage
        with state `evaluated`, `not evaluable` or `error`, every finding at least one row of evidence.
    """
    period = Period.parse(period)
    scope, models = Scope(w, period), {} if models is None else models
    told = [_one(scope, name, models) for name in (shelf.names if names is None else list(names))]
    coverage = pd.DataFrame([row for _found, row, _evidence in told], columns=ANSWERS["coverage"].names)
    return Answers(_joined("finding", [t[0] for t in told]), coverage, _joined("evidence", [t[2] for t in told]))


def _joined(answer: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    held = [part for part in parts if len(part)]
    return pd.concat(held, ignore_index=True) if held else pd.DataFrame(columns=ANSWERS[answer].names)


def fit(w, period: str | Period, name: str) -> Any:
    """The frozen model of one detector, fitted on a reference period."""
    return shelf[name].fitted(Scope(w, Period.parse(period)))


def _one(scope: Scope, name: str, models: dict[str, Any]) -> tuple[pd.DataFrame, dict, pd.DataFrame]:
    """Findings, coverage row and evidence of one detector; a broken one does not stop the rest."""
    row: dict[str, Any] = {"found_by": name, "kind": "detector", "title": name, "period": str(scope.period),
                           "reason": "", "findings": 0, "amount": fen(0), "data_version": scope.data_version}
    try:
        unit = shelf[name]
        row["title"] = f"{unit.title.zh} · {unit.title.en}"
        if unit.fit is not None and name not in models:
            models[name] = unit.fitted(scope)
        found, evidence = _answered(unit, scope, unit.hits(scope, models.get(name)))
        row |= {"state": "evaluated", "findings": len(found), "amount": sum(found["amount"], fen(0))}
        return found, row, evidence
    except NotEvaluable as reason:
        row |= {"state": "not evaluable", "reason": f"not evaluable: {reason}"}
    except Exception as problem:  # one broken detector must not stop the screening
        row |= {"state": "error", "reason": f"{type(problem).__name__}: {problem}"}
    return pd.DataFrame(), row, pd.DataFrame()


def _answered(unit: Detector, scope: Scope, hits: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Findings, most telling ids first, and their evidence."""
    found = findings_of(hits, found_by=unit.name, version=unit.version, tier=unit.tier, subject=unit.subject,
                        period=scope.period, basis=unit.basis, data_version=scope.data_version)
    found["locator"] = _ordered(found["locator"], hits)
    evidence = evidence_of(hits, found_by=unit.name, subject=unit.subject, period=str(scope.period),
                           data_version=scope.data_version)
    return found, evidence


shelf: Shelf[Detector] = Shelf(__name__, Detector, call=run)
"""The detectors by name; called, it runs them."""


def _ordered(locators: pd.Series, hits: pd.DataFrame) -> pd.Series:
    """Locators with the most telling ids first again (ids of findings are made from sorted ones)."""
    told = {tuple(sorted(set(map(str, ids)))): list(dict.fromkeys(map(str, ids))) for ids in hits["locator"]}
    return locators.map(lambda ids: told[tuple(ids)])
