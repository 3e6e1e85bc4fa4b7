"""The handbook: data dictionary, rule book, detector book, indicator book and facts, made from the shelves."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from yb_analytics.schema import ANSWERS, CODES, TABLES, Refusal, Table, name_of

TITLES = {
    "data": ("数据字典", "Data dictionary"), "rules": ("规则手册", "Rule book"),
    "detectors": ("模型手册", "Detector book"), "indicators": ("指标手册", "Indicator book"),
    "parameters": ("参数与出处", "Facts and their sources"),
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
        raise Refusal(f"no such language: {lang}", "use zh or en", "usage")
    if book != "all" and book not in BOOKS:
        raise Refusal(f"no such book: {book}", f"use {', '.join(BOOKS)} or all", "usage")
    chosen = list(BOOKS) if book == "all" else [book]
    return {name: f"# {TITLES[name][lang == 'en']}\n\n{BOOKS[name](lang)}" for name in chosen}


def _rows(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; bars and line ends in cells cannot break it."""
    heads = list(head)
    out = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    out += ["| " + " | ".join(str(c).replace("|", "\\|").replace("\n", " ") for c in row) + " |" for row in rows]
    return "\n".join(out)


def _pick(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def _table(table: Table, lang: str) -> str:
    marks = {"": "", "pseudonym": _pick(lang, "假名", "pseudonym"), "hashed": _pick(lang, "仅存密钥摘要", "keyed hash"),
             "dropped": _pick(lang, "不存储", "never stored")}
    head = _pick(lang, "列 名称 类型 单位 代码表 必填 个人信息",
                 "column label type unit codes required personal").split()
    rows = ((f"`{c.name}`", _pick(lang, c.zh, c.en), c.type, c.unit, c.codes, "✓" if c.required else "",
             marks[c.personal]) for c in table.columns)
    key = ", ".join(table.key)
    title = f"## {table.name} {_pick(lang, table.zh, table.en)}"
    return f"{title}\n\n{_pick(lang, '主键', 'Key')}: {key}\n\n" + _rows(head, rows)


def _data(lang: str) -> str:
    parts = [_table(t, lang) for t in (*TABLES.values(), *ANSWERS.values())]
    codes = _rows(_pick(lang, "代码表 代码 名称", "list code name").split(),
                  ((n, c, name_of(n, c, lang)) for n, values in CODES.items() for c in values))
    return "\n\n".join([*parts, f"## {_pick(lang, '代码表', 'Code lists')}", codes])


def _rules(lang: str) -> str:
    from yb_analytics.rules import table

    book = table()
    counts = book["state"].value_counts()
    summary = "；".join(f"{state} {n}" for state, n in counts.items())
    return summary + "\n\n" + _rows(book.columns, book.itertuples(index=False))


def _detectors(lang: str) -> str:
    from yb_analytics.detectors import shelf

    head = _pick(lang, "名称 标题 主体 层级 需要的表 捕捉 依据 说明",
                 "name title subject tier needs catches basis reason").split()
    return _rows(head, ((n, _pick(lang, d.title.zh, d.title.en), name_of("SUBJECT", d.subject, lang), d.tier,
                         ", ".join(d.needs), d.catches, d.basis, d.title.reason)
                        for n, d in shelf.items()))


def _indicators(lang: str) -> str:
    from yb_analytics.indicators import shelf

    head = _pick(lang, "名称 标题 主体 单位 方向 目标 日期口径 六管 牵头部门 依据 说明",
                 "name title subject unit better target date pillar owner basis reason").split()
    return _rows(head, ((n, _pick(lang, i.title.zh, i.title.en), name_of("SUBJECT", i.subject, lang), i.unit, i.better,
                         "; ".join(f"{y}: {v}" for y, v in dict(i.target).items()), i.date_basis, i.pillar, i.owner,
                         i.basis, i.title.reason) for n, i in shelf.items()))


def _parameters(lang: str) -> str:
    from yb_analytics import knowledge

    facts = knowledge.all_facts()
    return _rows(facts.columns, facts.itertuples(index=False))


BOOKS: dict[str, Callable[[str], str]] = {
    "data": _data, "rules": _rules, "detectors": _detectors, "indicators": _indicators, "parameters": _parameters,
}
