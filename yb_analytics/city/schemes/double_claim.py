"""One bill paid twice: online and at the counter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.city._plan import Plan
from yb_analytics.city._target import amount, healthy
from yb_analytics.city._touch import among, changed, fen, seconds, text, with_more
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme


@scheme(grain="row", subject="person")
def double_claim(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """重复报销 · Double claim.

    A bill that was settled online is handed in again at the counter weeks later, invoice and all.
    """
    obvious = strength == "obvious"
    who = healthy(town, rng, amount(town, 6) * 5, youngest=25)
    number = town.people.number(who).astype(str)
    month = rng.integers(0, town.months, len(who))

    def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame | None]:
        at = int(town.calendar["month"][town.calendar["ym"] == ym].iloc[0])
        due = {n: i for i, n in enumerate(number) if month[i] == at}
        money = fen(rows, "fund_pay_sumamt")
        fit = np.flatnonzero(among(rows, "psn_no", np.array(list(due))) & (money > 3000) & (fen(rows, "hifp_pay") > 0))
        fit = fit[np.unique(text(rows, "psn_no")[fit], return_index=True)[1]] if len(fit) else fit
        if not len(fit):
            return rows, None
        again = rows.take(pa.array(fit))
        every = np.ones(len(fit), dtype=bool)
        later = seconds(again, "setl_time") + (20 if obvious else 75) * DAY
        again = changed("setl_d", again, every, setl_id=np.array([f"9{s}" for s in text(again, "setl_id")]),
                        setl_time=np.minimum(later, town.last * DAY - 1), setl_type="1", pay_loc="1",
                        updt_time=np.minimum(later, town.last * DAY - 1), cash_payamt=fen(again, "psn_pay"),
                        acct_pay=0)
        again = again.filter(pa.array(seconds(again, "setl_time") // DAY < town.last))
        return with_more(rows, again, np.array([due[n] for n in text(again, "psn_no")]), money[fit])

    return Plan([("person", n) for n in number], touch={"setl_d": touch})
