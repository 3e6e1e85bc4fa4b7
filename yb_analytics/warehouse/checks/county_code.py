from yb_analytics.schema import CODES
from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._text import among, fits

_KNOWN = list(CODES["ADMDVS"])


def _wrong(r, column):
    value = r[column]
    own = value.left(4) == r.scan.city
    strange = own & ~among(value, _KNOWN) if r.scan.city == "3304" else own & False
    return ~fits(value, r"[1-9]\d{5}") | strange


@kind(category="conformance", sub="value", basis="GB/T 2260", says="区划代码不是六位区划",
      advice="更正区划代码；区划错误的行会计入错误的县区。", shows="county_code:setl_d.insu_admdvs",
      fine={"setl_d": {"setl_id": ["a"], "insu_admdvs": ["330421"]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "insu_admdvs": ["330421", "3304"]}})
def county_code(table):
    """区划代码 · County codes are administrative codes.

    Six digits; inside the city one of its counties.
    """
    for column in table.columns:
        if column.codes == "ADMDVS":
            yield Check(table.name, column.name, bad=lambda r, c=column.name: _wrong(r, c))
