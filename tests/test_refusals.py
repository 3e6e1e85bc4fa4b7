"""Refusals read Chinese first, then English, each with cause and remedy, in one line."""

from __future__ import annotations

import ast
import re

from tests.columns_in_use import PACKAGE
from yb_analytics.schema import EXIT_CODES, Refusal
from yb_analytics.schema.refusal import KINDS, parted

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SURFACES = ("cli", "warehouse/reading", "warehouse/sealing", "warehouse/privacy", "warehouse/identity")
FILES = ("warehouse/_ingest.py", "warehouse/_lock.py", "warehouse/_delta.py", "warehouse/manifest.py",
         "warehouse/journal.py", "schema/period.py", "schema/informers.py", "reporting/matter.py",
         "reporting/editions.py", "reporting/ledger.py")


def _texts(node: ast.expr) -> str:
    return "".join(str(n.value) for n in ast.walk(node) if isinstance(n, ast.Constant))


def _literals():
    """Causes and remedies written where they are raised; what stands in a name is looked at by other tests."""
    for file in sorted({*(f for s in SURFACES for f in (PACKAGE / s).rglob("*.py")), *(PACKAGE / f for f in FILES)}):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal":
                for told in node.args[:2]:
                    if isinstance(told, (ast.Constant, ast.JoinedStr)):
                        yield f"{file.name}:{told.lineno}", _texts(told)


def test_what_a_chinese_user_may_meet_is_written_in_both_languages():
    found, wrong = [*_literals()], []
    for where, text in found:
        chinese, between, english = text.partition(" · ")
        if re.search(r"\w", text) and not (between and CHINESE.search(chinese) and re.search("[a-z]", english)):
            wrong.append(f"{where}: {text}")
    assert len(found) > 150 and not wrong


def test_a_refusal_in_english_only_says_in_chinese_what_it_is_about():
    assert set(KINDS) == set(EXIT_CODES)
    for kind, zh in KINDS.items():
        told = str(Refusal("it is so", "do this", kind))
        assert told == f"{zh}：it is so → do this" and parted(told) == ("it is so", "do this")


def test_both_halves_keep_cause_and_remedy():
    one = Refusal("甲 · a", "乙 · b", "empty")
    assert str(one) == "甲 → 乙 · a → b" and parted(str(one)) == (one.cause, one.remedy)
    assert str(Refusal("甲 · a", "b")) == "甲 · a → b"
