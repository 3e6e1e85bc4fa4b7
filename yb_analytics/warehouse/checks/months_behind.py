from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._grain import month_column


def _months(scan, table):
    """One row per month the settlements have, bad where this table has none; months of thin volume do not count."""
    rows = scan.placed(table.name, columns=table.key).t
    return rows.mutate(bad=(rows.ym.cast("string") > scan.last_month))


@kind(category="plausibility", sub="temporal", basis="设计3.5", says="晚于结算截止月的月份",
      advice="核对年月；预报数据应另行说明。", shows="months_behind:fund_ledger.月份",
      fine={"fund_ledger": {"ym": ["202501"]}, "setl_d": {"setl_id": ["a"], "setl_time": ["2025-01-01"]}},
      broken={"fund_ledger": {"ym": ["202501", "203501"]}, "setl_d": {"setl_id": ["a"], "setl_time": ["2025-01-01"]}})
def months_behind(table):
    """年月不超前 · No month lies after the last month of the data.

    For tables that say their month as text; those with dates have `date_future`.
    """
    column = month_column(table)
    if column and table[column].kind == "code":
        yield Check(table.name, "月份", needs=("setl_d",), query=lambda s: _months(s, table))
