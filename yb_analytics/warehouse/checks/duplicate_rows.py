from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._repeats import CARE, FACTS, alike, later, suspects
from yb_analytics.warehouse.checks._text import is_id

_BESIDE = ("acct_pay", "chfpdr_code")
"""What two rows of one fact may differ in."""


def _content(table):
    ids = {k for k in table.key if len(table.key) == 1 and is_id(table[k]) and k.endswith("_id")}
    return tuple(c.name for c in table.columns if c.name not in ids | {"updt_time"} and c.kind != "list")


def _again(scan, table):
    if table.name in CARE:
        own, further = FACTS[table.name]
        return later(alike(scan, table), (*own, *(c for c in further if c not in _BESIDE)))
    return later(suspects(scan, table, _content(table), table.key), _content(table))


@kind(category="plausibility", sub="uniqueness", basis="设计3.5", says="编号不同而内容相同的记录",
      advice="核对是否换号重传；属实的保留一份。", shows="duplicate_rows:setl_d.内容",
      fine={"setl_d": {"setl_id": ["a", "b"], "psn_no": ["p", "p"], "medfee_sumamt": [10, 20]}},
      broken={"setl_d": {"setl_id": ["a", "b"], "psn_no": ["p", "p"], "medfee_sumamt": [10, 10]}})
def duplicate_rows(table):
    """内容重复 · No fact is told twice under different ids.

    Same person, place, second and amounts: a delivery repeated with new numbers, which the key cannot show.
    """
    if table.name in CARE or (len(table.key) == 1 and table.key[0].endswith("_id")):
        yield Check(table.name, "内容", failing_only=True, query=lambda s: _again(s, table))
