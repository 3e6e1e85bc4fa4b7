from yb_analytics.warehouse.checks import Check, kind


@kind(category="completeness", sub="record", basis="设计3.5", says="没有结算编号的明细",
      advice="补报结算；未结算的在院费用除外。", shows="line_settled:fee_list_d.setl_id",
      fine={"fee_list_d": {"bkkp_sn": ["1"], "setl_id": ["s"]}},
      broken={"fee_list_d": {"bkkp_sn": ["1", "2"], "setl_id": ["s", None]}})
def line_settled(table):
    """明细有结算 · A fee line belongs to a settlement.

    Lines of stays not yet settled have none; foreign deliveries may give none at all.
    """
    if table.name == "fee_list_d":
        yield Check("fee_list_d", "setl_id", of=(), bad=lambda r: r["setl_id"].isnull())
