"""From hits to findings: exclusions counted, money exact to the fen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

import ibis
import pandas as pd
from ibis.expr import types as ir

from yb_analytics import knowledge
from yb_analytics.rules._contract import RuleClass
from yb_analytics.rules._words import sentence
from yb_analytics.schema.finding import fen

_GRAIN = {"line": "line", "settlement": "settlement", "stay": "stay"}


def reasons_for(classes: Iterable[RuleClass]) -> pd.DataFrame:
    """Rows of `knowledge/exclusions.csv` that some rule classes name: `reason, kind, value`."""
    table = knowledge.exclusions()
    named = {reason for c in classes for reason in c.exclusions}
    return table.loc[table["reason"].isin(named), ["reason", "kind", "value"]].reset_index(drop=True)


def excluded(w: Any, hits: pd.DataFrame, classes: dict[str, RuleClass]) -> pd.Series:
    """Reason that explains each hit innocently, empty where none does."""
    reasons = pd.Series("", index=hits.index, dtype="object")
    asked = {n: c.exclusions for n, c in classes.items() if c.exclusions}
    if hits.empty or not asked:
        return reasons
    table = reasons_for(classes.values())
    ids = pd.concat([hits.loc[hits["rule"].isin(list(asked)), c] for c in ("mdtrt_id", "other_mdtrt")])
    visits = w.register(pd.DataFrame({"mdtrt_id": pd.Series(ids[ids != ""].unique(), dtype="str")}))
    found = w.run(explained(w, visits, w.register(table), set(table["kind"])))
    told = found.groupby("reason")["mdtrt_id"].agg(set).to_dict()
    for name, allowed in asked.items():
        for reason in allowed:
            of = told.get(reason, set())
            mine = (hits["rule"] == name) & (hits["mdtrt_id"].isin(of) | hits["other_mdtrt"].isin(of))
            reasons = reasons.mask(mine & (reasons == ""), reason)
    return reasons


def explained(w: Any, visits: ir.Table, reasons: ir.Table, kinds: Iterable[str]) -> ir.Table:
    """Visits (`mdtrt_id`) and the reasons that explain what was found in them.

    Parameters
    ----------
    visits
        `mdtrt_id`: whose visits are asked for.
    reasons
        `reason, kind, value` as in `knowledge/exclusions.csv`.
    kinds
        Kinds that occur among them.
    """
    told = w.mdtrt_d.semi_join(visits, "mdtrt_id")
    columns = {"diag_prefix": (told, "dscg_maindiag_code"), "dscg_way": (told, "dscg_way"), "med_type": (told, "med_type")}
    if "item_prefix" in kinds:
        columns["item_prefix"] = (w.fee_lines.semi_join(visits, "mdtrt_id"), "hilist_code")
    parts = []
    for kind in sorted(set(kinds)):
        rows, column = columns[kind]
        rows, mine = rows.select("mdtrt_id", meant=rows[column]), reasons.filter(reasons.kind == kind)
        parts.append(rows.inner_join(mine, [rows.meant.startswith(mine["value"])]).select("mdtrt_id", "reason"))
    return ibis.union(*parts).distinct() if len(parts) > 1 else parts[0].distinct()


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


def stakes(hits: pd.DataFrame, money: pd.DataFrame, claims: dict[str, str]) -> pd.DataFrame:
    """One row per claimed row of a rule with its `amount`: the share `take` of `of` of its fund money."""
    shares = [share_of(*row) for row in zip(hits["take"], hits["of"], strict=True)]
    share = pd.Series(shares, index=hits.index, dtype="object")
    hits = hits.assign(claims=hits["rule"].map(claims), share=share)
    hits = hits.sort_values(["rule", "grp", "day", "id", "share", "point_id"],
                            ascending=[True, True, True, True, False, True], kind="stable")
    hits = hits.drop_duplicates(["rule", "grp", "id"]).merge(money, on=["claims", "id"], how="left")
    paid = [part_of(*row) for row in zip(hits["fund"], hits["exact"], hits["share"], strict=True)]
    return hits.assign(amount=pd.Series(paid, index=hits.index, dtype="object"))


def part_of(fund: float, exact: float, share: Decimal) -> Decimal:
    """A share of a row's fund money: of its unrounded money, never more than its whole fen."""
    if fund != fund:
        return Decimal(0)
    whole = Decimal(str(fund))
    part = round(Decimal(str(round(exact, 8))) * share, 6)  # a third times three is a whole again
    return fen(whole if share == 1 else min(part, whole))


def share_of(take: Any, of: Any) -> Decimal:
    """The share of a row's money that is at stake, at most all of it."""
    return min(Decimal(take) / Decimal(of), Decimal(1)) if of else Decimal(0)


def unchecked(point: str, rest: Mapping[str, str] | None) -> str:
    told = (rest or {}).get(point, "")
    return f"；知识点另有限制“{told}”，未核对" if told else ""


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
                     "why": sentence(made.say, group[0], len(set(ids))) + unchecked(group[0]["point_id"], rest)})
    return pd.DataFrame(rows, columns=["subject_id", "locator", "grain", "amount", "score", "why"])
