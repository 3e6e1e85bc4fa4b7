"""Money at stake of all hits, and hits grouped into findings: in the engine, however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from yb_analytics.rules._contract import RuleClass
from yb_analytics.rules._patterns import HIT
from yb_analytics.rules._words import sentences

_SHAPE = pa.schema([(n, pa.float64() if n in ("take", "of") else pa.date32() if n == "day" else pa.string())
                    for n in HIT])
_PARTS = 6
"""Places of a part of a fen that count: a third times three is a whole again."""


def _registered(w: Any, hits: pd.DataFrame, classes: Sequence[RuleClass]) -> ir.Table:
    """Hits as a table, with what each claims and whether anything is lost."""
    table = w.register(pa.Table.from_pandas(hits[list(HIT)], schema=_SHAPE, preserve_index=False))
    claims = w.register(pd.DataFrame({"rule": [c.name for c in classes], "claims": [c.made_of.claims for c in classes],
                                      "lost": [c.loss != "none" for c in classes]}))
    return table.inner_join(claims, "rule")


def _funds(w: Any, hits: ir.Table, kinds: set[str]) -> ir.Table:
    """Fund money of the rows hits claim: `claims`, `id`, `fund` (whole fen), `exact`."""
    ids = w.materialise(hits.filter(_.id != "").select("claims", "id").distinct())
    parts = []
    if "line" in kinds:
        lines = w.fund_share(ids.filter(_.claims == "line").select(bkkp_sn="id"))
        parts.append(lines.select(claims=ibis.literal("line"), id="bkkp_sn", fund="fund_amt", exact="fund_exact"))
    for claims, rows, key in (("settlement", "valid_settlements", "setl_id"), ("stay", "stays", "mdtrt_id")):
        if claims in kinds:
            held = getattr(w, rows)
            mine = held.semi_join(ids.filter(_.claims == claims), [(key, "id")])
            parts.append(mine.select(claims=ibis.literal(claims), id=key, fund=_.fund_pay_sumamt.cast("decimal(16, 2)"),
                                     exact=_.fund_pay_sumamt.cast("float64")))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def staked(w: Any, hits: pd.DataFrame, classes: Sequence[RuleClass]) -> ir.Table:
    """One row per claimed row of a rule and group with its `amount`: the share `take` of `of` of its fund money.

    A part is taken of the unrounded money and never more than the row's whole fen.
    """
    table = _registered(w, hits, classes)
    money = _funds(w, table, {c.made_of.claims for c in classes})
    share = (table["of"] != 0).ifelse(ibis.least(table["take"] / table["of"].nullif(0), 1.0), 0.0)
    rows = table.mutate(share=share).left_join(money, ["claims", "id"])
    order = ibis.window(group_by=["rule", "grp", "id"], order_by=[rows.day, rows.share.desc(), rows.point_id])
    part = (rows.exact.round(8) * rows.share).cast(f"decimal(18, {_PARTS})").round(2).cast("decimal(16, 2)")
    amount = ibis.coalesce((rows.share == 1).ifelse(rows.fund, ibis.least(part, rows.fund)), 0)
    rows = rows.mutate(amount=amount.cast("decimal(16, 2)"), nth=ibis.row_number().over(order))
    return w.materialise(rows.filter(rows.nth == 0).select(*(n for n in HIT if n not in ("take", "of")), "share", "lost",
                                                           "amount"))


def counts(w: Any, rows: ir.Table) -> pd.DataFrame:
    """Rows by `rule`: how many (`hits`), how many without fund money (`unpaid`)."""
    made = rows.group_by("rule").aggregate(hits=_.count(), unpaid=_.count(where=_.lost & (_.amount == 0)))
    return w.run(made).set_index("rule")


_HEAD = ("subject_id", "point_id", "day", "item", "other", "condition", "limit", "window", "found")


def groups(w: Any, rows: ir.Table) -> pd.DataFrame:
    """Findings of all rule classes: the first hit in order of day and id, all ids, and the money in fen."""
    mine = rows.filter(~rows.lost | (rows.amount > 0))
    order = ibis.window(group_by=["rule", "grp"], order_by=[mine.day, mine.id, mine.share.desc(), mine.point_id])
    mine = mine.mutate(first=ibis.row_number().over(order) == 0)
    made = mine.group_by(["rule", "grp"]).aggregate(
        locator=_.id.collect(distinct=True), n=_.id.nunique(), fen=(_.amount.sum() * 100).cast("int64"),
        **{c: mine[c].max(where=mine["first"]) for c in _HEAD})
    return w.again(w.compiled(made.order_by("rule", "grp")))


def told(rule: RuleClass, found: pd.DataFrame, score: float, rest: Mapping[str, str]) -> pd.DataFrame:
    """Groups as rows for `findings_of`.

    `rest` tells of points whose restriction says more than their condition checks; the sentence then says so.
    """
    unchecked = found["point_id"].map({p: f"；知识点另有限制“{text}”，未核对" for p, text in rest.items()})
    return pd.DataFrame({
        "subject_id": found["subject_id"], "locator": found["locator"], "grain": rule.made_of.claims,
        "amount": pd.Series([Decimal(int(f)).scaleb(-2) for f in found["fen"]], index=found.index, dtype="object"),
        "score": score, "why": sentences(rule.made_of.say, found) + unchecked.fillna("").astype("str")})
