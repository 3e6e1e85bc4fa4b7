"""Denominators that hold at the end of a period: institutions, insured persons, employers, population."""

from __future__ import annotations

import ibis

BASIC = ("310", "390")
"""Basic medical insurance of employees and of residents (codes of INSUTYPE)."""


def institutions(w):
    """Designated institutions, each once, while designated."""
    b = w.fixmedins_b
    registered = b.select(county=b.fix_blng_admdvs, key=b.fixmedins_code, institution=b.fixmedins_code,
                          since=b.begntime, until=b.endtime, amount=ibis.literal(1))
    unregistered = w.institutions.anti_join(b, "fixmedins_code")
    never = ibis.null().cast("date")
    return registered.union(unregistered.select(
        county=unregistered.county, key=unregistered.fixmedins_code, institution=unregistered.fixmedins_code,
        since=never, until=never, amount=ibis.literal(1)))


def insured(w):
    """Persons in basic medical insurance, each once per county."""
    s = w.psn_insu_d
    s = s.filter(s.insutype.isin(BASIC))
    return s.select(county=s.insu_admdvs, key=s.psn_no, since=s.crt_insu_date, until=s.paus_insu_date,
                    amount=ibis.literal(1))


def employers(w):
    """Employers in the register of insurance."""
    e = w.insu_emp_info_b
    never = ibis.null().cast("date")
    return e.select(county=e.insu_admdvs, key=e.emp_no, since=never, until=never, amount=ibis.literal(1))


def should_be_insured(w):
    """Persons who should be insured, by year."""
    p = w.population
    start = (p.year + "-01-01").cast("date")
    return p.select(county=p.insu_admdvs, key=p.insu_admdvs + p.year, since=start,
                    until=((p.year.cast("int64") + 1).cast("string") + "-01-01").cast("date"),
                    amount=p.should_insured_cnt)


STOCKS = {f.__name__: f for f in (institutions, insured, employers, should_be_insured)}
"""What an indicator may name in `over`."""

NEEDS = {"institutions": "fixmedins_b", "insured": "psn_insu_d", "employers": "insu_emp_info_b",
         "should_be_insured": "population"}
"""Register each stock comes from."""
