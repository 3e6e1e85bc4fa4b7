"""Peer-rate detectors: what is counted per subject, against peers, in a few lines each.

A detector of this kind says what one *case* is and which cases are *hits*: a stay that was short and mild, a line
whose examination has no indication. This module does the rest: counts per institution, doctor or department, the
frozen reference (rates per peer cell, case mix, size of counties), the score, the sentence, the evidence and the
estimate. `split_stays` is the example to copy::

    QUESTIONS = (Question("mild", "低标准入院人次占比", "人次", cases, grain="stay"),)

    def _fit(w, p):
        return fitted(w, p, QUESTIONS)

    @detector(subject="institution", …, fit=_fit, model=Frozen)
    def low_threshold(w, p, model):
        '''低标准入院 · Low-threshold admissions. …'''
        return found(w, p, model, QUESTIONS)

`cases(w, p)` is an Ibis table with one row per case:

- `subject_id`: who is asked about; `hit`: whether the case counts; `id`: of the line, settlement or stay; `fund`:
  fund money of the case. Only `id` and `fund` of hits are looked at.
- optional `who`: persons are counted, not cases, so that one patient weighs once.
- optional `stratum`: case mix (diagnosis, item, kind of care). Hits are then compared with what the city shows for
  the same strata, so that a speciality is no sign.
- optional `telling`: a number; larger is more telling. Without it the money tells.
- optional `place`, `kind`: institution of a subject that is none (a doctor), and a mark its peers share with it
  (department). Without `place` the subject is the institution.

Several questions of one detector share the family-wise bound; the strongest gives the score. A question whose hits
alone prove little names a parameter that caps it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import _peers, _sentences
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._excess import Rates, score_of
from yb_analytics.detectors._norms import Norms
from yb_analytics.detectors._scope import NotEvaluable
from yb_analytics.schema.text import number, share

_NEARLY = 0.5
"""Questions with this share of the strongest one's score lend their rows to the finding."""

COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]


@dataclass(frozen=True)
class Question:
    """One thing counted per subject.

    Parameters
    ----------
    name, what, unit
        Name of the feature; Chinese of the rate as in 同类…`what`中位数; counting word of a case.
    cases
        `(w, p)` → Ibis table, see the module's text.
    grain
        What `id` names: line, settlement, stay.
    cap
        Name of the parameter no score of this question alone passes; empty for none.
    least
        Name of the parameter below which so few hits are never flagged.
    subject
        How the sentence calls the subject.
    norms
        `(w, p)` → data frame `key` and numbers of what the city usually shows (admission rate of a disease, usual price
        of an item). It is frozen with the model; `cases` (and `counts`) are then called with it as a table, third.
    counts
        `(w, p)` → Ibis table `subject_id, x, n` (and `stratum, place, kind`), where a row per case would be too many:
        `cases` then holds the hits alone.
    """

    name: str
    what: str
    unit: str
    cases: Callable[..., Any]
    grain: str = "settlement"
    cap: str = ""
    least: str = "min_count"
    subject: str = "本机构"
    counts: Callable[..., Any] | None = None
    norms: Callable[[Any, Any], pd.DataFrame] | None = None


@dataclass(frozen=True)
class Mix(Arrays):
    """Rates of the strata of the case mix in the reference, relative to the overall rate."""

    stratum: np.ndarray
    ratio: np.ndarray

    @classmethod
    def fit(cls, counts: pd.DataFrame, p) -> Mix:
        """From `stratum, x, n`; strata with few cases are drawn to the overall rate."""
        sums = counts.groupby("stratum")[["x", "n"]].sum().sort_index()
        overall = sums["x"].sum() / max(sums["n"].sum(), 1)
        if not overall:
            return cls(sums.index.to_numpy(str), np.ones(len(sums)))
        own = (sums["x"] + p.prior_trials * overall) / (sums["n"] + p.prior_trials)
        return cls(sums.index.to_numpy(str), (own / overall).to_numpy(float))

    def weight(self, stratum: pd.Series) -> pd.Series:
        """Cases of average kind that one case of the stratum stands for; 1 where the reference had none."""
        told = dict(zip(self.stratum.tolist(), self.ratio.tolist(), strict=True))
        return stratum.map(told).astype(float).fillna(1.0)


@dataclass(frozen=True)
class Frozen(Arrays):
    """Reference of a detector: per question rates of the peers, case mix and norms; size of the counties."""

    rates: dict[str, Rates]
    mix: dict[str, Mix]
    norms: dict[str, Norms]
    counties: _peers.Counties


def _asked(w, p, question: Question, norms: dict[str, Norms], what: Callable[..., Any]):
    """What a question's function gives, with its norms where it has any."""
    return what(w, p, norms[question.name].table(w)) if question.norms else what(w, p)


