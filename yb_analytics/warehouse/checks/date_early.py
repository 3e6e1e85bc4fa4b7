import ibis

from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._grain import month_column


@kind(category="plausibility", sub="temporal", basis="国发〔1998〕44号：基本医疗保险制度自1998年底建立",
      says="早于医保制度建立的日期",
      advice="核对年份；占位日期请留空。", shows="date_early:setl_d.enddate",
      fine={"setl_d": {"setl_id": ["a"], "enddate": ["2025-01-01"]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "enddate": ["2025-01-01", "1925-01-01"]}})
def date_early(table):
    """过早日期 · Nothing happened before there was the insurance.

    Events of care, money and supervision only; registers hold older dates rightly.
    """
    for column in table.columns:
        if column.kind in ("date", "time") and column.name != "brdy" and month_column(table):
            yield Check(table.name, column.name,
                        bad=lambda r, c=column.name: r[c].cast("date") < ibis.date("1999-01-01"))
