"""Providers and the catalogue: institutions, doctors, items and their prices."""

from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

_UPDATED = C("updt_time", "数据更新时间 · Row updated at", "time")

FIXMEDINS_B = Table(
    "fixmedins_b", "定点医药机构 · Designated institutions", "providers", key=("fixmedins_code",),
    columns=(
        C("fixmedins_code", "定点医药机构编号 · Institution code", "code", required=True),
        C("fixmedins_name", "定点医药机构名称 · Institution name"),
        C("fixmedins_type", "定点医疗服务机构类型 · Hospital, clinic or pharmacy", "code", codes="FIXMEDINS_TYPE"),
        C("fix_blng_admdvs", "定点归属医保区划 · County of institution", "code", codes="ADMDVS"),
        C("hosp_lv", "医院等级 · Hospital level", "code", codes="HOSP_LV"),
        C("medins_natu", "机构性质 · Public or private", "code", codes="MEDINS_NATU"),
        C("medins_type", "医疗服务机构类型 · Speciality", "code", codes="MEDINS_TYPE"),
        C("aprv_bed_cnt", "批准床位数量 · Approved beds", "count", unit="张"),
        C("lnt", "经度 · Longitude", "number", unit="°"),
        C("lat", "纬度 · Latitude", "number", unit="°"),
        C("begntime", "开始时间 · Designated from", "date"),
        C("endtime", "结束时间 · Designated until", "date"),
        C("precheck_flag", "事前提醒接入标志 · Connected to pre-check", "flag", codes="YES_NO"),
        _UPDATED,
    ),
    aliases={"medins_code": "fixmedins_code", "medins_name": "fixmedins_name", "admdvs": "fix_blng_admdvs",
             "rtal_phac_code": "fixmedins_code", "rtal_phac_name": "fixmedins_name"},
)

DR_INFO_B = Table(
    "dr_info_b", "医师信息 · Doctors", "providers", key=("dr_code", "medins_code"),
    columns=(
        C("dr_code", "医师代码 · Doctor code", "code", required=True),
        C("medins_code", "医疗机构代码 · Institution code", "code", required=True),
        C("mul_prac_flag", "多点执业标志 · Licensed at several places", "flag", codes="YES_NO"),
        C("psn_stas", "人员状态 · State", "code"),
        _UPDATED,
    ),
)

HILIST_B = Table(
    "hilist_b", "医保目录 · Catalogue", "providers", key=("hilist_code", "begndate"),
    columns=(
        C("hilist_code", "医保目录编码 · Catalogue code", "code", required=True),
        C("hilist_name", "医保目录名称 · Catalogue name"),
        C("list_type", "目录类别 · Kind of catalogue item", "code", codes="LIST_TYPE"),
        C("med_chrgitm_type", "医疗收费项目类别 · Kind of charge", "code", codes="MED_CHRGITM_TYPE"),
        C("chrgitm_lv", "收费项目等级 · Grade of charge", "code", codes="CHRGITM_LV"),
        C("lmt_used_flag", "限制使用标志 · Restricted use", "flag", codes="YES_NO"),
        C("hilist_pric_uplmt_amt", "医保目录定价上限金额 · Price limit", "quantity", unit="元"),
        C("begndate", "开始日期 · Valid from", "date"),
        C("enddate", "结束日期 · Valid until", "date"),
        _UPDATED,
    ),
)

TABLES = (FIXMEDINS_B, DR_INFO_B, HILIST_B)
