"""How much is tolerated: `limits.csv`, one row per kind or check, with source and status."""

from __future__ import annotations

import csv
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.checks._check import SEVERITIES, Limits

FILE = Path(__file__).with_name("limits.csv")
COLUMNS = ("check", "limit", "cell", "measure", "severity", "status", "source", "note")


def _figure(path: Path, line: int, name: str, text: str, default: float) -> float:
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise Refusal(f"{path.name}:{line}: {name} is no number: {text!r}", "write a number", "schema") from None


def read_limits(path: Path = FILE) -> list[tuple[str, Limits]]:
    """Patterns and their limits, in the order of the file; strict."""
    out = []
    with path.open(encoding="utf-8", newline="") as f:
        rows = csv.DictReader(f)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise Refusal(f"{path.name}: columns are {rows.fieldnames}", f"write {','.join(COLUMNS)}", "schema")
        for line, row in enumerate(rows, 2):
            if row["severity"] not in SEVERITIES or not row["check"] or not row["source"] or not row["status"]:
                raise Refusal(f"{path.name}:{line}: check, severity, status or source is missing or unknown",
                              f"severity is one of {', '.join(SEVERITIES)}", "schema")
            figures = {n: _figure(path, line, n, row[n], d)
                       for n, d in (("limit", 0.0), ("cell", 1.0), ("measure", 0.0))}
            out.append((row["check"], Limits(**figures, severity=row["severity"], status=row["status"],
                                             source=row["source"])))
    return out


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> tuple[tuple[str, Limits], ...]:
    return tuple(read_limits(path))


def _patterns(path: Path) -> tuple[tuple[str, Limits], ...]:
    return _read(path, path.stat().st_mtime_ns)


def limits_of(check: str, path: Path | None = None) -> Limits:
    """Limits of a check: the last row of the file whose pattern (`*` stands for anything) fits its id.

    Examples
    --------
    >>> limits_of("required_filled:setl_d.psn_no").severity, limits_of("a_new_kind:setl_d").limit
    ('block', 0.0)
    """
    fits = [found for pattern, found in _patterns(path or FILE)
            if fnmatchcase(check, pattern) or check.partition(":")[0] == pattern]
    return fits[-1] if fits else Limits()


def measure(check: str) -> float:
    """The further figure of a check (days, a factor, an amount)."""
    return limits_of(check).measure
