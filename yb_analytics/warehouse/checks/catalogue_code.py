from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._text import fits

_SHAPES = r"(X[A-Z0-9]{22}|Z[A-Z0-9]{19}|T\d{9}|\d{15}|C[0-9A-Z]{19}|C[0-9A-Z]{26})"


@kind(category="conformance", sub="value", basis="数据标准1.4：西药23、中成药20、饮片10、服务15、耗材20或27位",
      says="目录编码结构不符", advice="核对目录对照，医院自编码不得上传。",
      shows="catalogue_code:fee_list_d.hilist_code",
      fine={"fee_list_d": {"bkkp_sn": ["1"], "hilist_code": ["009900819540000"]}},
      broken={"fee_list_d": {"bkkp_sn": ["1", "2"], "hilist_code": ["009900819540000", "A01"]}})
def catalogue_code(table):
    """目录编码结构 · Catalogue codes have a national shape.

    Lengths by kind of item, as read in public copies of the catalogues.
    """
    for column in table.columns:
        if column.name == "hilist_code":
            yield Check(table.name, column.name, bad=lambda r, c=column.name: ~fits(r[c], _SHAPES))
