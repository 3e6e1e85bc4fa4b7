"""From hits to findings: money exact to the fen.

Inside a stay that was paid by its group (DRG, DIP), what an item cost did not decide what the fund paid: the loss of
an item rule is the difference between the group paid and the right one (实施细则 第三十五条), none while the group stays the
same. The finding remains, with no money, and tells the item's share for what it is worth. Stays the agency reviewed as
special cases (特例单议) were paid by their items after all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from yb_analytics.rules._contract import RuleClass
from yb_analytics.rules._words import sentence
from yb_analytics.schema.finding import fen
from yb_analytics.schema.text import yuan

_GRAIN = {"line": "line", "settlement": "settlement", "stay": "stay"}


def funds(w: Any, ids: dict[str, set[str]]) -> pd.DataFrame:
    """Fund money of rows: `claims`, `id`, `fund` (whole fen), `exact`; `ids` are the rows asked for, by kind."""
    parts = [_line_funds(w, ids.get("line", set()))]
    keys = {"settlement": (w.valid_settlements, "setl_id"), "stay": (w.stays, "mdtrt_id")}
    for claims, (table, key) in keys.items():
        if ids.get(claims):
            asked = w.register(pd.DataFrame({key: sorted(ids[claims])}))
            found = w.run(table.semi_join(asked, key).select(id=table[key], fund=table.fund_pay_sumamt))
            parts.append(found.assign(claims=claims, exact=found["fund"]))
    return pd.concat(parts, ignore_index=True)


def _line_funds(w: Any, ids: set[str]) -> pd.DataFrame:
    if not ids:
        return pd.DataFrame(columns=["claims", "id", "fund", "exact"])
    asked = w.register(pd.DataFrame({"bkkp_sn": sorted(ids)}))
    shares = w.fund_share(asked)
    found = w.run(shares.select(id="bkkp_sn", fund="fund_amt", exact="fund_exact"))
    return found.assign(claims="line")


def paid_by_group(w: Any, visits: set[str]) -> set[str]:
    """Of some visits those the fund paid by their group and not by their items."""
    if not visits or not w.covers("drg_group_d", w.periods):
        return set()
    groups = w.drg_group_d.filter((w.drg_group_d.pay_amt != 0) & (w.drg_group_d.sp_case_flag.fill_null("0") != "1"))
    asked = w.register(pd.DataFrame({"mdtrt_id": sorted(visits)}))
    bills = w.setl_d.semi_join(asked, "mdtrt_id").select("setl_id", "mdtrt_id")
    return set(w.run(bills.semi_join(groups, "setl_id").select("mdtrt_id").distinct())["mdtrt_id"])


def stakes(hits: pd.DataFrame, money: pd.DataFrame, claims: Mapping[str, str], by_group: set[str]) -> pd.DataFrame:
    """One row per claimed row of a rule with its `amount`: the share `take` of `of` of its fund money.

    Lines of visits paid `by_group` have none; `item_amount` keeps their share.
    """
    share = pd.Series(_share(hits), index=hits.index, dtype="object")
    hits = hits.assign(claims=hits["rule"].map(claims), share=share)
    hits = hits.sort_values(["rule", "grp", "day", "id", "share", "point_id"],
                            ascending=[True, True, True, True, False, True], kind="stable")
    hits = hits.drop_duplicates(["rule", "grp", "id"]).merge(money, on=["claims", "id"], how="left")
    paid = [_part(*row) for row in zip(hits["fund"], hits["exact"], hits["share"], strict=True)]
    inside = (hits["claims"] == "line") & hits["mdtrt_id"].isin(by_group)
    amounts = [Decimal(0) if none else amount for none, amount in zip(inside, paid, strict=True)]
    return hits.assign(item_amount=pd.Series(paid, index=hits.index, dtype="object"), by_group=inside,
                       amount=pd.Series(amounts, index=hits.index, dtype="object"))


def _part(fund: float, exact: float, share: Decimal) -> Decimal:
    """A share of a row's fund money: of its unrounded money, never more than its whole fen."""
    if fund != fund:
        return Decimal(0)
    whole = Decimal(str(fund))
    part = round(Decimal(str(round(exact, 8))) * share, 6)  # a third times three is a whole again
    return fen(whole if share == 1 else min(part, whole))


def _share(hits: pd.DataFrame) -> list[Decimal]:
    return [min(Decimal(a) / Decimal(b), Decimal(1)) if b else Decimal(0)
            for a, b in zip(hits["take"], hits["of"], strict=True)]


def _unchecked(point: str, rest: Mapping[str, str] | None) -> str:
    told = (rest or {}).get(point, "")
    return f"；知识点另有限制“{told}”，未核对" if told else ""


def _group_paid(group: Iterable[Mapping]) -> str:
    """What to say of rows inside stays paid by group."""
    mine = [hit["item_amount"] for hit in group if hit.get("by_group")]
    if not sum(mine):
        return ""
    return (f"；其中{len(mine)}条属按病组付费的住院，组别不变时基金损失按组差计为0元"
            f"（按项目分摊{yuan(float(sum(mine)))}，仅供参考）")


def grouped(rule: RuleClass, hits: pd.DataFrame, score: float, rest: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Hits of one rule class as rows for `findings_of`, one per group.

    `rest` tells of points whose restriction says more than their condition checks; the sentence then says so.
    """
    made, rows = rule.made_of, []
    ordered = hits.sort_values("grp", kind="stable").to_dict("records")
    for _, members in groupby(ordered, key=itemgetter("grp")):
        group = list(members)
        ids = [hit["id"] for hit in group]
        rows.append({"subject_id": group[0]["subject_id"], "locator": ids, "grain": _GRAIN[made.claims],
                     "amount": sum((hit["amount"] for hit in group), Decimal(0)), "score": score,
                     "why": sentence(made.say, group[0], len(set(ids))) + _group_paid(group)
                     + _unchecked(group[0]["point_id"], rest)})
    return pd.DataFrame(rows, columns=["subject_id", "locator", "grain", "amount", "score", "why"])
