import ibis

from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._repeats import FACTS, alike, minute

_FURTHER = {"setl_d": ("acct_pay",), "mdtrt_d": ("chfpdr_code",)}


def _twins(scan, table):
    """Rows with a twin at the same minute of another month's same day."""
    rows, at = alike(scan, table), table.month
    if rows is None:
        return None
    rows = rows.filter(rows[at].notnull() & rows.psn_no.notnull()).mutate(_at=minute(rows[at]))
    content = (*FACTS[table.name][0], *_FURTHER.get(table.name, ()), "_at")
    first = rows[at].min().over(ibis.window(group_by=[rows[c] for c in content]))
    both = rows.mutate(bad=first.month() != rows[at].month())
    return both.filter(both.bad)


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
    if table.name in FACTS:
        yield Check(table.name, "月份", failing_only=True, query=lambda s: _twins(s, table))
