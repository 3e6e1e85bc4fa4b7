"""Which columns of the schema the package reads, proved from its syntax trees and rule files.

A column of a table is read where a file names both: the table (itself, or a netted view made from it) and the
column (`_.acct_pay`, `rows["acct_pay"]`, `select("acct_pay")`). A file that names no table (a pattern of rules works
on rows it is handed) counts for all tables its package names. What only goes over all columns of a table (the checks
of completeness and codes) names none and proves nothing; neither do examples, test data of checks and docstrings.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import yaml

import yb_analytics
from yb_analytics.schema import TABLES

PACKAGE = Path(yb_analytics.__file__).parent
READERS = {
    "rules": ("rules",), "detectors": ("detectors",), "indicators": ("indicators",), "leads": ("leads",),
    "fund": ("fund",), "forecast": ("forecast",), "scores": ("scores",), "reports": ("reporting",),
    "views": ("warehouse/views", "warehouse/reader.py"),
    "merge": ("warehouse/_merge.py", "warehouse/_replaced.py"),
    "identity": ("warehouse/identity", "warehouse/privacy/linkage.py"),
    "checks": ("warehouse/checks",),
}
"""What counts as use; the merge reads the columns that every table has."""

_SHOWN = {"fine", "broken", "examples", "shows"}
"""Arguments that hold test data, not what a unit reads."""


def _strings(node: ast.Constant, split: bool) -> set[str]:
    if not isinstance(node.value, str):
        return set()
    if split:
        return set(node.value.split())
    table, _, column = node.value.partition(".")
    return {node.value, table, column} if table in TABLES else {node.value}


def named(tree: ast.AST) -> set[str]:
    """Attributes and whole strings of a syntax tree, without docstrings and test data.

    Examples
    --------
    >>> sorted(named(ast.parse('w.setl_d.select("psn_no", total=_.balc.sum())')))
    ['balc', 'psn_no', 'select', 'setl_d', 'sum']
    """
    out: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.keyword) and node.arg in _SHOWN:
            continue
        if isinstance(node, ast.Attribute):
            out.add(node.attr)
            if node.attr == "split" and isinstance(node.value, ast.Constant):
                out |= _strings(node.value, split=True)
        if isinstance(node, ast.Name):
            out.add(node.id)
        if isinstance(node, ast.Constant):
            out |= _strings(node, split=False)
        out |= named(node)
    return out - {"_", "w"}


def _of_rules(node: object) -> set[str]:
    """Scalars of a rule file, without its examples."""
    if isinstance(node, dict):
        return set().union(*({k} | _of_rules(v) for k, v in node.items() if k not in _SHOWN))
    if isinstance(node, list):
        return set().union(*map(_of_rules, node))
    return {node} if isinstance(node, str) else set()


def _met(tree: ast.AST) -> set[str]:
    """Functions, methods, constants and tables a piece of the views goes on to: what has a name of its own."""
    reached = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)]
    own = {n.attr for n in reached if n.value.id in ("w", "self", "_views")}
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - {n.value.id for n in reached}
    return own | names | (named(tree) & set(TABLES))


@cache
def views() -> dict[str, frozenset[str]]:
    """Property or method of an open warehouse → tables it is made from, through the functions it calls."""
    parts: dict[str, set[str]] = {}
    public: set[str] = set()
    for file in ("views/netted.py", "reader.py"):
        for node in ast.parse((PACKAGE / "warehouse" / file).read_text(encoding="utf-8")).body:
            inside = node.body if isinstance(node, ast.ClassDef) and node.name == "Warehouse" else [node]
            for part in inside:
                if isinstance(part, ast.FunctionDef):
                    parts.setdefault(part.name, set()).update(_met(part))
                    public |= {part.name} if part is not node else set()
                if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
                    parts.setdefault(part.targets[0].id, set()).update(_met(part.value))
    reached = {name: _reached(name, parts) & set(TABLES) for name in public}
    return {name: frozenset(tables) for name, tables in reached.items() if tables}


def _reached(name: str, parts: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    queue = [name]
    while queue:
        one = queue.pop()
        if one not in seen:
            seen.add(one)
            queue += parts.get(one, ())
    return seen


def _files(places: tuple[str, ...]) -> list[Path]:
    found = [p for place in places for p in ([PACKAGE / place] if place.endswith(".py")
                                            else sorted((PACKAGE / place).rglob("*")))]
    return [p for p in found if p.suffix in (".py", ".yaml")]


def _read(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    return named(ast.parse(text)) if path.suffix == ".py" else _of_rules(yaml.safe_load(text))


@cache
def in_use() -> dict[tuple[str, str], frozenset[str]]:
    """(table, column) → who reads it: names of :data:`READERS`."""
    out: dict[tuple[str, str], set[str]] = {}
    known = views()
    for reader, places in READERS.items():
        names = {p: _read(p) for p in _files(places)}
        tables = {p: (n & set(TABLES)).union(*(known[v] for v in n & set(known))) for p, n in names.items()}
        every = set(TABLES) if reader == "merge" else set().union(*tables.values())
        general = set.intersection(*(set(t.names) for t in TABLES.values())) if reader == "merge" else None
        for path, said in names.items():
            for table in tables[path] or every:
                for column in said & (general or set(TABLES[table].names)):
                    out.setdefault((table, column), set()).add(reader)
    return {k: frozenset(v) for k, v in out.items()}


def structural(table) -> set[str]:
    """Columns by which rows are told apart, stored and ordered."""
    return {*table.key, *table.sort, table.month}


def unread(table) -> list[str]:
    """Columns of a table that nothing reads yet."""
    return [c.name for c in table.columns
            if c.name not in structural(table) and (table.name, c.name) not in in_use()]
