"""The handbook: data dictionary, rule book, detector book, indicator book and facts, made from the shelves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from yb_analytics.reporting.data_dictionary import data_dictionary, pick, rows
from yb_analytics.schema import Refusal, name_of

TITLES = {
    "data": ("数据字典", "Data dictionary"), "rules": ("规则手册", "Rule book"),
    "detectors": ("模型手册", "Detector book"), "indicators": ("指标手册", "Indicator book"),
    "parameters": ("参数与出处", "Facts and their sources"), "checks": ("数据检查手册", "Book of data checks"),
}


def handbook(book: str = "all", lang: str = "zh") -> dict[str, str]:
    """Markdown text of one book or of all.

    Parameters
    ----------
    book
        `data`, `rules`, `detectors`, `indicators`, `parameters` or `all`.
    lang
        `zh` or `en`.

    Returns
    -------
    dict
        Name of the book → Markdown.

    Examples
    --------
    >>> handbook("data", "en")["data"].splitlines()[0]
    '# Data dictionary'
    """
    if lang not in ("zh", "en"):
        raise Refusal(f"没有这种语言：{lang} · no such language: {lang}",
                      "可选 zh、en · use zh or en", "usage")
    if book != "all" and book not in BOOKS:
        raise Refusal(f"没有这本手册：{book} · no such book: {book}",
                      f"可选：{'、'.join(BOOKS)}、all · use {', '.join(BOOKS)} or all", "usage")
    chosen = list(BOOKS) if book == "all" else [book]
    return {name: f"# {TITLES[name][lang == 'en']}\n\n{BOOKS[name](lang)}" for name in chosen}


def _rules(lang: str) -> str:
    from yb_analytics.rules import table

    book = table()
    counts = book["state"].value_counts()
    summary = "；".join(f"{state} {n}" for state, n in counts.items())
    return summary + "\n\n" + rows(book.columns, book.itertuples(index=False))


def _detectors(lang: str) -> str:
    from yb_analytics.detectors import shelf

    head = pick(lang, "名称 标题 主体 层级 需要的表 捕捉 依据 说明",
                 "name title subject tier needs catches basis reason").split()
    return rows(head, ((n, pick(lang, d.title.zh, d.title.en), name_of("SUBJECT", d.subject, lang), d.tier,
                         ", ".join(d.needs), ", ".join(d.catches), d.basis, d.title.reason)
                        for n, d in shelf.items()))


_ZH = {"share": "比例", "count": "件数", "per_100": "每百家", "per_10k": "每万人", "yuan": "元",
       "days": "天", "ratio": "比值",
       "higher": "越高越好", "lower": "越低越好", "zero": "不得发生", "service": "发生日期", "settlement": "结算日期",
       "payment": "费款或拨付日期", "filing": "立案或受理日期", "event": "事件日期", "period end": "期末"}
"""Words of the indicators' declarations in Chinese."""


def _indicators(lang: str) -> str:
    from yb_analytics.indicators import shelf

    head = pick(lang, "名称 标题 主体 单位 方向 目标 日期口径 六管 牵头部门 依据 说明",
                 "name title subject unit better target date pillar owner basis reason").split()
    return rows(head, ((n, pick(lang, i.title.zh, i.title.en), name_of("SUBJECT", i.subject, lang),
                         *(pick(lang, _ZH[word], word) for word in (i.unit, i.better)),
                         "; ".join(f"{y}: {v}" for y, v in dict(i.target).items()), pick(lang, _ZH[i.date_basis],
                         i.date_basis), i.pillar, i.owner,
                         i.basis, i.title.reason) for n, i in shelf.items()))


def _parameters(lang: str) -> str:
    from yb_analytics import knowledge

    facts = knowledge.all_facts()
    return rows(facts.columns, facts.itertuples(index=False))


def _checks(lang: str) -> str:
    from yb_analytics.warehouse.checks import all_checks, limits_of, shelf

    head = pick(lang, "名称 标题 类别 检查数 依据 程度 总阈值 单元阈值 量度 状态 出处 说明",
                 "name title category checks basis severity limit cell measure status source reason").split()
    counts = Counter(c.kind.name for c in all_checks().values())
    table = []
    for name, k in shelf.items():
        own = limits_of(k.shows)
        table.append((name, pick(lang, k.title.zh, k.title.en), f"{k.category}/{k.sub}", counts[name], k.basis,
                     own.severity, own.limit, own.cell, own.measure, own.status, own.source, k.title.reason))
    return rows(head, table)


BOOKS: dict[str, Callable[[str], str]] = {
    "data": data_dictionary, "rules": _rules, "detectors": _detectors, "indicators": _indicators,
    "parameters": _parameters, "checks": _checks,
}
