"""One illness cut into several stays in the same hospital."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town, visits
from yb_analytics.city.schemes import scheme


@scheme(grain="stay", subject="institution")
def split_stay(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """分解住院 · Split stays.

    A hospital discharges and admits the same person again within days, for the same disease. The truth names the
    second and later stays.
    """
    hospitals = places(town, rng, ("secondary", "private"), amount(town, 3 if strength == "obvious" else 2))
    parts = []
    for row, inst in enumerate(hospitals):
        count = int(rng.integers(14, 26) if strength == "obvious" else rng.integers(6, 11))
        who = healthy(town, rng, count, near=int(inst), oldest=92, youngest=46)
        count = len(who)
        longest = int(rng.integers(3, 6) if strength == "obvious" else rng.integers(7, 13))
        disease = rng.choice(
            [town.book.disease[c] for c in ("I63.900", "J44.100", "I25.100", "M51.200", "R42.x00", "E11.900")], count
        )
        beg = (town.first + rng.integers(10, max(11, town.last - town.first - 40), count)) * DAY + rng.integers(
            8, 16, count
        ) * 3600
        for turn in range(3):
            days = rng.integers(4, 10, count)
            end = (beg // DAY + days) * DAY + rng.integers(8, 13, count) * 3600
            keep = np.ones(count, bool) if turn < 2 else rng.random(count) < 0.3
            parts.append(
                visits(
                    person=who[keep],
                    inst=inst,
                    kind=KINDS["stay"],
                    med=21,
                    diag=disease[keep],
                    beg=beg[keep],
                    end=end[keep],
                    plant=row if turn else -1,
                    key=town.fresh(int(keep.sum())),
                )
            )
            beg = (end // DAY + rng.integers(1, longest + 1, count)) * DAY + rng.integers(8, 16, count) * 3600
    return Plan([("institution", str(town.providers.code[i])) for i in hospitals], pd.concat(parts, ignore_index=True))
