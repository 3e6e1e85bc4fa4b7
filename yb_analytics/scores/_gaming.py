"""The gaming test: a county that looks less, hides or shifts must not gain.

A strategy is what a county could do to look better without being better. It changes what the county reports: cases,
inspections, the random arm. The test scores the county as it reports and as it would report under each strategy, both
under fresh chance, so that a gain is told from noise; and it shows what the raw rates would have rewarded.

What no statistics of reports can find is a falsified random arm (violations found by lot and not written down): only
re-inspection by others does. The test says so instead of pretending.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.indicators._values import SCALE
from yb_analytics.schema import is_city, name_of
from yb_analytics.schema.text import rounded
from yb_analytics.scores._aggregate import Tree
from yb_analytics.scores._normalise import points
from yb_analytics.scores._treat import treated

CASES = ("institution_case_rate", "agreement_case_rate")
RANDOM, LOOKED, CRIMINAL = "violation_rate_random", "inspection_rate", "institution_criminal_cases"
LIMIT = "随机抽查结果被如实记录是校正的前提：抽中机构的违规若被隐瞒，只有上级复查才能发现。"


@dataclass
class Report:
    """What a county reports of its institutions in a period.

    Attributes
    ----------
    cases
        Filed, by indicator.
    inspected, violating
        Institutions inspected, and found in violation.
    random, random_violating
        Of these in the random arm.
    criminal
        Criminal cases.
    late
        Cases pushed beyond the end of the period.
    """

    cases: dict[str, int]
    inspected: int
    violating: int
    random: int
    random_violating: int
    criminal: int
    late: int = 0

    @property
    def aimed(self) -> tuple[int, int]:
        """Inspected outside the random arm, and found in violation there."""
        return max(self.inspected - self.random, 0), max(self.violating - self.random_violating, 0)


Strategy = Callable[[Report, np.random.Generator], Report]


def _fewer(report: Report, keep: float, rng: np.random.Generator) -> dict[str, int]:
    return {k: int(rng.binomial(n, keep)) for k, n in report.cases.items()}


def under_report(r: Report, rng: np.random.Generator) -> Report:
    """少立案：查出违规而不立案 · Violations are found and half of them not filed."""
    return Report(_fewer(r, 0.5, rng), r.inspected, r.violating, r.random, r.random_violating, r.criminal)


def stop_inspecting(r: Report, rng: np.random.Generator) -> Report:
    """停止检查：只做随机抽查 · No inspections beyond the random arm."""
    share = r.random_violating / r.violating if r.violating else 0.0
    return Report(_fewer(r, share, rng), r.random, r.random_violating, r.random, r.random_violating, r.criminal)


def inspect_clean(r: Report, rng: np.random.Generator) -> Report:
    """只查好的：照样检查，绕开有问题的机构 · As many inspections, of institutions known to be clean."""
    share = r.random_violating / r.violating if r.violating else 0.0
    return Report(_fewer(r, share, rng), r.inspected, r.random_violating, r.random, r.random_violating, r.criminal)


def skip_random(r: Report, rng: np.random.Generator) -> Report:
    """漏做抽查：抽中的有问题机构不去 · Half of the random arm is not carried out, violators first."""
    less = r.random // 2
    bad = max(r.random_violating - (r.random - less), 0)
    gone = r.random - less
    return Report(_fewer(r, 1 - (r.random_violating - bad) / max(r.violating, 1), rng), r.inspected - gone,
                  r.violating - (r.random_violating - bad), less, bad, r.criminal)


def no_random(r: Report, rng: np.random.Generator) -> Report:
    """取消抽查：完全不做随机抽查 · The random arm is dropped altogether."""
    aimed, bad = r.aimed
    return Report(_fewer(r, bad / max(r.violating, 1), rng), aimed, bad, 0, 0, r.criminal)


def shift_dates(r: Report, rng: np.random.Generator) -> Report:
    """推迟立案：年末案件移到次年 · A quarter of the cases is filed after the end of the period."""
    kept = _fewer(r, 0.75, rng)
    return Report(kept, r.inspected, r.violating, r.random, r.random_violating, r.criminal,
                  late=sum(r.cases.values()) - sum(kept.values()))


def merge_cases(r: Report, rng: np.random.Generator) -> Report:
    """并案：两案并为一案 · Two cases are filed as one."""
    return Report({k: (n + 1) // 2 for k, n in r.cases.items()}, r.inspected, r.violating, r.random,
                  r.random_violating, r.criminal)


def split_cases(r: Report, rng: np.random.Generator) -> Report:
    """拆案：一案拆为两案，以小案冲抵大案 · One case is filed as two small ones."""
    return Report({k: 2 * n for k, n in r.cases.items()}, r.inspected, r.violating, r.random, r.random_violating,
                  r.criminal)


STRATEGIES: dict[str, Strategy] = {f.__name__: f for f in (
    under_report, stop_inspecting, inspect_clean, skip_random, no_random, shift_dates, merge_cases, split_cases)}
"""Strategy → what the county reports instead."""


def title(name: str) -> str:
    """Chinese title of a strategy."""
    return (STRATEGIES[name].__doc__ or name).split("·")[0].strip()


class Scorer:
    """Scores of the units from what is reported of institutions; all other points stay as they are.

    Parameters
    ----------
    points
        Units × indicators: points of what was really reported.
    units
        Codes of the units.
    index
        The index version.
    """

    def __init__(self, points: np.ndarray, units: list[str], index: Any) -> None:
        self.points, self.units, self.tree = points, units, Tree(index)
        self.moves = index.items["indicator"].isin([*CASES, RANDOM, LOOKED, CRIMINAL]).to_numpy()
        self.some = replace(index, items=index.items[self.moves].reset_index(drop=True))

    def __call__(self, values: pd.DataFrame, effort: pd.DataFrame | None) -> pd.Series:
        """Score by unit."""
        own = values[values["indicator"].isin(self.some.items["indicator"])]
        parts, _sample = treated(own, effort, self.some, np.random.default_rng(0), 1)
        told = points(parts["scored"], parts["target"], parts["worst"])
        told = np.where(parts["state"] == "missing", 0.0, told).reshape(len(self.some.items), len(self.units)).T
        full = self.points.copy()
        full[:, self.moves] = told
        return pd.Series(self.tree.scores(full)[1], self.units)


def gaming(score_of: Callable[[pd.DataFrame, pd.DataFrame | None], pd.Series], values: pd.DataFrame,
           effort: pd.DataFrame, county: str, runs: int = 40, seed: int = 7) -> pd.DataFrame:
    """What each strategy would gain a county, with and without the correction for effort.

    Parameters
    ----------
    score_of
        Scores by unit from values and effort (`None`: uncorrected), e.g. a :class:`Scorer`.
    values, effort
        As reported (shape `value`; counts of `_effort`).
    county
        Who plays.
    runs, seed
        Repetitions under fresh chance (paired: the same chance with and without the strategy) and their seed.

    Returns
    -------
    pandas.DataFrame
        strategy, title, unit_id, gain, noise (spread of the honest score), gain_low, gain_high (95 % of the mean),
        raw_gain (without the correction), raw_noise, beyond (whether the mean gain passes the noise).
    """
    honest = [_scores(score_of, values, effort, county, None, seed + i) for i in range(runs)]
    noise, raw_noise = (float(np.std([h[k] for h in honest], ddof=1)) for k in (0, 1))
    rows = []
    for name, play in STRATEGIES.items():
        played = [_scores(score_of, values, effort, county, play, seed + i) for i in range(runs)]
        gain, raw = (np.array([p[k] - h[k] for p, h in zip(played, honest, strict=True)]) for k in (0, 1))
        half = 1.96 * gain.std(ddof=1) / np.sqrt(runs)
        rows.append({"strategy": name, "title": title(name), "unit_id": county, "gain": gain.mean(), "noise": noise,
                     "gain_low": gain.mean() - half, "gain_high": gain.mean() + half, "raw_gain": raw.mean(),
                     "raw_noise": raw_noise, "beyond": bool(gain.mean() > noise)})
    return pd.DataFrame(rows)


def _scores(score_of: Any, values: pd.DataFrame, effort: pd.DataFrame, county: str, play: Strategy | None,
            seed: int) -> tuple[float, float]:
    """Corrected and raw score of the county in one repetition."""
    rng = np.random.default_rng(seed)
    report = _resampled(values, effort, county, rng)
    if play is not None:
        report = play(report, np.random.default_rng(seed + 10_000))
    v, e = _told(values, effort, county, report)
    return float(score_of(v, e)[county]), float(score_of(v, None)[county])


def _resampled(values: pd.DataFrame, effort: pd.DataFrame, county: str, rng: np.random.Generator) -> Report:
    """The county's report under fresh chance: violations found by lot, the rest in proportion."""
    e: Any = effort.set_index("unit_id").loc[county].fillna(0)
    own: Any = values[values["unit_id"] == county].set_index("indicator")["numerator"].fillna(0)
    random, inspected = int(e["random_inspected"]), int(e["inspected"])
    rate = (e["violating"] + 0.5) / (e["inspected"] + 1)
    drawn = int(rng.binomial(random, (e["random_violating"] + 0.5) / (random + 1))) if random else 0
    found = int(rng.binomial(max(inspected - random, 0), rate))
    scale = (drawn + found + 0.5) / (e["violating"] + 0.5)
    cases = {k: int(rng.poisson(max(own.get(k, 0.0), 0.0) * scale)) for k in CASES if k in own}
    return Report(cases, inspected, drawn + found, random, drawn, int(own.get(CRIMINAL, 0)))


