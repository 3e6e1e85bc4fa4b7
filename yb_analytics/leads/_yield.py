"""What came of it: how good the list is, what it misses, and where each yuan stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.leads._capacity import drawn
from yb_analytics.leads._life import MONEY, OUTCOMES, standing
from yb_analytics.leads._making import KEY
from yb_analytics.leads._themes import ACCOUNT
from yb_analytics.schema import Period, Refusal
from yb_analytics.schema.text import rounded, share, yuan

LEVEL = 0.95
HITS = ("confirmed", "partly")


@dataclass(frozen=True)
class Yield:
    """A table and its sentence.

    Attributes
    ----------
    table
        One row per arm and stratum, or per state of money.
    text
        The same in Chinese.
    """

    table: pd.DataFrame
    text: str


def estimates(w: Any, draw: str = "") -> Yield:
    """How good the list is and what it misses, from the feedback on drawn units.

    The share confirmed among the top is a count with its exact (Clopper–Pearson) interval. What the list misses is
    estimated from the random slice alone: confirmed units weigh by the inverse of their inclusion probability
    (Horvitz–Thompson), limits are the exact ones of each stratum times its size. Units without an outcome are left
    out of numerator and denominator and counted; if many are, the estimate leans on those that answered.

    Parameters
    ----------
    w
        A warehouse on disk.
    draw
        Which draw; the last one by default.

    Raises
    ------
    Refusal
        `empty` where nothing was drawn.

    Returns
    -------
    Yield
        Columns draw, arm, stratum, frame, taken, verified, confirmed, share, low, high, expected, expected_low,
        expected_high.
    """
    units = drawn(w)
    if units.empty:
        raise Refusal("nothing was drawn", "run `yb leads --capacity N --random M` first", "empty")
    units = units[units["draw"] == (draw or units["draw"].iloc[-1])]
    known = standing(w)["state"]
    state = units["lead_id"].map(known).map(outcome)
    units = units.assign(verified=state.notna(), confirmed=state.isin(HITS))
    table = pd.DataFrame([_estimate(own) for _key, own in units.groupby(["arm", "stratum"], sort=False)])
    return Yield(table, _said(table))


def _estimate(own: pd.DataFrame) -> dict[str, Any]:
    """One arm and stratum."""
    n, k, frame = int(own["verified"].sum()), int(own["confirmed"].sum()), int(own["frame"].iloc[0])
    low, high = limits(k, n)
    return {"draw": own["draw"].iloc[0], "arm": own["arm"].iloc[0], "stratum": own["stratum"].iloc[0], "frame": frame,
            "taken": len(own), "verified": n, "confirmed": k, "share": k / n if n else np.nan, "low": low,
            "high": high, "expected": frame * k / n if n else np.nan, "expected_low": frame * low,
            "expected_high": frame * high}


def outcome(state: Any) -> Any:
    """What a state says of the outcome: a disposed or re-checked lead was confirmed."""
    return "confirmed" if state in ("disposed", "rechecked") else state if state in OUTCOMES else None


def limits(k: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Exact (Clopper–Pearson) limits of a share; nothing is known from nothing.

    Examples
    --------
    >>> tuple(round(x, 4) for x in limits(0, 20)), limits(0, 0)
    ((0.0, 0.1684), (0.0, 1.0))
    """
    if not n:
        return 0.0, 1.0
    from scipy.stats import binomtest

    found = binomtest(k, n).proportion_ci(level, "exact")
    return float(found.low), float(found.high)


def _said(table: pd.DataFrame) -> str:
    rows: list[Any] = list(table.itertuples())
    said = []
    for r in (r for r in rows if r.arm == "top"):
        said.append(f"优先名单{r.taken}个，已核查{r.verified}个，查实{r.confirmed}个" + (
            f"，查实率{share(r.share)}（95%区间{share(r.low)}至{share(r.high)}）" if r.verified else ""))
    for r in (r for r in rows if r.arm == "random"):
        said.append(f"{r.stratum}{r.frame}个中随机核查{r.verified}个，查实{r.confirmed}个" + (
            f"，推算名单之外尚有约{rounded(r.expected, 0)}个（95%区间{rounded(r.expected_low, 0)}至"
            f"{rounded(r.expected_high, 0)}个）" if r.verified else "，尚不能推算"))
    return "；".join(said) + "。"


