import ibis

from yb_analytics.warehouse.checks import Check, kind


@kind(category="plausibility", sub="atemporal", basis="设计3.5", says="零点整的时间",
      advice="请报送到时分秒；时间规则（同时段、夜间）依赖它。", shows="time_default:setl_d.setl_time",
      fine={"setl_d": {"setl_id": ["a", "b"], "setl_time": ["2025-01-01 10:03:07", "2025-01-01 11:40:00"]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "setl_time": ["2025-01-01", "2025-01-01 11:40:00"]}})
def time_default(table):
    """时间非默认 · Times are not all midnight.

    Midnight to the second is what a date becomes when nobody gave a time.
    """
    for column in table.columns:
        if column.kind == "time" and column.name != "updt_time":
            yield Check(table.name, column.name, bad=lambda r, c=column.name:
                        r[c].time() == ibis.time(0, 0, 0))
