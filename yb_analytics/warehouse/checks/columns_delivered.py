from yb_analytics.warehouse.checks import Check, Verdict, kind, limits_of


def _empty(cells, limits):
    """How many of the expected columns hold nothing at all."""
    sums = cells.groupby("check")[["rows", "failed"]].sum()
    sums = sums[[limits_of(c).limit < 1 for c in sums.index]]
    empty = int((sums["rows"] == sums["failed"]).sum())
    return Verdict(len(sums), empty, empty > limits.limit * len(sums), known=len(sums) > 0)


@kind(category="completeness", sub="column", basis="设计3.4 表结构漂移", says="整列未报送",
      advice="对照数据字典请报送单位补充该列；依赖它的指标按“无法评价”处理。", shows="columns_delivered:setl_d.列",
      fine={"setl_d": {c: [v] for c, v in {
                "setl_id": "a", "mdtrt_id": "m", "gend": "1", "brdy": "1980-01-01", "insutype": "310",
                "psn_type": "11", "cvlserv_flag": "0", "insu_admdvs": "330402", "pay_loc": "2", "fixmedins_name": "x",
                "hosp_lv": "02", "fix_blng_admdvs": "330402", "begndate": "2025-01-01", "enddate": "2025-01-01",
                "mdtrt_cert_type": "01", "fulamt_ownpay_amt": 0, "overlmt_selfpay": 0, "preselfpay_amt": 0,
                "inscp_amt": 0, "act_pay_dedc": 0, "hifp_pay": 0, "cvlserv_pay": 0, "hifes_pay": 0, "hifmi_pay": 0,
                "hifob_pay": 0, "maf_pay": 0, "othfund_pay": 0, "psn_pay": 0, "acct_pay": 0, "cash_payamt": 0,
                "balc": 0, "refd_setl_flag": "0", "mid_setl_flag": "0", "vali_flag": "1"}.items()}},
      broken={"setl_d": {"setl_id": ["a"], "gend": ["1"]}})
def columns_delivered(table):
    """应报列 · Expected columns were delivered.

    A column that is empty in every row was not delivered: what needs it cannot be evaluated.
    """
    if any(not c.required and c.personal in ("", "pseudonym") for c in table.columns):
        yield Check(table.name, "列", uses="expected_filled", tell=_empty, unit="列")
