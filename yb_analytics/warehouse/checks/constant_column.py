from yb_analytics.warehouse.checks import Check, Verdict, kind
from yb_analytics.warehouse.checks._check import CELL_ROWS

_VARIED = ("gend", "brdy", "psn_no", "fixmedins_code", "hilist_code", "medfee_sumamt", "fund_pay_sumamt", "psn_pay",
           "det_item_fee_sumamt", "cnt", "pric", "med_type", "insutype", "setl_time", "begntime", "fee_ocur_time",
           "sale_time", "dscg_maindiag_code", "diag_code", "psn_type", "amt", "dfr_sumamt", "crt_insu_date")
"""Columns that are never the same in all rows of a month of a county."""


def _months(cells, limits):
    """Cells with rows enough in which only one value was seen."""
    large = cells[cells["rows"] >= CELL_ROWS]
    flat = large[large["size"] <= 1]
    worst = flat.sort_values("rows").iloc[-1] if len(flat) else None
    spot = (str(worst["ym"]), str(worst["county"])) if worst is not None else ("", "")
    return Verdict(int(large["rows"].sum()), int(flat["rows"].sum()),
                   bool(len(large)) and flat["rows"].sum() > limits.limit * large["rows"].sum(), *spot,
                   known=len(large) > 0)


_PLAIN = {"setl_id": [str(i) for i in range(40)], "setl_time": "2025-01-03"}


@kind(category="plausibility", sub="atemporal", basis="设计3.5", says="全部取同一值",
      advice="核对导出是否用了默认值。", shows="constant_column:setl_d.medfee_sumamt",
      fine={"setl_d": {**_PLAIN, "medfee_sumamt": list(range(40))}}, broken={"setl_d": {**_PLAIN, "medfee_sumamt": 10}})
def constant_column(table):
    """取值有变化 · A column that varies does so in every month and county.

    Looked at where a month of a county has thirty rows or more.
    """
    for column in table.columns:
        if column.name in _VARIED and table.key != (column.name,):
            yield Check(table.name, column.name, tell=_months, distinct=lambda r, c=column.name: r[c])
