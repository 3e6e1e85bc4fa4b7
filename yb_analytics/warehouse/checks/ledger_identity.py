import ibis

from yb_analytics.warehouse.checks import Check, kind, measure


def _balances(scan):
    """One row per pool and month: opening + income - expenditure against the closing balance."""
    rows = scan.w.fund_ledger
    by = ("ym", "insu_admdvs", "insutype", "acct_type")
    per = rows.group_by(*by).aggregate(**{i: rows.amt.sum(where=rows["item"] == i)
                                          for i in ("income", "expenditure", "balance")})
    one = ibis.window(group_by=[per[c] for c in by[1:]], order_by=per.ym)
    per = per.mutate(_before=per.balance.lag().over(one))
    off = (per["_before"] + per.income.fill_null(0) - per.expenditure.fill_null(0) - per.balance).abs()
    per = per.filter(per["_before"].notnull() & per.balance.notnull()).mutate(bad=off > measure("ledger_identity"))
    return per.mutate(county=per.insu_admdvs)


def _ledger(last):
    return {"ym": ["202501"] * 3 + ["202502"] * 3, "insu_admdvs": "330402", "insutype": "310", "acct_type": "pool",
            "item": ["income", "expenditure", "balance"] * 2, "amt": [10, 4, 106, 10, 4, last]}


@kind(category="conformance", sub="computational", basis="社会保险基金会计制度：上期结余＋收入－支出＝本期结余",
      says="收支与结余不平的账期", advice="核对台账的结余或收支科目。", shows="ledger_identity:fund_ledger.amt",
      fine={"fund_ledger": _ledger(112)}, broken={"fund_ledger": _ledger(1120)})
def ledger_identity(table):
    """台账平衡 · Opening balance, income and expenditure give the closing balance.

    By month, county, insurance and kind of account.
    """
    if table.name == "fund_ledger":
        yield Check("fund_ledger", "amt", query=_balances, unit="个账期")
