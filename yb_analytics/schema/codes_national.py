"""National code lists: codes whose meaning does not depend on the province.

INSUTYPE, PSN_TYPE, MED_TYPE (two digits), FIXMEDINS_TYPE, DIAG_TYPE, MATN_TYPE and MED_CHRGITM_TYPE 07–14 were read
in public copies of the platform dictionary; GEND, HOSP_LV, LIST_TYPE, CHRGITM_LV, PAY_LOC, SETL_TYPE, MDTRT_CERT_TYPE,
PSN_INSU_STAS, MED_CHRGITM_TYPE 01–06, DSCG_WAY, ADM_COND_TYPE and INV_CHG_TYPE are general knowledge, unverified.
Labels are as short as an official says them; `FULL` holds the dictionary's own wording where it differs, so that a
delivery that writes names instead of codes is understood.
"""

NATIONAL: dict[str, dict[str, str]] = {
    "YES_NO": {"0": "否 · No", "1": "是 · Yes"},
    "VALI_FLAG": {"0": "无效 · Invalid", "1": "有效 · Valid"},
    "REFD_SETL_FLAG": {"0": "否 · Not a refund", "1": "是 · Refund"},
    "GEND": {"0": "未知 · Unknown", "1": "男 · Male", "2": "女 · Female", "9": "未说明 · Not stated"},
    "INSUTYPE": {
        "310": "职工医保 · Employees", "320": "公务员医疗补助 · Civil-servant supplement",
        "330": "大额医疗补助 · Large-sum supplement", "340": "离休人员 · Retired cadres",
        "350": "伤残军人医疗补助 · Disabled veterans", "360": "老红军医疗保障 · Red Army veterans",
        "370": "企业补充医疗保险 · Enterprise supplement", "380": "新农合 · New rural cooperative (until 2020)",
        "390": "居民医保 · Residents", "391": "城镇居民医保 · Urban residents (until 2020)",
        "392": "居民大病保险 · Residents' critical illness", "399": "其他特殊人员 · Other special persons",
        "410": "长期护理保险 · Long-term care", "510": "生育保险 · Maternity",
    },
    "PSN_TYPE": {
        "11": "在职 · Employed", "1101": "职工在职 · Employee", "1102": "公务员在职 · Civil servant",
        "1103": "灵活就业 · Flexible employment", "1160": "在职其他 · Employed, other",
        "12": "退休 · Retired", "1201": "职工退休 · Retired employee", "1202": "公务员退休 · Retired civil servant",
        "1203": "灵活就业退休 · Retired from flexible employment", "1260": "退休其他 · Retired, other",
        "13": "离休 · Retired cadre", "1300": "离休人员 · Retired cadre (all)", "1360": "离休其他 · Retired cadre, other",
        "14": "居民（未成年） · Minor", "1401": "新生儿 · Newborn", "1402": "学龄前儿童 · Preschool child",
        "1403": "中小学生 · Pupil", "1404": "大学生 · Student", "1405": "未成年（未入学） · Minor not at school",
        "1460": "未成年其他 · Minor, other",
        "15": "居民（成年） · Adult resident", "1501": "普通居民（成年） · Ordinary adult resident",
        "1560": "成年居民其他 · Adult resident, other", "16": "居民（老年） · Elderly resident",
        "34": "建国前老工人 · Worker since before 1949",
    },
    "PSN_INSU_STAS": {"1": "正常参保 · Active", "2": "暂停参保 · Paused", "4": "终止参保 · Ended"},
    "FIXMEDINS_TYPE": {
        "1": "定点医疗机构 · Medical institution", "2": "定点零售药店 · Retail pharmacy",
        "3": "工伤康复机构 · Rehabilitation after work injuries", "4": "辅助器具配置机构 · Provider of aids",
        "5": "计划生育服务机构 · Family planning service",
    },
    "HOSP_LV": {
        "01": "三级特等 · 3 special", "02": "三级甲等 · 3A", "03": "三级乙等 · 3B", "04": "三级丙等 · 3C",
        "05": "二级甲等 · 2A", "06": "二级乙等 · 2B", "07": "二级丙等 · 2C", "08": "一级甲等 · 1A",
        "09": "一级乙等 · 1B", "10": "一级丙等 · 1C", "11": "无等级 · Ungraded",
    },
    "MED_TYPE": {
        "11": "普通门诊 · Outpatient", "12": "门诊挂号 · Registration", "13": "急诊 · Emergency",
        "14": "门诊慢特病 · Chronic outpatient", "16": "中医特色门诊 · TCM outpatient",
        "19": "意外伤害门诊 · Injury outpatient",
        "21": "普通住院 · Inpatient", "22": "外伤住院 · Injury inpatient", "23": "转外住院 · Referred inpatient",
        "24": "急诊转住院 · Emergency to inpatient", "25": "异地住院 · Out-of-area inpatient",
        "26": "单病种 · Single disease", "27": "自主就医 · Own choice", "28": "日间手术 · Day surgery",
        "41": "药店购药 · Pharmacy", "51": "生育门诊 · Maternity outpatient", "52": "生育住院 · Maternity inpatient",
        "53": "计划生育手术 · Family planning procedure",
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
    "SETL_TYPE": {"1": "中心报销 · At the office", "2": "联网结算 · Online", "3": "补充报销 · Supplementary"},
    "MATN_TYPE": {"1": "正常产 · Normal", "2": "助娩产 · Assisted", "3": "剖宫产 · Caesarean", "4": "难产 · Difficult",
                  "5": "流产 · Miscarriage", "6": "引产 · Induced"},
    "ADM_COND_TYPE": {"1": "有 · Present", "2": "临床未确定 · Undetermined", "3": "情况不明 · Unknown",
                      "4": "无 · Not present"},
    "INV_CHG_TYPE": {"0": "盘存 · Counted", "101": "调拨入库 · Transferred in", "102": "调拨出库 · Transferred out",
                     "103": "盘盈 · Found more", "104": "盘损 · Found less", "105": "销毁 · Destroyed",
                     "106": "其他入库 · Other in", "107": "其他出库 · Other out", "108": "初始化入库 · Opening stock"},
}
"""List → code → 中文 · English."""

FULL: dict[str, dict[str, str]] = {
    "INSUTYPE": {
        "职工基本医疗保险": "310", "城镇职工基本医疗保险": "310", "大额医疗费用补助": "330", "离休人员医疗保障": "340",
        "一至六级残废军人医疗补助": "350", "一至六级残疾军人医疗补助": "350", "新型农村合作医疗": "380",
        "城乡居民基本医疗保险": "390", "城镇居民基本医疗保险": "391", "城乡居民大病医疗保险": "392",
        "其他特殊人员医疗保障": "399", "照护险": "410", "长期照护保险": "410",
    },
    "PSN_TYPE": {"灵活就业人员在职": "1103", "灵活就业人员退休": "1203"},
    "FIXMEDINS_TYPE": {"工伤定点康复机构": "3"},
    "GEND": {"未说明性别": "9"},
    "CHRGITM_LV": {"丙类": "03", "丙类/自费": "03"},
    "MED_TYPE": {"转外诊治住院": "23", "定点药店购药": "41", "计划生育手术费": "53"},
    "DIAG_TYPE": {"中医主病诊断": "2", "中医主证诊断": "3"},
    "MED_CHRGITM_TYPE": {"材料费": "08"},
    "ADMDVS": {"嘉兴市市本级": "330499"},
}
"""List → the dictionary's own wording → code, where the label here is shorter."""
