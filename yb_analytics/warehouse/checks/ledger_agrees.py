from yb_analytics.warehouse.checks import Check, kind, measure


def _months(scan):
    """One row per month: the pool's expenditure against what the pool paid in settlements."""
    s, book = scan.w.setl_d, scan.w.fund_ledger
    paid = s.mutate(ym=s.setl_time.strftime("%Y%m")).group_by("ym").aggregate(paid=s.hifp_pay.sum())
    book = book.filter((book["item"] == "expenditure") & (book.acct_type == "pool"))
    both = book.group_by("ym").aggregate(booked=book.amt.sum()).inner_join(paid, "ym")
    both = both.filter((both.booked > 0) & (both.paid > 0))
    ratio = both.booked.cast("float64") / both.paid.cast("float64")
    most = measure("ledger_agrees")
    return both.select("ym", county=both.ym.left(0), bad=(ratio > most) | (ratio < 1 / most))


def _both(booked):
    return {"fund_ledger": {"ym": ["202501"], "insu_admdvs": "330402", "insutype": "310", "acct_type": "pool",
                            "item": "expenditure", "amt": [booked]},
            "setl_d": {"setl_id": ["a"], "setl_time": ["2025-01-03"], "hifp_pay": [100]}}


@kind(category="plausibility", sub="atemporal", basis="设计3.5；台账与结算勾稽",
      says="支出与结算统筹支付相差悬殊的月份",
      advice="核对台账单位（元、万元）与结算是否报全。", shows="ledger_agrees:fund_ledger.amt",
      fine=_both(110), broken=_both(10000))
def ledger_agrees(table):
    """台账与结算 · The ledger books what settlements paid.

    Payment lags, so the two never agree exactly: a factor is tolerated.
    """
    if table.name == "fund_ledger":
        yield Check("fund_ledger", "amt", needs=("setl_d",), query=_months, unit="个月")
