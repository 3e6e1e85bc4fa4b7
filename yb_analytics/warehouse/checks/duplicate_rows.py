import ibis

from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._text import is_id

_CONTENT = {
    "setl_d": ("psn_no", "fixmedins_code", "setl_time", "begndate", "med_type", "medfee_sumamt", "fund_pay_sumamt",
               "init_setl_id"),
    "mdtrt_d": ("psn_no", "fixmedins_code", "begntime", "endtime", "med_type", "dscg_maindiag_code"),
    "fee_list_d": ("psn_no", "fixmedins_code", "fee_ocur_time", "hilist_code", "cnt", "det_item_fee_sumamt", "setl_id",
                   "init_feedetl_sn"),
}
"""What makes a fact the same fact; other tables are compared in all columns but keys that are ids."""


def _content(table):
    if table.name in _CONTENT:
        return _CONTENT[table.name]
    ids = {k for k in table.key if len(table.key) == 1 and is_id(table[k]) and k.endswith("_id")}
    return tuple(c.name for c in table.columns if c.name not in ids | {"updt_time"} and c.kind != "list")


def _again(scan, table):
    rows = scan.placed(table.name, columns=(*table.key, *_content(table))).t
    nth = ibis.row_number().over(group_by=[rows[c] for c in _content(table)])
    return rows.select(*dict.fromkeys((*table.key, "ym", "county")), _nth=nth).mutate(bad=lambda t: t["_nth"] > 0)


@kind(category="plausibility", sub="uniqueness", basis="设计3.5", says="编号不同而内容相同的记录",
      advice="核对是否换号重传；属实的保留一份。", shows="duplicate_rows:setl_d.内容",
      fine={"setl_d": {"setl_id": ["a", "b"], "psn_no": ["p", "p"], "medfee_sumamt": [10, 20]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "psn_no": ["p", "p"], "medfee_sumamt": [10, 10]}})
def duplicate_rows(table):
    """内容重复 · No fact is told twice under different ids.

    Same person, place, second and amounts: a delivery repeated with new numbers, which the key cannot show.
    """
    if table.name in _CONTENT or (len(table.key) == 1 and table.key[0].endswith("_id")):
        yield Check(table.name, "内容", query=lambda s: _again(s, table))
