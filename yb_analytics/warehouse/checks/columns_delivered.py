from yb_analytics.warehouse.checks import Check, Verdict, kind, limits_of


def _empty(cells, limits):
    """How many of the expected columns hold nothing at all."""
    sums = cells.groupby("check")[["rows", "failed"]].sum()
    sums = sums[[limits_of(c).limit < 1 for c in sums.index]]
    empty = int((sums["rows"] == sums["failed"]).sum())
    return Verdict(len(sums), empty, empty > limits.limit * len(sums), known=len(sums) > 0)


@kind(category="completeness", sub="column", basis="设计3.4 表结构漂移", says="整列未报送",
      advice="对照数据字典请报送单位补充该列；依赖它的指标按“无法评价”处理。", shows="columns_delivered:ps_death.列",
      fine={"ps_death": {"psn_no": ["a"], "death_date": ["2025-01-01"], "reg_date": ["2025-01-09"]}},
      broken={"ps_death": {"psn_no": ["a"], "death_date": ["2025-01-01"]}})
def columns_delivered(table):
    """应报列 · Expected columns were delivered.

    A column that is empty in every row was not delivered: what needs it cannot be evaluated.
    """
    if any(not c.required and c.personal != "dropped" for c in table.columns):
        yield Check(table.name, "列", uses="expected_filled", tell=_empty, unit="列")
