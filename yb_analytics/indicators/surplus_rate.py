from yb_analytics.indicators import indicator


@indicator(subject="fund", unit="share", better="higher", parent="management",
           basis="S3 三7 收支平衡、略有结余", owner="市医保局、市财政局", needs=("fund_ledger",),
           denominator="统筹基金当期收入", pillar="行业自管", date_basis="payment", target={2025: 0.02},
           error="none")
def surplus_rate(w, p):
    """统筹基金当期结余率 · Current surplus of the pool.

    Income less expenditure over income of the pool, by month of the ledger; personal accounts are never mixed
    in.
    """
    t = w.fund_ledger.filter(w.fund_ledger.acct_type == "pool", w.fund_ledger.item.isin(["income", "expenditure"]))
    own = t.item == "income"
    return t.select(county=t.insu_admdvs, insutype=t.insutype, on=(t.ym[:4] + "-" + t.ym[4:6] + "-01").cast("date"),
                    numerator=own.ifelse(t.amt, -t.amt), denominator=own.ifelse(t.amt, 0))
