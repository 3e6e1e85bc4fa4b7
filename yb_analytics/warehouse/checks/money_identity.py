from yb_analytics.warehouse.checks import Check, kind, measure

_SUMS = {
    "fund_pay_sumamt": ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "othfund_pay"),
    "psn_pay": ("acct_pay", "cash_payamt"),
}
"""A total and its parts."""

_FEE = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_amt")


def _off(r, total, parts):
    return (r[total] - sum(r[p].fill_null(0) for p in parts)).abs() > measure("money_identity")


@kind(category="conformance", sub="computational", basis="数据标准1.2（由2303字段定义推得，未核实）",
      says="合计不等于各项之和",
      advice="核对各项金额口径；未核实的等式先作警告。", shows="money_identity:setl_d.psn_pay",
      fine={"setl_d": {"setl_id": ["a"], "psn_pay": [10], "acct_pay": [4], "cash_payamt": [6]}},
      broken={"setl_d": {"setl_id": ["a"], "psn_pay": [10], "acct_pay": [4], "cash_payamt": [600]}})
def money_identity(table):
    """金额等式 · Totals are the sums of their parts.

    Fee by scope, fund by purse, the person's part by source, and the fee by who paid it.
    """
    names = set(table.names)
    for total, parts in _SUMS.items():
        if {total, *parts} <= names:
            yield Check(table.name, total, of=(total, parts[0]), bad=lambda r, t=total, p=parts: _off(r, t, p))
    if {"medfee_sumamt", *_FEE} <= names:
        yield Check(table.name, "medfee_sumamt", of=("medfee_sumamt", "inscp_amt"),
                    bad=lambda r: _off(r, "medfee_sumamt", _FEE))
    if {"medfee_sumamt", "fund_pay_sumamt", "psn_pay"} <= names:
        yield Check(table.name, "medfee_sumamt+fund_pay_sumamt+psn_pay",
                    of=("medfee_sumamt", "fund_pay_sumamt", "psn_pay"),
                    bad=lambda r: _off(r, "medfee_sumamt", ("fund_pay_sumamt", "psn_pay")))
