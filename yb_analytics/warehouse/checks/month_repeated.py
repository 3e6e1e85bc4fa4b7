import ibis

from yb_analytics.warehouse.checks import Check, kind

_CONTENT = {
    "setl_d": ("psn_no", "fixmedins_code", "med_type", "medfee_sumamt", "fund_pay_sumamt", "acct_pay"),
    "mdtrt_d": ("psn_no", "fixmedins_code", "med_type", "chfpdr_code"),
    "fee_list_d": ("psn_no", "fixmedins_code", "hilist_code", "cnt", "det_item_fee_sumamt"),
    "drug_trace_d": ("psn_no", "fixmedins_code", "hilist_code"),
}


def _twins(scan, table):
    """Rows with a twin at the same minute of another month's same day."""
    rows, at = scan.placed(table.name, columns=(*table.key, *_CONTENT[table.name])).t, table.month
    rows = rows.filter(rows[at].notnull() & rows.psn_no.notnull())
    rows = rows.mutate(_at=rows[at].day() * 1440 + rows[at].hour() * 60 + rows[at].minute())
    same = [rows[c] for c in (*_CONTENT[table.name], "_at")]
    first = rows[at].min().over(ibis.window(group_by=same))
    return rows.mutate(bad=first.month() != rows[at].month())


@kind(category="plausibility", sub="uniqueness", basis="设计3.5", says="与另一月份同日同时同内容的记录",
      advice="核对是否把上月数据改了日期重报。", shows="month_repeated:setl_d.月份",
      fine={"setl_d": {"setl_id": ["a", "b"], "psn_no": ["p", "p"],
                       "setl_time": ["2025-01-05 10:01", "2025-02-05 11:07"],
                       "medfee_sumamt": [10, 10]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "psn_no": ["p", "p"],
                         "setl_time": ["2025-01-05 10:01", "2025-02-05 10:01"], "medfee_sumamt": [10, 10]}})
def month_repeated(table):
    """月份重复 · No month is another month told again.

    The same person, place and amounts at the same minute of the same day of two months.
    """
    if table.name in _CONTENT:
        yield Check(table.name, "月份", query=lambda s: _twins(s, table))