def _rows(w, p, question: Question, norms: dict[str, Norms]):
    """The cases of a question, made once for fit and score."""
    return w.once(f"{p.owner}.{question.name}", lambda: w.materialise(_asked(w, p, question, norms, question.cases)))


def _counts(w, p, question: Question, norms: dict[str, Norms]) -> pd.DataFrame:
    """Hits and cases of every subject and stratum, with place and kind."""
    told = w.once(f"{p.owner}.{question.name}.counts", lambda: w.run(
        _asked(w, p, question, norms, question.counts) if question.counts
        else _tally(_rows(w, p, question, norms))))
    told = told if "stratum" in told else told.assign(stratum="")
    return told.sort_values(["subject_id", "stratum"], ignore_index=True)


def _tally(rows):
    """Hits and cases of every subject and stratum."""
    stratum = rows.stratum.fill_null("") if "stratum" in rows.columns else ibis.literal("")
    rows = rows.filter(rows.subject_id.notnull()).mutate(stratum=stratum, hit=rows.hit.fill_null(False))
    tally = {"x": _.hit.sum(), "n": _.count()}
    if "who" in rows.columns:
        tally = {"x": _.who.nunique(where=_.hit), "n": _.who.nunique()}
    more = {c: _[c].max() for c in ("place", "kind") if c in rows.columns}
    return rows.group_by(["subject_id", "stratum"]).aggregate(**tally, **more)


def _per_subject(counts: pd.DataFrame, mix: Mix) -> pd.DataFrame:
    """Hits `x`, cases `n` and cases of average kind `trials` of every subject."""
    counts = counts.assign(trials=counts["n"] * mix.weight(counts["stratum"]))
    more = {c: (c, "max") for c in ("place", "kind") if c in counts}
    table = counts.groupby("subject_id").agg(x=("x", "sum"), n=("n", "sum"), trials=("trials", "sum"), **more)
    return table.astype({"x": float, "n": float, "trials": float})


def _labels(w, table: pd.DataFrame, counties: _peers.Counties) -> pd.DataFrame:
    """Cells of every subject: those of its institution, cut by its kind."""
    place = table["place"] if "place" in table else pd.Series(table.index, index=table.index)
    labels = _peers.cells(w, place, counties).reindex(place.to_numpy()).set_axis(table.index, axis=0)
    labels = labels.fillna(_peers.EVERYBODY)
    return _peers.with_kind(labels, table["kind"]) if "kind" in table else labels


def fitted(w, p, questions: Sequence[Question], every: bool = True) -> Frozen:
    """The frozen reference; refuses where too few subjects compare.

    With `every` false (questions by quarter, by sum) those are left out that too few subjects have cases for, and it
    refuses where none is left; :func:`found` asks what the model holds.
    """
    rates: dict[str, Rates] = {}
    mixes: dict[str, Mix] = {}
    norms = {q.name: Norms.of(q.norms(w, p)) for q in questions if q.norms}
    counts = {q.name: _counts(w, p, q, norms) for q in questions}
    counties = _peers.Counties.fit(w, _work(pd.concat(counts.values())))
    for name, own in counts.items():
        mix = Mix.fit(own, p)
        table = _per_subject(own, mix)
        table = table[table["n"] >= p.min_trials]
        if len(table) >= p.min_peers:
            mixes[name], rates[name] = mix, Rates.fit(table["x"], table["trials"], _labels(w, table, counties), p)
        elif every or (name == questions[-1].name and not rates):
            raise NotEvaluable(f"{len(table)} subjects have {p.min_trials} cases to compare in {w.period}, "
                               f"fewer than {p.min_peers}（{w.period.label}有{p.min_trials}例以上可比的对象"
                               f"{len(table)}个，少于{p.min_peers}个）")
    return Frozen(rates, mixes, norms, counties)


def _work(counts: pd.DataFrame) -> pd.DataFrame:
    place = counts["place"] if "place" in counts else counts["subject_id"]
    done = pd.DataFrame({"fixmedins_code": place, "rows": counts["n"]})
    return done.groupby("fixmedins_code", as_index=False).sum()


