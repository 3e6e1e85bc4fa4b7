from yb_analytics.warehouse.checks import Check, kind, measure

_LINES = (("pric", "cnt", "det_item_fee_sumamt"), ("purc_pric", "purc_cnt", "purc_amt"), ("pric", "cnt", "amt"),
          ("sale_pric", "sale_cnt", "sale_amt"))


def _off(r, price, count, total):
    made = r[price].cast("float64") * r[count].cast("float64")
    tolerated = measure("line_total") + 0.01 * r[total].abs().cast("float64")
    return (made - r[total].cast("float64")).abs() > tolerated


@kind(category="conformance", sub="computational", basis="设计3.5", says="单价×数量不等于金额",
      advice="核对单价单位和数量换算（盒、片）。", shows="line_total:fee_list_d.det_item_fee_sumamt",
      fine={"fee_list_d": {"bkkp_sn": ["1"], "pric": [2.5], "cnt": [4], "det_item_fee_sumamt": [10]}},
      broken={"fee_list_d": {"bkkp_sn": ["1"], "pric": [2.5], "cnt": [4], "det_item_fee_sumamt": [1000]}})
def line_total(table):
    """明细金额 · Price times quantity is the total of a line.

    Rounding of a unit price may cost one per cent of the total.
    """
    for price, count, total in _LINES:
        if {price, count, total} <= set(table.names):
            yield Check(table.name, total, of=(price, count, total),
                        bad=lambda r, a=price, b=count, c=total: _off(r, a, b, c))
