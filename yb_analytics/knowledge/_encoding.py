"""From a restriction in prose to a condition: the reviewed table of encodings, and what persons decided.

An encoding may be used only where breaking the encoded part alone breaks the restriction. So a point that is
*partly* encoded misses cases and never invents one; what was not checked stays beside it as `rest`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from yb_analytics.knowledge._points import CONDITIONS, NUMBERS, TEXT
from yb_analytics.knowledge._rows import FOLDER, refuse, rows

COLUMNS = ("encoding_id", "rule_class", "reads", "pattern", "condition", "value", "unit", "weight", "covers", "rest",
           "author", "status", "source", "note")
READS = ("class", "given", "window", "text")
"""What an encoding reads: nothing but the class, the value or window of a column of its own, or the prose."""

WEIGHTS = ("exact", "over", "check", "default", "leave")
"""`exact` decides; `over` decides although a value column says otherwise (the looser reading, with a note); `check`
is compared with what was decided; `default` stands where nothing exact was read; `leave` forbids encoding."""

WHOLE, PART, NONE, VALUE, CONFLICT = "encoded", "partly encoded", TEXT, "needs a local value", "conflict"
STATES = (WHOLE, PART, VALUE, CONFLICT, NONE)
"""States of a point; only the first two are evaluated."""


class Said(NamedTuple):
    """What a point says: the key by which it is encoded."""

    rule_class: str
    given: str
    window: str
    text: str


class Encoded(NamedTuple):
    """What became of a point: its state, (condition, value, unit) of each condition, the rest, by what, why not."""

    state: str
    conditions: tuple[tuple[str, str, str], ...]
    rest: str
    by: str
    why: str


def read_encodings(path: Path) -> dict[str, list[dict[str, str]]]:
    """Encodings by rule class; strict."""
    out: dict[str, list[dict[str, str]]] = {}
    seen: set[str] = set()
    needed = ("encoding_id", "rule_class", "reads", "weight", "covers", "author", "source")
    for line, row in rows(path, COLUMNS, needed):
        for name, known in (("reads", READS), ("weight", WEIGHTS), ("covers", ("whole", "part"))):
            if row[name] not in known:
                raise refuse(path, line, f"{name}: unknown {row[name]!r}", f"use one of: {', '.join(known)}")
        if row["encoding_id"] in seen:
            raise refuse(path, line, f"encoding {row['encoding_id']} stands twice")
        if (row["condition"] not in CONDITIONS) != (row["weight"] == "leave"):
            raise refuse(path, line, f"unknown condition {row['condition']!r}", f"use one of: {', '.join(CONDITIONS)}")
        if row["weight"] in ("leave", "over") and not row["note"]:
            raise refuse(path, line, f"{row['weight']} without a note", "say why")
        try:
            re.compile(row["pattern"])
        except re.error:
            raise refuse(path, line, f"not a pattern: {row['pattern']!r}") from None
        seen.add(row["encoding_id"])
        out.setdefault(row["rule_class"], []).append(row)
    return out


@lru_cache(maxsize=2)
def _packaged(changed: int) -> dict[str, list[dict[str, str]]]:
    return read_encodings(FOLDER / "encodings.csv")


def encodings() -> dict[str, list[dict[str, str]]]:
    """The encodings that ship with the package, by rule class.

    Examples
    --------
    >>> [row["condition"] for row in encodings()["医疗服务项目限年龄"]]
    ['age_min']
    """
    return _packaged((FOLDER / "encodings.csv").stat().st_mtime_ns)


def _filled(template: str, found: re.Match, said: Said) -> str:
    out = template.replace("{text}", said.text)
    return re.sub(r"\{(\d)\}", lambda m: found[int(m[1])] or "", out)


def _matches(said: Said, table: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    out = []
    for row in table:
        subject = "" if row["reads"] == "class" else getattr(said, row["reads"])
        found = re.fullmatch(row["pattern"], subject.strip(), re.DOTALL)
        if not found or (row["reads"] != "class" and not subject):
            continue
        rest = _filled(row["rest"], found, said) if row["rest"] else found.groupdict().get("rest") or ""
        out.append({**row, "value": _filled(row["value"], found, said), "unit": _filled(row["unit"], found, said),
                    "rest": rest.strip("，。的 ") if row["covers"] == "part" else ""})
    return out


def encode(said: Said, table: Iterable[dict[str, str]]) -> Encoded:
    """What the table makes of a point.

    Examples
    --------
    >>> said = Said("药品限医疗机构级别", "二级", "", "限二级及以上医疗机构癌症患者。")
    >>> encode(said, encodings()["药品限医疗机构级别"])[:3]
    ('partly encoded', (('level_min', '2', ''),), '癌症患者')
    """
    found = _matches(said, table)
    leave = [row for row in found if row["weight"] == "leave"]
    if leave:
        return Encoded(NONE, (), "", leave[0]["encoding_id"], leave[0]["note"])
    chosen: list[dict[str, str]] = []
    for condition in dict.fromkeys(row["condition"] for row in found):
        mine = [row for row in found if row["condition"] == condition]
        ranks = {w: [row for row in mine if row["weight"] == w] for w in WEIGHTS}
        deciding = ranks["over"] or ranks["exact"] or ranks["default"]
        compared = deciding + (ranks["check"] if deciding and not ranks["over"] else [])
        if len({(row["value"], row["unit"]) for row in compared}) > 1:
            told = " ≠ ".join(f"{row['reads']} {row['value']}{row['unit']}" for row in compared)
            return Encoded(CONFLICT, (), "", ";".join(row["encoding_id"] for row in compared), told)
        chosen += deciding[:1]
    if not chosen:
        return Encoded(NONE, (), "", "", "no encoding reads this text")
    by = ";".join(row["encoding_id"] for row in chosen)
    read = [row for row in chosen if row["rest"] and row["weight"] != "default"] or chosen
    rest = "；".join(dict.fromkeys(row["rest"] for row in read if row["rest"]))
    conditions = tuple((row["condition"], row["value"], row["unit"]) for row in chosen)
    if any(c in NUMBERS and not value for c, value, _ in conditions):
        return Encoded(VALUE, conditions, rest, by, chosen[0]["note"])
    return Encoded(PART if rest else WHOLE, conditions, rest, by, "")


def encoded(held: pd.DataFrame) -> pd.DataFrame:
    """Encodings of all points held (`point_id`, state, conditions, rest, by, why); each text is read once."""
    table = encodings()
    says = [Said(*row) for row in held[list(Said._fields)].itertuples(index=False)]
    known = {said: encode(said, table.get(said.rule_class, ())) for said in dict.fromkeys(says)}
    out = pd.DataFrame([known[s] for s in says], columns=list(Encoded._fields), index=held.index)
    return out.assign(point_id=held["point_id"])
