"""Bills that end just below the line."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import clinics, of_institutions, sick, somewhen
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town, lines
from yb_analytics.city.schemes import scheme

LINE_FEN = 20_000
"""Above this sum the city's agency looks at an outpatient bill (invented)."""


@scheme(subject="institution")
def threshold_bunching(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """贴线结算 · Bunching below a threshold.

    A clinic fits the bills of its visits so that they end just below the sum from which somebody looks at them.
    """
    obvious = strength == "obvious"
    where = places(town, rng, ("clinic", "primary"), amount(town, 2))
    parts, rows = [], []
    for row, inst in enumerate(where):
        count = int(rng.integers(70, 110) if obvious else rng.integers(20, 30))
        who = rng.choice(healthy(town, rng, 60, int(inst), youngest=35), count)
        beg = somewhen(town, rng, count, 10) * DAY + rng.integers(8, 16, count) * 3600 + rng.integers(0, 3600, count)
        seen = clinics(town, who, inst, beg, sick(town, rng, ("M54.502", "R42.x00", "K29.501"), count), plant=row,
                       recipe=1)
        parts.append(seen)
        total = LINE_FEN - rng.integers(10, 400 if obvious else 1500, count)
        for part, name in ((0.4, "普通针刺"), (0.6, "推拿治疗")):
            cnt = np.maximum(1, np.round(total * part / town.book.price[town.book.item(name)]))
            rows.append(lines(key=seen["key"].to_numpy(), item=town.book.item(name), cnt=cnt,
                              pric=np.floor(total * part / cnt)))
    return of_institutions(town, where, parts, rows)
