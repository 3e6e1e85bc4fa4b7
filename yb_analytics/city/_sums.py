"""Sums over persons that a block hands to the whole city."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import pandas as pd

Frames = list[pd.DataFrame]


@dataclass
class Sums:
    """Sums over persons, by month and by what the whole city needs; frames of each block and month in turn."""

    spent: Frames = field(default_factory=list)
    credits: Frames = field(default_factory=list)
    flexible: Frames = field(default_factory=list)
    premiums: Frames = field(default_factory=list)
    subsidies: Frames = field(default_factory=list)
    goods: Frames = field(default_factory=list)
    beds: Frames = field(default_factory=list)
    births: Frames = field(default_factory=list)

    def closed(self) -> Sums:
        """One frame each, added up, small enough to be sent to the parent process."""
        return Sums(**{f.name: [_added(getattr(self, f.name))] for f in fields(self)})

    @classmethod
    def joined(cls, parts: list[Sums]) -> Sums:
        """The sums of all blocks."""
        names = [f.name for f in fields(cls)]
        return cls(**{n: [_added([x for p in parts for x in getattr(p, n)])] for n in names})

    def one(self, name: str) -> pd.DataFrame:
        """A sum as one frame."""
        return getattr(self, name)[0]


VALUES = ("fund", "acct", "credit", "amt", "cnt", "days")


def _added(frames: Frames) -> pd.DataFrame:
    every = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    key = [c for c in every.columns if c not in VALUES]
    return every.groupby(key, as_index=False).sum() if len(every) else every
