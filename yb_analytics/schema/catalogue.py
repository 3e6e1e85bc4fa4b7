"""The catalogue: items the fund may pay, with their validity and price limits."""

from dataclasses import replace

from yb_analytics.schema import recurring as r
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

_LIMIT = C("hilist_pric_uplmt_amt", "医保目录定价上限金额 · Price limit", "quantity", unit="元", least=0, most=5e6)
_ITEM = replace(r.needed(r.ITEM), refers="")

HILIST_B = Table(
    "hilist_b", "医保目录 · Catalogue", "providers", key=("hilist_code", "begndate"),
    columns=(
        _ITEM,
        C("hilist_name", "医保目录名称 · Catalogue name"),
        C("list_type", "目录类别 · Kind of catalogue item", "code", codes="LIST_TYPE"),
        C("med_chrgitm_type", "医疗收费项目类别 · Kind of charge", "code", codes="MED_CHRGITM_TYPE", serves="T48 R36"),
        C("chrgitm_lv", "收费项目等级 · Grade of charge", "code", codes="CHRGITM_LV", serves="T48 R36"),
        C("lmt_used_flag", "限制使用标志 · Restricted use", "flag", codes="YES_NO", serves="T28"),
        _LIMIT,
        C("begndate", "开始日期 · Valid from", "date", least=r.FIRST_DAY),
        C("enddate", "结束日期 · Valid until", "date", least=r.FIRST_DAY),
        r.UPDATED,
    ),
    aliases={"med_list_codg": "hilist_code"},
)

HILIST_LMTPRIC_D = Table(
    "hilist_lmtpric_d", "医保目录限价信息 · Price limits by level and county", "providers",
    key=("hilist_code", "hilist_lmtpric_type", "insu_admdvs", "begndate"),
    columns=(
        r.needed(r.ITEM),
        C("hilist_lmtpric_type", "医保目录限价类型 · Kind of limit (by hospital level)", "code", required=True),
        r.needed(r.COUNTY),
        C("begndate", "开始日期 · Valid from", "date", required=True, least=r.FIRST_DAY),
        C("enddate", "结束日期 · Valid until", "date", least=r.FIRST_DAY, serves="T24 R14"),
        r.for_use(_LIMIT, "T24 R14"),
        C("overlmt_dspo_way", "超限处理方式 · What happens above the limit", "code", serves="T24"),
        r.for_use(r.VALID, "T24"), r.UPDATED,
    ),
)

TABLES = (HILIST_B, HILIST_LMTPRIC_D)
