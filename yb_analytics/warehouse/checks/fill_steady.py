from yb_analytics.warehouse.checks import Check, Verdict, kind
from yb_analytics.warehouse.checks._series import departures, ratios


def _tell(cells, limits):
    rows, empty = cells["rows"].sum(), cells["failed"].sum()
    if empty in (0, rows):  # nothing to compare: always filled, or never
        return Verdict(int(cells["ym"].nunique()), 0, False, known=empty == 0)
    return departures(ratios(cells, "failed", 100), limits)


_MONTHS = [f"2025-{m:02d}-03" for m in range(1, 7) for _ in range(120)]


@kind(category="completeness", sub="period", basis="设计3.5 覆盖", says="填写率与常年相差悬殊的月份",
      advice="核对该月导出程序是否漏列。", shows="fill_steady:setl_d.emp_no",
      fine={"setl_d": {"setl_id": [str(i) for i in range(720)], "setl_time": _MONTHS, "emp_no": ["e", None] * 360}},
      broken={"setl_d": {"setl_id": [str(i) for i in range(720)], "setl_time": _MONTHS,
                         "emp_no": ["e", None] * 300 + [None] * 120}})
def fill_steady(table):
    """填写率平稳 · A column is filled as in other months.

    Compares every month, in the city and in each county, with the usual share of empty values there.
    """
    for column in table.columns:
        if not column.required and column.name != "updt_time" and column.personal != "dropped":
            yield Check(table.name, column.name, uses="expected_filled", tell=_tell, unit="个月")
