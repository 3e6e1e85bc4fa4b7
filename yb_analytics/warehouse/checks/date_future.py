from datetime import timedelta

import ibis

from yb_analytics.schema import Period
from yb_analytics.warehouse.checks import Check, kind, measure
from yb_analytics.warehouse.checks._grain import month_column

_UNTIL = ("end", "until", "expi", "valid", "due", "paus")
"""Words in names of columns that may lie ahead: an end agreed, a validity."""


def _ahead(r, column):
    last = r.scan.last_month
    if not last:
        return r[column].isnull()
    end = Period.parse(f"{last[:4]}-{last[4:]}").end + timedelta(days=int(measure("date_future")))
    return r[column].cast("date") >= ibis.date(end.isoformat())


@kind(category="plausibility", sub="temporal", basis="设计3.5；Kahn 2016 temporal plausibility",
      says="日期晚于数据截止月",
      advice="核对录入年份与系统时钟。", shows="date_future:setl_d.setl_time",
      fine={"setl_d": {"setl_id": [str(i) for i in range(9)], "setl_time": ["2025-01-03"] * 4 + ["2025-02-03"] * 5}},
      broken={"setl_d": {"setl_id": [str(i) for i in range(99)],
                         "setl_time": ["2025-01-03"] * 50 + ["2025-02-03"] * 48 + ["2035-02-03"]}})
def date_future(table):
    """未来日期 · Nothing happened after the data end.

    The end is the last month of ordinary volume, so that rows dated ahead do not move it themselves.
    """
    for column in table.columns:
        until = not month_column(table) and any(word in column.name for word in _UNTIL)
        if column.kind in ("date", "time") and not until and column.name != "updt_time":
            yield Check(table.name, column.name, bad=lambda r, c=column.name: _ahead(r, c),
                        where=lambda r: ibis.literal(bool(r.scan.last_month)))
