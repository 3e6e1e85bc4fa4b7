from yb_analytics.warehouse.checks import Check, kind


@kind(category="completeness", sub="column", basis="设计3.4；接口规范必填项", says="必填项为空",
      advice="退回报送单位补齐；缺必填项的行不能进入计算。", shows="required_filled:setl_d.med_type",
      fine={"setl_d": {"setl_id": ["a"], "med_type": ["11"]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "med_type": ["11", None]}})
def required_filled(table):
    """必填项填写 · Required values are there.

    Ingest puts such rows into quarantine, so a failure means that a table came another way.
    """
    for column in table.columns:
        if column.required:
            yield Check(table.name, column.name, of=(), bad=lambda r, c=column.name: r[c].isnull())
