"""What the analysis made, kept beside the data it was made from: answers, snapshots, fitted models.

Every file carries the version of the data in its path: an answer is never shown for other data than its own.
Files are replaced by one rename, so a reader sees the old or the new answer, never half of one; the register
(`_register`) says what each of them holds.
"""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from yb_analytics.schema import ANSWERS, Period, Refusal
from yb_analytics.warehouse._frames import canonical
from yb_analytics.warehouse._lock import writing
from yb_analytics.warehouse.sealing import register as _register
from yb_analytics.warehouse.sealing.damage import Damage

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Refusal(f"not a name for an answer: {name!r}", "use small letters, digits and _", "usage")
    return name


def _folder(path: Path, name: str, data_version: str) -> Path:
    return path / "answers" / _checked(name) / _checked("v" + data_version)


def _file_of(period: str) -> str:
    return period.replace(":", "_to_") + ".parquet"


def _replace(path: Path, file: Path, write) -> None:
    """Write beside, enter it into the register, then rename over."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{secrets.token_hex(6)}.draft")
    try:
        write(draft)
        with writing(path / "answers", _register.WAIT):
            _register.enter(path, file, draft, lambda: draft.replace(file))
    finally:
        draft.unlink(missing_ok=True)


def _shaped(name: str, frame: pd.DataFrame) -> pa.Table:
    """Answers have their declared shape, snapshots any flat one."""
    if name not in ANSWERS:
        return pa.Table.from_pandas(pd.DataFrame(frame), preserve_index=False).replace_schema_metadata(None)
    shape = ANSWERS[name]
    absent = [c for c in shape.required if c not in frame.columns]
    if absent:
        raise Refusal(f"{name} 缺少必备列 · {name} lacks {', '.join(absent)}",
                      "补齐全部必备列 · give every required column of its shape", "schema")
    table = canonical(shape, frame)
    empty = [c for c in shape.required if table[c].null_count]
    if empty:
        raise Refusal(f"{name}: {', '.join(empty)} is empty in some rows", "fill every required column", "schema")
    return table


def store(path, name: str, frame: pd.DataFrame, period, data_version: str) -> Path:
    """Keep an answer or a snapshot; what was kept for the same name, period and data version is replaced.

    Parameters
    ----------
    path
        Folder of the warehouse.
    name
        A name of `schema.ANSWERS` (checked against its shape) or any other (a snapshot: any flat frame).
    frame
        The rows.
    period
        The period they are about.
    data_version
        `w.data_version` of the warehouse they were made from.
    """
    path = Path(path).resolve()
    table = _shaped(name, frame)
    file = _folder(path, name, data_version) / _file_of(Period.parse(period).text)
    _replace(path, file, lambda draft: pq.write_table(table, draft, compression="zstd"))
    return file


def stored_files(path: Path | None, name: str, data_version: str, period=None) -> list[Path]:
    """Files of an answer for one version of the data; refuses with the remedy if there is none, or if one is lost."""
    folder = _folder(path.resolve(), name, data_version) if path else None
    text = Period.parse(period).text if period else None
    for file in _register.lost(path.resolve(), folder) if path and folder else ():
        if text is None or file.name == _file_of(text):
            raise Damage("missing", str(file)).refusal()
    files = [] if folder is None else sorted(
        f for f in folder.glob("*.parquet") if text is None or f.name == _file_of(text))
    if not files:
        raise Refusal(f"该数据版本尚无 {name} 结果 · "
                      f"no {name} stored for {text or 'any period'} of data version {data_version}",
                      "先运行 yb screen、yb score、yb fund 或 yb demo · "
                      "run `yb screen`, `yb score`, `yb fund` or `yb demo` first", "empty")
    return files


def stored_periods(path: Path | None, name: str, data_version: str) -> list[str]:
    """Periods an answer is stored for."""
    try:
        files = stored_files(path, name, data_version)
    except Refusal as refusal:
        if refusal.kind != "empty":
            raise
        return []
    return [f.stem.replace("_to_", ":") for f in files]


def store_model(path, name: str, arrays: dict[str, np.ndarray], meta: dict) -> Path:
    """Keep a fitted model as plain arrays and a JSON of facts about it (no code is ever stored).

    Raises
    ------
    Refusal
        If an array holds Python objects.
    """
    objects = [k for k, a in arrays.items() if np.asarray(a).dtype.hasobject]
    if objects:
        raise Refusal(f"model {name}: {', '.join(objects)} holds Python objects", "store numbers or texts", "schema")
    path = Path(path).resolve()
    text = json.dumps(meta, ensure_ascii=False, sort_keys=True)
    file = path / "models" / f"{_checked(name)}.npz"

    def write(draft: Path) -> None:
        with draft.open("wb") as f:
            np.savez(f, _meta=np.array(text), **arrays)  # type: ignore[arg-type]

    _replace(path, file, write)
    return file


def model(path: Path | None, name: str) -> tuple[dict[str, np.ndarray], dict]:
    """Arrays and facts of a stored model."""
    file = path / "models" / f"{_checked(name)}.npz" if path else None
    if path and file and file in _register.lost(path.resolve(), path.resolve() / "models"):
        raise Damage("missing", str(file)).refusal()
    if path is None or file is None or not file.is_file():
        raise Refusal(f"尚无模型 {name} · no model {name} stored",
                      "先拟合（yb screen 会做） · fit it first (`yb screen` does)", "empty")
    _register.refuse_changed(path, [file])
    try:
        with np.load(file, allow_pickle=False) as found:
            arrays = {k: found[k] for k in found.files}
        return arrays, json.loads(str(arrays.pop("_meta")))
    except (ValueError, OSError, KeyError) as error:
        raise Refusal(f"模型文件 {file} 无法读取 · model file {file} cannot be read: {error}",
                      "重新拟合 · fit it again", "damaged") from None
