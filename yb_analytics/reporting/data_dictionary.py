"""The data dictionary: every table and column with its facts, code lists, and what waiting columns are held for."""

from __future__ import annotations

from collections.abc import Iterable

from yb_analytics.knowledge import purposes
from yb_analytics.schema import ANSWERS, CODES, TABLES, Column, Table, name_of


def rows(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; bars and line ends in cells cannot break it.

    Examples
    --------
    >>> print(rows(["a", "b"], [(1, "x|y")]))
    | a | b |
    | --- | --- |
    | 1 | x\\|y |
    """
    heads = list(head)
    out = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    out += ["| " + " | ".join(str(c).replace("|", "\\|").replace("\n", " ") for c in row) + " |" for row in rows]
    return "\n".join(out)


def pick(lang: str, zh: str, en: str) -> str:
    """The text of a language.

    Examples
    --------
    >>> pick("zh", "表", "table"), pick("en", "表", "table")
    ('表', 'table')
    """
    return zh if lang == "zh" else en


def _range(column: Column) -> str:
    """Plausible bounds of a column, empty where there are none."""
    if column.least is None and column.most is None:
        return ""
    low, high = ("" if b is None else f"{b:,.12g}" if isinstance(b, int | float) else b
                 for b in (column.least, column.most))
    return f"{low} – {high}".strip()


def _also(table: Table, lang: str) -> str:
    """Other names of a table and of its columns, and how it is stored."""
    out = []
    if table.known_as:
        out.append(pick(lang, "表的其他名称", "Other names of the table") + ": " + ", ".join(table.known_as))
    if table.aliases:
        names = ", ".join(f"{other} → {name}" for other, name in table.aliases.items())
        out.append(pick(lang, "接口规范及其他名称", "Interface and other names") + ": " + names)
    if table.month:
        out.append(pick(lang, "按月分区", "Stored by the month of") + f": {table.month}")
    return "".join(f"\n\n{line}" for line in out)


def _table(table: Table, lang: str) -> str:
    marks = {"": "", "pseudonym": pick(lang, "假名", "pseudonym"), "hashed": pick(lang, "仅存密钥摘要", "keyed hash"),
             "dropped": pick(lang, "不存储", "never stored")}
    head = pick(lang, "列 名称 类型 单位 代码表 必填 个人信息 引用 合理范围 用途",
                "column label type unit codes required personal refers range serves").split()
    body = ((f"`{c.name}`", pick(lang, c.zh, c.en), c.type, c.unit, c.codes, "✓" if c.required else "",
             marks[c.personal], c.refers, _range(c), c.serves) for c in table.columns)
    title = f"## {table.name} {pick(lang, table.zh, table.en)}"
    return f"{title}\n\n{pick(lang, '主键', 'Key')}: {', '.join(table.key)}{_also(table, lang)}\n\n{rows(head, body)}"


def _held_for(lang: str) -> str:
    """Ids that columns name, with their titles; national rule classes (R) stand in the rule book."""
    used = {i for t in TABLES.values() for c in t.columns for i in c.serves.split()}
    found = purposes()
    found = found[found["id"].isin(used)]
    head = pick(lang, "编号 名称 来源", "id name source").split()
    return rows(head, zip(found["id"], found[pick(lang, "name", "name_en")], found["source"], strict=True))


def data_dictionary(lang: str) -> str:
    """Markdown of all canonical tables, answers, code lists and purposes.

    Parameters
    ----------
    lang
        `zh` or `en`.

    Examples
    --------
    >>> data_dictionary("en").splitlines()[0]
    '## psn_info_b Persons'
    """
    parts = [_table(t, lang) for t in (*TABLES.values(), *ANSWERS.values())]
    codes = rows(pick(lang, "代码表 代码 名称", "list code name").split(),
                 ((n, c, name_of(n, c, lang)) for n, values in CODES.items() for c in values))
    return "\n\n".join([*parts, f"## {pick(lang, '代码表', 'Code lists')}", codes,
                        f"## {pick(lang, '用途编号', 'What columns are held for')}", _held_for(lang)])
