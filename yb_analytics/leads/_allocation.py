"""Money counted once: each fee line's fund share is claimed by one finding at most.

Lines are claimed in this order: exact before estimated, 疑点 before 线索 before 监测, higher score, name. A
finding never claims above its own amount, a settlement never gives more than the fund paid for it. Money of
personal accounts is a pot of its own, never mixed with the pool. Everything is whole fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from ibis import _

from yb_analytics.leads._themes import TIERS

CLAIM = ["finding_id", "line_id", "setl_id", "fund_fen", "account_fen"]


def ranked(findings: pd.DataFrame) -> pd.DataFrame:
    """Findings in the order in which they may claim; `rank` is the same however the rows come."""
    order = findings.assign(_tier=findings["tier"].map(TIERS), _estimated=findings["estimated"].astype(bool),
                            _score=-findings["score"].astype(float))
    order = order.sort_values(["_estimated", "_tier", "_score", "found_by", "finding_id"], kind="stable")
    return order.drop(columns=["_tier", "_estimated", "_score"]).assign(rank=np.arange(len(order)))


def located(findings: pd.DataFrame) -> pd.DataFrame:
    """One row per finding and located id, in the order of the locator."""
    rows = findings[["finding_id", "rank", "grain", "locator"]].explode("locator", ignore_index=True)
    rows = rows.rename(columns={"locator": "id"}).dropna(subset=["id"])
    rows["position"] = rows.groupby("finding_id").cumcount()
    return rows.drop_duplicates(["finding_id", "id"])


def claimable(w, rows: pd.DataFrame) -> pd.DataFrame:
    """Fee lines behind the located ids with the fund and account money of each, in fen.

    A settlement none of whose lines is held counts as one line of its own.
    """
    told = w.register(pa.Table.from_pandas(rows[["rank", "position", "grain", "id"]], preserve_index=False))
    settled = w.valid_settlements.select(
        "setl_id", mdtrt_id=ibis.coalesce(_.mdtrt_id.nullif(""), _.setl_id), paid=_.fund_pay_sumamt.fill_null(0),
        account=_.acct_pay.fill_null(0), fee=_.medfee_sumamt)
    whole = w.materialise(ibis.union(*(
        told.filter(_.grain == grain).select("rank", "position", "id").inner_join(settled, [("id", key)]).select(
            "rank", "position", *settled.columns)
        for grain, key in (("settlement", "setl_id"), ("stay", "mdtrt_id")))))
    touched = _touched(w, told, whole)
    shares = w.fund_share(touched.filter(touched.grain != "held"))
    of_lines = shares.left_join(settled.drop("mdtrt_id"), "setl_id").select(
        "rank", "position", "setl_id", line_id="bkkp_sn", fund="fund_amt", paid=_.paid.fill_null(0),
        account=_.account * (_.det_item_fee_sumamt / _.fee.nullif(0)).clip(0, 1), all_account=_.account.fill_null(0))
    of_whole = whole.anti_join(touched, "setl_id").select(
        "rank", "position", "setl_id", line_id=_.setl_id + "#", fund="paid", paid="paid", account="account",
        all_account="account")
    frame = pd.concat([w.run(of_lines), w.run(of_whole)], ignore_index=True)
    for column in ("fund", "paid", "account", "all_account"):
        frame[column] = _fen(frame[column])
    return frame


def _touched(w, told, whole):
    """Located fee lines under the first settlement of their chain; `held` are further lines of located settlements.

    A line may name the settlement that replaced it, so chains are opened before lines are looked up.
    """
    links = w.settlement_chains
    keys = told.filter(_.grain != "settlement").select("rank", "position", "grain", "id")
    for grain, rows, key in (("settlement", told.filter(_.grain == "settlement"), "id"), ("held", whole, "setl_id")):
        mine = rows.select("rank", "position", grain=ibis.literal(grain), id=rows[key])
        replaced = mine.inner_join(links, [("id", "root")]).select("rank", "position", "grain", id="child")
        keys = keys.union(mine).union(replaced)
    keys = w.materialise(keys.distinct())
    lines = w.fee_lines.select("bkkp_sn", "mdtrt_id", "setl_id", "det_item_fee_sumamt")
    parts = [_match(keys.filter(keys.grain.isin(grains)), lines, key) for grains, key in
             ((["line"], "bkkp_sn"), (["settlement", "held"], "setl_id"), (["stay"], "mdtrt_id"))]
    found = ibis.union(*parts)
    found = found.left_join(links, [("setl_id", "child")])
    return w.materialise(found.mutate(setl_id=ibis.coalesce(found.root, found.setl_id)).drop("child", "root"))


def _fen(values: pd.Series) -> pd.Series:
    return (values.astype(float).fillna(0).clip(lower=0) * 100).round(4).add(1e-6).floordiv(1).astype("int64")


def _match(mine, rows, key: str):
    """Located ids with the rows they name."""
    return mine.inner_join(rows, mine.id == rows[key]).select(
        "rank", "position", "grain", "bkkp_sn", "setl_id", "det_item_fee_sumamt")


def allocate(w, findings: pd.DataFrame, pots: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Claims of findings on fee lines, each line claimed once.

    Parameters
    ----------
    w
        The warehouse the findings were made on.
    findings
        Rows of `ANSWERS["finding"]`.
    pots
        Rule or detector → `fund` (default) or `account`.

    Returns
    -------
    pandas.DataFrame
        `finding_id, line_id, setl_id, fund_fen, account_fen`.
    """
    if findings.empty:
        return pd.DataFrame(columns=CLAIM)
    ordered = ranked(findings)
    rows = claimable(w, located(ordered))
    return settle(ordered, rows, pots or {})


def settle(ordered: pd.DataFrame, rows: pd.DataFrame, pots: Mapping[str, str]) -> pd.DataFrame:
    """Who gets what: the first claimant of each line, cut at its own amount and at what was paid.

    `ordered` as made by `ranked`, `rows` as made by `claimable`.
    """
    rows = rows.sort_values(["line_id", "rank", "position"], kind="stable").drop_duplicates("line_id")
    rows = rows.sort_values(["rank", "position", "line_id"], kind="stable")
    cap = pd.Series([round(Decimal(str(a)) * 100) for a in ordered["amount"]], index=ordered["rank"])
    of_account = ordered.set_index("rank")["found_by"].map(pots).eq("account")
    from_account = rows["rank"].map(of_account).to_numpy(bool)
    own = rows["rank"].map(cap)
    fund = _cut(rows["fund"].where(~from_account, 0), rows["rank"], own)
    fund = _cut(fund, rows["setl_id"], rows["paid"])
    account = _cut(rows["account"], rows["setl_id"], rows["all_account"])
    account = _cut(account, rows["rank"], own.where(from_account, np.iinfo("int64").max // 4))
    ids = rows["rank"].map(ordered.set_index("rank")["finding_id"])
    return pd.DataFrame({"finding_id": ids, "line_id": rows["line_id"], "setl_id": rows["setl_id"],
                         "fund_fen": fund, "account_fen": account})[CLAIM].reset_index(drop=True)


def _cut(amount: pd.Series, group: pd.Series, limit: pd.Series) -> pd.Series:
    """Amounts in order, cut where their running total in the group passes the group's limit."""
    upto = amount.groupby(group.to_numpy()).cumsum()
    return upto.clip(upper=limit) - (upto - amount).clip(upper=limit)
