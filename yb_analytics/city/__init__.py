"""The synthetic city: people, institutions, care, money and supervision in platform names, for a seed.

`make_city` writes what `ingest` reads; the truth about planted schemes is written beside the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from yb_analytics.city._describe import describe
from yb_analytics.city._flow import run
from yb_analytics.city._write import FORMATS
from yb_analytics.city.schemes import STRENGTHS, Scheme, schemes
from yb_analytics.schema import Refusal

__all__ = ["City", "Scheme", "make_city", "schemes"]


@dataclass(frozen=True)
class City:
    """What `make_city` wrote.

    Attributes
    ----------
    folder
        Folder with `README.md`, `data/<table>/*` and `truth/truth.parquet`.
    rows
        Rows by table.
    truth
        One row per planted subject: scheme, kind, strength, subject, subject_id, grain, locator, loss (yuan).
    """

    folder: Path
    rows: dict[str, int]
    truth: pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        """Rows by table."""
        return pd.DataFrame({"table": list(self.rows), "rows": list(self.rows.values())})

    @property
    def text(self) -> str:
        """One sentence."""
        planted = int((self.truth["kind"] == "scheme").sum())
        return (
            f"合成城市已写入 {self.folder}：{len(self.rows)} 张表，{sum(self.rows.values()):,} 行；"
            f"植入问题主体 {planted} 个，无辜相似主体 {len(self.truth) - planted} 个。"
        )


def _wanted(which: str | tuple[str, ...], strength: str) -> tuple[tuple[str, str], ...]:
    if strength not in (*STRENGTHS, "both"):
        raise Refusal(f"unknown strength {strength!r}", f"use {', '.join(STRENGTHS)} or both", "usage")
    names = schemes.names
    innocent = [n for n in names if n.startswith("innocent_")]
    guilty = [n for n in names if not n.startswith("innocent_")]
    if which == "none":
        guilty = []
    elif which != "all":
        unknown = sorted({which} - set(guilty) if isinstance(which, str) else set(which) - set(guilty))
        if unknown:
            raise Refusal(f"unknown scheme {', '.join(unknown)}", f"choose among {', '.join(guilty)}", "usage")
        guilty = [which] if isinstance(which, str) else list(which)
    strengths = STRENGTHS if strength == "both" else (strength,)
    return tuple((n, "") for n in innocent) + tuple((n, s) for n in guilty for s in strengths)


def _refuse_impossible(folder: Path, persons: int, months: int, processes: int, form: str) -> None:
    if persons < 500 or months < 1:
        raise Refusal(f"a city of {persons} persons and {months} months is too small",
                      "make at least 500 persons and one month", "usage")
    if form not in FORMATS or processes < 0:
        cause = f"format {form!r} with {processes} processes"
        raise Refusal(cause, f"use {' or '.join(FORMATS)}, and 0 or more processes", "usage")
    if (folder / "data").exists():
        raise Refusal(f"{folder / 'data'} exists already", "name another folder or remove it", "usage")


def make_city(
    folder: str | Path,
    persons: int = 20_000,
    start: str = "2024-01",
    months: int = 24,
    seed: int = 7,
    *,
    schemes: str | tuple[str, ...] = "all",
    strength: str = "both",
    processes: int = 0,
    form: str = "parquet",
    progress: bool = True,
) -> City:
    """Write a city in platform names.

    Parameters
    ----------
    folder
        Where to write: `data/` (by table, facts one file per month; control totals) and `truth/truth.parquet`.
    persons, start, months, seed
        Size, first month (`YYYY-MM`), length, and the seed that decides everything.
    schemes, strength
        `all`, `none`, or names of schemes to plant, `obvious`, `subtle` or `both`; innocents are always there.
    processes
        Processes that make blocks of persons at once, 0 for one per core; the city is the same for any number.
    form
        `parquet`, or `csv` (UTF-8, the same names).

    Raises
    ------
    Refusal
        Unknown scheme, strength or format, a city too small, or a folder that holds a city already.
    """
    folder = Path(folder)
    _refuse_impossible(folder, persons, months, processes, form)
    wanted = _wanted(schemes, strength)
    size = (persons, start, months, seed)
    rows, found = run(folder, size, wanted, processes, form, progress)
    describe(folder, size, (schemes, strength, form), rows, found)
    return City(folder, rows, found)
