"""Code lists: code → Chinese name · English name.

Codes of INSUTYPE, MED_TYPE (two digits), FIXMEDINS_TYPE and DIAG_TYPE were read in public copies of the
platform dictionary; GEND, HOSP_LV, LIST_TYPE, CHRGITM_LV, PAY_LOC and MED_CHRGITM_TYPE 01–06 are general
knowledge, unverified. Lists without a national standard (supervision, fund items) are this project's own.
A code outside its list is kept and counted, never dropped: provinces extend these lists.
"""

from __future__ import annotations

CODES: dict[str, dict[str, str]] = {
    "YES_NO": {"0": "否 · No", "1": "是 · Yes"},
    "VALI_FLAG": {"0": "无效 · Invalid", "1": "有效 · Valid"},
    "REFD_SETL_FLAG": {"0": "否 · Not a refund", "1": "是 · Refund"},
    "GEND": {"0": "未知 · Unknown", "1": "男 · Male", "2": "女 · Female", "9": "未说明 · Not stated"},
    "SURV_STAS": {"1": "健在 · Alive", "2": "死亡 · Dead", "9": "未知 · Unknown"},
    "INSUTYPE": {
        "310": "职工医保 · Employees", "320": "公务员医疗补助 · Civil-servant supplement",
        "330": "大额医疗补助 · Large-sum supplement", "340": "离休人员 · Retired cadres",
        "390": "居民医保 · Residents", "392": "居民大病保险 · Residents' critical illness",
        "410": "长期护理保险 · Long-term care", "510": "生育保险 · Maternity",
    },
    "PSN_TYPE": {
        "11": "在职 · Employed", "1101": "职工在职 · Employee", "1102": "公务员在职 · Civil servant",
        "1103": "灵活就业 · Flexible employment", "12": "退休 · Retired", "1201": "职工退休 · Retired employee",
        "1202": "公务员退休 · Retired civil servant", "13": "离休 · Retired cadre", "14": "居民（未成年） · Minor",
        "15": "居民（成年） · Adult resident", "16": "居民（老年） · Elderly resident",
    },
    "PSN_INSU_STAS": {"1": "正常参保 · Active", "2": "暂停参保 · Paused", "4": "终止参保 · Ended"},
    "QUTS_TYPE": {"1": "行政编制 · Civil service", "2": "事业编制 · Public institution", "9": "非编制 · None"},
    "EMP_TYPE": {"10": "企业 · Enterprise", "20": "事业单位 · Public institution", "30": "机关 · Government",
                 "90": "其他 · Other"},
    "FIXMEDINS_TYPE": {"1": "定点医疗机构 · Medical institution", "2": "定点零售药店 · Retail pharmacy"},
    "HOSP_LV": {
        "01": "三级特等 · 3 special", "02": "三级甲等 · 3A", "03": "三级乙等 · 3B", "04": "三级丙等 · 3C",
        "05": "二级甲等 · 2A", "06": "二级乙等 · 2B", "07": "二级丙等 · 2C", "08": "一级甲等 · 1A",
        "09": "一级乙等 · 1B", "10": "一级丙等 · 1C", "11": "无等级 · Ungraded",
    },
    "MEDINS_NATU": {"1": "公立 · Public", "2": "民营 · Private"},
    "MEDINS_TYPE": {"1": "综合 · General", "2": "专科 · Specialised", "3": "精神 · Psychiatric",
                    "4": "基层 · Primary care", "5": "门诊部诊所 · Clinic", "6": "药店 · Pharmacy"},
    "MED_TYPE": {
        "11": "普通门诊 · Outpatient", "12": "门诊挂号 · Registration", "13": "急诊 · Emergency",
        "14": "门诊慢特病 · Chronic outpatient", "19": "意外伤害门诊 · Injury outpatient",
        "21": "普通住院 · Inpatient", "22": "外伤住院 · Injury inpatient", "23": "转外住院 · Referred inpatient",
        "24": "急诊转住院 · Emergency to inpatient", "25": "异地住院 · Out-of-area inpatient",
        "26": "单病种 · Single disease", "27": "自主就医 · Own choice", "28": "日间手术 · Day surgery",
        "41": "药店购药 · Pharmacy", "51": "生育门诊 · Maternity outpatient", "52": "生育住院 · Maternity inpatient",
        "71": "家庭病床 · Home bed", "92": "其他住院 · Other inpatient", "93": "其他购药 · Other pharmacy",
    },
    "PAY_LOC": {"1": "中心报销 · Reimbursed at the office", "2": "统筹区内 · Inside the pool",
                "3": "省内异地 · Elsewhere in the province", "4": "跨省异地 · Other province"},
    "MDTRT_CERT_TYPE": {"01": "医保电子凭证 · Electronic credential", "02": "居民身份证 · Identity card",
                        "03": "社会保障卡 · Social security card", "04": "终端扫脸 · Face scan"},
    "DSCG_WAY": {"1": "医嘱离院 · On order", "2": "医嘱转院 · Transferred", "3": "转社区 · To primary care",
                 "4": "非医嘱离院 · Against advice", "5": "死亡 · Died", "9": "其他 · Other"},
    "DIAG_TYPE": {"1": "西医诊断 · Western", "2": "中医主病 · TCM disease", "3": "中医主证 · TCM syndrome",
                  "9": "手术操作 · Procedure"},
    "LIST_TYPE": {"101": "西药中成药 · Drug", "102": "中药饮片 · Herb", "103": "自制剂 · Hospital preparation",
                  "104": "民族药 · Ethnic drug", "201": "医疗服务项目 · Service", "301": "医用材料 · Consumable"},
    "MED_CHRGITM_TYPE": {
        "01": "床位费 · Bed", "02": "诊察费 · Consultation", "03": "检查费 · Examination", "04": "化验费 · Laboratory",
        "05": "治疗费 · Treatment", "06": "手术费 · Surgery", "07": "护理费 · Nursing", "08": "卫生材料费 · Material",
        "09": "西药费 · Western drug", "10": "中药饮片费 · Herb", "11": "中成药费 · Chinese patent drug",
        "12": "一般诊疗费 · General care", "13": "挂号费 · Registration", "14": "其他费 · Other",
    },
    "CHRGITM_LV": {"01": "甲类 · Class A", "02": "乙类 · Class B", "03": "自费 · Self-paid"},
    "ADMDVS": {
        "330400": "嘉兴市 · Jiaxing", "330499": "市本级 · City core", "330402": "南湖区 · Nanhu",
        "330411": "秀洲区 · Xiuzhou", "330421": "嘉善县 · Jiashan", "330424": "海盐县 · Haiyan",
        "330481": "海宁市 · Haining", "330482": "平湖市 · Pinghu", "330483": "桐乡市 · Tongxiang",
    },
    "ACCT_TYPE": {"pool": "统筹基金 · Pool", "personal": "个人账户 · Personal accounts"},
    "LEDGER_ITEM": {"income": "收入 · Income", "expenditure": "支出 · Expenditure", "balance": "累计结余 · Balance"},
    "REVIEW_STAGE": {"1": "初审 · First review", "2": "复审 · Second review"},
    "INSPECTION_ARM": {"random": "随机抽查 · Random", "risk": "风险选取 · By risk", "tip": "专项检查 · Special"},
    "SUBJECT_TYPE": {"institution": "定点医药机构 · Institution", "person": "参保人 · Insured person",
                     "employer": "用人单位 · Employer", "agency": "经办机构 · Agency"},
    "CASE_TYPE": {"administrative": "行政案件 · Administrative", "agreement": "协议案件 · Agreement",
                  "criminal": "刑事案件 · Criminal"},
    "CASE_CAUSE": {"sham_employment": "虚假劳动关系挂靠 · Sham employment", "contribution": "参保缴费 · Contribution",
                   "benefit": "骗取或违规享受待遇 · Benefit", "service": "违规服务收费 · Service or charge",
                   "conduct": "工作人员违规 · Conduct of staff", "other": "其他 · Other"},
    "DATA_EVENT": {"lost": "丢失 · Lost", "tampered": "篡改 · Tampered", "leaked": "泄露 · Leaked"},
    "LEAD_STATE": {
        "new": "新线索 · New", "dispatched": "已派发 · Dispatched", "verifying": "核查中 · Verifying",
        "confirmed": "查实 · Confirmed", "partly": "部分查实 · Partly confirmed", "refuted": "排除 · Refuted",
        "disposed": "已处置 · Disposed", "rechecked": "已回头看 · Re-checked",
    },
    "TIER": {"疑点": "疑点 · Suspicion, evidence closed", "线索": "线索 · Lead, needs records",
             "监测": "监测 · Monitoring signal"},
    "SUBJECT": {"institution": "机构 · Institution", "person": "参保人 · Person", "doctor": "医师 · Doctor",
                "employer": "用人单位 · Employer", "agency": "经办机构 · Agency", "pair": "成对 · Pair",
                "group": "群体 · Group"},
    "ANSWER_STATE": {"ok": "终值 · Final", "preliminary": "初步 · Preliminary", "suppressed": "隐去 · Suppressed",
                     "not evaluable": "无法评价 · Not evaluable"},
    "CLCT_TYPE": {"10": "正常缴费 · In time", "20": "补缴 · Paid later", "30": "退费 · Refund", "90": "其他 · Other"},
    "SETL_TYPE": {"1": "中心报销 · At the office", "2": "联网结算 · Online", "3": "补充报销 · Supplementary"},
    "MATN_TYPE": {"1": "正常产 · Normal", "2": "助娩产 · Assisted", "3": "剖宫产 · Caesarean", "4": "难产 · Difficult",
                  "5": "流产 · Miscarriage", "6": "引产 · Induced"},
    "ADM_COND_TYPE": {"1": "有 · Present", "2": "临床未确定 · Undetermined", "3": "情况不明 · Unknown",
                      "4": "无 · Not present"},
    "CC_LV": {"0": "无 · None", "1": "伴并发症合并症 · CC", "2": "伴严重并发症合并症 · MCC"},
    "INV_CHG_TYPE": {"0": "盘存 · Counted", "101": "调拨入库 · Transferred in", "102": "调拨出库 · Transferred out",
                     "103": "盘盈 · Found more", "104": "盘损 · Found less", "105": "销毁 · Destroyed",
                     "106": "其他入库 · Other in", "107": "其他出库 · Other out", "108": "初始化入库 · Opening stock"},
    "DFR_NOTC_TYPE": {"institution": "机构月结算 · Monthly payment to an institution",
                      "manual": "手工报销 · Reimbursement of a person", "maternity": "生育津贴 · Maternity allowance",
                      "other": "其他 · Other"},
    "OPER_TYPE": {"query": "查询 · Query", "add": "新增 · Add", "edit": "修改 · Edit", "delete": "删除 · Delete",
                  "approve": "审批 · Approve", "pay": "拨付 · Pay", "export": "导出 · Export"},
    "CUSTODY_TYPE": {"1": "拘留 · Detention", "2": "逮捕羁押 · Arrest", "3": "服刑 · Prison",
                     "4": "强制隔离戒毒 · Compulsory rehabilitation"},
    "ASSIST_TYPE": {"1": "特困供养 · Destitute", "2": "最低生活保障 · Minimum living", "3": "低保边缘 · Near minimum",
                    "4": "防止返贫监测 · At risk of poverty", "9": "其他 · Other"},
    "LICENCE_STAS": {"1": "有效 · Valid", "2": "暂停 · Suspended", "3": "注销 · Cancelled", "4": "吊销 · Revoked"},
    "REGN_STAS": {"1": "存续 · In business", "2": "注销 · Closed", "3": "吊销 · Revoked", "4": "异常名录 · Abnormal"},
    "PENALTY_TYPE": {"drug": "药品违法 · Drugs", "price": "价格违法 · Prices", "advert": "广告违法 · Advertising",
                     "other": "其他 · Other"},
    "POS_PAY_WAY": {"account": "个人账户 · Personal account", "pool": "统筹结算 · Pool settlement", "cash": "现金 · Cash",
                    "electronic": "电子支付 · Electronic"},
    "CASE_STAGE": {"clue": "线索核查 · Clue", "filed": "立案 · Filed", "investigated": "调查终结 · Investigated",
                   "heard": "听证或陈述申辩 · Heard", "decided": "决定 · Decided", "executed": "执行 · Executed",
                   "transferred": "移送 · Transferred", "closed": "结案 · Closed"},
    "CREDIT_EVENT": {"violation": "违法违规 · Violation", "self_correction": "自查自纠 · Self-correction",
                     "control": "内部控制 · Internal control", "cooperation": "配合检查 · Cooperation",
                     "repair": "信用修复 · Repair"},
    "RESP_LV": {"1": "一般责任 · Ordinary", "2": "重要责任 · Important", "3": "主要责任 · Chief"},
    "DISCLOSURE_DUTY": {"fund": "基金收支 · Fund", "fees": "费用与质量 · Fees and quality", "contribution": "征收 · Contributions",
                        "inspection": "检查结果 · Inspection results", "case": "案例曝光 · Exposed case",
                        "suspension": "暂停通告 · Notice of suspension"},
    "DISCLOSER": {"agency": "经办机构 · Agency", "institution": "定点医药机构 · Institution", "tax": "税务部门 · Tax",
                  "bureau": "医保行政部门 · Bureau"},
    "DISPUTE_TYPE": {"enrolment": "参保 · Enrolment", "contribution": "缴费 · Contribution", "benefit": "待遇 · Benefit",
                     "other": "其他 · Other"},
    "OWNERSHIP": {"医保": "市医保局 · Medical insurance bureau"},
}

