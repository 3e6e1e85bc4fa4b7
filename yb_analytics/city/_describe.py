"""The page that lies beside a written city, and the truth in its own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from yb_analytics.city._totals import write_totals
from yb_analytics.schema import TABLES

PAGE = """# 合成城市 · A synthetic city

本文件夹中的一切均为程序生成，不含任何真实的人、机构或单位。
Everything in this folder was generated; no person, institution or employer in it exists.

| | |
|---|---|
| 参保人 · Persons | {persons:,} |
| 月份 · Months | {start} + {months} |
| 种子 · Seed | {seed} |
| 植入 · Planted | {schemes}（{strength}） |
| 格式 · Format | {form} |

同版本同参数则逐字节相同，与进程数无关。
The same version and figures give the same bytes, whatever the number of processes:

```
yb city --persons {persons} --start {start} --months {months} --seed {seed}{asked} DIR
```

- `data/<表>/`：供 `yb ingest` 接入的数据，事实表按月一个文件 · what `yb ingest` reads; facts one file a month.
- `data/control_totals.csv`：发送方的控制总数（行数、金额合计） · control totals: rows and sums of money of every file.
- `truth/truth.parquet`：植入的问题与无辜相似情形（主体、行、损失），绝不写入 `data/` · what was planted,
  never in `data/`.
- 参数与来源 · parameters and their sources: `knowledge/city_shape.csv`；目录、价格、疾病频率均为虚构 · the catalogue,
  prices and frequencies are invented.

## 行数 · Rows

| 表 · Table | 行 · Rows |
|---|---:|
{rows}
"""


def describe(
    folder: Path, size: tuple[int, str, int, int], how: tuple, rows: dict[str, int], found: pd.DataFrame
) -> None:
    """Write `README.md`, `truth/truth.parquet` and the control totals of the data."""
    write_totals(folder)
    persons, start, months, seed = size
    schemes, strength, form = how
    named = schemes if isinstance(schemes, str) else ",".join(schemes)
    options: list[tuple[str, Any, Any]] = [
        ("schemes", named, "all"), ("strength", strength, "both"), ("format", form, "parquet")]
    lines = [f"| `{n}` {TABLES[n].zh} · {TABLES[n].en} | {rows[n]:,} |" for n in TABLES if n in rows]
    page = PAGE.format(
        persons=persons, start=start, months=months, seed=seed, schemes=named, strength=strength, form=form,
        asked="".join(f" --{k} {v}" for k, v, usual in options if v != usual), rows="\n".join(lines))
    (folder / "README.md").write_text(page, encoding="utf-8")
    target = folder / "truth"
    target.mkdir(parents=True, exist_ok=True)
    found.to_parquet(target / "truth.parquet", index=False)
