from dataclasses import replace

from yb_analytics.warehouse.checks import Check, by_share, kind


def _unless_never(cells, limits):
    """A column that was never delivered is no gap in it; `columns_delivered` names it."""
    found = by_share(cells, limits)
    return replace(found, known=False) if found.failed == found.rows else found


@kind(category="completeness", sub="column", basis="设计3.5；Kahn 2016 completeness", says="应填项为空",
      advice="请报送单位说明空值原因并补报。", shows="expected_filled:setl_d.gend",
      fine={"setl_d": {"setl_id": ["a", "b"], "gend": ["1", "2"]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "gend": ["1", None]}})
def expected_filled(table):
    """应填项填写 · Expected values are there.

    Columns that may rightly be empty (a refund's original, an end not yet come) have a limit of 1 in `limits.csv`.
    """
    for column in table.columns:
        if not column.required and column.personal != "dropped":
            yield Check(table.name, column.name, of=(), tell=_unless_never,
                        bad=lambda r, c=column.name: r[c].isnull())
