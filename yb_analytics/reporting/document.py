"""A document that a notebook writes, block by block.

Every call shows itself in the notebook and leaves a machine-readable block in the cell's output; HTML, PDF and
XLSX are composed from those blocks alone, so the executed notebook is the source of all three.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from yb_analytics.plots import emptiness
from yb_analytics.reporting.cells import MIME, PLOTLY, clean, sentence_of, table_of
from yb_analytics.reporting.publish_html import fragment
from yb_analytics.schema import Period, Refusal

NOTHING = "本期没有此类记录。"


class Document:
    """Blocks of one report; see :func:`document`.

    Attributes
    ----------
    blocks
        What was written, in order, as JSON.
    """

    def __init__(self, title: str, period: str | Period, w: Any, lang: str = "zh") -> None:
        span = Period.parse(period)
        self.blocks: list[dict] = []
        self._tables: dict[int, tuple[Any, dict]] = {}
        self._add({"kind": "title", "title": clean(title), "period": span.text, "period_label": span.label,
                   "as_of": str(w.as_of), "data_version": str(w.data_version), "lang": lang})

    def heading(self, text: str, level: int = 1) -> None:
        """A heading; level 1 opens a section of the table of contents."""
        self._add({"kind": "heading", "text": clean(text), "level": int(level)})

    def paragraph(self, text: str) -> None:
        """Words that another result already bound to its numbers, e.g. `score.text`."""
        for line in filter(None, (clean(x).strip() for x in str(text).splitlines())):
            self._add({"kind": "paragraph", "text": line})

    def note(self, text: str) -> None:
        """A note in small type: definitions, limits, sources. Notes also go to the cover sheet of the workbook."""
        for line in filter(None, (clean(x).strip() for x in str(text).splitlines())):
            self._add({"kind": "note", "text": line})

    def sentence(self, template: str, table: pd.DataFrame, units: Mapping[str, str] | None = None) -> None:
        """One sentence whose numbers come from cells of a table that the document shows.

        Raises
        ------
        Refusal
            When the template names a row or a column the table has not; at publication, when no table of the
            document is the one the sentence was filled from.
        """
        source = self._table(table, units)
        self._add({"kind": "sentence", "text": sentence_of(template, source), "source": source["digest"]})

    def summary(self, templates: str | Sequence[str], table: pd.DataFrame,
                units: Mapping[str, str] | None = None) -> None:
        """Sentences of the summary, bound like :meth:`sentence`; several calls make one box."""
        source = self._table(table, units)
        for template in [templates] if isinstance(templates, str) else templates:
            self._add({"kind": "summary", "text": sentence_of(template, source), "source": source["digest"]})

    def table(self, frame: pd.DataFrame, caption: str, units: Mapping[str, str] | None = None,
              note: str = "") -> None:
        """A table with its caption; an empty one says why instead of showing nothing."""
        block = self._table(frame, units)
        self._add({"kind": "table", "caption": clean(caption), "note": clean(note), **block,
                   "reason": block["reason"] or ("" if block["rows"] else NOTHING)})

    def figure(self, fig: Any, caption: str, alt: str, data: pd.DataFrame,
               units: Mapping[str, str] | None = None) -> None:
        """A figure with a text alternative and the table behind it; an empty figure becomes a sentence."""
        block = {"kind": "figure", "caption": clean(caption), "alt": clean(alt), "reason": clean(emptiness(fig)),
                 "data": self._table(data, units)}
        self._add(block, None if block["reason"] else json.loads(fig.to_json()))

    def _table(self, frame: pd.DataFrame, units: Mapping[str, str] | None) -> dict:
        if not isinstance(frame, pd.DataFrame):
            raise Refusal(f"a table is asked for, not {type(frame).__name__}", "pass a frame", "schema")
        known = self._tables.get(id(frame))
        if known is None or units is not None:
            known = (frame, table_of(frame, units))  # the frame is kept, so its id stays its own
            self._tables[id(frame)] = known
        return known[1]

    def _add(self, block: dict, figure: dict | None = None) -> None:
        self.blocks.append({**block, "figure": figure} if figure is not None else block)
        _display(block, figure)

    def __repr__(self) -> str:
        return f"<document: {len(self.blocks)} blocks>"


def document(title: str, period: str | Period, w: Any, lang: str = "zh") -> Document:
    """Begin a document; the first call of every report notebook.

    Parameters
    ----------
    title
        Title in Chinese, without the period.
    period
        Period the report is about.
    w
        The open warehouse; its data version and data-as-of date are printed in the footer.
    """
    return Document(title, period, w, lang)


def _display(block: dict, figure: dict | None) -> None:
    """Show a block where a notebook is running; elsewhere do nothing."""
    import sys

    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        return
    bundle: dict[str, Any] = {MIME: block, "text/plain": f"[{block['kind']}]"}
    if figure is not None:
        bundle[PLOTLY] = figure
    else:
        bundle["text/html"] = fragment(block)
    display(bundle, raw=True)
