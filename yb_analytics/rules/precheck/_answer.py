"""From hits to what a doctor or cashier reads: one entry per finding, money if it were billed, a sentence each."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any

import pandas as pd

from yb_analytics.rules._contract import RuleClass
from yb_analytics.rules._money import part_of, share_of, unchecked
from yb_analytics.rules._words import sentence
from yb_analytics.rules.precheck._encounter import Encounter
from yb_analytics.schema.finding import fen
from yb_analytics.schema.text import yuan

NOTHING, REMINDER = "无提醒", "提醒"
"""The two verdicts: nothing is ever refused here."""

_TIERS = ("疑点", "线索", "监测")


@dataclass(frozen=True)
class Hit:
    """One thing to look at before billing.

    Attributes
    ----------
    rule, title, code, version, tier, basis
        Rule class, its Chinese title, national code, version, tier and clause.
    points
        Knowledge points that were violated.
    lines
        Ids of the lines (or of the settlement) it is about, as the draft gave them.
    grain
        Whether `lines` names lines or the settlement.
    amount, estimated
        Fund money at stake if it is billed, in yuan; `estimated`: the fund's part is not known yet, so it is what was
        put in scope, an upper bound.
    earlier
        Whether the lines were billed before and only this draft puts them in the wrong.
    why
        One sentence.
    """

    rule: str
    title: str
    code: str
    version: str
    tier: str
    basis: str
    points: tuple[str, ...]
    lines: tuple[str, ...]
    grain: str
    amount: Decimal
    estimated: bool
    earlier: bool
    why: str


@dataclass(frozen=True)
class Answer:
    """What a pre-check says.

    Attributes
    ----------
    verdict, text
        `无提醒` or `提醒`; the same in a sentence or two.
    hits
        What to look at, the weightiest tier first.
    checked, points
        How many rule classes and knowledge points were asked.
    unchecked
        What could not be judged, in sentences.
    data_version, as_of, since
        Of the data what is known of the person comes from: version, last day, first day.
    """

    verdict: str
    text: str
    hits: tuple[Hit, ...]
    checked: int
    points: int
    unchecked: tuple[str, ...] = ()
    data_version: str = ""
    as_of: str = ""
    since: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> pd.DataFrame:
        """Hits as a table."""
        return pd.DataFrame([asdict(h) for h in self.hits], columns=list(Hit.__dataclass_fields__))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, amounts as text."""
        hits = [{**asdict(h), "points": list(h.points), "lines": list(h.lines), "amount": str(h.amount)}
                for h in self.hits]
        return {"verdict": self.verdict, "text": self.text, "hits": hits, "checked": self.checked,
                "points": self.points, "unchecked": list(self.unchecked), "data_version": self.data_version,
                "as_of": self.as_of, "since": self.since}

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{html.escape(h.tier)}</td><td>{html.escape(h.why)}</td><td>{h.amount}</td></tr>"
                       for h in self.hits)
        return f"<p>{html.escape(self.text)}</p>" + (f"<table>{rows}</table>" if rows else "")


@dataclass(frozen=True)
class Money:
    """Fund money of the rows of a draft: whole fen and exact; what is in scope where the fund's part is not known."""

    known: bool
    lines: Mapping[str, tuple[float, float]]
    bill: tuple[float, float]

    def of(self, claims: str, row: str) -> tuple[float, float]:
        """Of one row: whole fen, exact."""
        return self.lines.get(row, (0.0, 0.0)) if claims == "line" else self.bill


def money_of(encounter: Encounter) -> Money:
    """What the fund pays for each line: shared as `Warehouse.fund_share` shares a settlement, or its amount in scope."""
    lines, bill = encounter.rows["fee_list_d"], encounter.rows["setl_d"][0]
    paid = bill.get("fund_pay_sumamt")
    if paid is None:
        scope = {x["bkkp_sn"]: x["det_item_fee_sumamt"] if x["inscp_amt"] is None else x["inscp_amt"] for x in lines}
        own = {k: (float(v), float(v)) for k, v in scope.items()}
        whole = float(sum(scope.values()))
        return Money(False, own, (whole, whole))
    return Money(True, shared(float(paid), lines, bill), (float(paid), float(paid)))


