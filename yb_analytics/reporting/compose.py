"""From an executed notebook to a document: blocks read, numbered, and every sentence bound to its table."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yb_analytics.reporting.cells import MIME, PLOTLY, digest, header, shown
from yb_analytics.schema import Refusal


@dataclass
class Composition:
    """A composed document.

    Attributes
    ----------
    head
        The title block.
    blocks
        All other blocks in order; tables and figures numbered, sentences with `ref` to their table.
    """

    head: dict
    blocks: list[dict] = field(default_factory=list)

    @property
    def summary(self) -> list[dict]:
        """Sentences of the summary."""
        return [b for b in self.blocks if b["kind"] == "summary"]

    @property
    def body(self) -> list[dict]:
        """Everything but the summary."""
        return [b for b in self.blocks if b["kind"] != "summary"]

    def of(self, kind: str) -> list[dict]:
        """Blocks of one kind."""
        return [b for b in self.blocks if b["kind"] == kind]

    @property
    def hashes(self) -> dict[str, str]:
        """Hash of every table and figure by its number."""
        return {b["number"]: digest({k: v for k, v in b.items() if k != "svg"})
                for b in self.blocks if b["kind"] in ("table", "figure")}


def blocks_of(notebook: Path) -> list[dict]:
    """Blocks left in the outputs of an executed notebook, figures put back into theirs."""
    book = json.loads(notebook.read_text(encoding="utf-8"))
    out = []
    for cell in book["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if MIME in data:
                block = dict(data[MIME])
                out.append({**block, "figure": data[PLOTLY]} if PLOTLY in data else block)
    return out


def compose(blocks: list[dict]) -> Composition:
    """Number tables and figures and bind sentences.

    Raises
    ------
    Refusal
        When there is no title, a sentence's numbers stand in no table, or nothing is shown.
    """
    heads = [b for b in blocks if b["kind"] == "title"]
    if len(heads) != 1:
        raise Refusal(f"the notebook begins {len(heads)} documents", "call yb.document once", "schema")
    edition = Composition(heads[0], [dict(b) for b in blocks if b["kind"] != "title"])
    if not any(b["kind"] in ("table", "figure") for b in edition.blocks):
        raise Refusal("the notebook shows no table and no figure", "call doc.table or doc.figure", "schema")
    known: dict[str, str] = {}
    counts = {"table": 0, "figure": 0}
    for block in edition.blocks:
        if block["kind"] in counts:
            counts[block["kind"]] += 1
            block["number"] = f"{'表' if block['kind'] == 'table' else '图'}{counts[block['kind']]}"
            table = block if block["kind"] == "table" else block["data"]
            known.setdefault(table["digest"], block["number"])
    for block in edition.blocks:
        if block["kind"] in ("sentence", "summary"):
            if block["source"] not in known:
                raise Refusal(f"no table shows the numbers of the sentence {block['text'][:40]!r}",
                              "show its table with doc.table", "schema")
            block["ref"] = known[block["source"]]
    return edition


def grid(table: dict[str, Any]) -> dict[str, Any]:
    """A table ready to print: headers with units, cells as text, which columns are numbers."""
    seen = [(i, c) for i, c in enumerate(table["columns"]) if not c["hidden"]]
    return {
        "heads": [header(c, table["money"]) for _, c in seen],
        "rows": [[shown(r[i], c, table, r) for i, c in seen] for r in table["rows"]],
        "numeric": [c["kind"] not in ("text", "date") for _, c in seen],
    }
