from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._text import fits


@kind(category="conformance", sub="value", basis="数据标准1.4：H/P＋6位区划＋5位顺序号", says="机构编码结构不符",
      advice="按国家编码规则更正机构编码。", shows="institution_code:fixmedins_b.fixmedins_code",
      fine={"fixmedins_b": {"fixmedins_code": ["H33042112345"]}},
      broken={"fixmedins_b": {"fixmedins_code": ["3304211"]}})
def institution_code(table):
    """机构编码结构 · Institution codes have the national shape.

    H (hospital, read in examples) or P (pharmacy, by analogy), six digits of the county, five of a serial number.
    """
    for column in table.columns:
        if column.name in ("fixmedins_code", "medins_code"):
            yield Check(table.name, column.name, bad=lambda r, c=column.name: ~fits(r[c], r"[HP]\d{11}"))
