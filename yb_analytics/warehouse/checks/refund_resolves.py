from yb_analytics.warehouse.checks import Check, Join, kind

_LINKS = {"setl_d": ("init_setl_id", "setl_id", "medfee_sumamt"),
          "fee_list_d": ("init_feedetl_sn", "bkkp_sn", "det_item_fee_sumamt")}


@kind(category="conformance", sub="relational", basis="设计3.6 冲销", says="找不到本人原记录的冲销",
      advice="补报被冲销的原结算；对不上的冲销无法净额。", shows="refund_resolves:setl_d.init_setl_id",
      fine={"setl_d": {"setl_id": ["a", "b"], "init_setl_id": [None, "a"], "psn_no": ["p", "p"]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "init_setl_id": [None, "x"], "psn_no": ["p", "p"]}})
def refund_resolves(table):
    """冲销可查 · A refund finds the same person's original.

    Refunds of an earlier period miss theirs where the period was not delivered.
    """
    if table.name in _LINKS:
        own, key, _ = _LINKS[table.name]
        join = Join(own, table.name, key, ("psn_no",))
        yield Check(table.name, own, joins=(join,),
                    bad=lambda r: ~r.met(join) | (r.of(join, "psn_no") != r["psn_no"]).fill_null(False))
