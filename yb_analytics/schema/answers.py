"""The shapes of answers: finding, value, lead, effect, and the coverage every screening states.

Parts of the package meet in these tables, not in each other's classes.
"""

from __future__ import annotations

from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

_DATA = C("data_version", "数据版本 · Data version", "code", required=True)

FINDING = Table(
    "finding", "发现 · Findings", "answers", key=("finding_id",),
    columns=(
        C("finding_id", "发现ID · Finding id (hash of what was found where)", "code", required=True),
        C("found_by", "规则或模型 · Rule or detector", "code", required=True),
        C("version", "版本 · Version", "code", required=True),
        C("tier", "层级 · Tier", "code", codes="TIER", required=True),
        C("subject", "主体 · Kind of subject", "code", codes="SUBJECT", required=True),
        C("subject_id", "主体编号 · Subject id", "code", required=True, personal="pseudonym"),
        C("period", "期间 · Period", "code", required=True),
        C("score", "得分 · Score (0–1)", "number", required=True),
        C("amount", "涉及基金 · Fund money at stake", "money", unit="元", required=True),
        C("estimated", "是否估算 · Estimated", "bool", required=True),
        C("why", "说明 · Why, one sentence", required=True),
        C("basis", "依据 · Clause", required=True),
        C("locator", "定位 · Ids of the rows", "list", required=True),
        C("grain", "定位粒度 · What the ids name: line, settlement, stay", "code", required=True),
        _DATA,
    ),
)

LEAD = Table(
    "lead", "线索 · Leads", "answers", key=("lead_id",),
    columns=(
        C("lead_id", "线索ID · Lead id (same evidence, same id)", "code", required=True),
        C("subject", "主体 · Kind of subject", "code", codes="SUBJECT", required=True),
        C("subject_id", "主体编号 · Subject id", "code", required=True, personal="pseudonym"),
        C("county", "医保区划 · County", "code", codes="ADMDVS"),
        C("theme", "主题 · Theme", "code", required=True),
        C("tier", "层级 · Tier", "code", codes="TIER", required=True),
        C("period", "期间 · Period", "code", required=True),
        C("amount", "涉及基金（不重复计算） · Fund money, counted once", "money", unit="元", required=True),
        C("score", "得分 · Score (0–1)", "number", required=True),
        C("priority", "优先级 · Expected recoverable amount", "number", unit="元", required=True),
        C("found_by", "来源 · Found by", "list", required=True),
        C("finding_ids", "发现ID · Findings behind it", "list", required=True),
        C("why", "说明 · Why", required=True),
        C("basis", "依据 · Clauses", required=True),
        C("state", "状态 · State", "code", codes="LEAD_STATE", required=True),
        C("owner", "承办 · Owner", "code"),
        C("due", "期限 · Due", "date"),
        _DATA,
    ),
)

VALUE = Table(
    "value", "指标值 · Indicator values", "answers", key=("indicator", "unit_kind", "unit_id", "period"),
    columns=(
        C("indicator", "指标 · Indicator", "code", required=True),
        C("unit_kind", "单元类型 · Kind of unit: city, county, institution", "code", required=True),
        C("unit_id", "单元 · Unit", "code", required=True),
        C("period", "期间 · Period", "code", required=True),
        C("numerator", "分子 · Numerator", "number"),
        C("denominator", "分母 · Denominator", "number"),
        C("value", "值 · Value", "number"),
        C("low", "下限 · Lower limit (95 %)", "number"),
        C("high", "上限 · Upper limit (95 %)", "number"),
        C("coverage", "覆盖率 · Share of the months with data", "number"),
        C("target", "目标 · Target", "number"),
        C("state", "状态 · State", "code", codes="ANSWER_STATE", required=True),
        C("text", "说明 · Sentence", required=True),
        _DATA,
    ),
)

EFFECT = Table(
    "effect", "政策效果 · Policy effects", "answers", key=("outcome", "design"),
    columns=(
        C("outcome", "结果变量 · Outcome", "code", required=True),
        C("design", "设计 · Design", "code", required=True),
        C("estimate", "估计 · Estimate", "number"),
        C("low", "下限 · Lower limit", "number"),
        C("high", "上限 · Upper limit", "number"),
        C("mde", "最小可检出效果 · Minimum detectable effect", "number"),
        C("placebo", "安慰剂检验 · Placebo p-value", "number"),
        C("verdict", "结论 · Verdict: effect, no effect, cannot tell", "code", required=True),
        C("text", "说明 · Sentence", required=True),
        _DATA,
    ),
)

COVERAGE = Table(
    "coverage", "筛查覆盖 · What was checked, what could not be, why", "answers", key=("found_by", "period"),
    columns=(
        C("found_by", "规则或模型 · Rule or detector", "code", required=True),
        C("kind", "类别 · rule or detector", "code", required=True),
        C("title", "名称 · Title", required=True),
        C("period", "期间 · Period", "code", required=True),
        C("state", "状态 · evaluated, not evaluable, error", "code", required=True),
        C("reason", "原因 · Reason"),
        C("findings", "发现数 · Findings", "count"),
        C("amount", "涉及基金 · Fund money at stake", "money", unit="元"),
        _DATA,
    ),
)

EVIDENCE = Table(
    "evidence", "发现的依据 · What a finding rests on, feature by feature", "answers", key=("finding_id", "rank"),
    columns=(
        C("finding_id", "发现ID · Finding id", "code", required=True),
        C("rank", "次序 · Rank of the feature, the most telling is 1", "count", required=True),
        C("feature", "特征 · Feature", "code", required=True),
        C("label", "特征名称 · Feature in words", required=True),
        C("value", "本主体值 · Own value", "number"),
        C("expected", "按同类水平应有值 · Value expected at the peers' level", "number"),
        C("unit", "单位 · Unit of the values", required=True),
        C("cell", "同类组 · Peer group"),
        C("peers", "同类数 · Members of the peer group", "count"),
        C("median", "同类中位数 · Median of the peers", "number"),
        C("percentile", "百分位 · Share of the peers that lie lower", "number"),
        C("vanish", "不再提示的值 · Value at which the flag would vanish", "number"),
        C("contribution", "贡献 · Share of the flag, adds up to 1", "number", required=True),
        C("telling", "最有说服力的记录 · Most telling rows (ids as in the finding's locator)", "list", required=True),
        C("checked", "已排除的正当解释 · Innocent explanations excluded", "list", required=True),
        C("unchecked", "尚待核实的正当解释 · Innocent explanations to check", "list", required=True),
        _DATA,
    ),
)

ANSWERS: dict[str, Table] = {t.name: t for t in (FINDING, LEAD, VALUE, EFFECT, COVERAGE, EVIDENCE)}
"""Shape of each answer by name."""
