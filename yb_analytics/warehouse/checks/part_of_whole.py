from yb_analytics.warehouse.checks import Check, kind

_PAIRS = (("fund_pay_sumamt", "medfee_sumamt"), ("psn_pay", "medfee_sumamt"), ("hifp_pay", "fund_pay_sumamt"),
          ("acct_pay", "psn_pay"), ("inscp_amt", "det_item_fee_sumamt"), ("fulamt_ownpay_amt", "det_item_fee_sumamt"),
          ("inscp_amt", "medfee_sumamt"), ("recovered_amt", "amt"), ("self_return_amt", "violation_amt"),
          ("dfr_sumamt", "dcla_sumamt"), ("dfr_sumamt", "dcla_amt"), ("aprv_amt", "dcla_amt"),
          ("recovered_amt", "confirmed_amt"), ("clct_psncnt", "psn_cnt"), ("should_insured_cnt", "resident_cnt"))
"""A part and its whole; payouts do not pass what was declared."""


@kind(category="plausibility", sub="atemporal", basis="设计3.5；数据标准1.2", says="部分大于整体",
      advice="核对两项金额是否填反、单位是否一致。", shows="part_of_whole:setl_d.fund_pay_sumamt+medfee_sumamt",
      fine={"setl_d": {"setl_id": ["a", "b"], "medfee_sumamt": [100, -30], "fund_pay_sumamt": [60, -20]}},
      broken={"setl_d": {"setl_id": ["a"], "medfee_sumamt": [60], "fund_pay_sumamt": [100]}})
def part_of_whole(table):
    """部分不大于整体 · A part is not larger than its whole.

    Sizes are compared, so reversals count as what they reverse.
    """
    for part, whole in _PAIRS:
        if {part, whole} <= set(table.names):
            yield Check(table.name, f"{part}+{whole}", of=(part, whole),
                        bad=lambda r, a=part, b=whole: r[a].abs() > r[b].abs() + 1)