def scored(w, p, model: Frozen, question: Question, questions: int = 1) -> pd.DataFrame:
    """Every subject with enough cases beside its peers; a subject scores the same alone as in any batch."""
    table = _per_subject(_counts(w, p, question, model.norms), model.mix[question.name])
    table = table[table["n"] >= p.min_trials]
    labels, rates = _labels(w, table, model.counties), model.rates[question.name]
    cell = _peers.chosen(labels, rates.held, p.min_peers)
    at, tests = rates.rows(cell), int(rates.tests[0]) * questions
    x, trials = table["x"].to_numpy(float), table["trials"].to_numpy(float)
    tail = rates.log_tail(x, trials, at)
    score = np.where(x >= p[question.least], score_of(tail, tests, p), 0.0)
    return table.assign(
        score=np.minimum(score, p[question.cap]) if question.cap else score, beyond=-tail, cell=cell,
        peers=rates.n[at], median=rates.median[at], expected=trials * rates.rate[at], rate=x / np.maximum(trials, 1e-9),
        above=rates.above(x, trials, at), vanish=rates.bound(trials, at, tests, p) / np.maximum(trials, 1e-9))


def found(w, p, model: Frozen, questions: Sequence[Question]) -> pd.DataFrame:
    """Hits of a detector: every flagged subject with its strongest question, the others as evidence."""
    questions = [q for q in questions if q.name in model.rates]
    tables = {q.name: scored(w, p, model, q, len(questions)) for q in questions}
    flagged = {q.name: t[t["score"] > 0] for q in questions for t in [tables[q.name]]}
    names = sorted({s for t in flagged.values() for s in t.index})
    if not names:
        return pd.DataFrame(columns=COLUMNS)
    told = {q.name: _hits_of(w, _rows(w, p, q, model.norms), list(flagged[q.name].index)) for q in questions
            if len(flagged[q.name])}
    return pd.DataFrame([_hit(name, questions, flagged, told, p) for name in names], columns=COLUMNS)


def _hits_of(w, rows, subjects: list[str]) -> pd.DataFrame:
    """Hits of the flagged subjects, the most telling first."""
    telling = rows.telling if "telling" in rows.columns else 0
    own = w.run(rows.filter(rows.hit.fill_null(False), rows.subject_id.isin(subjects)).select(
        "subject_id", id=_.id, fund=_.fund.cast("float64").fill_null(0), telling=telling))
    return own.sort_values(["subject_id", "telling", "fund", "id"], ascending=[True, False, False, True])


def _hit(name: str, questions: Sequence[Question], flagged: dict[str, pd.DataFrame], told: dict[str, pd.DataFrame],
         p) -> dict:
    """One subject's hit: what the strongest question says, and evidence of every question that flags it."""
    own: list[tuple[Question, Any]] = [(q, flagged[q.name].loc[name]) for q in questions
                                       if name in flagged[q.name].index]
    own.sort(key=lambda pair: -pair[1]["score"])
    (question, row), total = own[0], sum(r["beyond"] for _q, r in own)
    rows = _located(name, own, told).head(int(p.max_located))
    figures = [share(row["median"]), f"{share(row['rate'])}（{number(int(row['x']))}/{number(int(row['n']))}"
               f"{question.unit}）", share(row["above"], 1), share(row["vanish"])]
    return {"subject_id": name, "locator": rows["id"].tolist(), "grain": question.grain, "score": float(row["score"]),
            "amount": round(float(rows["fund"].sum()), 2), "estimated": True,
            "why": _sentences.peers(row["cell"], int(row["peers"]), question.what, figures, question.subject),
            "evidence": [evidence(q, r, _ids(told[q.name], name), r["beyond"] / total, p) for q, r in own]}


def _located(name: str, own: list[tuple[Question, Any]], told: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows of a subject that the strongest question names, then those of questions nearly as strong; `fund` in excess.

    A practice may show in one quarter most and lie in three: the rows of all belong to the finding, each once.
    """
    strongest, most = own[0][0], own[0][1]["score"]
    parts = []
    for question, row in own:
        if question.grain == strongest.grain and row["score"] >= most * _NEARLY:
            rows = told[question.name]
            rows = rows[rows["subject_id"] == name]
            parts.append(rows.assign(fund=rows["fund"] * float(np.clip(1 - row["expected"] / row["x"], 0, 1))))
    return pd.concat(parts).drop_duplicates("id")


def _ids(rows: pd.DataFrame, name: str) -> list[str]:
    return list(dict.fromkeys(rows.loc[rows["subject_id"] == name, "id"]))


def evidence(question: Question, row: pd.Series, ids: Sequence[str], contribution: float, p) -> dict:
    """One feature of a flag in the columns of the answer `evidence`; `row` of :func:`scored`."""
    return {"feature": question.name, "label": question.what, "value": float(row["rate"]), "unit": "share",
            "expected": float(row["expected"] / max(row["trials"], 1e-9)), "cell": row["cell"],
            "peers": int(row["peers"]), "median": float(row["median"]), "percentile": float(row["above"]),
            "vanish": float(row["vanish"]), "contribution": float(contribution),
            "telling": list(ids)[:int(p.telling)]}
