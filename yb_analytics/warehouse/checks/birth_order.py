from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._grain import month_column


@kind(category="plausibility", sub="temporal", basis="设计3.5", says="出生之前的就医",
      advice="核对出生日期；新生儿随母就医的按母亲登记。", shows="birth_order:setl_d.brdy",
      fine={"setl_d": {"setl_id": ["a"], "setl_time": ["2025-01-01"], "brdy": ["1980-01-01"]}},
      broken={"setl_d": {"setl_id": ["a"], "setl_time": ["2025-01-01"], "brdy": ["2025-09-01"]}})
def birth_order(table):
    """先生后医 · Nobody is treated before birth.

    The birth date of the row is meant, not that of the register.
    """
    at = month_column(table)
    if "brdy" in table.names and at:
        yield Check(table.name, "brdy", of=("brdy", at), bad=lambda r: r["brdy"] > r[at].cast("date"))
