from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._text import fits

_MONTH = r"(19|20)\d{2}(0[1-9]|1[0-2])"
_SHAPES = {"ym": _MONTH, "cashym": _MONTH, "year": r"(19|20)\d{2}"}


@kind(category="conformance", sub="value", basis="数据字典：YYYYMM、YYYY", says="年月写法不符",
      advice="按YYYYMM（年度按YYYY）重新报送。", shows="month_text:fund_ledger.ym",
      fine={"fund_ledger": {"ym": ["202501"]}}, broken={"fund_ledger": {"ym": ["202501", "2025-1"]}})
def month_text(table):
    """年月写法 · Months and years are written as agreed.

    A month in another shape falls out of every period.
    """
    for column in table.columns:
        if column.name in _SHAPES:
            yield Check(table.name, column.name,
                        bad=lambda r, c=column.name: ~fits(r[c], _SHAPES[c]))
