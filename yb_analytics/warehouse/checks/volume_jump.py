from yb_analytics.warehouse.checks import Check, Verdict, kind
from yb_analytics.warehouse.checks._grain import month_column
from yb_analytics.warehouse.checks._series import LEAST_MONTHS, WHOLE, spotted, wide

_USUAL = {True: 60, False: 100}
"""Rows a month usually has (city, county) before a jump is more than chance."""


def _jumps(cells, limits):
    rows = wide(cells, "rows").fillna(0)
    usual = rows.median()
    rows = rows.loc[:, [usual[c] >= _USUAL[c == WHOLE] for c in rows.columns]]
    if len(rows) < LEAST_MONTHS or rows.empty:
        return Verdict(0, 0, False, known=False)
    ratio = rows / rows.median()
    low, high = 1 / limits.measure, limits.measure
    return spotted((ratio - 1).abs(), (ratio > high) | (ratio < low), len(rows))


_FINE = [m for m in range(1, 7) for _ in range(80)]


@kind(category="plausibility", sub="temporal", basis="设计3.5", says="行数异于常年的月份",
      advice="核对该月是否重报、漏报。", shows="volume_jump:setl_d.行数",
      fine={"setl_d": {"setl_id": [str(i) for i in range(480)], "setl_time": [f"2025-0{m}-03" for m in _FINE]}},
      broken={"setl_d": {"setl_id": [str(i) for i in range(580)],
                         "setl_time": [f"2025-0{m}-03" for m in _FINE + [4] * 100]}})
def volume_jump(table):
    """行数平稳 · No month has far more or fewer rows than usual.

    In the city and in every county; the usual number is the median of the months.
    """
    if month_column(table) and table.group != "supervision":
        yield Check(table.name, "行数", uses="volume", tell=_jumps, unit="个月")
