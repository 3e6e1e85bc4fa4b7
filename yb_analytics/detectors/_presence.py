"""Attendance: settlements that say somebody stood at a counter, and how surely it was the insured person.

A card at a counter is not yet its holder: relatives may collect drugs (条例 第十七条), a credential on a telephone
works from afar, internet hospitals see nobody. So every settlement gets a weight: services that need the body, a
visit, a purchase. What the weights are is a fact (`knowledge/parameters/presence.csv`).
"""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics import knowledge
from yb_analytics.schema import DRUG, INPATIENT, PHARMACY

OFFICE = "1"
"""SETL_TYPE and PAY_LOC of what was reimbursed at the office: its time says nothing of the care."""


def facts(w):
    """The weights and marks of attendance on the last day of the period."""
    return knowledge.parameters("presence", on=w.last_day)


def attended(w):
    """Settlements of the period with the time and place of the care.

    `at` is the time of settling for care that is paid as it ends, the day of admission for stays; what was paid at the
    office is told by the day the care began, and absent where that is not known.
    """
    rows = w.valid_settlements
    stay = rows.med_type.left(2).isin(INPATIENT).fill_null(False)
    office = (rows.setl_type == OFFICE).fill_null(False) | (rows.pay_loc == OFFICE).fill_null(False)
    begun = rows.begndate.cast("timestamp")
    return rows.mutate(
        at=(stay | office).ifelse(begun, rows.setl_time), stay=stay, office=office, begun=begun,
        retail=rows.med_type.left(2).isin(PHARMACY).fill_null(False)).select(
        "setl_id", "mdtrt_id", "psn_no", "fixmedins_code", "fixmedins_name", "fix_blng_admdvs", "at", "begun", "stay",
        "office", "retail", fund=_.fund_pay_sumamt.fill_null(0).cast("float64"),
        account=_.acct_pay.fill_null(0).cast("float64")).filter(_.at.notnull())


def weighed(w, rows) -> pd.DataFrame:
    """A few settlements (as made by :func:`attended`) with `body`, `online` and `weight`."""
    b = facts(w)
    rows = w.materialise(rows)
    kinds = _services(w, rows, b)
    told = w.run(rows.left_join(kinds, "setl_id").drop("setl_id_right"))
    told = told.fillna({"lines": 0, "body": 0, "goods": 0, "online": 0})
    marked = told["fixmedins_name"].fillna("").str.contains("|".join(b.online_marks))
    online = marked | (told["online"] > 0)
    goods = told["retail"] | ((told["lines"] > 0) & (told["goods"] == told["lines"]))
    body = told["stay"] | ((told["body"] > 0) & ~told["retail"])
    weight = pd.Series(b.weight_visit, index=told.index).mask(goods, b.weight_pickup).mask(body, b.weight_body)
    return told.assign(body=body & ~online, online=online, goods=goods, weight=weight.mask(online, 0.0))


def _services(w, rows, b):
    """Lines of the settlements: how many, how many need the body, are drugs, or say they were rendered online."""
    links = w.settlement_chains
    ids = rows.select("setl_id", part="setl_id").union(
        links.inner_join(rows.select(root="setl_id"), "root").select(setl_id="root", part="child")).distinct()
    persons = w.materialise(rows.select("psn_no").distinct())
    lines = w.fee_lines_of(lambda every: every.semi_join(persons, "psn_no"))
    lines = lines.inner_join(w.materialise(ids), [("setl_id", "part")])
    online = lines.hilist_name.re_search("|".join(b.online_marks)).fill_null(False)
    return lines.group_by(setl_id=lines.setl_id_right).aggregate(
        lines=_.count(), body=lines.med_chrgitm_type.isin(list(b.body_kinds)).fill_null(False).sum(),
        goods=lines.list_type.left(3).isin(DRUG).fill_null(False).sum(), online=online.sum())


def by_day(rows: pd.DataFrame) -> pd.DataFrame:
    """Persons (`psn_no`) with the sum over days of the largest weight of each day, and counts of what was found.

    Examples
    --------
    >>> rows = pd.DataFrame({"psn_no": "p", "at": pd.to_datetime(["2025-01-01 09:00", "2025-01-01 10:00",
    ...                      "2025-01-05 09:00"]), "weight": [0.7, 1.0, 0.15], "body": [False, True, False],
    ...                      "goods": [False, False, True], "fixmedins_code": ["a", "a", "b"]})
    >>> by_day(rows).loc["p", ["total", "days", "body_days", "pickups", "places"]].tolist()
    [1.15, 2.0, 1.0, 1.0, 2.0]
    """
    rows = rows.assign(day=rows["at"].dt.normalize(), of_body=rows["at"].dt.normalize().where(rows["body"]))
    heaviest = rows.groupby(["psn_no", "day"])["weight"].max().groupby("psn_no").sum()
    told = rows.groupby("psn_no").agg(days=("day", "nunique"), body_days=("of_body", "nunique"),
                                      pickups=("goods", "sum"), places=("fixmedins_code", "nunique"))
    return told.assign(total=heaviest.round(9))


def in_stays(w) -> pd.DataFrame:
    """Attendances strictly inside a stay at another institution, weighed, with the stay; made once per period.

    The days of admission and discharge are left out (transfers, late registration), and so is what the same
    institution settled. `away` says that the hospital lies in another city than the counter.
    """
    def make() -> pd.DataFrame:
        stays = w.stays.filter(_.endtime.notnull(), (_.endtime.date() - _.begntime.date()).cast("int64") > 1)
        stays = stays.select("psn_no", stay_id="mdtrt_id", hospital="fixmedins_code", hospital_at="fix_blng_admdvs",
                             entered=_.begntime.date(), left=_.endtime.date(),
                             stay_fund=_.fund_pay_sumamt.fill_null(0).cast("float64"))
        rows = attended(w).filter(~_.stay, ~_.office)
        rows = rows.inner_join(stays, "psn_no").filter(
            _["at"].date() > _.entered, _["at"].date() < _.left, _.hospital != _.fixmedins_code)
        place = w.fixmedins_b.select("fixmedins_code", own_at="fix_blng_admdvs")
        rows = rows.left_join(place, "fixmedins_code").drop("fixmedins_code_right")
        here = ibis.coalesce(rows.fix_blng_admdvs, rows.own_at).left(4)
        rows = rows.mutate(away=(here != rows.hospital_at.left(4)).fill_null(False))
        return weighed(w, rows.select("setl_id", "psn_no", "fixmedins_code", "fixmedins_name", "at", "stay", "retail",
                                      "fund", "stay_id", "hospital", "stay_fund", "away"))

    return w.once("presence.in_stays", make)
