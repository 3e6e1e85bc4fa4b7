"""Detection effort: a county that inspects less must not look cleaner.

The rate of cases falls when inspectors look less. Beside the raw rate stand

* `by_coverage`: cases over the institutions inspected - the others taken to be like them;
* `by_random`: prevalence in the random arm (Jeffreys: (k + ½)/(n + 1), so that fewer random inspections
  never help; what was not carried out counts as in violation, see :func:`undone`) times the cases filed per
  violation found - those of the *other* counties, which a county
  cannot move, or its own where it files more;
* `estimate`: the largest of the three, which is what is scored;
* `low`, `high`: the raw rate, and the exact upper limit of the random arm.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.indicators import _intervals, shelf
from yb_analytics.indicators._measure import Measure
from yb_analytics.schema import Period, is_city

COUNTS = ("institutions", "inspected", "violating", "random_inspected", "random_violating")


def counts(w, period: Period) -> pd.DataFrame:
    """Institutions, those inspected and found in violation, of them in the random arm; by county and city."""
    measure, i = Measure(w), w.inspection_d
    bad = (i.violation_flag == "1").fill_null(False).cast("int64")
    rows = i.select(county=i.insu_admdvs, key=i.fixmedins_code, on=i.insp_date, arm=i.arm,
                    numerator=bad, denominator=1)
    by = ("city", "county")
    rate, arm = shelf["inspection_rate"], shelf["violation_rate_random"]
    seen = measure.sums(arm, rows.drop("arm"), [period], by).set_index("unit_id")
    drawn = measure.sums(arm, rows.filter(rows.arm == "random").drop("arm"), [period], by).set_index("unit_id")
    all_ = measure.sums(rate, rows.drop("arm").mutate(numerator=1), [period], by).set_index("unit_id")
    out = pd.DataFrame({"institutions": all_["denominator"], "inspected": all_["numerator"],
                        "violating": seen["numerator"], "random_inspected": drawn["denominator"],
                        "random_violating": drawn["numerator"]})
    return out.rename_axis("unit_id").reset_index()


def corrected(count: pd.DataFrame, cases: pd.Series) -> pd.DataFrame:
    """Raw and corrected cases per institution.

    Parameters
    ----------
    count
        Of :func:`counts`.
    cases
        Cases by unit_id.
    """
    c = count.set_index("unit_id")
    y = cases.reindex(c.index).fillna(0.0)
    out = c.assign(cases=y, raw=y / c["institutions"], kappa=_kappa(c, y))
    out["by_coverage"] = (y / c["inspected"]).where(c["inspected"] > 0)
    lacking = undone(count)
    out["undone"] = lacking
    out["prevalence"] = (c["random_violating"] + lacking + 0.5) / (c["random_inspected"] + lacking + 1)
    out["by_random"] = out["prevalence"] * out["kappa"]
    out["estimate"] = out[["raw", "by_coverage", "by_random"]].max(axis=1)
    ceiling = _intervals.binomial(c["random_violating"] + lacking, c["random_inspected"] + lacking)[1]
    out["low"], out["high"] = out["raw"], np.fmax(ceiling * out["kappa"], out["estimate"])
    return out.reset_index()


def undone(count: pd.DataFrame) -> pd.Series:
    """Random inspections a county did not carry out: the other counties' usual share of institutions less its own.

    The lot is drawn by the city, so a county that visits fewer than the others' median share of its institutions chose
    whom to leave out. Counting these as in violation makes leaving out never pay; carrying the lot out costs nothing.
    """
    c = count.set_index("unit_id")[["institutions", "random_inspected"]].astype(float)
    county = np.array([not is_city(u) for u in c.index])
    share = (c["random_inspected"] / c["institutions"]).where(c["institutions"] > 0).clip(upper=1)
    usual = pd.Series([share[county & (c.index != u)].median() for u in c.index], c.index).fillna(0.0)
    lacking = (usual * c["institutions"] - c["random_inspected"]).clip(lower=0).round()
    lacking[~county] = lacking[county].sum()
    return lacking


def _kappa(c: pd.DataFrame, cases: pd.Series) -> pd.Series:
    """Cases filed per violation found: in all other counties (one where they found none), or its own if more."""
    counties = np.array([not is_city(u) for u in c.index])
    y, v = cases[counties].sum(), c.loc[counties, "violating"].sum()
    other_cases = y - cases.where(counties, 0.0)
    other_found = v - c["violating"].where(counties, 0.0)
    others = (other_cases / other_found).where(other_found > 0, 1.0)
    own = (cases / c["violating"]).where(c["violating"] > 0, 0.0)
    return others.combine(own, max)
