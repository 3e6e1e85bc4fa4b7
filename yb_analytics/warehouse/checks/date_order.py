from yb_analytics.warehouse.checks import Check, kind

_PAIRS = (("begntime", "endtime"), ("begndate", "enddate"), ("enddate", "setl_time"), ("begndate", "setl_time"),
          ("crt_insu_date", "paus_insu_date"), ("filed_date", "decision_date"), ("dcla_time", "aprv_time"),
          ("aprv_time", "pay_time"), ("dcla_time", "pay_time"), ("death_date", "reg_date"), ("begin_date", "end_date"),
          ("begin_time", "end_time"), ("setl_time", "updt_time"), ("begntime", "updt_time"),
          ("fee_ocur_time", "updt_time"), ("sale_time", "updt_time"), ("review_time", "updt_time"))
"""What comes first, what follows; a row has as many of these as both columns are in its table."""


@kind(category="plausibility", sub="temporal", basis="设计3.5；Kahn 2016 temporal plausibility", says="先后颠倒的日期",
      advice="核对两个日期是否填反或录错年份。", shows="date_order:setl_d.begndate+enddate",
      fine={"setl_d": {"setl_id": ["a"], "begndate": ["2025-01-01"], "enddate": ["2025-01-01"]}},
      broken={"setl_d": {"setl_id": ["a"], "begndate": ["2025-01-09"], "enddate": ["2025-01-01"]}})
def date_order(table):
    """日期先后 · What begins ends later.

    Days are compared, not hours: systems disagree about the time of day.
    """
    for first, then in _PAIRS:
        if {first, then} <= set(table.names):
            yield Check(table.name, f"{first}+{then}", of=(first, then), bad=lambda r, a=first, b=then:
                        r[a].cast("date") > r[b].cast("date"))
