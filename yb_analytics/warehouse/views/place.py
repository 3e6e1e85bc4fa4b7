"""Which city the data are of: told by the data, not by a list."""

from __future__ import annotations

import ibis

from yb_analytics.schema import NO_CITY, is_city

STATED = {"setl_d": "insu_admdvs", "psn_insu_d": "insu_admdvs", "fixmedins_b": "fix_blng_admdvs",
          "fund_ledger": "insu_admdvs"}
"""Tables that say where somebody is insured or somewhere is, and the column that does."""

PREFIX = 4
"""Digits that counties of one city share."""


def places(w) -> dict[str, int]:
    """Administrative codes in the data and the number of rows that bear them."""
    parts = [w.table(name).select(code=w.table(name)[column]) for name, column in STATED.items()]
    parts = [p.filter(p.code.notnull(), p.code != "").group_by("code").aggregate(rows=ibis._.count()) for p in parts]
    met = w.run(ibis.union(*parts))
    return {str(k): int(v) for k, v in met.groupby("code")["rows"].sum().items()}


def city(met: dict[str, int]) -> str:
    """Six digits of the city most rows are of; of equal ones the smaller; `NO_CITY` where no code is a place's.

    Examples
    --------
    >>> city({"330106": 150, "330110": 48, "330402": 1}), city({"A1": 9}), city({})
    ('330100', '000000', '000000')
    """
    sums: dict[str, int] = {}
    for code, rows in met.items():
        if len(code) >= len(NO_CITY) and code.isdigit():
            sums[code[:PREFIX]] = sums.get(code[:PREFIX], 0) + rows
    return min(sums, key=lambda p: (-sums[p], p)) + NO_CITY[PREFIX:] if sums else NO_CITY


def counties(met: dict[str, int]) -> list[str]:
    """Counties of that city in the data; where it is not known, every code that is met.

    Examples
    --------
    >>> counties({"330106": 150, "330110": 48, "330100": 5, "330402": 1}), counties({"A1": 9})
    (['330106', '330110'], ['A1'])
    """
    whole = city(met)
    return sorted(c for c in met if not is_city(c) and (whole == NO_CITY or c.startswith(whole[:PREFIX])))
