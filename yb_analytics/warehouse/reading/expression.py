"""The small vocabulary of expressions in mappings.

An expression is read with Python's own grammar and translated, node by node, into Ibis: names are source
columns, everything not listed here is refused by name. Nothing is ever evaluated as code.
"""

from __future__ import annotations

import ast
import operator
import re

import ibis

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.reading.files import FILE
from yb_analytics.warehouse.reading.reports import as_text, as_time

_BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
_COMPARE = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
            ast.Gt: operator.gt, ast.GtE: operator.ge}


def _text(value):
    return as_text(value) if hasattr(value, "type") else ibis.literal(str(value))


def _extract(value, pattern: str):
    """First group of a pattern."""
    return _text(value).re_extract(pattern, 1).nullif("")


_FUNCTIONS = {
    "number": lambda v: _text(v).try_cast("decimal(18, 6)"),
    "amount": lambda v: ibis.coalesce(_text(v), ibis.literal("0")).try_cast("decimal(18, 2)"),
    "date": lambda v, shape=None: as_time(v, shape),
    "text": _text,
    "concat": lambda *v: ibis.literal("").join([_text(x) for x in v]),
    "left": lambda v, n: _text(v).left(n),
    "right": lambda v, n: _text(v).right(n),
    "extract": _extract,
    "coalesce": lambda *v: ibis.coalesce(*v),
    "given": lambda v: _text(v).notnull(),
    "if_else": lambda test, yes, no: test.ifelse(yes, no),
}


class _Reader(ast.NodeVisitor):
    """Translates one expression over the columns of a table."""

    def __init__(self, row) -> None:
        self.row = row

    def visit_Expression(self, node):
        return self.visit(node.body)

    def visit_Name(self, node):
        if node.id == "file":
            return self.row[FILE]
        if node.id not in self.row.columns:
            raise Refusal(f"源文件没有列 {node.id} · no source column {node.id}",
                          f"请改用文件中有的列 · columns are: {', '.join(self.row.columns)}", "schema")
        return self.row[node.id]

    def visit_Constant(self, node):
        return node.value

    def visit_BinOp(self, node):
        return self._from(_BINARY, node.op)(self.visit(node.left), self.visit(node.right))

    def visit_Compare(self, node):
        if len(node.ops) != 1:
            raise Refusal("映射中有连写的比较 · a chained comparison in a mapping",
                          "用 and 写成两个比较 · write two comparisons with `and`", "schema")
        return self._from(_COMPARE, node.ops[0])(self.visit(node.left), self.visit(node.comparators[0]))

    def visit_BoolOp(self, node):
        join = ibis.and_ if isinstance(node.op, ast.And) else ibis.or_
        return join(*(self.visit(v) for v in node.values))

    def visit_Call(self, node):
        name = getattr(node.func, "id", "?")
        if name not in _FUNCTIONS or node.keywords:
            raise Refusal(f"映射中没有函数 {name} · mapping function {name} is not known",
                          f"可用函数见 data/mappings/README.md · choose from {', '.join(_FUNCTIONS)}", "schema")
        return _FUNCTIONS[name](*(self.visit(a) for a in node.args))

    def generic_visit(self, node):
        raise Refusal(f"映射表达式中不允许 {type(node).__name__} · "
                      f"{type(node).__name__} is not allowed in a mapping expression",
                      "可用写法见 data/mappings/README.md · see data/mappings/README.md for the vocabulary",
                      "schema")

    def _from(self, allowed, node):
        return allowed[type(node)] if type(node) in allowed else self.generic_visit(node)


def _parsed(text: str) -> ast.Expression:
    try:
        return ast.parse(re.sub(r"\s+", " ", text.strip()), mode="eval")
    except SyntaxError as error:
        raise Refusal(f"映射表达式 {text!r} 写法有误 · mapping expression {text!r} cannot be read: {error.msg}",
                      "可用写法见 data/mappings/README.md · see data/mappings/README.md for the vocabulary",
                      "schema") from None


def evaluate(text: str, row):
    """An expression as an Ibis value over the columns of `row`."""
    try:
        value = _Reader(row).visit(_parsed(text))
    except (TypeError, AttributeError, ibis.common.exceptions.IbisError) as error:
        raise Refusal(f"映射表达式 {text!r} 前后类型不合 · mapping expression {text!r} does not fit together: {error}",
                      "可用写法见 data/mappings/README.md · see data/mappings/README.md for the vocabulary",
                      "schema") from None
    return value if hasattr(value, "type") else ibis.literal(value)