def _told(values: pd.DataFrame, effort: pd.DataFrame, county: str, r: Report) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Values and effort with the county's report put in; the city moves with it."""
    v = values.copy()
    e: Any = effort.copy().set_index("unit_id").astype(float)
    size = float(e.loc[county, "institutions"])
    new: dict[str, tuple[float, float]] = {k: (n, size) for k, n in r.cases.items()}
    new |= {LOOKED: (r.inspected, size), RANDOM: (r.random_violating, r.random), CRIMINAL: (r.criminal, 1)}
    for name, (top, bottom) in new.items():
        at = (v["indicator"] == name) & (v["unit_id"] == county)
        if not at.any():
            continue
        scale = SCALE.get(_unit(name), 1)
        v.loc[at, ["numerator", "denominator"]] = float(top), float(bottom)
        v.loc[at, "value"] = top * scale / bottom if bottom else np.nan
        v.loc[at, "state"] = "ok" if bottom else "not evaluable"
    counts = {"inspected": r.inspected, "violating": r.violating, "random_inspected": r.random,
              "random_violating": r.random_violating}
    for column, now in counts.items():
        for city in (u for u in e.index if is_city(u)):
            e.loc[city, column] += now - e.loc[county, column]
        e.loc[county, column] = float(now)
    return v, e.reset_index()


