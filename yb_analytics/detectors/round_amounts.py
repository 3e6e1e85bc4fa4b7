"""Detector: bills whose sums look made rather than added up."""

from __future__ import annotations

from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found
from yb_analytics.detectors._visits import visits

CHECKED = ("同类机构的通常水平", "定价所致的重复金额")
UNCHECKED = ("整数定价的项目或套餐", "抹零收费")


def _round(w, p):
    """Bills of some size, and whether their sum is a multiple of a large note's half."""
    rows = _told_apart(w, p).filter(_.fee >= p.some_yuan)
    away = (_.fee / p.round_yuan - (_.fee / p.round_yuan).round()).abs() * p.round_yuan
    return rows.select(subject_id="fixmedins_code", id="setl_id", hit=away <= p.round_within, fund=_.fund + _.account)


def _whole(w, p):
    """Bills, and whether their sum is whole yuan."""
    rows = _told_apart(w, p)
    return rows.select(subject_id="fixmedins_code", id="setl_id", hit=(_.fee - _.fee.round()).abs() < p.whole_within,
                       fund=_.fund + _.account)


def _told_apart(w, p):
    """Bills outside hospital stays; one sum of an institution counts a few times only, for prices repeat."""
    import ibis

    alike = ibis.window(group_by=["fixmedins_code", "fee"], order_by="setl_id")
    rows = visits(w).filter(_.fee > 0).mutate(turn=ibis.row_number().over(alike)).filter(_.turn < p.same_fee)
    return rows.select("setl_id", "fixmedins_code", "fee", "fund", "account")


QUESTIONS = (Question("round", "费用为整五十元的就诊占比", "笔", _round, cap="digits_cap"),
             Question("whole", "费用为整元的就诊占比", "笔", _whole, cap="digits_cap"))


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="监测", needs=("setl_d",), theme="金额异常", typologies=("T16",),
          basis="条例 第四十条(一)", seeds=("S2",), checked=CHECKED, unchecked=UNCHECKED, fit=_fit, model=Frozen)
def round_amounts(w, p, model):
    """整额与尾数异常 · Sums that are too round.

    Bills are sums of unit prices and quantities, so few end in whole yuan and fewer in fifties. How many do is
    compared with institutions of the same kind; a law of first digits (Benford) is not asked, because priced bills of
    one order of magnitude do not follow it. Digits alone stay below 0.5.
    """
    return found(w, p, model, QUESTIONS)
