from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks.refund_resolves import _LINKS


@kind(category="conformance", sub="relational", basis="设计3.6 冲销", says="未写原记录的负数行",
      advice="请报送单位在冲销行填写原结算ID、原明细流水号。", shows="refund_linked:setl_d.init_setl_id",
      fine={"setl_d": {"setl_id": ["a", "b"], "init_setl_id": [None, "a"], "medfee_sumamt": [100, -30]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "medfee_sumamt": [100, -30]}})
def refund_linked(table):
    """冲销有据 · A negative row says what it reverses.

    Refunds without a link are paired by their amounts, which is less certain.
    """
    if table.name in _LINKS:
        own, _, amount = _LINKS[table.name]
        yield Check(table.name, own, of=(amount,), where=lambda r: r[amount] < 0,
                    bad=lambda r: r[own].isnull())
