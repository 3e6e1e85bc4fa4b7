"""What a page is asked for: the state of a view, kept whole in its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import isfinite
from urllib.parse import parse_qs, urlencode

LONGEST = 120
"""Characters kept of one value of an address; ids and codes are far shorter."""


@dataclass(frozen=True)
class Query:
    """The state of a page: everything a shared link restores.

    Unknown names and overlong values are dropped; a value that means nothing finds nothing. `amount` is the
    smallest sum in 万元, `unit` the subject whose leads are listed, `lead` the lead that is open.

    Examples
    --------
    >>> q = Query.parse("?county=330421&lang=en&drop=1")
    >>> q.county, q.lang, q.link(county="", lead="L1")
    ('330421', 'en', '?lang=en&lead=L1')
    """

    lang: str = "zh"
    period: str = ""
    insutype: str = ""
    county: str = ""
    theme: str = ""
    tier: str = ""
    subject: str = ""
    state: str = ""
    amount: str = ""
    unit: str = ""
    lead: str = ""
    page: str = "1"

    @classmethod
    def parse(cls, search: str) -> Query:
        """Read the search part of an address."""
        text = str(search).lstrip("?")[:4000]
        return cls.of(parse_qs(text) if text.count("&") < 40 else {})

    @classmethod
    def of(cls, arguments: Mapping[str, Sequence[str | bytes]]) -> Query:
        """Read the arguments of a request: lists of texts by name."""
        texts = {name: values[0].decode("utf-8", "replace") if isinstance(values[0], bytes) else values[0]
                 for name, values in arguments.items() if values}
        made = cls(**{f.name: texts[f.name][:LONGEST] for f in fields(cls) if f.name in texts})
        return made if made.lang in ("zh", "en") else replace(made, lang="zh")

    def link(self, **changes: str) -> str:
        """The address of the same view with some of its state changed; defaults are left out."""
        wanted = replace(self, **changes)
        said = {f.name: getattr(wanted, f.name) for f in fields(wanted) if getattr(wanted, f.name) != f.default}
        return "?" + urlencode(said)

    @property
    def at_least(self) -> float:
        """The smallest amount in yuan; an amount that is no number counts as none."""
        try:
            asked = float(self.amount or 0)
        except ValueError:
            return 0.0
        return asked * 1e4 if isfinite(asked) and asked > 0 else 0.0

    @property
    def number(self) -> int:
        """The page of a long list, from 1."""
        return max(int(self.page), 1) if self.page.isascii() and self.page.isdigit() else 1

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set."""
        names = ("county", "theme", "tier", "subject", "state", "amount")
        return {name: getattr(self, name) for name in names if getattr(self, name)}
