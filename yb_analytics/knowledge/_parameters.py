"""Dated parameters: thresholds, limits and targets, one CSV per owner."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from yb_analytics.knowledge._rows import FOLDER, no_overlap, place, refuse, rows, span
from yb_analytics.schema import Refusal

COLUMNS = ("name", "value", "unit", "valid_from", "valid_until", "status", "source", "note")
TEXT_UNITS = ("text", "code")
LIST_UNITS = ("list", "codes")


@dataclass(frozen=True)
class Fact:
    """One value, when it holds and where it comes from."""

    name: str
    value: Any
    unit: str
    valid_from: date
    valid_until: date
    status: str
    source: str
    note: str

    def holds(self, on: date) -> bool:
        """Whether the fact is valid on a day."""
        return self.valid_from <= on <= self.valid_until


class Parameters:
    """Parameters of one owner on one day, read as attributes.

    Examples
    --------
    >>> Parameters("nobody", date(2025, 12, 31), ()).facts().empty
    True
    """

    def __init__(self, owner: str, on: date, facts: tuple[Fact, ...]) -> None:
        self._owner, self._on, self._all = owner, on, facts
        self._live = {f.name: f for f in facts if f.holds(on)}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Any:
        if name in self._live:
            return self._live[name].value
        file = f"parameters/{self._owner}.csv"
        known = {f.name for f in self._all}
        if name in known:
            raise Refusal(f"{file}: {name} has no value valid on {self._on}", "add a row that covers that day",
                          "schema")
        raise Refusal(f"{file}: no parameter {name!r}", f"it has: {', '.join(sorted(known)) or 'nothing'}", "schema")

    @property
    def owner(self) -> str:
        """Name of the unit they belong to."""
        return self._owner

    def __contains__(self, name: object) -> bool:
        return name in self._live

    def __iter__(self):
        return iter(self._live)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._live]

    def facts(self) -> pd.DataFrame:
        """The live values with unit, validity, status and source."""
        found = [[getattr(f, c) for c in COLUMNS] for f in self._live.values()]
        return pd.DataFrame(found, columns=list(COLUMNS))

    def __repr__(self) -> str:
        body = ", ".join(f"{n}={f.value!r}" for n, f in self._live.items())
        return f"<{self._owner} on {self._on}: {body or 'no parameters'}>"


def _value(path: Path, line: int, text: str, unit: str) -> Any:
    """Typed value: text, list, date, flag, else a finite number (or text where no unit is stated)."""
    if unit in TEXT_UNITS:
        return text
    if unit in LIST_UNITS:
        return tuple(part.strip() for part in text.split(";") if part.strip())
    if unit == "date":
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise refuse(path, line, f"not a date: {text!r}") from None
    if unit == "flag":
        if text not in ("true", "false"):
            raise refuse(path, line, f"not a flag: {text!r}", "write true or false")
        return text == "true"
    try:
        number = float(text)
    except ValueError:
        if not unit:
            return text
        raise refuse(path, line, f"not a number of {unit}: {text!r}",
                     "write a number, or the unit text, code, list, date or flag") from None
    if not math.isfinite(number):
        raise refuse(path, line, f"not a finite number: {text!r}")
    return int(text) if text.lstrip("+-").isdigit() else number


def read_parameters(path: Path) -> tuple[Fact, ...]:
    """All facts of one file, whatever their validity; strict."""
    out, spans = [], []
    for line, row in rows(path, COLUMNS, ("name", "value", "status", "source")):
        if not row["name"].isidentifier():
            raise refuse(path, line, f"not a name: {row['name']!r}", "use lower-case words joined by _")
        first, last = span(path, line, row)
        spans.append((row["name"], line, first, last))
        value = _value(path, line, row["value"], row["unit"])
        out.append(Fact(row["name"], value, row["unit"], first, last, row["status"], row["source"], row["note"]))
    no_overlap(path, spans)
    return tuple(out)


@lru_cache(maxsize=512)
def _cached(path: Path, changed: int) -> tuple[Fact, ...]:
    return read_parameters(path)


def facts_of(owner: str) -> tuple[Fact, ...]:
    """All facts of an owner; empty where it has no file."""
    path = FOLDER / "parameters" / f"{owner}.csv"
    return _cached(path, path.stat().st_mtime_ns) if path.exists() else ()


def parameters(owner: str, on: date | str, shared: str = "") -> Parameters:
    """Parameters of a detector, rule, indicator or metric as they held on a day.

    Parameters
    ----------
    owner
        Name of the unit; its facts are `knowledge/parameters/<owner>.csv`.
    on
        The day, usually the last day of the period that is evaluated.
    shared
        Owner of values many units share; the owner's own value of a name goes before it.

    Examples
    --------
    >>> parameters("no_such_owner", "2025-12-31")
    <no_such_owner on 2025-12-31: no parameters>
    >>> parameters("split_stays", "2025-12-31", shared="peers").min_peers
    8
    """
    at = date.fromisoformat(on) if isinstance(on, str) else on
    own = facts_of(owner)
    named = {f.name for f in own}
    more = tuple(f for f in facts_of(shared) if f.name not in named) if shared else ()
    return Parameters(owner, at, (*own, *more))


def fact(owner: str, name: str, on: date | str) -> Any:
    """One value of :func:`parameters`."""
    return parameters(owner, on)[name]


def all_facts() -> pd.DataFrame:
    """Every parameter of every owner with source and status, for the handbook."""
    folder = FOLDER / "parameters"
    found = [[path.stem, *[getattr(f, c) for c in COLUMNS]]
             for path in sorted(folder.glob("*.csv")) for f in read_parameters(path)]
    return pd.DataFrame(found, columns=["owner", *COLUMNS])


__all__ = ["COLUMNS", "Fact", "Parameters", "all_facts", "fact", "facts_of", "parameters", "place",
           "read_parameters"]
