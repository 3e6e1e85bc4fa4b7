from yb_analytics.warehouse.checks import Check, kind, measure


def _off(r):
    days = r["endtime"].cast("date").delta(r["begntime"].cast("date"), unit="day")
    return (r["ipt_days"] - days).abs() > measure("stay_days")


@kind(category="conformance", sub="computational", basis="设计3.5；住院天数＝出院日－入院日",
      says="住院天数与起止日期不符",
      advice="核对入出院时间。", shows="stay_days:mdtrt_d.ipt_days",
      fine={"mdtrt_d": {"mdtrt_id": ["a"], "begntime": ["2025-01-01"], "endtime": ["2025-01-05"], "ipt_days": [4]}},
      broken={"mdtrt_d": {"mdtrt_id": ["a"], "begntime": ["2025-01-01"], "endtime": ["2025-01-05"], "ipt_days": [40]}})
def stay_days(table):
    """住院天数 · Days in hospital fit their dates.

    The day of discharge is counted by some systems and not by others; one day of difference is tolerated.
    """
    if {"begntime", "endtime", "ipt_days"} <= set(table.names):
        yield Check(table.name, "ipt_days", of=("begntime", "endtime", "ipt_days"), bad=_off)
