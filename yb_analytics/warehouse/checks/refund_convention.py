from yb_analytics.warehouse.checks import Check, Verdict, kind

_ROWS = 20
"""Fewer reversed settlements show no convention."""


def _originals(scan):
    rows = scan.placed("setl_d", columns=("setl_id", "init_setl_id", "refd_setl_flag")).t
    again = rows.filter(rows.init_setl_id.notnull()).select(_of="init_setl_id").distinct()
    both = rows.filter(rows.init_setl_id.isnull()).inner_join(again, [("setl_id", "_of")])
    return both.mutate(bad=both.refd_setl_flag == "1")


def _mixed(cells, limits):
    """Originals flagged by some senders and not by others: the smaller side is the odd one."""
    rows, flagged = cells["rows"].sum(), cells["failed"].sum()
    odd = min(flagged, rows - flagged)
    return Verdict(int(rows), int(odd), bool(rows and odd / rows > limits.limit), known=rows >= _ROWS)


@kind(category="conformance", sub="relational", basis="设计3.6：两种冲销口径", says="与多数口径不同的被冲销原结算",
      advice="统一冲销口径；按链接和金额净额不受影响，按标志统计会错。",
      shows="refund_convention:setl_d.refd_setl_flag",
      fine={"setl_d": {"setl_id": [f"{k}{i}" for k in "ab" for i in range(30)],
                       "init_setl_id": [None] * 30 + [f"a{i}" for i in range(30)],
                       "refd_setl_flag": ["1"] * 60}},
      broken={"setl_d": {"setl_id": [f"{k}{i}" for k in "ab" for i in range(30)],
                         "init_setl_id": [None] * 30 + [f"a{i}" for i in range(30)],
                         "refd_setl_flag": ["1"] * 15 + ["0"] * 15 + ["1"] * 30}})
def refund_convention(table):
    """冲销口径 · Refunds follow one convention.

    The original is flagged too, or only the row that reverses it; a mixture cannot be read by the flag.
    """
    if table.name == "setl_d":
        yield Check("setl_d", "refd_setl_flag", query=_originals, tell=_mixed, needs=("setl_d",))
