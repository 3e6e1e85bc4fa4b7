"""Groceries billed as drugs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._goods import UNCOVERED
from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import of_institutions, purchases, somewhen
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town, lines
from yb_analytics.city.schemes import scheme


@scheme(subject="institution", account=True)
def substitution(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """串换 · Substitution.

    A shop hands out rice and oil and settles drugs: the till shows groceries of the same sum in the same minutes, and
    the drugs were never in store.
    """
    obvious = strength == "obvious"
    shops = places(town, rng, ("pharmacy",), amount(town, 2))
    goods = np.flatnonzero((town.book.items["role"] == "drug") & town.book.items["setting"].str.contains("pharmacy")
                           & (town.book.items[["gend", "special", "age_max"]] == "").all(axis=1))
    parts, rows, sales, first = [], [], [], 7_000_000 if obvious else 8_000_000
    for row, shop in enumerate(shops):
        who = healthy(town, rng, int(rng.integers(40, 70) if obvious else rng.integers(10, 16)), int(shop), staff=True)
        beg = somewhen(town, rng, len(who), 10) * DAY + rng.integers(9, 20, len(who)) * 3600
        beg = beg + rng.integers(0, 3600, len(who))
        seen = purchases(town, who, shop, beg, plant=row, recipe=1)
        item, cnt = rng.choice(goods, len(who)), rng.integers(1, 4, len(who))
        price = np.maximum(town.book.price[item], 100)
        parts.append(seen)
        rows.append(lines(key=seen["key"].to_numpy(), item=item, cnt=cnt, pric=price, flag=UNCOVERED))
        sales.append(pd.DataFrame({
            "fixmedins_code": str(town.providers.code[shop]), "pos_sn": first + row * 10_000 + np.arange(len(who)),
            "sale_time": beg + rng.integers(-90, 150, len(who)),
            "goods_name": rng.choice(["大米10kg", "食用油5L", "洗衣液3kg", "牛奶礼盒"], len(who)),
            "drug_flag": "0", "cnt": 1.0, "sale_amt": price * cnt, "pay_way": "account", "rpt_date": beg // DAY + 5,
            "plant": row, "loss": 0}))
    plan = of_institutions(town, shops, parts, rows)
    plan.rows = {"pos_sale": pd.concat(sales, ignore_index=True)}
    return plan
