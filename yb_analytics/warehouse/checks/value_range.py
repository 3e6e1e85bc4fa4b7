import ibis

from yb_analytics.warehouse.checks import Check, kind


def _outside(r, column):
    value = r[column.name]
    if column.kind in ("date", "time"):
        value = value.cast("date")
    tests = [value < _bound(column, column.least)] if column.least is not None else []
    if column.most is not None:
        tests.append(value > _bound(column, column.most))
    return ibis.or_(*tests)


def _bound(column, bound):
    return ibis.date(bound) if column.kind in ("date", "time") else bound


@kind(category="plausibility", sub="atemporal", basis="数据字典：合理范围", says="数值超出合理范围",
      advice="核对单位（分、元、万元）和录入，确有其事的附说明。", shows="value_range:fixmedins_b.lat",
      fine={"fixmedins_b": {"fixmedins_code": ["a"], "lat": [30.5]}},
      broken={"fixmedins_b": {"fixmedins_code": ["a"], "lat": [130.5]}})
def value_range(table):
    """合理范围 · Values lie within their plausible bounds.

    The bounds stand in the schema beside the column (`least`, `most`).
    """
    for column in table.columns:
        if column.least is not None or column.most is not None:
            yield Check(table.name, column.name, bad=lambda r, c=column: _outside(r, c))
