"""Fee lines and the trace codes of what was sold."""

from dataclasses import replace

from yb_analytics.schema import recurring as r
from yb_analytics.schema.care import LARGEST
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table


def _fee(name: str, label: str, **marks) -> C:
    return r.money(name, label, LARGEST, -LARGEST, **marks)


FEE_LIST_D = Table(
    "fee_list_d", "费用明细 · Fee lines", "care", key=("bkkp_sn",),
    month="fee_ocur_time", part="fee_ym", sort=("psn_no", "fee_ocur_time"),
    columns=(
        C("bkkp_sn", "记账流水号 · Line id", "code", required=True),
        C("init_feedetl_sn", "原费用明细流水号 · Line this row reverses", "code", refers="fee_list_d.bkkp_sn"),
        r.needed(r.VISIT), r.SETTLEMENT, r.PERSON, r.INSTITUTION, r.CARE_KIND,
        C("rx_drord_no", "处方医嘱号 · Prescription or order", "code", serves="T46 R46"),
        C("fee_ocur_time", "费用发生时间 · Fee arose at", "time", required=True, least=r.FIRST_DAY),
        C("cnt", "数量 · Quantity", "quantity", required=True, least=-1e5, most=1e5),
        C("pric", "单价 · Unit price", "quantity", unit="元", least=0, most=5e6),
        _fee("det_item_fee_sumamt", "明细项目费用总额 · Line total", required=True),
        C("pric_uplmt_amt", "定价上限金额 · Price limit", "quantity", unit="元", least=0, most=5e6),
        _fee("fulamt_ownpay_amt", "全自费金额 · Wholly self-paid"),
        _fee("overlmt_selfpay", "超限价自费费用 · Paid above price limit", serves="R36 T24"),
        _fee("preselfpay_amt", "先行自付金额 · Paid before cover", serves="R36"),
        _fee("inscp_amt", "符合范围金额 · Amount in scope"),
        r.needed(r.ITEM),
        C("hilist_name", "医保目录名称 · Catalogue name"),
        C("med_list_codg", "医疗目录编码 · National code of the item", "code"),
        C("medins_list_codg", "医药机构目录编码 · The institution's own code", "code", serves="T15 T48"),
        C("list_type", "目录类别 · Kind of catalogue item", "code", codes="LIST_TYPE"),
        C("med_chrgitm_type", "医疗收费项目类别 · Kind of charge", "code", codes="MED_CHRGITM_TYPE"),
        C("chrgitm_lv", "收费项目等级 · Grade of charge", "code", codes="CHRGITM_LV", serves="T48 R36"),
        C("bilg_dept_codg", "开单科室编码 · Ordering department", "code"),
        C("bilg_dr_code", "开单医师代码 · Ordering doctor", "code", refers="dr_info_b.dr_code", serves="T33 T34"),
        C("lmt_used_flag", "限制使用标志 · Restricted use", "flag", codes="YES_NO", serves="T28"),
        C("hosp_appr_flag", "医院审批标志 · Use within the restriction confirmed", "code", serves="T28 R8"),
        C("tcmdrug_used_way", "中药使用方式 · Herb used alone or with others", "code", serves="R3 R4"),
        C("sin_dos_dscr", "单次剂量描述 · Single dose", serves="R68 T10"),
        C("used_frqu_dscr", "使用频次描述 · How often", serves="R68 T10"),
        C("dscg_tkdrug_flag", "出院带药标志 · Drugs taken home", "flag", codes="YES_NO"),
        C("prd_days", "周期天数 · Days of supply", "quantity", unit="天", least=0, most=1_000),
        C("crte_time", "数据创建时间 · Row written at", "time", least=r.FIRST_DAY, serves="R41 T48"),
        r.VALID, r.UPDATED,
    ),
    aliases={"feedetl_sn": "bkkp_sn", "inscp_scp_amt": "inscp_amt", "bilg_dr_codg": "bilg_dr_code",
             "med_list_codg": "hilist_code", "rxno": "rx_drord_no",
             "drord_no": "rx_drord_no", "overlmt_amt": "overlmt_selfpay"},
)

DRUG_TRACE_D = Table(
    "drug_trace_d", "药品追溯码信息 · Drug trace codes of every sale", "care",
    key=("drug_trac_codg", "sale_sn"), month="sale_time", part="sale_ym", sort=("drug_trac_codg",),
    columns=(
        C("drug_trac_codg", "药品追溯码 · Trace code", "code", required=True),
        C("sale_sn", "销售流水号 · Sale line id", "code", required=True),
        replace(r.LINE, label="记账流水号 · Fee line, empty for self-pay"),
        replace(r.SETTLEMENT, label="结算ID · Settlement id, empty for self-pay"),
        r.INSTITUTION, r.ITEM,
        replace(r.PERSON_OR_NONE, label="人员编号 · Person number, empty for self-pay"),
        C("sale_time", "销售时间 · Sold at", "time", required=True, least=r.FIRST_DAY),
        C("split_flag", "拆零标志 · Sold from a split pack", "flag", codes="YES_NO"),
        C("refd_flag", "退货标志 · Returned", "flag", codes="YES_NO"),
        r.UPDATED,
    ),
    aliases={"med_list_codg": "hilist_code", "rtal_docno": "sale_sn", "stoout_no": "sale_sn",
             "sel_retn_time": "sale_time", "trdn_flag": "split_flag", "retn_flag": "refd_flag"},
)

TABLES = (FEE_LIST_D, DRUG_TRACE_D)
