"""Money is conserved where every sender writes refunds by a convention of its own."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import amount
from yb_analytics.warehouse import in_memory

KINDS = ("plain", "full", "partial", "twice", "interim", "undone", "orphan", "lone")


@dataclass(frozen=True)
class Sender:
    """How one institution's refunds are written."""

    linked: bool
    mirrored: bool
    flags_payment: bool
    flags_refund: bool
    voids_payment: bool

    @property
    def recognised(self) -> bool:
        """Whether anything but the amount says that a row is a refund."""
        return self.linked or self.flags_refund or not self.mirrored

    @property
    def proven(self) -> bool:
        """Whether a positive flagged row of it that stands alone can only be a refund."""
        return not self.linked and self.mirrored and not self.flags_payment


SENDERS = st.builds(Sender, *(st.booleans() for _ in range(5))).filter(lambda s: s.recognised)
CHAINS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(300, 900), st.integers(1, 290), st.booleans()),
                  min_size=3, max_size=8)


def _chain(sender: Sender, kind: str, paid: int, back: int, inpatient: bool) -> tuple[list[dict], int] | None:
    """Rows of one person as the sender writes them, and what was paid in the end; `None`: it cannot write this."""
    base = {"visit": "v", "med_type": "21" if inpatient else "11", "flag": "0", "valid": "1", "parent": None}
    first = {**base, "id": "a", "fen": paid}
    if kind == "plain":
        return [first], paid
    if kind == "lone":  # the refund never came; of a sender whose flag means refund, it would be one
        return ([{**first, "flag": "1"}], paid) if sender.flags_payment else None
    takes = {"full": (paid,), "partial": (back,), "twice": (back, paid - 2 * back if paid > 2 * back else 1),
             "undone": (paid, paid), "interim": (paid,), "orphan": (paid,)}[kind]
    if kind == "undone" and not sender.linked:
        return None
    if kind == "orphan" and sender.mirrored and not (sender.linked and sender.flags_refund):
        return None
    marked = {"flag": "1" if sender.flags_payment else "0", "valid": "0" if sender.voids_payment else "1"}
    rows, net, above = [{**first, **marked}], paid, "a"
    for n, fen in enumerate(takes):
        sign = -1 if kind != "undone" or n % 2 == 0 else 1
        rows.append({**base, "id": f"b{n}", "fen": fen if sender.mirrored else sign * fen,
                     "flag": "1" if sender.flags_refund else "0", "parent": above if sender.linked else None})
        above, net = (f"b{n}" if kind == "undone" else above), net + sign * fen
    if kind == "interim":
        rows.insert(0, {**base, "id": "i", "fen": back})
        net += back
    return (rows[1:], -paid) if kind == "orphan" else (rows, net)


def _delivered(senders: list[tuple[Sender, list]]) -> tuple[list[dict], dict[str, int]]:
    out, expected = [], {}
    for h, (sender, chains) in enumerate(senders):
        for n, chain in enumerate(chains):
            made = _chain(sender, *chain)
            if made is None:
                continue
            who = f"h{h}p{n}"
            expected[who] = made[1]
            for day, r in enumerate(made[0], 1):
                out.append({
                    "setl_id": f"{who}{r['id']}", "psn_no": who, "fixmedins_code": f"H{h}", "med_type": r["med_type"],
                    "mdtrt_id": f"{who}{r['visit']}", "setl_time": f"2025-03-{day:02d} 10:00",
                    "begndate": "2025-03-01", "enddate": f"2025-03-{day:02d}", "refd_setl_flag": r["flag"],
                    "vali_flag": r["valid"], "init_setl_id": r["parent"] and f"{who}{r['parent']}",
                    "medfee_sumamt": r["fen"] / 100, "fund_pay_sumamt": r["fen"] / 100})
    return out, expected


@pytest.mark.soak
@settings(max_examples=amount(12, 300), deadline=None)
@given(st.lists(st.tuples(SENDERS, CHAINS), min_size=4, max_size=8), st.randoms(use_true_random=False))
def test_money_is_conserved_over_mixed_conventions(senders, draw):
    rows, expected = _delivered(senders)
    draw.shuffle(rows)
    if not rows:
        return
    w = in_memory({"setl_d": pd.DataFrame(rows)})
    valid = w.run(w.valid_settlements)
    got = (valid.groupby("psn_no").medfee_sumamt.sum() * 100).round().astype(int).to_dict()
    assert got == {who: net for who, net in expected.items() if net}
    assert valid.setl_id.is_unique
    stays, inpatient = w.run(w.stays), valid[valid.med_type == "21"]
    assert round(stays.medfee_sumamt.sum(), 2) == round(inpatient.medfee_sumamt.sum(), 2)
    assert stays.mdtrt_id.is_unique and w.run(w.fee_lines).empty


@pytest.mark.parametrize("without", [(), ("init_setl_id",), ("refd_setl_flag",), ("vali_flag",), ("mdtrt_id",),
                                     ("init_setl_id", "refd_setl_flag", "vali_flag", "mdtrt_id", "mid_setl_flag")])
def test_money_is_conserved_where_columns_lack(without):
    """Negative refunds need nothing but their amounts; without visits a partial one stands beside its payment."""
    sender = Sender(linked=True, mirrored=False, flags_payment=True, flags_refund=True, voids_payment=False)
    chains = [(k, 500, 100, bool(n % 2)) for n, k in enumerate(KINDS) if k != "undone"]
    rows, expected = _delivered([(sender, chains)])
    w = in_memory({"setl_d": pd.DataFrame(rows).drop(columns=list(without), errors="ignore")})
    got = w.run(w.valid_settlements).groupby("psn_no").medfee_sumamt.sum()
    assert (got[got != 0] * 100).round().astype(int).to_dict() == {k: v for k, v in expected.items() if v}
    assert w.run(w.stays).medfee_sumamt.sum() == pytest.approx(
        w.run(w.valid_settlements).query("med_type == '21'").medfee_sumamt.sum())