def savings(w: Any, period: Period | str | None = None, by: str = "") -> Yield:
    """Where each yuan stands: identified, ruled out, confirmed, refused, recovered; and what was prevented.

    `identified + beyond = open + ruled_out + outstanding + refused + recovered`: a yuan is in one place only.
    `beyond` was confirmed above what the leads had identified, `outstanding` is confirmed and neither refused nor
    recovered. Money of personal accounts stands in rows of its own. `prevented` is modelled, never added to the rest:
    what a subject's disposed lead had identified less what its theme identified in the next screening of equal length.

    Parameters
    ----------
    w
        A screened warehouse.
    period
        One screening; the first stored one by default.
    by
        A column of leads (`county`, `theme`, `tier`) to part the table by.

    Returns
    -------
    Yield
        Columns pot (fund, account), `by`, leads, identified, beyond, open, ruled_out, outstanding, refused, recovered,
        prevented; amounts in yuan as Decimals.
    """
    span = Period.parse(period) if period else Period.parse(w.stored_periods("lead")[0])
    leads = w.run(w.stored("lead", span).select("lead_id", *KEY, "tier", "county", "amount"))
    leads["amount"] = [Decimal(str(round(a, 2))).quantize(Decimal("0.01")) for a in leads["amount"]]
    told = _placed(leads.join(standing(w), on="lead_id"))
    told["prevented"] = _prevented(w, told, span)
    told["pot"] = np.where(told["theme"] == ACCOUNT, "account", "fund")
    keys = ["pot", by] if by else ["pot"]
    table = told.groupby(keys, dropna=False).agg(
        leads=("lead_id", "size"), **{c: (c, lambda s: sum(s, _ZERO)) for c in PLACES}).reset_index()
    return Yield(table, _ledger_text(table, span))


_ZERO = Decimal(0)
PLACES = ("identified", "beyond", "open", "ruled_out", "outstanding", "refused", "recovered", "prevented")


def _placed(told: pd.DataFrame) -> pd.DataFrame:
    """Each lead's money in its places."""
    out: dict[str, list[Decimal]] = {c: [] for c in PLACES[:-1]}
    for row in told.to_dict("records"):
        amount, ended = row["amount"], outcome(row["state"])
        confirmed, refused, recovered = _confirmed(row) if ended in HITS else (_ZERO, _ZERO, _ZERO)
        out["identified"].append(amount)
        out["beyond"].append(max(confirmed - amount, _ZERO))
        out["open"].append(amount if ended is None else _ZERO)
        out["ruled_out"].append(_ZERO if ended is None else max(amount - confirmed, _ZERO))
        out["outstanding"].append(confirmed - refused - recovered)
        out["refused"].append(refused)
        out["recovered"].append(recovered)
    return told.assign(**{c: pd.Series(v, index=told.index, dtype="object") for c, v in out.items()})


def _confirmed(row: Mapping[Any, Any]) -> tuple[Decimal, Decimal, Decimal]:
    """Confirmed, refused, recovered; a lead confirmed as a whole without an amount was confirmed as identified."""
    told = [row[c] if isinstance(row[c], Decimal) else None for c in MONEY]
    refused, recovered = told[1] or _ZERO, told[2] or _ZERO
    whole = row["amount"] if row["state"] != "partly" else _ZERO
    return max(whole if told[0] is None else told[0], refused + recovered), refused, recovered


def _prevented(w: Any, told: pd.DataFrame, span: Period) -> pd.Series:
    """Modelled: fall of what a disposed subject's theme identified, from this screening to the next of equal length."""
    nothing = pd.Series([_ZERO] * len(told), index=told.index, dtype="object")
    after = [p for p in map(Period.parse, w.stored_periods("lead")) if p.start == span.end
             and len(p.months) == len(span.months)]
    if not after:
        return nothing
    later = w.run(w.stored("lead", after[0]).select(*KEY, "amount")).groupby(KEY)["amount"].sum()
    ended = told["state"].isin(["disposed", "rechecked"])
    rest = [Decimal(str(round(float(later.get(key, 0.0)), 2)))
            for key in told[KEY].itertuples(index=False, name=None)]
    fall = [max(a - r, _ZERO) if e else _ZERO for a, r, e in zip(told["amount"], rest, ended, strict=True)]
    return pd.Series(fall, index=told.index, dtype="object")


def _ledger_text(table: pd.DataFrame, span: Period) -> str:
    said = []
    for pot, own in table.groupby("pot"):
        s = {c: sum(own[c], _ZERO) for c in PLACES}
        said.append(f"{'个人账户' if pot == 'account' else '基金'}：提示{yuan(s['identified'])}，其中"
                    f"待核查{yuan(s['open'])}、排除{yuan(s['ruled_out'])}；查实未收回{yuan(s['outstanding'])}、拒付{yuan(s['refused'])}、"
                    f"追回{yuan(s['recovered'])}；核查另行查实{yuan(s['beyond'])}；"
                    f"推算避免损失{yuan(s['prevented'])}（模型估计，不计入合计）")
    return f"{span.label}" + "。".join(said) + "。"
