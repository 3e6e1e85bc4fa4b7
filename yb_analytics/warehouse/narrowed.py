"""A warehouse of which some tables and views are others: the persons of one day, one person and a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from ibis.expr import types as ir

from yb_analytics.warehouse.reader import Warehouse

VIEWS = ("valid_settlements", "stays", "fee_lines", "institutions", "unsettled_visits", "settlement_chains",
         "first_fee", "two_codes")


class Narrowed(Warehouse):
    """What `whole` is, except for the tables and views named in `parts`; the same connection, the same version.

    Parameters
    ----------
    whole
        The warehouse everything else is taken from.
    parts
        Names of canonical tables or views → Ibis expressions on the same connection.
    lazy
        Leave expressions as they are where a pattern would make a table of them: for statements that are compiled
        once and run again and again.

    Examples
    --------
    >>> from yb_analytics.warehouse import in_memory
    >>> w = in_memory({"psn_info_b": pd.DataFrame({"psn_no": ["p1", "p2"]})})
    >>> one = Narrowed(w, {"psn_info_b": w.psn_info_b.filter(w.psn_info_b.psn_no == "p2")})
    >>> one.run(one.psn_info_b.psn_no).tolist(), one.data_version == w.data_version
    (['p2'], True)
    """

    def __init__(self, whole: Warehouse, parts: Mapping[str, ir.Table], lazy: bool = False) -> None:
        super().__init__(whole._source)
        self._lock = whole._lock
        self.whole, self.parts, self.lazy = whole, dict(parts), lazy

    def table(self, name: str):
        """A canonical table by name."""
        return self.parts[name] if name in self.parts else self.whole.table(name)

    def _of(self, name: str) -> Any:
        return self.parts[name] if name in self.parts else getattr(self.whole, name)

    def _fresh(self, name: str | None) -> str:
        return self.whole._fresh(name)

    def _extreme(self):
        return self.whole._once("ends", self.whole._extreme)

    def coverage(self, by: tuple[str, ...] | str = ()) -> pd.DataFrame:
        """Coverage of the whole."""
        return self.whole.coverage(by)

    def materialise(self, expr, name: str | None = None):
        """The rows of an expression as a table of this session, or the expression itself (`lazy`)."""
        return expr if self.lazy else super().materialise(expr, name)

    def fund_share(self, lines):
        """Shares in the fund money, reckoned over all lines of the whole."""
        given = self.parts.get("fund_share")
        return self.whole.fund_share(lines) if given is None else given(lines)

    @property
    def data_version(self) -> str:
        """Version of the whole."""
        return self.whole.data_version


def _given(name: str) -> property:
    return property(lambda self: self._of(name), doc=f"`{name}` as given, otherwise of the whole.")


for _name in VIEWS:
    setattr(Narrowed, _name, _given(_name))
