"""Journals: what happened, line by line, appended and never overwritten.

A journal is one file of JSON lines in `<warehouse>/ledger/`. Every line is a sealed record (`sealing.records`) that
names its number and the chain of the line before, and a head beside the warehouse names the last one: a line that is
changed, dropped, put in between or cut off at the end is found, and named, whenever the journal is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from yb_analytics.schema import Refusal
from yb_analytics.warehouse._lock import writing
from yb_analytics.warehouse.sealing.records import (
    FORGED,
    chain_of,
    head_folder,
    read_head,
    sealed,
    sealing_keys,
    state_of_seal,
    text_of,
    write_head,
)

WAIT = 30.0  # seconds for another writer of the same journal
OWN = ("number", "before", "sealed_by", "seal", "chain")
"""Keys the journal adds to an event."""


class Journal:
    """One journal of a warehouse.

    Parameters
    ----------
    warehouse
        Folder of the warehouse.
    name
        Of the journal: small letters, digits and `_`.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> journal = Journal(Path(folder.name) / "w", "visits")
    >>> journal.append([{"who": "a"}, {"who": "b"}])
    >>> [e["who"] for e in journal.events()], journal.damage()
    (['a', 'b'], [])
    >>> folder.cleanup()
    """

    def __init__(self, warehouse: str | Path, name: str) -> None:
        self.warehouse, self.name = Path(warehouse).resolve(), name
        self.path = self.warehouse / "ledger" / f"{name}.jsonl"

    def append(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Write events in one piece; they are on disk when this returns, all or (after a crash) none.

        Raises
        ------
        Refusal
            `locked` if another writer does not end, `damaged` if the journal is not what was written,
            `environment` if the disk refuses.
        """
        with writing(self.path.parent, WAIT):
            held = self._read()
            before, number = (held[-1]["chain"], held[-1]["number"]) if held else ("", 0)
            lines = []
            for event in events:
                number += 1
                record = sealed(self.warehouse, {**event, "number": number, "before": before})
                before = record["chain"]
                lines.append(text_of(record) + "\n")
            if lines:
                self._write("".join(lines), len(held))
                write_head(self.warehouse, f"journal_{self.name}", {"number": number, "last": before})

    def _write(self, text: str, held: int) -> None:
        """Append behind the last acknowledged line; what a killed writer left behind it is cut off first."""
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                whole = sum(len(line) for line in self._lines()[:held])
                os.ftruncate(handle, whole)
                os.pwrite(handle, text.encode("utf-8"), whole)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as problem:
            raise Refusal(f"台账无法写入：{self.path}（{problem.strerror}） · the journal cannot be written",
                          "腾出磁盘或给予写权限 · free the disk or give the right to write", "environment") from None

    def _lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines(keepends=True) if self.path.is_file() else []

    def events(self) -> list[dict[str, Any]]:
        """All events in order, without what the journal added; refuses a damaged journal."""
        return [{k: v for k, v in record.items() if k not in OWN} for record in self._read()]

    def damage(self) -> list[str]:
        """What is wrong with the journal, in words; empty where it is what was written."""
        return self._examined()[1]

    def _read(self) -> list[dict[str, Any]]:
        records, wrong = self._examined()
        if wrong:
            raise Refusal(f"台账被改动：{self.path}（{wrong[0]}） · the journal was changed",
                          "从备份恢复；yb verify 指出是哪一行 · restore it from a backup; `yb verify` names the line",
                          "damaged")
        return records

    def _examined(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Acknowledged records, and what is wrong; lines behind the head's were never acknowledged: no damage."""
        head = read_head(self.warehouse, f"journal_{self.name}")
        records: list[dict[str, Any]] = []
        keys, before = sealing_keys(self.warehouse), ""
        whole = [line for line in self._lines() if line.endswith(b"\n")]
        for at, line in enumerate(whole[:head.body["number"]] if head else whole, 1):
            problem, record = _problem(self.warehouse, line, at, before, keys)
            if problem:
                return records, [problem]
            records.append(record)
            before = record["chain"]
        if head and head.body["number"] > len(records):
            return records, [f"第{len(records) + 1}条起缺失（应有{head.body['number']}条）"]
        if head and head.body["last"] != before:
            return records, [f"第{len(records)}条不是当时写入的内容"]
        return records, []


def _problem(warehouse: Path, line: bytes, at: int, before: str, keys: dict[str, bytes]) -> tuple[str, dict[str, Any]]:
    """What is wrong with one line, and the record."""
    try:
        record = json.loads(line)
        whole = {k: v for k, v in record.items() if k != "chain"}
        same = text_of(record).encode() + b"\n" == line and record["chain"] == chain_of(whole)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return f"第{at}条无法读取", {}
    if not same or state_of_seal(warehouse, record, keys) == FORGED:
        return f"第{at}条被改动", {}
    if record["number"] != at or record["before"] != before:
        return f"第{at}条之前有缺失或插入", {}
    return "", record


def journals(warehouse: Path) -> list[Journal]:
    """Every journal of a warehouse that has lines or a head."""
    heads = {f.stem.removeprefix("journal_") for f in head_folder(warehouse).glob("journal_*.json")}
    return [Journal(warehouse, name) for name in sorted(heads)]
