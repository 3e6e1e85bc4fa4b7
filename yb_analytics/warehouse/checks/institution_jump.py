import ibis

from yb_analytics.warehouse.checks import Check, kind, measure

_LEAST = 60
"""Rows of an institution in a month before a jump is more than chance."""


def _jumps(scan, table):
    """One row per institution and month, bad where it has many times its usual rows."""
    rows = scan.placed(table.name, columns=("fixmedins_code",)).t
    rows = rows.filter(rows.fixmedins_code.notnull())
    per = rows.group_by("fixmedins_code", "ym").aggregate(county=rows.county.max(), n=rows.count())
    usual = per.n.median().over(ibis.window(group_by=per.fixmedins_code))
    months = per.n.count().over(ibis.window(group_by=per.fixmedins_code))
    return per.mutate(bad=(per.n >= _LEAST) & (months >= 4) & (per.n > measure("institution_jump") * usual))


_N = [(m, "h") for m in range(1, 7) for _ in range(20)]


@kind(category="plausibility", sub="temporal", basis="设计3.5", says="行数数倍于平常的机构月",
      advice="先核对是否重传，再按线索看业务。", shows="institution_jump:setl_d.fixmedins_code",
      fine={"setl_d": {"setl_id": [str(i) for i in range(120)], "setl_time": [f"2025-0{m}-03" for m, _ in _N],
                       "fixmedins_code": "h"}},
      broken={"setl_d": {"setl_id": [str(i) for i in range(220)], "fixmedins_code": "h",
                         "setl_time": [f"2025-0{m}-03" for m, _ in _N] + ["2025-05-03"] * 100}})
def institution_jump(table):
    """机构行数平稳 · No institution delivers many times its usual rows in a month.

    Its usual number is the median of its months.
    """
    if table.month and "fixmedins_code" in table.names:
        yield Check(table.name, "fixmedins_code", query=lambda s: _jumps(s, table), unit="机构月")
