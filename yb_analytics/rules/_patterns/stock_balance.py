"""More of an item billed than an institution can have had."""

import ibis

from yb_analytics.rules._patterns import hits, pattern

_OF = ("fixmedins_code", "hilist_code")
_COUNTED, _IN, _OUT = "0", ("101", "103", "106", "108"), ("102", "104", "105", "107")
"""INV_CHG_TYPE: stock counted; what comes in; what goes out otherwise than by sale."""


@pattern(grain="line", claims="line", losses=("excess_quantity",),
         needs=("fee_list_d", "goods_purchase_d", "goods_inventory_d"), arguments={"list_types": ()},
         parameters=("tolerance_share", "tolerance_units"),
         whole=True, say="“{item}”在{limit}至期末可供{found}，收费数量超出可供数量，超出部分涉及{n}条明细（自{day}起）")
def stock_balance(asked):
    """进销存不符 · Stock balance.

    From the last count before the period: counted stock, plus purchases, less returns and other movements, is what
    could be sold until the end of the period. What was billed beyond it and the tolerance is at stake, from the last
    line backwards. Items without a count, or billed in another unit than they are bought in, are not judged: the
    second shows in a mean quantity far from the purchases' and is an innocent explanation to check first.
    """
    counts = _opening(asked)
    billed = asked.w.fee_lines.join(asked.settings, asked.settings.list_types.split(";").contains(
        asked.w.fee_lines.list_type))
    billed = billed.inner_join(counts, list(_OF))
    billed = billed.filter((billed.fee_ocur_time >= billed.at) & (billed.fee_ocur_time < asked.period.end.isoformat())
                           & (billed.cnt > 0))
    stock = counts.left_join(_bought(asked, counts), list(_OF), rname="{name}_b")
    stock = stock.left_join(_moved(asked, counts), list(_OF), rname="{name}_m")
    stock = stock.mutate(supply=stock.opening + stock.bought.fill_null(0) + stock.moved.fill_null(0))
    sums = billed.group_by([*_OF, "rule", "tolerance_share", "tolerance_units"]).agg(sold=billed.cnt.sum())
    over = sums.inner_join(stock.select(*_OF, "supply"), list(_OF))
    most = over.supply.cast("float64") * (1 + over.tolerance_share) + over.tolerance_units
    over = over.filter(over.sold.cast("float64") > most).mutate(beyond=over.sold - ibis.greatest(over.supply, 0))
    return _latest(asked, billed.inner_join(over.select(*_OF, "supply", "beyond"), list(_OF)))


def _opening(asked):
    """The last counted stock of every item before the period, or the first one inside it."""
    rows = asked.w.goods_inventory_d.filter(asked.w.goods_inventory_d.inv_chg_type == _COUNTED)
    rows = rows.filter(rows.inv_chg_time < asked.period.end.isoformat())
    daily = rows.group_by([*_OF, "inv_chg_time"]).agg(opening=rows.cnt.sum())
    before = daily.inv_chg_time <= asked.period.start.isoformat()
    order = ibis.window(group_by=_OF, order_by=[ibis.desc(before), ibis.desc(before.ifelse(
        daily.inv_chg_time, ibis.null("timestamp"))), daily.inv_chg_time])
    return daily.mutate(nth=ibis.row_number().over(order)).filter(lambda t: t.nth == 0).select(
        *_OF, "opening", at="inv_chg_time")


def _bought(asked, counts):
    """What was bought less what was given back, since the count."""
    rows = asked.w.goods_purchase_d.inner_join(counts, list(_OF))
    rows = rows.filter((rows.purc_retn_stoin_time >= rows.at)
                       & (rows.purc_retn_stoin_time < asked.period.end.isoformat()))
    back = (rows.retn_flag.fill_null("0") == "1").ifelse(-1, 1)
    return rows.group_by(_OF).agg(bought=(rows.purc_retn_cnt.abs() * back).sum())


def _moved(asked, counts):
    """Other movements into and out of the store since the count."""
    rows = asked.w.goods_inventory_d.inner_join(counts, list(_OF))
    rows = rows.filter((rows.inv_chg_time > rows.at) & (rows.inv_chg_time < asked.period.end.isoformat()))
    sign = rows.inv_chg_type.isin(_IN).ifelse(1, rows.inv_chg_type.isin(_OUT).ifelse(-1, 0))
    return rows.group_by(_OF).agg(moved=(rows.cnt.abs() * sign).sum())


def _latest(asked, lines):
    """The last lines of the period, up to the quantity that cannot have been there."""
    last = ibis.cumulative_window(group_by=_OF, order_by=[ibis.desc("fee_ocur_time"), ibis.desc("bkkp_sn")])
    lines = lines.mutate(upto=lines.cnt.sum().over(last))
    lines = lines.mutate(take=ibis.least(lines.cnt, lines.beyond - (lines.upto - lines.cnt)))
    found = lines.filter((lines["take"] > 0) & asked.covers(lines.fee_ocur_time))
    group = ibis.literal("").join([found.fixmedins_code, found.hilist_code])
    return hits(found, id=found.bkkp_sn, grp=group, subject_id=found.fixmedins_code, item=found.hilist_name,
                day=found.fee_ocur_time.date(), take=found["take"], of=found.cnt,
                limit=found.at.date().cast("string"), found=found.supply.cast("float64").cast("string"))
