from yb_analytics.warehouse.checks import Check, kind


def _without(scan):
    have = scan.w.fee_list_d.select(_of="setl_id").distinct()
    rows = scan.placed("setl_d", columns=("setl_id", "medfee_sumamt")).t
    both = rows.filter(rows.medfee_sumamt != 0).left_join(have, [("setl_id", "_of")])
    return both.mutate(bad=both["_of"].isnull())


@kind(category="completeness", sub="record", basis="设计3.5", says="没有明细的结算",
      advice="补传费用明细；项目规则看不到这些结算。", shows="settlement_lines:setl_d.setl_id",
      fine={"setl_d": {"setl_id": ["s"], "medfee_sumamt": [30]}, "fee_list_d": {"bkkp_sn": ["1"], "setl_id": ["s"]}},
      broken={"setl_d": {"setl_id": ["s", "t"], "medfee_sumamt": [30, 9]},
              "fee_list_d": {"bkkp_sn": ["1"], "setl_id": ["s"]}})
def settlement_lines(table):
    """结算有明细 · A settlement has fee lines.

    Care elsewhere often comes without lines: some per cent are usual.
    """
    if table.name == "setl_d":
        yield Check("setl_d", "setl_id", needs=("fee_list_d",), query=_without)
