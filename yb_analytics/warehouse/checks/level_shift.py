from yb_analytics.warehouse.checks import Check, Verdict, kind
from yb_analytics.warehouse.checks._grain import month_column
from yb_analytics.warehouse.checks._series import WHOLE, spotted, wide

_SIDE = 3
"""Months on each side of a shift."""


def _shifts(cells, limits):
    rows = wide(cells, "rows").fillna(0)
    usual = rows.median()
    rows = rows.loc[:, [usual[c] >= (60 if c == WHOLE else 100) for c in rows.columns]]
    if len(rows) < 2 * _SIDE or rows.empty:
        return Verdict(0, 0, False, known=False)
    before = rows.rolling(_SIDE).median().shift(1)
    after = rows[::-1].rolling(_SIDE).median()[::-1]
    ratio = after / before.where(before > 0)
    return spotted((ratio - 1).abs(), (ratio > limits.measure) | (ratio < 1 / limits.measure), len(rows))


def _times(counts):
    return [f"2025-{m:02d}-03" for m, n in enumerate(counts, 1) for _ in range(n)]


@kind(category="plausibility", sub="temporal", basis="设计3.5", says="行数水平突变的月份",
      advice="核对接口改造、机构增减或口径变化。", shows="level_shift:setl_d.行数",
      fine={"setl_d": {"setl_id": [str(i) for i in range(640)], "setl_time": _times([80] * 8)}},
      broken={"setl_d": {"setl_id": [str(i) for i in range(960)], "setl_time": _times([80] * 4 + [160] * 4)}})
def level_shift(table):
    """水平突变 · The number of rows does not change its level.

    The median of three months against that of the three months before.
    """
    if month_column(table) and table.group != "supervision":
        yield Check(table.name, "行数", uses="volume", tell=_shifts, unit="个月")
