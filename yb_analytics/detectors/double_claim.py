"""Detector: one bill settled twice."""

from __future__ import annotations

from datetime import timedelta

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, by_way, hits, ways
from yb_analytics.detectors._presence import OFFICE
from yb_analytics.schema import INPATIENT
from yb_analytics.schema.text import yuan

SAME, ALIKE, STAY, INVOICE = "same", "alike", "stay", "invoice"
SAID = {SAME: "票号与金额均相同", ALIKE: "未报票号，机构、起止日期与金额相同", STAY: "同一次住院两笔金额相同的结算",
        INVOICE: "票号相同，金额或参保人不同"}
SUPPLEMENT = "3"
"""SETL_TYPE of a supplementary reimbursement, which pays what the first left over."""


@detector(subject="person", tier="线索", needs=("setl_d", "setl_d.setl_type"), catches="double_claim",
          theme="重复报销", typologies=("T37",), basis="条例 第十七条、第四十一条(二)；实施细则 第三十条",
          checked=("退费与冲销后重新结算", "补充报销支付余额", "中途结算", "占位票号"),
          unchecked=("先自费后补办联网结算", "票据补开", "商业保险已赔付"))
def double_claim(w, p):
    """重复报销 · One bill settled twice.

    A bill reimbursed at the office is looked for among all settlements of the two years before: the same invoice of
    the same institution, or, where no invoice is held, the same person, institution, days and amount. Stays settled
    twice for the same amount count too. The later settlement is named; what was reversed is no settlement. Evidence is
    closed where invoice and amount agree.
    """
    first = w.period.start - timedelta(days=int(p.lookback_days))
    rows = _claims(w).filter(_.setl_time >= first.isoformat())
    office = w.materialise(rows.filter(_.office))
    twice = pd.concat([w.run(part) for part in (_by_invoice(w, rows, office, p), _by_amount(rows, office, p),
                                                _by_stay(rows, p))], ignore_index=True)
    twice = twice[(twice["setl_time"] >= w.period.start.isoformat()) & (twice["fund"] > 0)]
    twice["score"] = twice["how"].map({k: p[f"score_{k}"] for k in SAID}).astype(float)
    twice = twice.sort_values(["score", "setl_id", "first_id"], ascending=[False, True, True])
    twice = twice.drop_duplicates("setl_id")
    return hits([_hit(who, own, p) for who, own in twice.groupby("psn_no", sort=True)])


def _claims(w):
    """Settlements up to the end of the period; those marked interim or supplementary repeat an invoice by right."""
    rows = w.history.valid_settlements
    rows = rows.filter(rows.mid_setl_flag.fill_null("0") != "1", rows.setl_type.fill_null("") != SUPPLEMENT)
    office = (rows.setl_type == OFFICE).fill_null(False) | (rows.pay_loc == OFFICE).fill_null(False)
    return rows.select(
        "setl_id", "mdtrt_id", "psn_no", "fixmedins_code", "insutype", "begndate", "enddate", "setl_time",
        office=office, stay=rows.med_type.left(2).isin(INPATIENT).fill_null(False),
        fee=rows.medfee_sumamt.cast("float64"), fund=rows.fund_pay_sumamt.fill_null(0).cast("float64"),
        invoice=rows.invono.fill_null("").strip())


_FIRST = ("setl_id", "psn_no", "setl_time", "fee", "fund", "office", "insutype")


def _pairs(left, right, keys):
    """Two different settlements that agree in `keys`, the later one with what is known of the earlier."""
    first = right.select(*keys, **{f"first_{c}": right[c] for c in _FIRST})
    pairs = left.inner_join(first, list(keys)).filter(_.setl_id != _.first_setl_id)
    return pairs.filter((_.setl_time > _.first_setl_time) | (
        (_.setl_time == _.first_setl_time) & (_.setl_id > _.first_setl_id)))


def _told(pairs, how):
    """The columns of a pair that was found in one way."""
    return pairs.filter(how.notnull()).select(
        "setl_id", "psn_no", "fixmedins_code", "setl_time", "fund", "fee", first_id="first_setl_id",
        first_time="first_setl_time", how=how)


def _alike(pairs, p):
    return (pairs.fee - pairs.first_fee).abs() <= p.same_fee_share * pairs.first_fee.abs()


def _by_invoice(w, rows, office, p):
    """Pairs with one invoice of one institution, at least one of them reimbursed at the office."""
    keys = ("fixmedins_code", "invoice")
    office = office.filter(_.invoice != "")
    bills = office.select(*keys).distinct()
    held = w.materialise(rows.semi_join(bills, list(keys)))
    shared = held.group_by(list(keys)).aggregate(n=_.count()).filter(_.n <= p.max_shared)
    held = held.semi_join(shared, list(keys))
    pairs = _pairs(held, held, keys)
    same = _alike(pairs, p) & (pairs.psn_no == pairs.first_psn_no)
    return _told(pairs, same.ifelse(SAME, INVOICE))


def _by_amount(rows, office, p):
    """Pairs without an invoice that agree in person, institution and days, one of them reimbursed at the office."""
    keys = ("psn_no", "fixmedins_code", "begndate", "enddate")
    office = office.filter(_.begndate.notnull(), _.enddate.notnull())
    near = rows.semi_join(office, list(keys))
    pairs = _pairs(near, near, keys)
    blank = (pairs.invoice == "") & (pairs.office != pairs.first_office)
    return _told(pairs, (blank & _alike(pairs, p)).ifelse(ALIKE, ibis.null("string")))


def _by_stay(rows, p):
    """Two settlements of the same amount for one stay and the same days."""
    keys = ("psn_no", "mdtrt_id", "begndate", "enddate")
    stays = rows.filter(_.stay, _.mdtrt_id.notnull(), _.begndate.notnull())
    pairs = _pairs(stays, stays, keys).filter(_.insutype == _.first_insutype)
    return _told(pairs, _alike(pairs, p).ifelse(STAY, ibis.null("string")))


def _hit(who: str, own: pd.DataFrame, p) -> dict:
    """One person's hit over all bills settled twice; the surest and dearest come first."""
    own = own.sort_values(["score", "fund", "setl_id"], ascending=[False, False, True])
    top, amount = own.iloc[0], round(float(own["fund"].sum()), 2)
    why = (f"{len(own)}笔费用疑似两次结算：{ways(own, SAID)}；如{top['first_time']:%Y-%m-%d}已结算，"
           f"{top['setl_time']:%Y-%m-%d}再次结算，后一次由基金支付{yuan(amount)}")
    ids = [i for pair in zip(own["setl_id"], own["first_id"], strict=True) for i in pair]
    return {"subject_id": who, "locator": list(dict.fromkeys(ids)), "grain": "settlement", "amount": amount,
            "score": float(top["score"]), "why": why, "estimated": False,
            "tier": CLOSED if top["how"] == SAME else OPEN,
            "evidence": by_way(own, SAID, "bills", int(p.telling))}
