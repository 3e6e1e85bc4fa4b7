"""Providers: institutions, their staff, their agreements."""

from dataclasses import replace

from yb_analytics.schema import recurring as r
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

FIXMEDINS_B = Table(
    "fixmedins_b", "定点医药机构 · Designated institutions", "providers", key=("fixmedins_code",),
    columns=(
        replace(r.INSTITUTION, refers=""),
        C("fixmedins_name", "定点医药机构名称 · Institution name"),
        r.for_use(r.CREDIT_CODE, "T13 T14"),
        C("fixmedins_type", "定点医疗服务机构类型 · Hospital, clinic or pharmacy", "code", codes="FIXMEDINS_TYPE"),
        r.INSTITUTION_COUNTY, r.HOSPITAL_LEVEL,
        C("lmtpric_hosp_lv", "限价医院等级 · Level for price limits", "code", codes="HOSP_LV", serves="T24 R14"),
        C("medins_natu", "机构性质 · Public or private", "code", codes="MEDINS_NATU"),
        C("medins_type", "医疗服务机构类型 · Speciality", "code", codes="MEDINS_TYPE"),
        C("aprv_bed_cnt", "批准床位数量 · Approved beds", "count", unit="张", least=0, most=20_000),
        C("lnt", "经度 · Longitude", "number", unit="°", least=73, most=136),
        C("lat", "纬度 · Latitude", "number", unit="°", least=3, most=54),
        C("begntime", "开始时间 · Designated from", "date", least=r.FIRST_DAY),
        C("endtime", "结束时间 · Designated until", "date", least=r.FIRST_DAY),
        C("precheck_flag", "事前提醒接入标志 · Connected to pre-check", "flag", codes="YES_NO"),
        r.UPDATED,
    ),
    aliases={"medins_code": "fixmedins_code", "medins_name": "fixmedins_name", "admdvs": "fix_blng_admdvs",
             "rtal_phac_code": "fixmedins_code", "rtal_phac_name": "fixmedins_name"},
    known_as={"medins_info_b": {"fixmedins_type": "1"}, "rtal_phac_b": {"fixmedins_type": "2"}},
)

DR_INFO_B = Table(
    "dr_info_b", "医师信息 · Doctors", "providers", key=("dr_code", "medins_code"),
    columns=(
        C("dr_code", "医师代码 · Doctor code", "code", required=True),
        C("medins_code", "医疗机构代码 · Institution code", "code", required=True, refers="fixmedins_b.fixmedins_code"),
        C("mul_prac_flag", "多点执业标志 · Licensed at several places", "flag", codes="YES_NO", serves="T34"),
        C("psn_stas", "人员状态 · State", "code", serves="T34"),
        C("cntr_begntime", "合同起始时间 · Contract from", "date", least=r.FIRST_DAY, serves="T34"),
        C("nemp_time", "离职时间 · Left on", "date", least=r.FIRST_DAY, serves="T34"),
        r.UPDATED,
    ),
)

PHAR_INFO_B = Table(
    "phar_info_b", "药师信息 · Pharmacists", "providers", key=("phar_code", "pracins_no"),
    columns=(
        C("phar_code", "药师代码 · Pharmacist code", "code", required=True),
        C("pracins_no", "执业机构编号 · Institution of practice", "code", required=True,
          refers="fixmedins_b.fixmedins_code"),
        C("prac_stas", "执业状态 · State of practice", "code", serves="T34"),
        C("reg_time", "注册时间 · Registered there from", "date", least=r.FIRST_DAY, serves="T34"),
        C("expy_endtime", "有效期结束时间 · Registration ends", "date", least=r.FIRST_DAY, serves="T34"),
        C("nemp_time", "离职时间 · Left on", "date", least=r.FIRST_DAY, serves="T34"),
        r.UPDATED,
    ),
)

FIXMEDINS_PAUS_D = Table(
    "fixmedins_paus_d", "定点医药机构暂停信息 · Suspensions of institutions", "providers",
    key=("fixmedins_code", "fixmedins_paus_type", "begntime"),
    columns=(
        r.INSTITUTION,
        C("fixmedins_paus_type", "定点医药机构暂停类型 · Kind of suspension", "code", required=True),
        C("begntime", "开始时间 · From", "time", required=True, least=r.FIRST_DAY),
        C("endtime", "结束时间 · Until", "time", least=r.FIRST_DAY, serves="T35"),
        r.for_use(r.VALID, "T35"), r.UPDATED,
    ),
)

FIXMEDINS_CNTR_REG_D = Table(
    "fixmedins_cntr_reg_d", "定点医药机构协议信息 · Agreements with institutions", "providers", key=("fix_cntr_id",),
    columns=(
        C("fix_cntr_id", "定点协议ID · Agreement id", "code", required=True),
        r.for_use(r.INSTITUTION, "T35 S2"),
        C("fix_cntr_type", "定点协议类型 · Kind of agreement", "code", serves="T35 S2"),
        C("begntime", "开始时间 · From", "date", least=r.FIRST_DAY, serves="T35 S2"),
        C("endtime", "结束时间 · Until", "date", least=r.FIRST_DAY, serves="T35 S2"),
        C("cntr_stas", "协议状态 · State of the agreement", "code", serves="T35 S2"),
        r.for_use(r.VALID, "T35"), r.UPDATED,
    ),
)

TABLES = (FIXMEDINS_B, DR_INFO_B, PHAR_INFO_B, FIXMEDINS_PAUS_D, FIXMEDINS_CNTR_REG_D)
