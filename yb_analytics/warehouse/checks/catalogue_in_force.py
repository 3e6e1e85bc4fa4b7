from yb_analytics.warehouse.checks import Check, Join, kind

_ITEM = Join("hilist_code", "hilist_b", "hilist_code", ("begndate", "enddate"))


def _outside(r):
    day = r["fee_ocur_time"].cast("date")
    return ((day < r.of(_ITEM, "begndate")).fill_null(False)) | ((day > r.of(_ITEM, "enddate")).fill_null(False))


@kind(category="conformance", sub="relational", basis="设计3.5；目录有效期", says="不在有效期内的目录项目",
      advice="核对目录版本与费用日期。", shows="catalogue_in_force:fee_list_d.hilist_code",
      fine={"fee_list_d": {"bkkp_sn": ["1"], "hilist_code": ["x"], "fee_ocur_time": ["2025-01-03"]},
            "hilist_b": {"hilist_code": ["x"], "begndate": ["2024-01-01"]}},
      broken={"fee_list_d": {"bkkp_sn": ["1"], "hilist_code": ["x"], "fee_ocur_time": ["2023-01-03"]},
              "hilist_b": {"hilist_code": ["x"], "begndate": ["2024-01-01"]}})
def catalogue_in_force(table):
    """目录在有效期 · An item was in the catalogue on the day it was charged.

    Of an item with several versions one is looked at.
    """
    if {"hilist_code", "fee_ocur_time"} <= set(table.names):
        yield Check(table.name, "hilist_code", joins=(_ITEM,), of=("hilist_code", "fee_ocur_time"),
                    where=lambda r: r.met(_ITEM), bad=_outside)
