"""What a rule class is and how its YAML is read; every fault is refused at load, by name."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from yb_analytics.knowledge import exclusions, facts_of, national_rules
from yb_analytics.rules import _patterns
from yb_analytics.rules._patterns import Pattern
from yb_analytics.schema import CODES, TABLES, Refusal
from yb_analytics.shelf import Title

LINES = ("pre", "mid", "post")
STATES = ("draft", "shadow", "active", "retired")
LIFE = ("is", "since", "author", "review_by")
EXAMPLE = ("says", "loss", "findings", "lines", "points", "person", "settlement", "stay", "tables")
_CODE = re.compile(r"(GZ|ZB)\d{14}")


@dataclass(frozen=True)
class RuleClass:
    """One rule class: a pattern, its arguments, and what a finding of it means.

    Parameters
    ----------
    name, title, reason, reason_zh
        File name; bilingual title (the Chinese part is the national class where there is one); why, in both languages.
    code
        National code, empty where the national list gives none (see `note`).
    pattern, grain, loss, arguments
        Which pattern, what a hit is about, how the money at stake is reckoned, and the pattern's arguments.
    line
        Lines of defence: `pre`, `mid`, `post`.
    tier, subject, basis
        Of its findings.
    needs
        Canonical tables without which it cannot be evaluated.
    catches
        Planted scheme of the demo city the tests use, empty where there is none.
    exclusions
        Reasons of `knowledge/exclusions.csv` that suppress a hit (counted, never silent).
    state
        `is` (draft, shadow, active, retired), `since`, `author`, `review_by`.
    examples
        At least one for (loss above 0) and one against (loss 0); without loss, `findings` is stated instead. `says` is
        `中文 · English`.
    version
        Hash of the declaration.
    """

    name: str
    title: Title
    pattern: str
    grain: str
    line: tuple[str, ...]
    tier: str
    subject: str
    basis: str
    loss: str
    state: Mapping[str, Any]
    reason: str
    reason_zh: str
    examples: tuple[Mapping[str, Any], ...]
    code: str = ""
    note: str = ""
    catches: str = ""
    needs: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""

    @cached_property
    def made_of(self) -> Pattern:
        """Its pattern."""
        return _patterns.shelf[self.pattern]


_KEYS = tuple(f.name for f in dataclasses.fields(RuleClass) if f.name not in ("name", "version"))
_REQUIRED = tuple(f.name for f in dataclasses.fields(RuleClass)
                  if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
                  and f.name != "name")
_MANY = ("line", "needs", "exclusions", "seeds")


def _refuse(path: Path, cause: str, remedy: str = "correct the rule class") -> Refusal:
    return Refusal(f"rules/{path.name}: {cause}", remedy, "schema")


def read_rule(path: Path) -> RuleClass:
    """Read and check one rule class."""
    text = path.read_text(encoding="utf-8")
    try:
        facts = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise _refuse(path, f"not YAML: {str(problem).splitlines()[0]}") from None
    if not isinstance(facts, dict):
        raise _refuse(path, "not a mapping of keys")
    unknown = sorted(set(facts) - set(_KEYS))
    missing = sorted(set(_REQUIRED) - set(facts))
    if unknown or missing:
        told = [f"unknown key {k}" for k in unknown] + [f"missing key {k}" for k in missing]
        raise _refuse(path, ", ".join(told), f"the keys are {', '.join(_KEYS)}")
    for name in _MANY:
        facts[name] = tuple(facts.get(name) or ())
    pattern = _pattern(path, facts)
    _words(path, facts, pattern)
    _arguments(path, facts, pattern)
    _state(path, facts)
    _code(path, facts)
    _examples(path, facts)
    facts["title"] = Title.read(facts["title"], path.stem)
    facts["reason_zh"] = re.sub(r"\s+", "", facts["reason_zh"])
    facts["needs"] = tuple(dict.fromkeys((*pattern.needs, *facts["needs"])))
    facts["examples"] = tuple(facts["examples"])
    return RuleClass(name=path.stem, version=hashlib.sha256(text.encode()).hexdigest()[:8], **facts)


def _pattern(path: Path, facts: dict) -> Pattern:
    if facts["pattern"] not in _patterns.shelf.names:
        raise _refuse(path, f"unknown pattern {facts['pattern']!r}", f"use {', '.join(_patterns.shelf.names)}")
    return _patterns.shelf[facts["pattern"]]


@lru_cache(maxsize=1)
def _reasons() -> frozenset[str]:
    return frozenset(exclusions()["reason"])


def _words(path: Path, facts: dict, pattern: Pattern) -> None:
    allowed: dict[str, tuple] = {
        "grain": (pattern.grain,), "loss": pattern.losses, "tier": tuple(CODES["TIER"]),
        "subject": tuple(CODES["SUBJECT"]), "line": LINES, "needs": tuple(TABLES), "exclusions": tuple(_reasons())}
    for key, values in allowed.items():
        given = facts[key] if isinstance(facts[key], tuple) else (facts[key],)
        for value in given:
            if value not in values:
                raise _refuse(path, f"{key}: unknown {value!r}", f"use {', '.join(sorted(values))}")
    if not facts["line"]:
        raise _refuse(path, "line is empty", "name at least one of pre, mid, post")


def _arguments(path: Path, facts: dict, pattern: Pattern) -> None:
    given = facts["arguments"] = dict(facts.get("arguments") or {})
    unknown = sorted(set(given) - set(pattern.arguments))
    missing = sorted(set(pattern.arguments) - set(given))
    if unknown or missing:
        told = [f"unknown argument {k}" for k in unknown] + [f"missing argument {k}" for k in missing]
        raise _refuse(path, ", ".join(told), f"{pattern.name} takes {', '.join(pattern.arguments) or 'no arguments'}")
    for name, allowed in pattern.arguments.items():
        bad = [v for v in given[name] if allowed and v not in allowed]
        if bad or not isinstance(given[name], list):
            raise _refuse(path, f"argument {name}: {bad or given[name]!r}", "give a list of allowed values")
    known = {f.name for f in facts_of(path.stem)}
    for name in pattern.parameters:
        if name not in known:
            raise _refuse(path, f"no fact {name}", f"write it in knowledge/parameters/{path.stem}.csv")


def _state(path: Path, facts: dict) -> None:
    state = facts["state"]
    if not isinstance(state, dict) or set(state) != set(LIFE):
        raise _refuse(path, "state must give is, since, author, review_by", "complete the state")
    if state["is"] not in STATES:
        raise _refuse(path, f"state: unknown {state['is']!r}", f"use {', '.join(STATES)}")
    for key in ("since", "review_by"):
        if not isinstance(state[key], date):
            raise _refuse(path, f"state: {key} is not a date", "write 2026-01-31")


@lru_cache(maxsize=1)
def _national() -> dict[str, str]:
    found = national_rules()
    return {c: n for c, n in zip(found["code"], found["name"], strict=True) if c}


def _code(path: Path, facts: dict) -> None:
    code = facts.get("code") or ""
    facts["code"] = code
    if not code and not facts.get("note"):
        raise _refuse(path, "neither code nor note", "say in a note why there is no national code")
    if code and not _CODE.fullmatch(str(code)):
        raise _refuse(path, f"not a national code: {code!r}", "write GZ or ZB and 14 digits")
    if code and _national().get(code, "") != str(facts["title"]).partition(" · ")[0]:
        raise _refuse(path, f"code {code} is {_national().get(code, 'no national class')}, not the title's class",
                      "correct the code or the Chinese title")


def _examples(path: Path, facts: dict) -> None:
    examples = facts["examples"]
    if not isinstance(examples, list) or not examples:
        raise _refuse(path, "no examples", "give one for and one against")
    counted = "findings" if facts["loss"] == "none" else "loss"
    for example in examples:
        unknown = sorted(set(example) - set(EXAMPLE))
        missing = sorted({"says", counted} - set(example))
        if unknown or missing:
            raise _refuse(path, f"example: unknown {unknown}, missing {missing}", f"use {', '.join(EXAMPLE)}")
        if " · " not in str(example["says"]):
            raise _refuse(path, f"example {example['says']!r} in one language", "write 中文 · English")
        strange = sorted(set(example.get("tables") or {}) - set(TABLES))
        if strange:
            raise _refuse(path, f"example: unknown table {', '.join(strange)}", "use a canonical table")
    losses = [float(e[counted]) for e in examples]
    if not any(x > 0 for x in losses):
        raise _refuse(path, "no example for", f"give an example with {counted} above 0")
    if not any(x == 0 for x in losses):
        raise _refuse(path, "no counter-example", f"give an example with {counted} 0")
