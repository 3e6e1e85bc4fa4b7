"""Detector: balances emptied in the last days of the year."""

from __future__ import annotations

from datetime import date, timedelta

from ibis import _

from yb_analytics.detectors import NotEvaluable, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found
from yb_analytics.detectors._visits import visits

CHECKED = ("同类机构年末的通常水平", "小额支付")
UNCHECKED = ("节前备药", "家庭共济账户支付", "进货与销售流水")

QUESTIONS = (Question("emptied", "年末刷尽个人账户的结算占比", "笔", lambda w, p: _cases(w, p)),)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="线索", needs=("setl_d", "setl_d.acct_pay", "setl_d.balc"), theme="个人账户",
          typologies=("T16",), basis="条例 第四十条(一)、第四十一条(三)", seeds=("S2", "S3"), checked=CHECKED,
          unchecked=UNCHECKED, money="account", fit=_fit, model=Frozen)
def year_end_drain(w, p, model):
    """年末突击刷卡 · Balances emptied at the year's end.

    Of the account payments in the last weeks of a year, those that are not small and leave nothing on the account, far
    more often than at institutions of the same kind in the same weeks.
    """
    return found(w, p, model, QUESTIONS)


def _cases(w, p):
    """Account payments of the last weeks of the years in the period."""
    ends = [date(year, 12, 31) for year in range(w.period.start.year, w.period.end.year + 1)]
    ends = [day for day in ends if w.period.start <= day < w.period.end]
    if not ends:
        raise NotEvaluable(f"{w.period} does not hold the end of a year")
    late = None
    for day in ends:
        inside = _.day.between(day - timedelta(days=int(p.last_days) - 1), day)
        late = inside if late is None else late | inside
    rows = visits(w).filter(late, _.account > 0, _.balc.notnull())
    emptied = (_.account >= p.some_yuan) & (_.balc.cast("float64") <= p.left_yuan)
    return rows.select(subject_id=_.fixmedins_code, id=_.setl_id, hit=emptied, fund=_.account)
