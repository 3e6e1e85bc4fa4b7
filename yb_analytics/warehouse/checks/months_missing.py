from yb_analytics.warehouse.checks import Check, Verdict, kind
from yb_analytics.warehouse.checks._grain import month_column
from yb_analytics.warehouse.checks._series import dated, every_month

_IRREGULAR = ("supervision",)
"""Groups whose events come irregularly: a month without one is no gap."""


def _gaps(cells, limits):
    months = dated(cells).groupby("ym")["rows"].sum()
    months = months[months >= 0.01 * months.median()]
    if len(months) < 2:
        return Verdict(0, 0, False, known=False)
    wanted = every_month(months.index.min(), months.index.max())
    gone = [m for m in wanted if m not in months.index]
    return Verdict(len(wanted), len(gone), len(gone) > limits.limit * len(wanted), gone[0] if gone else "")


@kind(category="completeness", sub="period", basis="设计3.5 覆盖", says="整月缺报",
      advice="补报缺失月份；该月指标按“无法评价”处理。", shows="months_missing:setl_d.月份",
      fine={"setl_d": {"setl_id": ["a", "b", "c"], "setl_time": ["2025-01-01", "2025-02-01", "2025-03-01"]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "setl_time": ["2025-01-01", "2025-03-01"]}})
def months_missing(table):
    """月份齐全 · No month is missing between the first and the last.

    A month with less than a hundredth of the usual rows counts as missing.
    """
    if month_column(table) and table.group not in _IRREGULAR:
        yield Check(table.name, "月份", uses="volume", tell=_gaps, unit="个月")
