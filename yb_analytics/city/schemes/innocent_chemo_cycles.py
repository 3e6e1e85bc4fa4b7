"""Chemotherapy: short stays for the same disease in the same hospital, every three weeks."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import healthy
from yb_analytics.city._town import DAY, Town, lines, visits
from yb_analytics.city.schemes import scheme


@scheme(kind="innocent", grain="stay", subject="person")
def innocent_chemo_cycles(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """肿瘤化疗周期 · Chemotherapy cycles.

    Four to eight stays of two to four days, 18 to 24 days apart, with Z51.1: what a gap rule takes for split stays.
    """
    count = max(4, town.people.n // 1000)
    who = healthy(town, rng, count, youngest=38, oldest=84)
    cycles = rng.integers(4, 9, count)
    start = town.first + rng.integers(5, max(6, town.last - town.first - 60), count)
    gap = rng.integers(18, 24, count)
    row = np.repeat(np.arange(count), cycles)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(cycles) - cycles, cycles)
    beg = (start[row] + turn * gap[row] + rng.integers(-1, 2, len(row))) * DAY + rng.integers(8, 11, len(row)) * 3600
    end = (beg // DAY + rng.integers(2, 5, len(row))) * DAY + 39_600
    keys = town.fresh(len(row))
    inst = town.choices["tertiary"].favourite[who][row]
    stays = visits(
        person=who[row],
        inst=inst,
        kind=KINDS["stay"],
        med=21,
        diag=town.book.disease["Z51.100"],
        beg=beg,
        end=end,
        recipe=2,
        plant=row,
        key=keys,
    )
    stays = stays[(stays["beg"] // DAY >= town.first) & (stays["beg"] // DAY < town.last)]
    drugs = town.book.with_role("chemo")
    base = rng.choice(drugs, (count, 2))
    item = np.concatenate([base[row, 0], base[row, 1], np.full(len(row), town.book.item("化学治疗配置与给药"))])
    cnt = np.concatenate([rng.integers(1, 4, 2 * len(row)), np.ones(len(row))])
    return Plan([("person", person_id(i)) for i in who], stays, lines(key=np.tile(keys, 3), item=item, cnt=cnt, day=1))
