import pandas as pd

from yb_analytics.warehouse.checks import Check, kind


def _rows(scan, table):
    """Rows of the table by month, and the quarantined ones, which have no month."""
    rows = scan.w.coverage()
    rows = rows[rows["table"] == table.name]
    good = pd.DataFrame({"ym": rows["ym"], "county": "", "all": rows["rows"], "bad": 0})
    out = scan.quarantined.get(table.name, 0)
    return pd.concat([good, pd.DataFrame([{"ym": "", "county": "", "all": out, "bad": out}])], ignore_index=True)


@kind(category="completeness", sub="record", basis="设计3.4 隔离区", says="被隔离的行",
      advice="按隔离区所列原因退回更正后补报。", shows="quarantined:setl_d.隔离",
      fine={"setl_d": {"setl_id": ["a"]}}, broken={})
def quarantined(table):
    """隔离占比 · Few rows had to be put into quarantine.

    Rows the warehouse could not accept, against all that came.
    """
    yield Check(table.name, "隔离", query=lambda s: _rows(s, table))
