from yb_analytics.schema import CODES
from yb_analytics.schema.codes import HIERARCHICAL
from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._text import among


def _foreign(r, column, codes):
    """The value is no code of the list; of a hierarchical list the first two digits decide."""
    value = r[column]
    if codes in HIERARCHICAL:
        return ~among(value.left(2), sorted({c[:2] for c in CODES[codes]}))
    return ~among(value, CODES[codes])


@kind(category="conformance", sub="value", basis="医保信息业务编码；代码表见数据字典", says="代码不在代码表内",
      advice="核对代码表版本；省里扩充的代码补入代码表，其余退回更正。", shows="code_valid:setl_d.gend",
      fine={"setl_d": {"setl_id": ["a", "b"], "gend": ["1", "2"]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "gend": ["1", "7"]}})
def code_valid(table):
    """代码有效 · Codes are of their list.

    Codes of hierarchical lists are known by their first two digits. Counties have a kind of their own.
    """
    for column in table.columns:
        if column.codes and column.codes != "ADMDVS" and column.codes in CODES:
            yield Check(table.name, column.name,
                        bad=lambda r, c=column.name, codes=column.codes: _foreign(r, c, codes))
