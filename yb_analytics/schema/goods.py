"""Goods: what institutions and pharmacies bought, sold and hold (interface transactions 3501–3506).

The interface has no line number of its own: a row is known by institution, item, batch, voucher and time. Returns
(3504, 3506) are rows of the same table whose `retn_flag` is 1; their quantities are positive as delivered.
"""

from yb_analytics.schema import recurring as r
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

_BATCH = C("fixmedins_bchno", "定点医药机构批次流水号 · Institution's batch number", "code", serves="T14")
_LOT = C("manu_lotnum", "生产批号 · Manufacturer's lot", "code", serves="T13 T14 R43")
_RETURN = C("retn_flag", "退货标志 · Returned", "flag", codes="YES_NO", serves="T14 R43")
_PRICE = C("finl_trns_pric", "最终成交单价 · Price paid per unit", "quantity", unit="元", least=0, most=5e6, serves="T14 T15")
_ALIASES = {"med_list_codg": "hilist_code", "medins_code": "fixmedins_code"}

GOODS_PURCHASE_D = Table(
    "goods_purchase_d", "商品采购信息 · Purchases and returns to suppliers", "goods",
    key=("fixmedins_code", "hilist_code", "fixmedins_bchno", "purc_invo_no", "purc_retn_stoin_time", "retn_flag"),
    month="purc_retn_stoin_time", part="stoin_ym", sort=("fixmedins_code", "hilist_code"),
    columns=(
        r.INSTITUTION, r.needed(r.ITEM), _BATCH, _LOT,
        C("purc_invo_no", "采购发票号 · Purchase invoice", "code", serves="T14"),
        C("spler_name", "供应商名称 · Supplier", serves="T13 T14"),
        C("purc_retn_cnt", "采购/退货数量 · Quantity bought or returned", "quantity", required=True, least=0, most=1e7,
          serves="T14 T15 R43 R48"),
        _PRICE,
        C("purc_retn_stoin_time", "采购/退货入库时间 · Into or out of store at", "time", required=True, least=r.FIRST_DAY),
        _RETURN, r.UPDATED,
    ),
    aliases={**_ALIASES, "purc_retn_stointime": "purc_retn_stoin_time"},
    known_as={"purcinfo3503": {"retn_flag": "0"}, "purcinfo3504": {"retn_flag": "1"}},
)

GOODS_SALE_D = Table(
    "goods_sale_d", "商品销售信息 · Sales and returns by customers", "goods",
    key=("fixmedins_code", "rtal_docno", "hilist_code", "fixmedins_bchno", "sel_retn_time", "retn_flag"),
    month="sel_retn_time", part="sel_ym", sort=("fixmedins_code", "hilist_code"),
    columns=(
        r.INSTITUTION, r.needed(r.ITEM), _BATCH, _LOT,
        C("rtal_docno", "零售单据号 · Sales voucher", "code", serves="T14 T15"),
        r.for_use(r.SETTLEMENT, "T14 T15"),
        r.for_use(r.PERSON_OR_NONE, "T12"),
        C("sel_retn_cnt", "销售/退货数量 · Quantity sold or returned", "quantity", required=True, least=0, most=1e7,
          serves="T14 R43 R48"),
        _PRICE,
        C("sel_retn_time", "销售/退货时间 · Sold or returned at", "time", required=True, least=r.FIRST_DAY),
        C("trdn_flag", "拆零标志 · Sold from a split pack", "flag", codes="YES_NO", serves="T13"),
        _RETURN, r.UPDATED,
    ),
    aliases={**_ALIASES, "stoout_no": "rtal_docno"},
    known_as={"selinfo3505": {"retn_flag": "0"}, "selinfo3506": {"retn_flag": "1"}, "purcinfo3505": {"retn_flag": "0"},
              "purcinfo3506": {"retn_flag": "1"}},
)

GOODS_INVENTORY_D = Table(
    "goods_inventory_d", "商品盘存与库存变更 · Stock counted and stock changes", "goods",
    key=("fixmedins_code", "hilist_code", "fixmedins_bchno", "inv_chg_time", "inv_chg_type"),
    month="inv_chg_time", part="inv_ym", sort=("fixmedins_code", "hilist_code"),
    columns=(
        r.INSTITUTION, r.needed(r.ITEM), _BATCH, _LOT,
        C("inv_chg_type", "库存变更类型 · Counted, or why the stock changed", "code", codes="INV_CHG_TYPE",
          serves="T14 R43"),
        C("inv_chg_time", "盘存或变更时间 · Counted or changed at", "time", required=True, least=r.FIRST_DAY),
        C("cnt", "数量 · Quantity in store, or of the change", "quantity", required=True, least=-1e7, most=1e7,
          serves="T14 R43 R48"),
        r.UPDATED,
    ),
    aliases={**_ALIASES, "inv_cnt": "cnt", "invdate": "inv_chg_time"},
    known_as={"invinfo3501": {"inv_chg_type": "0"}, "invinfo3502": {}},
)

TABLES = (GOODS_PURCHASE_D, GOODS_SALE_D, GOODS_INVENTORY_D)
