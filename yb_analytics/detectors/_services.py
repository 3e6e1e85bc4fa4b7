"""Examinations and treatments by disease: what institutions do for it, and what the city usually does.

One pass over the lines of services makes a small table, institution × care × disease × item, that the detectors of
services share. What is usual for a disease is learnt without the institution that does most of it, so that nobody makes
the norm it is held to.
"""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors._tables import CHARGES
from yb_analytics.schema import INPATIENT, PHARMACY

KINDS = ("exam", "lab", "treatment")


def visits(w):
    """Visits of the period with a diagnosis: `key` (a number), `place, care` (住院, 门诊) and `disease`."""
    return w.once("service.visits", lambda: w.materialise(_visits(w)))


def _visits(w):
    rows = w.mdtrt_d.filter(_.vali_flag.fill_null("1") != "0", _.dscg_maindiag_code.notnull())
    two = rows.med_type.left(2)
    rows = rows.filter(two.notin(PHARMACY))
    return rows.select(key=rows.mdtrt_id.hash(), place="fixmedins_code", disease=rows.dscg_maindiag_code.left(3),
                       care=rows.med_type.left(2).isin(INPATIENT).ifelse("住院", "门诊"))


def seen(w):
    """Visits of every institution by care and disease: `place, care, disease, visits`."""
    return w.once("service.seen", lambda: w.materialise(
        visits(w).group_by(["place", "care", "disease"]).aggregate(visits=_.count())))


def lines(w, kinds: tuple[str, ...] = KINDS):
    """Lines of services with the disease of their visit: `bkkp_sn, place, care, disease, item, kind, cnt, fee`."""
    codes = {code: name for name in kinds for code in CHARGES[name]}
    rows = w.fee_lines.filter(_.med_chrgitm_type.isin(list(codes)), _.det_item_fee_sumamt > 0)
    rows = rows.select("bkkp_sn", key=_.mdtrt_id.hash(), item="hilist_code",
                       kind=_.med_chrgitm_type.substitute(codes), cnt=_.cnt.cast("float64"),
                       fee=_.det_item_fee_sumamt.cast("float64"))
    return rows.inner_join(visits(w), "key")


def done(w):
    """Lines of services counted: `place, care, disease, item, kind, n`."""
    keys = ["place", "care", "disease", "item", "kind"]
    return w.once("service.done", lambda: w.materialise(lines(w).group_by(keys).aggregate(n=_.count())))


def usual(w, p, kind: str) -> pd.DataFrame:
    """What the city does for a disease: `key, value`.

    `care|disease` → visits in the city; `care|disease|item` → lines a visit, for items of at least `p.rare_share`.
    """
    own = done(w).filter(_.kind == kind)
    most = own.group_by(["care", "disease", "item"]).aggregate(all=_.n.sum(), top=_.n.max(), where=_.place.argmax(_.n))
    city = seen(w).group_by(["care", "disease"]).aggregate(visits=_.visits.sum())
    at = seen(w).select(where="place", care="care", disease="disease", own="visits")
    told = most.inner_join(city, ["care", "disease"]).left_join(at, ["where", "care", "disease"])
    rate = (told["all"] - told.top) / (told.visits - told.own.fill_null(0)).nullif(0)
    pairs = told.mutate(key=told.care + "|" + told.disease + "|" + told["item"], value=rate)
    pairs = pairs.filter(_.value >= p.rare_share).select("key", "value")
    known = city.select(key=_.care + "|" + _.disease, value=_.visits.cast("float64"))
    return pd.concat([w.run(known), w.run(pairs)], ignore_index=True)


def unusual_counts(w, p, norms, kind: str):
    """Lines unusual for their disease (`x`) and visits (`n`) of every institution, by care."""
    told = _marked(done(w).filter(_.kind == kind), norms)
    odd = told.filter(_.visits_known >= p.min_visits, _.usual.isnull()).group_by(["place", "care"]).aggregate(x=_.n.sum())
    known = _with(seen(w).mutate(at=_.care + "|" + _.disease), norms, "at", "visits_known")
    known = known.filter(_.visits_known >= p.min_visits).group_by(["place", "care"]).aggregate(n=_.visits.sum())
    both = known.left_join(odd, ["place", "care"])
    return both.select(subject_id=both.place, stratum=both.care, n=both.n, x=both.x.fill_null(0))


def unusual_lines(w, p, norms, kind: str):
    """The lines behind :func:`unusual_counts`."""
    told = _marked(lines(w, (kind,)), norms).filter(_.visits_known >= p.min_visits, _.usual.isnull())
    return told.select(subject_id=_.place, id=_.bkkp_sn, hit=ibis.literal(True), telling=_.fee)


def rate_counts(w, p, kind: str):
    """Lines (`x`) and visits (`n`) of every institution, by care and disease."""
    own = done(w).filter(_.kind == kind).group_by(["place", "care", "disease"]).aggregate(x=_.n.sum())
    both = seen(w).left_join(own, ["place", "care", "disease"])
    return both.select(subject_id=both.place, stratum=both.care + "|" + both.disease, n=both.visits,
                       x=both.x.fill_null(0))


def rate_lines(w, kind: str):
    """The lines behind :func:`rate_counts`."""
    return lines(w, (kind,)).select(subject_id=_.place, id=_.bkkp_sn, hit=ibis.literal(True), telling=_.fee)


def _with(rows, norms, column: str, name: str):
    """Rows with the norm of a key column under a name."""
    told = norms.select(**{f"of_{name}": "key", name: "value"})
    return rows.left_join(told, [(column, f"of_{name}")]).drop(f"of_{name}")


def _marked(rows, norms):
    """Rows with the usual number of lines of their pair (`usual`) and the visits of their disease in the city."""
    rows = rows.mutate(at=_.care + "|" + _.disease, pair=_.care + "|" + _.disease + "|" + _["item"])
    return _with(_with(rows, norms, "at", "visits_known"), norms, "pair", "usual")
