import ibis

from yb_analytics.warehouse.checks import Check, Verdict, kind

_PLACES = {"setl_d": "medfee_sumamt", "fee_list_d": "det_item_fee_sumamt"}


def _level(cells, limits):
    """Geometric mean of all amounts, within a factor `measure` of the usual one."""
    rows = int(cells["rows"].sum())
    mean = cells["size"].sum() / rows if rows else 0.0
    off = not limits.limit <= 10**mean <= limits.measure
    return Verdict(1, int(off), off, known=rows >= 100)


@kind(category="plausibility", sub="atemporal", basis="2025年全国医保统计：次均费用量级", says="总体金额量级不合常理",
      advice="核对整表金额单位；整表以分报送时各等式都成立，只有量级能看出。", shows="money_level:setl_d.medfee_sumamt",
      fine={"setl_d": {"setl_id": [str(i) for i in range(100)], "medfee_sumamt": 150}},
      broken={"setl_d": {"setl_id": [str(i) for i in range(100)], "medfee_sumamt": 15000}})
def money_level(table):
    """总体量级 · A usual settlement, a usual line, has a usual size.

    A table wholly in fen keeps every identity; only its size tells. Other currencies are no fault, so it is a warning.
    """
    if table.name in _PLACES:
        column = _PLACES[table.name]
        yield Check(table.name, column, tell=_level, unit="表", where=lambda r: r[column] > 0,
                    size=lambda r: ibis.cases((r[column] > 0, r[column].cast("float64").log10())))
