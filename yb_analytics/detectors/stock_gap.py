"""Detector: more settled than the goods that were there."""

from __future__ import annotations

import ibis
from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found
from yb_analytics.schema import DRUG

CHECKED = ("期初库存与盘点", "购进退货与调拨", "自费销售", "计价单位与采购单位不同的品种")
UNCHECKED = ("未上传的购进单据", "连锁门店间调拨", "赠品与样品")
_IN, _OUT = ("101", "106", "108"), ("102", "104", "105", "107")
"""INV_CHG_TYPE: what comes in; what goes out but by sale. `0` is a count; 103, found more, explains nothing."""
_OF = ["fixmedins_code", "hilist_code"]


def _questions() -> tuple[Question, ...]:
    return (Question("uncovered", "结算数量中无货可供的占比", "件", _hits, grain="line", counts=_counts,
                     least="min_units"),)


def _fit(w, p) -> Frozen:
    return fitted(w, p, _questions())


@detector(subject="institution", tier="线索", needs=("fee_list_d", "goods_purchase_d"), theme="药品追溯",
          catches="stock_gap", typologies=("T14",),
          basis="条例 第十六条、第三十八条(四)、第四十条(三)", seeds=("S0", "S1", "S3"),
          checked=CHECKED, unchecked=UNCHECKED, fit=_fit,
          model=Frozen)
def stock_gap(w, p, model):
    """进销存不符 · Settled without goods.

    The book of every drug: counted stock, purchases less returns, other movements, less what was sold. Where a count
    finds more than the book says, or the book falls below zero, goods were settled that never left the store. Their
    share is compared with that of other institutions, whose books are not perfect either.
    """
    return found(w, p, model, _questions())


def _movements(w, p):
    """Every movement of a drug: when, by how much, and the line where it was settled; counts apart."""
    bought = w.goods_purchase_d.select(
        *_OF, t=_.purc_retn_stoin_time, change=_.purc_retn_cnt.abs().cast("float64") * _back(_.retn_flag))
    moved = w.goods_inventory_d.filter(_.inv_chg_type.isin([*_IN, *_OUT])).select(
        *_OF, t=_.inv_chg_time, change=_.cnt.abs().cast("float64") * _.inv_chg_type.isin(_IN).ifelse(1, -1))
    sold = w.goods_sale_d.filter(_.setl_id.fill_null("") == "").select(
        *_OF, t=_.sel_retn_time, change=-_.sel_retn_cnt.abs().cast("float64") * _back(_.retn_flag))
    lines = w.history.fee_lines.filter(_.list_type.left(3).isin(DRUG).fill_null(True), _.cnt > 0)
    settled = lines.select(*_OF, t=_.fee_ocur_time, change=-_.cnt.cast("float64"))
    settled = settled.mutate(line=ibis.literal(True))
    counted = w.goods_inventory_d.filter(_.inv_chg_type == "0").group_by([*_OF, "inv_chg_time"]).aggregate(
        count=_.cnt.sum().cast("float64")).rename(t="inv_chg_time")
    others = ibis.union(bought, moved, sold).mutate(line=ibis.literal(False))
    every = ibis.union(others, settled).mutate(count=ibis.null("float64"))
    every = every.union(counted.mutate(change=ibis.literal(0.0), line=ibis.literal(False)).select(*every.columns))
    every = every.filter(_.t < w.period.end.isoformat())
    return every.semi_join(_comparable(w, lines, p), _OF)


def _back(flag):
    return (flag.fill_null("0") == "1").ifelse(-1, 1)


def _comparable(w, lines, p):
    """Drugs an institution buys and bills in the same unit, as far as their prices tell."""
    bought = w.goods_purchase_d.group_by(_OF).aggregate(cost=_.finl_trns_pric.cast("float64").mean())
    billed = lines.group_by(_OF).aggregate(price=_.pric.cast("float64").mean())
    both = billed.inner_join(bought, _OF)
    ratio = both.price / both.cost.nullif(0)
    return both.filter(ratio.isnull() | ratio.between(p.least_price_ratio, p.most_price_ratio)).select(*_OF)


def _book(w, p):
    """Movements with the book after each, and for every drug how far counts lie above it.

    `base` is what the first count that matters found beyond the book, `last` what the last one did. A drug never
    counted starts with what its first weeks show to have been there.
    """
    order = ["t", _["count"].notnull()]
    rows = _movements(w, p).mutate(book=_.change.sum().over(ibis.cumulative_window(group_by=_OF, order_by=order)))
    rows = w.materialise(rows.mutate(opened=_.t.min().over(ibis.window(group_by=_OF)), surplus=_["count"] - _.book))
    counted, early = _["count"].notnull(), _.t <= w.period.start.isoformat()
    soon = _.t <= _.opened + ibis.interval(days=int(p.opening_days))
    per = rows.group_by(_OF).aggregate(
        base=ibis.coalesce(_.surplus.argmax(_.t, where=counted & early), _.surplus.argmin(_.t, where=counted),
                           ibis.greatest((-_.book).max(where=soon), 0.0)),
        last=_.surplus.argmax(_.t, where=counted),
        start=ibis.coalesce(_.t.max(where=counted & early), _.t.min(where=counted), _.opened.min()),
        end=_.t.max(where=counted))
    return rows, per


def _gaps(w, p):
    """Units of every drug settled since the count the period starts from, and those without goods."""
    rows, per = _book(w, p)
    rows = rows.inner_join(per, _OF)
    after = rows.t > ibis.coalesce(rows.end, rows.start)
    known = ibis.coalesce(rows["last"], rows.base)
    told = rows.group_by([*_OF, "start"]).aggregate(
        units=(-rows.change).sum(where=rows.line & (rows.t > rows.start)),
        counted=(rows["last"].fill_null(rows.base) - rows.base).max(),
        below=ibis.greatest((-rows.book - known).max(where=after), 0.0))
    told = told.mutate(units=_.units.fill_null(0.0), gap=ibis.greatest(_.counted + _.below.fill_null(0.0), 0.0))
    told = told.mutate(gap=ibis.least(_.gap, _.units))
    enough = _.gap > ibis.greatest(p.tolerance_units, _.units * p.tolerance_share)
    return told.filter(_.units > 0).mutate(gap=enough.ifelse(_.gap, 0.0))


def _counts(w, p):
    gaps = w.once("stock_gaps", lambda: w.materialise(_gaps(w, p)))
    return gaps.group_by("fixmedins_code").aggregate(x=_.gap.sum(), n=_.units.sum()).rename(subject_id="fixmedins_code")


def _hits(w, p):
    """The last lines of the period, up to the quantity that was not there."""
    gaps = w.once("stock_gaps", lambda: w.materialise(_gaps(w, p)))
    lines = w.fee_lines.filter(_.list_type.left(3).isin(DRUG).fill_null(True), _.cnt > 0)
    lines = lines.inner_join(gaps.filter(_.gap > 0).select(*_OF, "gap"), _OF)
    order = ibis.cumulative_window(group_by=_OF, order_by=[ibis.desc("fee_ocur_time"), ibis.desc("bkkp_sn")])
    lines = lines.mutate(upto=_.cnt.cast("float64").sum().over(order))
    lines = w.materialise(lines.filter(_.upto - _.cnt.cast("float64") < _.gap).drop("upto", "gap"))
    return w.fund_share(lines).select(subject_id="fixmedins_code", id="bkkp_sn", hit=ibis.literal(True),
                                      fund=_.fund_amt.cast("float64"))
