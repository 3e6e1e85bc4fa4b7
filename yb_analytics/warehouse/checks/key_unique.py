from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._repeats import later, suspects


@kind(category="plausibility", sub="uniqueness", basis="设计3.4 按主键合并", says="主键重复的记录",
      advice="请报送单位确认主键；重复的主键会使金额重复计算。", shows="key_unique:setl_d.主键",
      fine={"setl_d": {"setl_id": ["a", "b"]}}, broken={"setl_d": {"setl_id": ["a", "a"]}})
def key_unique(table):
    """主键唯一 · A key names one row.

    Ingest merges on the key; a failure means that a table came another way.
    """
    yield Check(table.name, "主键", failing_only=True,
                query=lambda s: later(suspects(s, table, table.key), table.key))
