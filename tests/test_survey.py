"""What a survey counts is exact, though most columns are only asked in a cheap form."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest

from yb_analytics.schema.column import Column, Table
from yb_analytics.warehouse.reading.survey import asked, survey

_TEXTS = ["330402", " 330402", "330402 ", "\t330402", "330402\n", "330402\r\n", "甲 乙", "甲\u3000", "\u0600 ", "\x01b",
          "b\x01", "", " ", None, "NULL", " NULL ", "无", "0", "1", "是", "1.2E+18", "code"]


@pytest.mark.parametrize("texts", [_TEXTS, [t for t in _TEXTS if t and t.strip() == t], ["330402", None], ["330402"]])
@pytest.mark.parametrize("column", [
    Column("code", "代码", "code", required=True), Column("code", "代码", "code"),
    Column("code", "名称", required=True),
    Column("code", "标志", "flag", required=True), Column("code", "性别", "code", codes="GEND", required=True)])
def test_counts_are_those_of_the_exact_conditions(column, texts):
    con, table = ibis.duckdb.connect(), Table("t", "表", "care", key=("code",), columns=(column,))
    rows = con.create_table("rows", pd.DataFrame({"code": pd.Series(texts, dtype="string")}))
    conditions = asked(column, rows.code, None, is_key=True)
    exact = {("code", k): int(con.to_pyarrow(c.cast("int64").sum()).as_py() or 0) for k, c in conditions.items()}
    assert survey(con, rows, table, {"code": rows.code}, {}).counts == {k: n for k, n in exact.items() if n}
