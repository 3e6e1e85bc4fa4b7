import ibis

from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._series import departures, ratios


def _tell(cells, limits):
    return departures(ratios(cells, "size", 100), limits)


_TIMES = [f"2025-0{m}-03" for m in range(1, 7) for _ in range(120)]


@kind(category="plausibility", sub="atemporal", basis="设计3.5：分与元", says="金额量级异于平常的月份",
      advice="核对金额单位（分、元、万元）。", shows="money_scale:setl_d.medfee_sumamt",
      fine={"setl_d": {"setl_id": [str(i) for i in range(720)], "setl_time": _TIMES, "medfee_sumamt": [90, 110] * 360}},
      broken={"setl_d": {"setl_id": [str(i) for i in range(720)], "setl_time": _TIMES,
                         "medfee_sumamt": [90, 110] * 300 + [9000, 11000] * 60}})
def money_scale(table):
    """金额量级 · Amounts have the size of other months.

    The mean of the logarithm (base 10) of amounts other than zero, in the city and in every county; a month in fen
    stands two above the others.
    """
    for column in table.columns:
        if column.kind in ("money", "quantity") and table.month:
            yield Check(table.name, column.name, tell=_tell, unit="个月", where=lambda r, c=column.name: r[c] != 0,
                        size=lambda r, c=column.name: ibis.cases((r[c] != 0, r[c].cast("float64").abs().log10())))
