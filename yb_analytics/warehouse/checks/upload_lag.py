from yb_analytics.warehouse.checks import Check, kind, measure


@kind(category="completeness", sub="period", basis="设计3.5 上传时效", says="过晚上传的记录",
      advice="督促及时上传；近月数据按初步值使用。", shows="upload_lag:setl_d.updt_time",
      fine={"setl_d": {"setl_id": ["a"], "setl_time": ["2025-01-01"], "updt_time": ["2025-01-03"]}},
      broken={"setl_d": {"setl_id": ["a"], "setl_time": ["2025-01-01"], "updt_time": ["2025-09-03"]}})
def upload_lag(table):
    """上传时效 · Rows arrive soon after what they tell.

    Late rows mean that the latest months are not complete yet.
    """
    if table.month and "updt_time" in table.names:
        yield Check(table.name, "updt_time", of=(table.month, "updt_time"), bad=lambda r:
                    r["updt_time"].cast("date").delta(r[table.month].cast("date"), unit="day") > measure("upload_lag"))
