from yb_analytics.warehouse.checks import Check, Join, kind
from yb_analytics.warehouse.checks.refund_resolves import _LINKS


@kind(category="plausibility", sub="atemporal", basis="设计3.6 冲销", says="大于原金额的冲销",
      advice="核对冲销金额；超额冲销会使净额为负。", shows="refund_size:setl_d.medfee_sumamt",
      fine={"setl_d": {"setl_id": ["a", "b"], "init_setl_id": [None, "a"], "medfee_sumamt": [100, -100]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "init_setl_id": [None, "a"], "medfee_sumamt": [100, -10000]}})
def refund_size(table):
    """冲销金额 · A refund is not larger than its original.

    Sizes are compared: the sign of a refund is a matter of convention.
    """
    if table.name in _LINKS:
        own, key, amount = _LINKS[table.name]
        join = Join(own, table.name, key, (amount,))
        yield Check(table.name, amount, joins=(join,), of=(own, amount), where=lambda r: r.met(join),
                    bad=lambda r: r[amount].abs() > r.of(join, amount).abs() + 0.01)