INPATIENT = ("21", "22", "23", "24", "25", "26", "27", "28", "52", "92")
"""MED_TYPE codes (first two digits) that are stays in hospital."""

PHARMACY = ("41", "93")
"""MED_TYPE codes (first two digits) of retail pharmacies."""

DRUG = ("101", "102", "103", "104")
"""LIST_TYPE codes that are drugs."""


NO_CITY = "000000"
"""The city of data that name no place."""

UNSTATED = {"ADMDVS": {NO_CITY: "本市 · The city"}, "INSUTYPE": {"": "险种未报送 · Insurance not delivered"}}
"""Names of what is not in a delivery; no codes, so that no list offers them."""

HIERARCHICAL = ("MED_TYPE", "PSN_TYPE")
"""Lists whose codes go on with more digits: what is not known by itself has the name of what it belongs to."""


def is_city(code: object) -> bool:
    """Whether an administrative code is a city's, not a county's.

    Examples
    --------
    >>> is_city("330400"), is_city("330100"), is_city("330421"), is_city(None)
    (True, True, False, False)
    """
    return isinstance(code, str) and len(code) == 6 and code.endswith("00")


def name_of(codes: str, code: object, lang: str = "zh") -> str:
    """Name of a code; one of a hierarchical list by its longest known beginning, an unknown one as it is.

    Examples
    --------
    >>> name_of("ADMDVS", "330421"), name_of("ADMDVS", "330421", "en"), name_of("ADMDVS", "110000")
    ('嘉善县', 'Jiashan', '110000')
    >>> name_of("MED_TYPE", "2101"), name_of("MED_TYPE", "140104"), name_of("PSN_TYPE", "110299")
    ('普通住院', '门诊慢特病', '公务员在职')
    >>> name_of("MED_TYPE", "8801"), name_of("INSUTYPE", "")
    ('8801', '险种未报送')
    """
    text, known = str(code), CODES[codes]
    label = known.get(text) or UNSTATED.get(codes, {}).get(text)
    if label is None and codes in HIERARCHICAL:
        label = next((known[text[:n]] for n in range(len(text) - 1, 1, -1) if text[:n] in known), None)
    if label is None:
        return text
    zh, _, en = label.partition(" · ")
    return zh if lang == "zh" else en