def _unit(name: str) -> str:
    from yb_analytics.indicators import shelf

    return shelf[name].unit


def played(points_: np.ndarray, units: list[str], index: Any, told: tuple[pd.DataFrame, pd.DataFrame],
           counties: list[str], runs: int = 40) -> tuple[str, pd.DataFrame]:
    """The gaming test of several counties: the outcome in Chinese, and :func:`gaming`'s rows of each."""
    score_of = Scorer(points_, units, index)
    tables = [gaming(score_of, *told, county, runs) for county in counties]
    return "".join(text(t).removesuffix(LIMIT) for t in tables) + LIMIT, pd.concat(tables, ignore_index=True)


def text(table: pd.DataFrame) -> str:
    """The outcome in Chinese."""
    won = table[table["beyond"]]
    name = name_of("ADMDVS", table["unit_id"].iloc[0])
    raw = table[table["raw_gain"] > table["raw_noise"]]
    said = f"{name}：{len(table)}种做法中，"
    said += f"{len(won)}种使得分超出自身噪声（{'、'.join(won['title'])}）" if len(won) else "没有一种使得分超出自身噪声"
    if len(raw):
        best = raw.sort_values("raw_gain", ascending=False).iloc[0]
        said += f"；若不校正，{len(raw)}种做法会得利，“{best['title']}”最多提高{rounded(best['raw_gain'], 1)}分"
    return f"{said}。{LIMIT}"
