"""The account of an ingest: rows in and out, what was read otherwise than it stood there, what was not known."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from yb_analytics.warehouse.reading.survey import KINDS

_SHOWN = 5  # files by name
_COERCED = ["table", "column", "kind", "rows", "example"]


def coercions(rows: list[dict]) -> pd.DataFrame:
    """Rows of the coercion report, those of several deliveries added up."""
    frame = pd.DataFrame(rows, columns=_COERCED)
    return frame.groupby(["table", "column", "kind"], as_index=False).agg({"rows": "sum", "example": "max"})


@dataclass
class IngestReport:
    """What an ingest did.

    Attributes
    ----------
    table
        One row per file and table: `rows` in the file, `left_out` by the mapping's filter, `accepted`,
        `quarantined`; `made` where a mapping makes several rows of one. `rows = left_out + accepted +
        quarantined`, checked. `reconciled`: whether the sender's control totals agree; false without totals.
    stored
        One row per table: rows `before` and `after`, `superseded` (same key, earlier or equal); of these, rows that
        came together with the one that replaced them: `same` (equal to it), `differing`. They are named in
        `Warehouse.replaced` (`yb aside`).
    unknown
        Columns that were not known and are ignored, by file.
    ignored
        Files and sheets that were not taken: descriptions, and what was said not to be wanted.
    resumed
        Files a killed ingest had read, taken over instead of read again.
    coerced
        Values not taken as they stand: table, column, kind (see `_survey.KINDS`), rows, and an example where the
        column names nobody. Columns that are empty throughout or were not delivered stand here too.
    """

    table: pd.DataFrame
    stored: pd.DataFrame
    unknown: dict[str, list[str]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    version: int = 0
    data_version: str = ""
    currency: str = "元"
    coerced: pd.DataFrame = field(default_factory=lambda: coercions([]))
    resumed: int = 0

    @property
    def accepted(self) -> int:
        """Rows accepted."""
        return int(self.table["accepted"].sum())

    @property
    def quarantined(self) -> int:
        """Rows put into quarantine."""
        return int(self.table["quarantined"].sum())

    @property
    def text(self) -> str:
        """The account in one paragraph."""
        new = self.table[self.table["state"] == "read"]
        parts = [f"{len(self.table)} 个文件×表，其中 {len(new)} 个为新；读入 {int(new['rows'].sum()):,} 行 = "
                 f"接收 {self.accepted:,} + 隔离 {self.quarantined:,} + 按映射略去 {int(new['left_out'].sum()):,}。",
                 f"已发布第 {self.version} 版，数据版本 {self.data_version}；金额单位：{self.currency}。"]
        if self.ignored:
            parts.append(f"注意：有 {len(self.ignored)} 个文件或工作表未接收：" + "、".join(self.ignored) + "。")
        if self.resumed:
            parts.append(f"其中 {self.resumed} 个文件沿用上次被中断的接收已读入的结果，未重新读取。")
        unproven = new[~new["reconciled"].astype(bool)]
        if len(unproven):
            shown = "、".join(unproven["file"].head(_SHOWN)) + (" 等" if len(unproven) > _SHOWN else "")
            parts.append(f"未核对（发送方未给出可核对的行数与金额）：{len(unproven)} 个文件×表（{shown}）。")
        elif len(new):
            parts.append("已核对：与发送方给出的行数和金额合计一致。")
        replaced = self.stored[(self.stored["superseded"] > 0) & ~self.stored["table"].isin(["quarantine", "replaced"])]
        if len(replaced):
            parts.append("主键相同、只留较新一行而被替代：" + "；".join(
                f"{r.table} {r.superseded:,} 行" for r in replaced.itertuples()) + "。")
        together = self.stored[(self.stored["same"] > 0) | (self.stored["differing"] > 0)]
        if len(together):
            parts.append("其中同一批内主键重复：" + "；".join(
                f"{r.table} 内容相同 {r.same:,} 行、内容不同 {r.differing:,} 行" for r in together.itertuples())
                + "（逐行见 yb aside --replaced）。")
        if self.unknown:
            parts.append("未识别而忽略的列：" + "；".join(
                f"{Path(f).name}: {', '.join(c)}" for f, c in sorted(self.unknown.items())) + "。")
        for kind, told in KINDS.items():
            found = self.coerced[self.coerced["kind"] == kind]
            if kind != "absent" and len(found):
                parts.append(f"{told}：" + "；".join(
                    f"{r.table}.{r.column} {r.rows:,} 行" + (f"（如 {r.example!s}）" if r.example else "")
                    for r in found.itertuples()) + "。")
        absent = self.coerced[self.coerced["kind"] == "absent"].groupby("table")["column"].agg(list)
        if len(absent):
            parts.append("未提供的列：" + "；".join(f"{t}: {', '.join(c)}" for t, c in absent.items()) + "。")
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        return f"<p>{self.text}</p>{self.table.to_html(index=False)}{self.stored.to_html(index=False)}"
