from dataclasses import replace

from yb_analytics.warehouse.checks import Check, by_share, kind
from yb_analytics.warehouse.checks._text import is_id

_CLASSES = ("diag", "oprn", "dept", "bed", "hilist", "trac")
"""Words in names of columns whose codes have several lengths by their own rules."""

_VARYING = 0.2
"""Above this share of other lengths the identifiers have no usual length."""


def _tell(cells, limits):
    found = by_share(cells, limits)
    return replace(found, known=False) if found.share > _VARYING else found


@kind(category="conformance", sub="value", basis="医保信息业务编码；数据标准1.4", says="编号长度异于常见长度",
      advice="检查是否被截断或丢失前导零，按文本重新导出。", shows="id_length:setl_d.setl_id",
      fine={"setl_d": {"setl_id": [f"s{i:04d}" for i in range(40)]}},
      broken={"setl_d": {"setl_id": [f"s{i:04d}" for i in range(40)] + ["s1"]}})
def id_length(table):
    """编号长度 · Identifiers have their usual length.

    A cut or padded identifier no longer links. Not applicable where lengths vary anyway.
    """
    for column in table.columns:
        if is_id(column) and not any(word in column.name for word in _CLASSES):
            yield Check(table.name, column.name, tell=_tell,
                        bad=lambda r, c=column.name: r[c].length() != r.scan.usual_length(r.table, c))
