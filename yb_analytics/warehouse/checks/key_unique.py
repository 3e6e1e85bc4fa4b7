import ibis

from yb_analytics.warehouse.checks import Check, kind


def _again(scan, table):
    """Further rows of a key, whatever month they say."""
    rows = scan.placed(table.name, columns=table.key).t
    first = ibis.row_number().over(group_by=[rows[k] for k in table.key])
    return rows.select(*dict.fromkeys((*table.key, "ym", "county")), _nth=first).mutate(bad=lambda t: t["_nth"] > 0)


@kind(category="plausibility", sub="uniqueness", basis="设计3.4 按主键合并", says="主键重复的记录",
      advice="请报送单位确认主键；重复的主键会使金额重复计算。", shows="key_unique:setl_d.主键",
      fine={"setl_d": {"setl_id": ["a", "b"]}}, broken={"setl_d": {"setl_id": ["a", "a"]}})
def key_unique(table):
    """主键唯一 · A key names one row.

    Ingest merges on the key; a failure means that a table came another way.
    """
    yield Check(table.name, "主键", query=lambda s: _again(s, table))