def shared(paid: float, lines: Sequence[Mapping], bill: Mapping) -> dict[str, tuple[float, float]]:
    """Largest remainders over the lines of a settlement: `bkkp_sn` → whole fen, exact, in yuan.

    A settlement that says more is in scope than its lines here add up to has other lines too: they get their part.

    Examples
    --------
    >>> lines = [{"bkkp_sn": str(i), "inscp_amt": Decimal(1), "det_item_fee_sumamt": Decimal(1)} for i in range(3)]
    >>> [fund for fund, _ in shared(1.0, lines, {}).values()]
    [0.34, 0.33, 0.33]
    """
    scope = [float(x["inscp_amt"] or 0) for x in lines]
    fee = [float(x["det_item_fee_sumamt"]) for x in lines]
    weights, whole = (scope, bill.get("inscp_amt")) if sum(scope) else (
        (fee, bill.get("medfee_sumamt")) if sum(fee) else ([1.0] * len(lines), None))
    total, fen_paid = max(sum(weights), float(whole or 0)), float(round(paid * 100))
    exact = [fen_paid * w / total for w in weights]
    down = [int(e // 1) for e in exact]
    left = int(fen_paid) - sum(down) if total == sum(weights) else 0
    order = sorted(range(len(lines)), key=lambda i: (-round(exact[i] - down[i], 6), lines[i]["bkkp_sn"]))
    for i in order[:max(left, 0)]:
        down[i] += 1
    return {x["bkkp_sn"]: (down[i] / 100, exact[i] / 100) for i, x in enumerate(lines)}


def staked(rows: Iterable[Mapping], claims: Mapping[str, str], money: Money) -> list[dict[str, Any]]:
    """Hits with their `amount`, one per rule, group and row: the largest share, then the first point."""
    known = [{**r, "share": share_of(r["take"], r["of"])} for r in rows]
    known.sort(key=lambda r: (r["rule"], r["grp"], r["day"], r["id"], -r["share"], r["point_id"]))
    seen, out = set(), []
    for row in known:
        key = (row["rule"], row["grp"], row["id"])
        if key not in seen:
            seen.add(key)
            fund, exact = money.of(claims[row["rule"]], row["id"])
            out.append({**row, "amount": part_of(fund, exact, row["share"])})
    return out


def hits_of(found: Iterable[Mapping], classes: Mapping[str, RuleClass], rest: Mapping[str, str], known: bool,
            earlier: bool = False) -> list[Hit]:
    """Entries, one per rule class and group; what costs the fund nothing is none."""
    out = []
    for (name, _), members in groupby(found, key=lambda r: (r["rule"], r["grp"])):
        group, rule = list(members), classes[name]
        amount = sum((r["amount"] for r in group), Decimal(0)) if rule.loss != "none" else Decimal(0)
        if rule.loss != "none" and not amount and not earlier:
            continue
        first, ids = group[0], tuple(dict.fromkeys(r["id"] for r in group))
        why = sentence(rule.made_of.say, first, len(ids)) + unchecked(first["point_id"], rest)
        points = tuple(sorted({r["point_id"] for r in group} - {""}))
        out.append(Hit(name, rule.title.zh, rule.code, rule.version, rule.tier, rule.basis, points, ids,
                       rule.made_of.claims, fen(amount), not known and rule.loss != "none", earlier, why))
    return sorted(out, key=lambda h: (_TIERS.index(h.tier), -h.amount, h.rule, h.lines))


def text_of(hits: Sequence[Hit], checked: int, points: int) -> str:
    """The verdict in words."""
    asked = f"已核对{checked}类规则、{points}个知识点"
    if not hits:
        return f"{NOTHING}：{asked}，未发现需要核对的内容。"
    tiers = "、".join(f"{t}{n}条" for t in _TIERS if (n := sum(h.tier == t for h in hits)))
    total = sum((h.amount for h in hits), Decimal(0))
    bound = "至多" if any(h.estimated for h in hits) else ""
    money = f"，若照此结算涉及基金{bound}{yuan(total)}（各条相加，可能重叠）" if total else ""
    return f"{REMINDER}：{asked}，{tiers}{money}；请核对后再提交。本提醒不作为拒付依据。"
