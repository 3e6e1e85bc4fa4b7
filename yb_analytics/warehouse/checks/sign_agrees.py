from yb_analytics.warehouse.checks import Check, kind

_PAIRS = (("medfee_sumamt", "fund_pay_sumamt"), ("medfee_sumamt", "psn_pay"), ("medfee_sumamt", "inscp_amt"),
          ("cnt", "det_item_fee_sumamt"), ("det_item_fee_sumamt", "inscp_amt"))


@kind(category="conformance", sub="computational", basis="设计3.6 冲销", says="正负号不一致的金额",
      advice="冲销行的各项金额与数量应同号；核对冲销口径。", shows="sign_agrees:setl_d.medfee_sumamt+fund_pay_sumamt",
      fine={"setl_d": {"setl_id": ["a", "b"], "medfee_sumamt": [100, -30], "fund_pay_sumamt": [60, -20]}},
      broken={"setl_d": {"setl_id": ["a"], "medfee_sumamt": [100], "fund_pay_sumamt": [-60]}})
def sign_agrees(table):
    """正负号一致 · The amounts of a row have one sign.

    A reversal reverses all of its amounts.
    """
    for one, other in _PAIRS:
        if {one, other} <= set(table.names):
            yield Check(table.name, f"{one}+{other}", of=(one, other), bad=lambda r, a=one, b=other:
                        ((r[a] > 0) & (r[b] < 0)) | ((r[a] < 0) & (r[b] > 0)))
