"""Leads of a period: by theme, the ones most worth checking, what was checked and what could not be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from yb_analytics.leads import screen
from yb_analytics.reporting.chapters._frames import TOTAL, framed, lines, place
from yb_analytics.schema import TABLES, Period, Refusal, name_of

_TIERS = (
    ("疑点", "数据之间存在确定的矛盾，依据数据本身即可核对", "核对后按规定处理"),
    ("线索", "与规定或同类相比明显异常，须调阅病历、处方、票据或现场核实", "派发核查"),
    ("监测", "统计上偏离同类，只作管理提示，不针对个案", "持续关注"))

_REASONS = (
    (r"(\w+) covers 0 % of .*", "{0}在本期间未报送"), (r"\w+\.\w+ \((.+)\) is empty in .*", "字段“{0}”在本期间未填报"),
    (r"no knowledge points live in .*", "知识库中没有本期间有效的知识点"),
    (r"none of the (\d+) knowledge points' codes occurs .*", "{0}个知识点的编码在目录和费用明细中均未出现"))
"""Reasons that name a table, a column or a number of points, and the same in Chinese; others carry theirs."""


@dataclass(frozen=True)
class Screened:
    """Leads and coverage of a period.

    Attributes
    ----------
    leads, coverage
        In the columns of `schema.ANSWERS`.
    period
        What was screened: the period asked for, or the longer one that was screened and holds it.
    """

    leads: pd.DataFrame
    coverage: pd.DataFrame
    period: Period
    places: dict[str, str]

    @property
    def scope(self) -> str:
        """What the figures are about, for a note."""
        return f"筛查期间：{self.period.label}。"


def screened(w: Any, period: str | Period) -> Screened:
    """Leads of a period as stored for this data version; screened now where nothing is stored."""
    span = Period.parse(period)
    names = w.run(w.institutions.select("fixmedins_code", "fixmedins_name"))
    places = {c: n for c, n in names.itertuples(index=False) if isinstance(n, str) and n}
    try:
        made, coverage = (w.run(w.stored(name, span)) for name in ("lead", "coverage"))
    except Refusal:
        made = coverage = pd.DataFrame()
    if coverage.empty:
        now = screen(w, span, progress=False, keep=False)
        made, coverage = now.leads, now.coverage
    order = made.sort_values(["priority", "lead_id"], ascending=[False, True]) if len(made) else made
    return Screened(order.assign(amount=pd.to_numeric(order["amount"])) if len(made) else made, coverage, span, places)


def themes(s: Screened) -> pd.DataFrame:
    """Leads by theme: 主题, 疑点, 线索, 监测 (numbers), 合计, 涉及基金; the total below."""
    columns = ("主题", "疑点", "线索", "监测", "小计", "涉及基金")
    rows: list[dict[str, Any]] = []
    for theme, part in s.leads.groupby("theme") if len(s.leads) else ():
        rows.append({"主题": theme, **_tiers(part), "小计": len(part), "涉及基金": float(part["amount"].sum())})
    rows.sort(key=lambda r: (-float(r["涉及基金"]), str(r["主题"])))
    total = float(s.leads["amount"].sum()) if len(s.leads) else 0.0
    rows.append({"主题": TOTAL, **_tiers(s.leads), "小计": len(s.leads), "涉及基金": total})
    units = dict.fromkeys(("疑点", "线索", "监测", "小计"), "count:条")
    return framed(rows, {**units, "涉及基金": "yuan"}, columns=columns)


def _tiers(part: pd.DataFrame) -> dict[str, int]:
    return {t: int((part["tier"] == t).sum()) if len(part) else 0 for t, *_ in _TIERS}


def themes_drawn(s: Screened) -> pd.DataFrame:
    """The leads in the shape `plots.leads_by_theme` draws."""
    return s.leads if len(s.leads) else pd.DataFrame(columns=["theme", "tier", "amount"])


def top_leads(s: Screened, top: int = 20) -> pd.DataFrame:
    """Leads most worth checking first: 对象, 属地, 主题, 层级, 涉及基金, 主要理由, 线索号."""
    rows = [{"对象": _who(r, s.places), "属地": place(r.county), "主题": r.theme, "层级": r.tier,
             "涉及基金": r.amount, "主要理由": str(r.why).partition("主要理由：")[2] or r.why, "线索号": r.lead_id}
            for r in lines(s.leads.head(top))]
    return framed(rows, {"涉及基金": "yuan"}, "本期未形成线索。",
                  ("对象", "属地", "主题", "层级", "涉及基金", "主要理由", "线索号"))


def _who(lead: Any, places: dict[str, str]) -> str:
    """Name of an institution; other subjects by their kind and the end of their pseudonym."""
    if lead.subject == "institution":
        return places.get(str(lead.subject_id), str(lead.subject_id))
    return f"{name_of('SUBJECT', lead.subject)}（编号尾号{str(lead.subject_id)[-4:]}）"


def by_place(s: Screened) -> pd.DataFrame:
    """Leads by county: 属地, 条数, 涉及基金."""
    rows: list[dict[str, Any]] = []
    for county, part in s.leads.assign(county=s.leads["county"].fillna("")).groupby("county") if len(s.leads) else ():
        rows.append({"属地": place(county), **_tiers(part), "小计": len(part),
                     "涉及基金": float(part["amount"].sum())})
    rows.sort(key=lambda r: (-float(r["涉及基金"]), str(r["属地"])))
    units = dict.fromkeys(("疑点", "线索", "监测", "小计"), "count:条")
    return framed(rows, {**units, "涉及基金": "yuan"}, "本期未形成线索。",
                  ("属地", "疑点", "线索", "监测", "小计", "涉及基金"))


def checked(s: Screened) -> pd.DataFrame:
    """How many rules and detectors were evaluated: 类别, 项数, 已评价, 无法评价, 出错, 发现."""
    rows = []
    kinds = (("rule", "规则"), ("detector", "模型"))
    for kind, name in (*kinds, ("", TOTAL)):
        part = s.coverage if not kind else s.coverage[s.coverage["kind"] == kind]
        state = part["state"].value_counts()
        rows.append({"类别": name, "项数": len(part), "已评价": state.get("evaluated", 0),
                     "无法评价": state.get("not evaluable", 0), "出错": state.get("error", 0),
                     "发现": int(pd.to_numeric(part["findings"]).fillna(0).sum())})
    return framed(rows, dict.fromkeys(("项数", "已评价", "无法评价", "出错", "发现"), "count:项"))


def unchecked(s: Screened) -> pd.DataFrame:
    """What could not be checked and why: 规则或模型, 类别, 原因."""
    part = s.coverage[s.coverage["state"] != "evaluated"]
    rows = [{"规则或模型": str(r.title).partition(" · ")[0], "类别": "规则" if r.kind == "rule" else "模型",
             "原因": _reason(r)} for r in lines(part.sort_values("found_by"))]
    return framed(rows, {}, "本期各项规则与模型均已评价。", ("规则或模型", "类别", "原因"))


def _reason(row: Any) -> str:
    """The reason of a coverage row in Chinese, tables and columns by their Chinese names."""
    if row.state == "error":
        return "运行出错，未得出结果，详见运行记录"
    words = str(row.reason or "").removeprefix("not evaluable: ")
    for pattern, chinese in _REASONS:
        found = re.fullmatch(pattern, words)
        if found:
            return chinese.format(*(_table_name(g) for g in found.groups()))
    told = re.search(r"（(.+)）$", words)  # rules and detectors put the Chinese behind the English
    return told.group(1) if told else "不具备评价条件"


def _table_name(name: str) -> str:
    return f"“{TABLES[name].zh}”" if name in TABLES else name


def by_rule(s: Screened, top: int = 20) -> pd.DataFrame:
    """Rules and detectors with findings: 规则或模型, 类别, 发现数, 涉及基金 (before money is counted once)."""
    part = s.coverage[pd.to_numeric(s.coverage["findings"]).fillna(0) > 0]
    part = part.assign(amount=pd.to_numeric(part["amount"]).fillna(0.0)).sort_values("amount", ascending=False)
    rows = [{"规则或模型": str(r.title).partition(" · ")[0], "类别": "规则" if r.kind == "rule" else "模型",
             "发现数": r.findings, "涉及基金（未去重）": r.amount} for r in lines(part.head(top))]
    return framed(rows, {"发现数": "count:项", "涉及基金（未去重）": "yuan"}, "本期没有发现。",
                  ("规则或模型", "类别", "发现数", "涉及基金（未去重）"))


def tiers() -> pd.DataFrame:
    """What the three tiers mean: 层级, 含义, 用途."""
    return framed([{"层级": t, "含义": what, "用途": use} for t, what, use in _TIERS], {})
