import ibis

from yb_analytics.warehouse.checks import Check, kind, measure
from yb_analytics.warehouse.checks._grain import month_column


def _too_old(r, at):
    last = r.scan.last_month
    year = r[at].year() if at else ibis.literal(int(last[:4])) if last else ibis.null("int64")
    return year - r["brdy"].year() > measure("age_limit")


@kind(category="plausibility", sub="atemporal", basis="设计3.5；最高年龄", says="年龄过高",
      advice="核对出生日期和生存状态。", shows="age_limit:setl_d.brdy",
      fine={"setl_d": {"setl_id": ["a"], "setl_time": ["2025-01-01"], "brdy": ["1930-01-01"]}},
      broken={"setl_d": {"setl_id": ["a"], "setl_time": ["2025-01-01"], "brdy": ["1902-01-01"]}})
def age_limit(table):
    """年龄上限 · Nobody is older than people get.

    At the event where the table has one, else at the end of the data.
    """
    at = month_column(table)
    if "brdy" in table.names:
        yield Check(table.name, "brdy", of=("brdy", at) if at else ("brdy",), bad=lambda r: _too_old(r, at))
