from yb_analytics.warehouse.checks import Check, Join, kind
from yb_analytics.warehouse.checks._text import fits

_PERSONS = ("psn_info_b", "psn_insu_d")
_TRAVELLED = ("fixmedins_b", "dr_info_b", "phar_info_b")
_OWN_KINDS = ("init_setl_id", "init_feedetl_sn")
"""Links of refunds have a kind of their own."""


def _here(r, column, target):
    """Rows whose other end is the city's: persons insured here, institutions here."""
    names, city = set(r.t.columns), r.scan.city
    place = "insu_admdvs" if target in _PERSONS else "fix_blng_admdvs" if target in _TRAVELLED else ""
    if city and target in _TRAVELLED and place not in names:
        return (r[column].substr(1, 4) == city) | ~fits(r[column], r"[HPD]\d{6}.*")
    if not city or not place or place not in names:
        return r[column].notnull()
    return r[place].left(4).fill_null(city) == city


@kind(category="conformance", sub="relational", basis="设计3.5 参照完整性", says="找不到对应登记的编号",
      advice="补报被引用的登记表或更正编号。", shows="reference_resolves:setl_d.psn_no",
      fine={"setl_d": {"setl_id": ["a"], "psn_no": ["p"]}, "psn_info_b": {"psn_no": ["p"]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "psn_no": ["p", "q"]}, "psn_info_b": {"psn_no": ["p"]}})
def reference_resolves(table):
    """参照可查 · What a row refers to exists.

    Persons insured elsewhere and institutions elsewhere are in other cities' registers and do not count.
    """
    for column in table.columns:
        target, _, key = column.refers.partition(".")
        if key and column.name not in _OWN_KINDS and (target != table.name or key != column.name):
            join = Join(column.name, target, key)
            yield Check(table.name, column.name, joins=(join,), bad=lambda r, j=join: ~r.met(j),
                        where=lambda r, c=column.name, t=target: _here(r, c, t))
