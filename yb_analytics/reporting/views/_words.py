"""The words of the pages in both languages; `say("period", "en")`."""

from __future__ import annotations

WORDS = {
    "product": "医保基金监管 · Medical insurance fund supervision",
    "overview": "总览 · Overview",
    "leads": "疑点线索 · Leads",
    "other_language": "English · 中文",
    "skip": "跳到正文 · Skip to content",
    "pages": "页面 · Pages",
    "period": "统计期 · Period",
    "as_of": "数据截至 · Data as of",
    "snapshot": "快照 · Snapshot",
    "rounding": "注：数据四舍五入，分项之和与合计可能略有出入。 · "
                "Figures are rounded half up; parts may not add up exactly.",
    "evidence": "线索为数据证据，须经核查；不作为对任何单位和个人的定性。 · "
                "Leads are evidence in data to be verified; they are no finding against anybody.",
    "table": "查看数据表 · Show the table",
    "nothing": "本期没有可显示的内容。 · Nothing to show for this period.",
    "not_made": "尚未生成：请运行 {command}。 · Not made yet: run {command}.",
    "failed": "本部分无法显示： · This part cannot be shown: ",
    "final": "终值 · Final",
    "preliminary": "初步 · Preliminary",
    "year_on_year": "同比 · Year on year",
    "on_previous": "环比 · On previous period",
    "no_comparison": "无上期数据 · no earlier figure",
    "points": "个百分点 · percentage points",
    "interval": "95%区间 · 95% interval",
    "city": "全市 · Whole city",
    "headline": "要点 · Headlines",
    "index_city": "无骗保城市指数 · No-fraud-city index",
    "index_hint": "由基金监管、医疗机构、参保人员、经办机构等维度的指标加权得到的百分制得分；区间由抽样重算得到。 · "
                  "Weighted score (0–100) of the indicators of all subjects; the interval comes from resampling.",
    "grade": "等级 · Grade",
    "lead_count": "线索数 · Leads",
    "lead_count_hint": "本期筛查合并后的线索条数；同一证据只成一条线索。 · "
                       "Leads of the period after merging; the same evidence makes one lead.",
    "lead_amount": "涉及基金 · Fund money at stake",
    "lead_amount_hint": "线索涉及的医保基金，同一笔费用只计一次；不等于应追回金额。 · "
                        "Fund money named by leads, each line counted once; not the money to be recovered.",
    "items": "条 · leads",
    "county_index": "各县（市、区）指数 · Index by county",
    "county_index_hint": "得分越高表示风险越低；区间重叠的县（市、区）之间不能区分先后。 · "
                         "Higher is better; counties whose intervals overlap cannot be told apart.",
    "profile": "分主体得分 · Scores by subject",
    "profile_hint": "机构、参保人、用人单位、经办机构四类主体的得分（0—100）。 · "
                    "Scores (0–100) of institutions, persons, employers and agencies.",
    "targets": "指标与目标 · Indicators against targets",
    "targets_hint": "指标值与目标比较；区间跨过目标时为“不能判定”。 · "
                    "Value against target; undecided when the interval crosses the target.",
    "unit_of_view": "范围 · Area",
    "fund": "基金收支 · Fund income and expenditure",
    "fund_hint": "统筹基金按月收入、支出与累计结余。 · Monthly income, expenditure and balance of the pooled fund.",
    "fund_metrics": "基金运行指标 · Fund metrics",
    "insutype": "险种 · Scheme",
    "forecast": "支出预测 · Forecast",
    "forecast_hint": "职工医保统筹支出未来走势与50%、80%、95%区间；模型由滚动回测选定。 · "
                     "Employees' pooled expenditure with 50, 80 and 95 % intervals; the model is chosen by back-test.",
    "alerts": "预警 · Alerts",
    "alerts_hint": "超过预警线的指标与触发规则。 · Metrics beyond their warning lines, with the rule.",
    "no_alerts": "本期没有触发预警。 · No alert in this period.",
    "themes": "线索主题 · Leads by theme",
    "themes_hint": "按主题汇总的线索数与涉及基金。 · Number and money of leads by theme.",
    "all": "全部 · All",
    "county": "县（市、区） · County",
    "theme": "主题 · Theme",
    "tier": "层级 · Tier",
    "subject": "主体 · Subject",
    "state": "状态 · State",
    "amount_from": "涉及基金不低于（万元） · At least (10,000 yuan)",
    "apply": "应用 · Apply",
    "clear": "清除筛选 · Clear filters",
    "filters": "筛选 · Filters",
    "drill": "逐级下钻 · Drill down",
    "drill_hint": "点击名称进入下一级：全市 → 县（市、区） → 机构或其他主体 → 线索 → 结算明细。 · "
                  "Click a name: city → county → institution or subject → lead → settlement lines.",
    "lead_list": "线索清单 · List of leads",
    "lead_detail": "线索详情 · Lead",
    "back": "返回清单 · Back to the list",
    "why": "说明 · Why",
    "basis": "依据 · Clauses",
    "innocent": "可能的合理解释（核查时先排除） · Possible innocent explanations (rule out first)",
    "findings": "发现 · Findings",
    "lines": "结算明细 · Settlement lines",
    "no_lines": "没有可显示的明细。 · No lines to show.",
    "score": "得分 · Score",
    "priority": "优先级（预计可追回） · Priority (expected recovery)",
    "page_of": "第 {page} 页，共 {pages} 页 · Page {page} of {pages}",
    "previous": "上一页 · Previous",
    "next": "下一页 · Next",
    "name": "名称 · Name",
    "export": "导出 · Export",
    "updated": "已更新 · Updated",
    "met": "达标 · Met",
    "missed": "未达标 · Missed",
    "undecided": "不能判定 · Undecided",
    "no_target": "无目标 · No target",
    "ok": "正常 · Normal",
    "attention": "关注 · Attention",
    "warning": "预警 · Warning",
    "not evaluable": "无法评价 · Not evaluable",
    "unknown_lead": "没有这条线索：它可能属于另一期或另一个数据版本。 · "
                    "No such lead: it may belong to another period or data version.",
    "reference_only": "区间重叠，名次不能区分 · Intervals overlap, ranks cannot be told apart",
    "share_of": "占比 · Share",
    "unknown": "未注明 · Not stated",
    "institution_word": "机构 · Institution",
    "anonymous": "编号 · No.",
    "evaluated": "已筛查规则与模型 · Rules and detectors run",
    "not_evaluated": "无法评价 · Not evaluable",
    "reason": "原因 · Reason",
    "coverage": "筛查覆盖 · What was checked",
    "coverage_hint": "哪些规则与模型已运行，哪些因缺数据无法评价。 · What ran, and what could not for lack of data.",
    "proposal": "指数的层级、权重与等级线为建议稿，未经批准。 · "
                "Hierarchy, weights and grades of the index are a proposal, not approved.",
    "offline": "连接已断开，链接仍可使用。 · Connection lost; links still work.",
}
"""Key → `中文 · English`."""


def split(label: str, lang: str) -> str:
    """One language of a bilingual label; a label in one language serves both.

    Examples
    --------
    >>> split("分解住院 · Split stays", "en"), split("分解住院", "en")
    ('Split stays', '分解住院')
    """
    zh, _, en = str(label).partition(" · ")
    return zh if lang == "zh" or not en else en


def say(key: str, lang: str, **values: object) -> str:
    """A word of the pages."""
    return split(WORDS[key], lang).format(**values) if values else split(WORDS[key], lang)
