from dataclasses import replace

from yb_analytics.warehouse.checks import Check, Verdict, kind
from yb_analytics.warehouse.checks._grain import county_column, institution_column, month_column
from yb_analytics.warehouse.checks._series import WHOLE, spotted, wide

_USUAL = 12
"""Rows a county usually has in a month before its silence says something."""


def _silent(cells, limits):
    rows = wide(cells, "rows").fillna(0)
    counties = rows.drop(columns=WHOLE)
    usual = counties.median()
    counties = counties.loc[:, usual >= _USUAL]
    if counties.empty or len(counties) < 3:
        return Verdict(0, 0, False, known=False)
    missing = counties.le(limits.measure * counties.median())
    found = spotted(1 - counties / counties.median(), missing, len(counties))
    return replace(found, fails=found.share > limits.limit)


_ROWS = [(m, c) for m in range(1, 7) for c in ("330402", "330481") for _ in range(20)]


@kind(category="completeness", sub="period", basis="设计3.5 按县区覆盖", says="有县区断报的月份",
      advice="联系该县区补报；补报前其指标按“无法评价”处理。", shows="county_silent:setl_d.县区",
      fine={"setl_d": {"setl_id": [str(i) for i in range(240)], "setl_time": [f"2025-0{m}-03" for m, _ in _ROWS],
                       "insu_admdvs": [c for _, c in _ROWS]}},

      broken={"setl_d": {"setl_id": [str(i) for i in range(220)],
                         "setl_time": [f"2025-0{m}-03" for m, _ in _ROWS[:220]],
                         "insu_admdvs": [c for _, c in _ROWS[:220]]}})
def county_silent(table):
    """县区不断报 · No county stops delivering.

    A county that usually delivers and has next to nothing in a month would be read as having no events.
    """
    if month_column(table) and (county_column(table) or institution_column(table)):
        yield Check(table.name, "县区", uses="volume", tell=_silent, unit="个月")
