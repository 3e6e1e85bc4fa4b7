"""A warehouse of which some tables and views are others: the persons of one day, one person and a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from yb_analytics.warehouse.reader import Warehouse


def _given(name: str) -> Any:
    return property(lambda self: self.parts[name] if name in self.parts else getattr(self.whole, name),
                    doc=f"`{name}` as given, otherwise of the whole.")


class Narrowed(Warehouse):
    """What `whole` is, except for what is named in `parts`; the same connection, the same version of the data.

    Parameters
    ----------
    whole
        The warehouse everything else is taken from.
    parts
        Names of canonical tables, views or facts of a warehouse → what stands for them, on the same connection.

    Examples
    --------
    >>> from yb_analytics.warehouse import in_memory
    >>> w = in_memory({"psn_info_b": pd.DataFrame({"psn_no": ["p1", "p2"]})})
    >>> one = Narrowed(w, {"psn_info_b": w.psn_info_b.filter(w.psn_info_b.psn_no == "p2")})
    >>> one.run(one.psn_info_b.psn_no).tolist(), one.data_version == w.data_version
    (['p2'], True)
    """

    def __init__(self, whole: Warehouse, parts: Mapping[str, Any]) -> None:
        super().__init__(whole._source)
        self._lock = whole._lock
        self.whole, self.parts = whole, dict(parts)

    def table(self, name: str):
        """A canonical table by name."""
        return self.parts[name] if name in self.parts else self.whole.table(name)

    valid_settlements = _given("valid_settlements")
    stays = _given("stays")
    fee_lines = _given("fee_lines")
    institutions = _given("institutions")
    unsettled_visits = _given("unsettled_visits")
    settlement_chains = _given("settlement_chains")
    first_fee = _given("first_fee")
    two_codes = _given("two_codes")
    as_of = _given("as_of")
    periods = _given("periods")
    data_version = _given("data_version")

    def fee_lines_of(self, keep):
        """Fee lines of which only some are looked at."""
        return keep(self.fee_lines) if "fee_lines" in self.parts else self.whole.fee_lines_of(keep)

    def fund_share(self, lines):
        """Shares in the fund money, reckoned over all lines of the whole unless given otherwise."""
        return self.parts.get("fund_share", self.whole.fund_share)(lines)

    def coverage(self, by: tuple[str, ...] | str = ()) -> pd.DataFrame:
        """Coverage of the whole."""
        return self.whole.coverage(by)

    def _fresh(self, name: str | None) -> str:
        return self.whole._fresh(name)
