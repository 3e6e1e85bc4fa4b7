from yb_analytics.warehouse.checks import Check, kind, measure


def _sums(scan):
    lines = scan.w.fee_list_d
    lines = lines.filter(lines.setl_id.notnull()).group_by(_of="setl_id").aggregate(
        _sum=lines.det_item_fee_sumamt.sum())
    both = scan.placed("setl_d", columns=("setl_id", "medfee_sumamt")).t.inner_join(lines, [("setl_id", "_of")])
    off = (both.medfee_sumamt - both["_sum"]).abs()
    return both.mutate(bad=off > measure("lines_sum") + 0.001 * both.medfee_sumamt.abs())


@kind(category="conformance", sub="computational", basis="设计3.5；费用明细与结算勾稽", says="明细合计不等于结算总额",
      advice="核对明细是否漏传、重传。", shows="lines_sum:setl_d.medfee_sumamt",
      fine={"setl_d": {"setl_id": ["s"], "medfee_sumamt": [30]},
            "fee_list_d": {"bkkp_sn": ["1", "2"], "setl_id": ["s", "s"], "det_item_fee_sumamt": [10, 20]}},
      broken={"setl_d": {"setl_id": ["s"], "medfee_sumamt": [30]},
              "fee_list_d": {"bkkp_sn": ["1"], "setl_id": ["s"], "det_item_fee_sumamt": [10]}})
def lines_sum(table):
    """明细合计 · The lines of a settlement add up to it.

    Settlements without any line are left to `settlement_lines`.
    """
    if table.name == "setl_d":
        yield Check("setl_d", "medfee_sumamt", needs=("fee_list_d",), query=_sums)
