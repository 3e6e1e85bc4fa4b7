from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._text import is_id, wide


@kind(category="conformance", sub="value", basis="医保信息业务编码：编码由字母和数字组成",
      says="编号含空格或非ASCII字符",
      advice="请报送单位按文本导出编号，去除空格、全角字符。", shows="id_characters:setl_d.setl_id",
      fine={"setl_d": {"setl_id": ["3304-1", "S.2"]}}, broken={"setl_d": {"setl_id": ["3304 1", "S２"]}})
def id_characters(table):
    """编号字符 · Identifiers are made of plain characters.

    A blank or a full-width digit inside an identifier breaks every link through it.
    """
    for column in table.columns:
        if is_id(column):
            yield Check(table.name, column.name, bad=lambda r, c=column.name:
                        r.odd(c).ifelse(wide(r[c]) | r[c].contains(" ") | r[c].contains("\t"), False))
