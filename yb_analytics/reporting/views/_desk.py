"""The desk of a page: stored snapshots of one warehouse, names for its codes, and what was already shown."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from yb_analytics.reporting.views._html import View, block
from yb_analytics.reporting.views._query import Query
from yb_analytics.reporting.views._sheet import records
from yb_analytics.reporting.views._words import say, split
from yb_analytics.schema import CODES, NO_CITY, Period, Refusal, is_city, name_of

SNAPSHOTS = ("score", "lead", "fund_metric", "value")
INSTITUTION = re.compile(r"(?<![A-Za-z0-9])[HP]\d{6,12}(?![A-Za-z0-9])")
LONGEST_ID = 14
"""Characters shown of an id that has no name."""

KEPT = 400
"""Views kept in memory; each is some ten thousand characters."""

log = logging.getLogger(__name__)


class Desk:
    """Reads published snapshots of a warehouse and names what stands in them; scans no fee line.

    Parameters
    ----------
    w
        A warehouse pinned to one version: `stored`, `run`, `institutions`, `data_version`, `as_of`.
    explain
        Gives the evidence of one lead; by default `yb_analytics.leads.explain`.
    """

    def __init__(self, w: Any, explain: Callable[[Any, str], Any] | None = None) -> None:
        self.w, self._explain = w, explain
        self._frames: dict[tuple[str, str], pd.DataFrame] = {}
        self._views: dict[tuple[str, Query], View] = {}
        self._chosen: tuple[Query, pd.DataFrame] | None = None
        self._places: dict[str, tuple[str, str]] | None = None
        self._held: list[str] | None = None
        self._indexed: dict[tuple[str, str, tuple[str, ...]], dict[tuple[Any, ...], dict[str, Any]]] = {}

    def rows(self, name: str, period: str = "") -> pd.DataFrame:
        """A snapshot as a frame; empty where nothing was stored."""
        key = (name, period)
        if key not in self._frames:
            try:
                self._frames[key] = self.w.run(self.w.stored(name, period or None))
            except Refusal as refusal:
                if refusal.kind == "damaged":
                    raise
                self._frames[key] = pd.DataFrame()
        return self._frames[key]

    def row(self, name: str, period: str, **where: Any) -> dict[str, Any] | None:
        """The first row of a snapshot with these values; columns the snapshot lacks are not asked."""
        frame = self.rows(name, period)
        keys = tuple(sorted(k for k in where if k in frame.columns))
        place = (name, period, keys)
        if place not in self._indexed:
            made: dict[tuple[Any, ...], dict[str, Any]] = {}
            for record in records(frame):
                made.setdefault(tuple(str(record[k]) for k in keys), record)
            self._indexed[place] = made
        return self._indexed[place].get(tuple(str(where[k]) for k in keys))

    def once(self, q: Query, make: Callable[[Desk, Query], pd.DataFrame]) -> pd.DataFrame:
        """A frame that the blocks of one view share."""
        if self._chosen is None or self._chosen[0] != q:
            self._chosen = (q, make(self, q))
        return self._chosen[1]

    def periods(self) -> list[str]:
        """Periods with anything to show, the latest whole period first."""
        if self._held is None:
            self._held = self._find_periods()
        return self._held

    def _find_periods(self) -> list[str]:
        held = {name: set(self.w.stored_periods(name)) for name in SNAPSHOTS}
        dated = [(text in held["score"], Period.parse(text)) for text in set().union(*held.values())]
        dated.sort(key=lambda d: (d[0], d[1].end, -d[1].start.toordinal()), reverse=True)
        return [period.text for _, period in dated]

    def units(self, period: str, leads: bool = False) -> list[str]:
        """Codes of the city and the counties that have answers in a period."""
        names = {"score": "unit_id", "value": "unit_id", "fund_metric": "unit_id"}
        names |= {"lead": "county"} if leads else {}
        held = [self.rows(n, period)[c] for n, c in names.items() if len(self.rows(n, period))]
        return sorted({c for c in pd.concat(held) if isinstance(c, str) and c.isdigit()}) if held else []

    def city(self, period: str) -> str:
        """Code of the city in the answers of a period."""
        return next((c for c in self.units(period) if is_city(c)), NO_CITY)

    def forecast(self, insutype: str, item: str = "expenditure", backtest: bool = False) -> pd.DataFrame:
        """The stored forecast (or its back-test) of one insurance type and ledger item."""
        name = "forecast_backtest" if backtest else "forecast"
        frame = self.rows(f"{name}_{insutype}_{item}")
        if frame.empty:
            frame = self.rows(name)
        for column, wanted in (("insutype", insutype), ("item", item)):
            if column in frame.columns:
                frame = frame[frame[column] == wanted]
        return frame

    def period(self, q: Query) -> str:
        """The period of a view: the one asked for where it is held, else the first."""
        held = self.periods()
        if not held:
            raise Refusal("no published snapshots in this warehouse", "run: yb screen, yb score and yb fund", "empty")
        return q.period if q.period in held else held[0]

    def place(self, code: object) -> tuple[str, str]:
        """Name and county of an institution; its code where the register does not name it."""
        if self._places is None:
            frame = self.w.run(self.w.institutions)
            counties = frame["county"] if "county" in frame.columns else frame["fix_blng_admdvs"]
            self._places = {str(c): (str(n), str(k)) for c, n, k in
                            zip(frame["fixmedins_code"], frame["fixmedins_name"], counties, strict=True)
                            if isinstance(n, str) and n}
        return self._places.get(str(code), (str(code), ""))

    def subject(self, kind: object, code: object, lang: str) -> str:
        """A subject by name: institutions by theirs, everybody else by kind and pseudonym."""
        if kind == "institution":
            return self.place(code)[0]
        parts = [self.place(p)[0][:LONGEST_ID] for p in str(code).split("|")]
        return f"{name_of('SUBJECT', kind, lang)} {' + '.join(parts)}"

    def worded(self, text: object) -> str:
        """A sentence with the codes of known institutions as their names."""
        return INSTITUTION.sub(lambda found: self.place(found[0])[0], str(text))

    def title(self, found_by: object, lang: str) -> str:
        """The title of a rule or detector."""
        frame = self.rows("coverage")
        held = frame.loc[frame["found_by"] == found_by, "title"] if "found_by" in frame.columns else ()
        return split(str(next(iter(held), found_by)), lang)

    def explain(self, lead_id: str) -> Any:
        """The evidence of a lead."""
        if self._explain is not None:
            return self._explain(self.w, lead_id)
        from yb_analytics.leads import explain

        return explain(self.w, lead_id)

    def shown(self, make: Callable[[Desk, Query], View], q: Query) -> View:
        """A view, made once per state; one that fails says so in its place and leaves the others alone."""
        used = getattr(make, "uses", None)
        asked = q if used is None else Query(**{name: getattr(q, name) for name in ("lang", "period", *used)})
        key = (f"{make.__module__}.{make.__name__}", asked)
        if key not in self._views:
            try:
                view = make(self, asked)
            except Exception as problem:
                name = make.__name__
                if not isinstance(problem, Refusal):
                    log.exception("view %s failed", name)
                return block(name, q.lang, empty=say("failed", q.lang) + _told(problem))
            if len(self._views) >= KEPT:
                self._views.pop(next(iter(self._views)))
            self._views[key] = view
        return self._views[key]


def uses(*names: str) -> Callable[[Callable[[Desk, Query], View]], Callable[[Desk, Query], View]]:
    """Say which state beyond language and period a view reads, so that it is made once for all other state."""
    def mark(make: Callable[[Desk, Query], View]) -> Callable[[Desk, Query], View]:
        make.uses = names  # type: ignore[attr-defined]
        return make
    return mark


def _told(problem: Exception) -> str:
    return str(problem) if isinstance(problem, Refusal) else type(problem).__name__


def period_name(text: str, lang: str) -> str:
    """A period as people say it."""
    return Period.parse(text).label if lang == "zh" else text


def place_name(code: object, lang: str) -> str:
    """A county or the city by name."""
    if is_city(code):
        return say("city", lang)
    return name_of("ADMDVS", code, lang) if isinstance(code, str) and code else say("unknown", lang)


def coded(codes: str, lang: str, only: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Options of a code list, short names."""
    held = CODES[codes] if only is None else [c for c in CODES[codes] if c in set(only)]
    return [(code, name_of(codes, code, lang).partition(",")[0]) for code in held]
