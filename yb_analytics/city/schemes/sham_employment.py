"""Insured through an employer they never worked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.city._people import employer_numbers
from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import sick, somewhen, stays
from yb_analytics.city._target import amount, firms
from yb_analytics.city._touch import changed, text
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme

COSTLY = ("C34.900", "C18.900", "I63.900", "S72.000", "C22.900")


@scheme(grain="stay", subject="employer")
def sham_employment(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """挂靠参保 · Sham employment.

    A small firm insures people as employees who do not work there and are treated soon afterwards at great cost;
    neither the tax office nor the labour register knows them. The truth names the stays.
    """
    obvious, p = strength == "obvious", town.people
    where = firms(town, rng, amount(town, 2), least=2, most=25)
    number = employer_numbers(where).astype(str)
    age = p.age(town.first)
    free = np.flatnonzero(~p.staff & (age > 30) & (age < 58) & (p.death == 0) & (p.pause == 0))
    parts, numbers = [], []
    for row, firm in enumerate(where):
        most = int(rng.integers(6, 10) if obvious else rng.integers(2, 4))
        who = rng.choice(free, min(most, len(free)), replace=False)
        free = np.setdiff1d(free, who)
        start = somewhen(town, rng, len(who), 150)
        p.staff[who], p.employer[who], p.psn_type[who] = True, firm, "1101"
        p.begin[who], p.base[who], p.retired[who] = start, p.base[(p.employer >= 0) & (p.base > 0)].min(), False
        gap = rng.integers(20, 55, len(who)) if obvious else rng.integers(50, 110, len(who))
        parts.append(stays(town, rng, who, town.choices["tertiary"].favourite[who], start + gap,
                           rng.integers(9, 18, len(who)), sick(town, rng, COSTLY, len(who)), plant=row, loose=1))
        numbers.append(town.people.number(who).astype(str))
    unknown = np.concatenate(numbers)

    def unlisted(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, None]:
        return rows.filter(pa.array(~np.isin(text(rows, "psn_no"), unknown))), None

    def unpaid(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, None]:
        mine = np.isin(text(rows, "emp_no"), number)
        heads = rows["psn_cnt"].to_numpy()[mine]
        return changed("tax_payroll", rows, mine, psn_cnt=np.maximum(heads - (6 if obvious else 2), 1)), None

    return Plan([("employer", n) for n in number], pd.concat(parts, ignore_index=True),
                touch={"hr_employment": unlisted, "tax_payroll": unpaid})
