"""A small sealed warehouse to damage, and what a reader shows of it."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from yb_analytics.schema import Refusal
from yb_analytics.warehouse import ingest, open_warehouse, store, store_model

BESIDE = ("", ".raw", ".head")


def payments(*rows: tuple[str, str, float], updt: str = "2025-01-01") -> pd.DataFrame:
    return pd.DataFrame([{"setl_id": i, "psn_no": f"p{n % 7}", "fixmedins_code": "H1", "setl_time": f"{day} 10:00",
                          "med_type": "11", "medfee_sumamt": money, "fund_pay_sumamt": money / 2, "updt_time": updt}
                         for n, (i, day, money) in enumerate(rows)])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Three versions, of which the last replaces a month of the one before; an answer and a model."""
    top = tmp_path_factory.mktemp("made")
    first = [(f"{m}-{n}", f"2025-0{m}-0{1 + n % 9}", 10.0 + n) for m in (1, 2, 3) for n in range(40)]
    payments(*first).to_csv(top / "setl_d.csv", index=False)
    pd.DataFrame({"psn_no": [f"p{n}" for n in range(7)], "gend": "1", "psn_name": "金丝雀"}).to_csv(
        top / "psn_info_b.csv", index=False)
    ingest(top / "psn_info_b.csv", top / "w", progress=False)
    ingest(top / "setl_d.csv", top / "w", progress=False)
    payments(("2-0", "2025-02-01", 99.0), updt="2025-06-01").to_csv(top / "setl_d_2.csv", index=False)
    ingest(top / "setl_d_2.csv", top / "w", progress=False)
    w = open_warehouse(top / "w")
    store(top / "w", "score", pd.DataFrame({"unit_id": ["x"], "score": [71.5]}), "2025", w.data_version)
    store_model(top / "w", "frozen", {"grid": np.arange(6.0)}, {"fitted_on": "2025"})
    return top / "w"


@pytest.fixture
def w(made, tmp_path):
    """A copy with everything that lies beside it."""
    for suffix in BESIDE:
        shutil.copytree(made.with_name(made.name + suffix), tmp_path / f"w{suffix}")
    shutil.copy2(made.with_name(made.name + ".key"), tmp_path / "w.key")
    return tmp_path / "w"


def figures(path: Path, version: int | None = None) -> dict[str, list]:
    """Everything a reader shows of a version."""
    opened = open_warehouse(path, version)
    shown = {name: opened.run(opened.table(name).drop("psn_name") if name == "psn_info_b" else opened.table(name))
             .sort_values(key, ignore_index=True).astype(str).values.tolist()
             for name, key in (("setl_d", "setl_id"), ("psn_info_b", "psn_no"))}
    if version is None:
        shown["score"] = opened.run(opened.stored("score")).values.tolist()
        shown["model"] = opened.model("frozen")[0]["grid"].tolist()
    return shown


def answer(path: Path, name: str) -> pd.DataFrame:
    opened = open_warehouse(path)
    return opened.run(opened.stored(name))


def refusal_of(call, *arguments) -> str:
    with pytest.raises(Refusal) as refusal:
        call(*arguments)
    assert refusal.value.kind == "damaged", refusal.value
    return str(refusal.value)


def stored_files(path: Path) -> list[Path]:
    """Data, manifests, Delta logs, answers, models and the register."""
    return sorted(f for f in path.rglob("*") if f.is_file() and f.name != ".lock")


def flip(file: Path, draw: random.Random) -> None:
    content = bytearray(file.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    file.chmod(0o600)
    file.write_bytes(content)


def shown_or_refused(path: Path, version: int | None, truth: dict) -> bool:
    """Whether reading a version is refused; if it is not, it shows the truth."""
    try:
        shown = figures(path, version)
    except Refusal as refusal:
        assert refusal.kind == "damaged", refusal
        return True
    assert shown == truth
    return False
