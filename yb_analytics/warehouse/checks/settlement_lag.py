from yb_analytics.warehouse.checks import Check, kind, measure


@kind(category="plausibility", sub="temporal", basis="设计3.5；医保发〔2020〕结算时限惯例", says="出院多时才结算",
      advice="核对结算时间的年月；手工报销的除外。", shows="settlement_lag:setl_d.enddate+setl_time",
      fine={"setl_d": {"setl_id": ["a"], "enddate": ["2025-01-01"], "setl_time": ["2025-01-03"]}},
      broken={"setl_d": {"setl_id": ["a"], "enddate": ["2023-01-01"], "setl_time": ["2025-01-03"]}})
def settlement_lag(table):
    """结算时滞 · Care is settled soon after it ends.

    Months that were shifted show here; reimbursement at the office is late rightly.
    """
    if {"enddate", "setl_time"} <= set(table.names):
        yield Check(table.name, "enddate+setl_time", of=("enddate", "setl_time"), bad=lambda r:
                    r["setl_time"].cast("date").delta(r["enddate"], unit="day") > measure("settlement_lag"))
