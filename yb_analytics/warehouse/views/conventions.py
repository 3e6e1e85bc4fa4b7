"""Which conventions of refunds a delivery follows, in counts and one sentence."""

from __future__ import annotations

from dataclasses import dataclass, fields

import pandas as pd

from yb_analytics.warehouse.views.pairing import NO_PARENT, PAID

_SAID = {
    "linked": "{n:,} 笔写明原记录",
    "mirrored": "其中 {n:,} 笔金额写为正数",
    "flagged": "{n:,} 笔原记录同时标为已退费",
    "voided": "{n:,} 笔原记录同时置为无效",
    "orphans": "{n:,} 笔所写的原记录未到，按自身金额计",
    "paired": "{n:,} 笔未写原记录，按人员、机构、就诊与金额配对",
    "unpaired": "{n:,} 笔退费找不到原记录，按负数计",
    "unreturned": "{n:,} 笔标为已退费而退费行未到，按已支付计",
}


@dataclass(frozen=True)
class Conventions:
    """How many rows of one table are reversed or reverse others, and how that is written.

    Attributes
    ----------
    linked, mirrored
        Rows that name the row they reverse; those whose amount is positive like the payment's.
    flagged, voided
        Reversed rows that are marked themselves: as refunded, as invalid.
    orphans
        Linked rows whose original was not delivered.
    paired, unpaired
        Refunds without a link that found their payment, and that did not.
    unreturned
        Rows flagged as refunded of which no refund was delivered: counted as paid.
    """

    linked: int = 0
    mirrored: int = 0
    flagged: int = 0
    voided: int = 0
    orphans: int = 0
    paired: int = 0
    unpaired: int = 0
    unreturned: int = 0

    @property
    def text(self) -> str:
        """The sentence; empty where nothing is reversed.

        Examples
        --------
        >>> Conventions(linked=3, unreturned=1).text
        '冲销口径：3 笔写明原记录；1 笔标为已退费而退费行未到，按已支付计。'
        """
        said = [_SAID[f.name].format(n=n) for f in fields(self) if (n := getattr(self, f.name))]
        return f"冲销口径：{'；'.join(said)}。" if said else ""


def conventions(linked: pd.DataFrame, unlinked: pd.DataFrame, parents: dict[str, str]) -> Conventions:
    """Count them.

    Parameters
    ----------
    linked
        Rows a link touches, as `touched` gives them.
    unlinked, parents
        Rows that may be refunds without a link, as `candidates` gives them, and what `pair` says of them.
    """
    names = linked["parent"].notna()
    reversing, met = linked[names], linked["id"].isin(linked.loc[names, "parent"])
    sign = linked.drop_duplicates("id").set_index("id")["sign"]
    of_parent = reversing["parent"].map(sign)
    told = pd.Series(parents, dtype=object)
    negative = unlinked[unlinked["back"] & (unlinked["amount"] < 0)] if len(unlinked) else unlinked
    alone = 0 if negative.empty else int((~negative["id"].isin(set(told.index))).sum())
    paired = told[~told.isin([NO_PARENT, PAID])]
    return Conventions(
        linked=len(reversing), mirrored=int(((reversing["sign"] > 0) & (of_parent > 0)).sum()),
        flagged=int((met & ~names & linked["refund"].astype(bool)).sum()),
        voided=int((met & ~linked["valid"].astype(bool)).sum()), orphans=int(of_parent.isna().sum()),
        paired=len(paired), unpaired=alone + int((told == NO_PARENT).sum()), unreturned=int((told == PAID).sum()))
