"""Seal and verify: what is lost or changed is named before a figure shows; raw deliveries make the warehouse again."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.sealed import (
    answer,
    figures,
    flip,
    made,
    payments,
    refusal_of,
    shown_or_refused,
    stored_files,
    w,
)
from tests.sizes import amount
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import examine, ingest, open_warehouse, store, verify
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse.privacy.key_file import destroy
from yb_analytics.warehouse.privacy.rotation import rotate
from yb_analytics.warehouse.sealing import register as _register
from yb_analytics.warehouse.sealing import seen as _seen
from yb_analytics.warehouse.sealing.records import text_of

__all__ = ["made", "w"]  # fixtures


@pytest.mark.soak
def test_bit_flips_are_found_before_a_figure_shows(w):
    """Every file in turn, a random bit: refused where it is read, and named by `verify`."""
    truth = {v: figures(w, v) for v in (None, 2)}
    draw, files = random.Random(5), stored_files(w)
    assert {"tables", "manifests", "answers", "models"} == {f.relative_to(w).parts[0] for f in files}
    for n in range(amount(60, 600)):
        file = files[n % len(files)]
        whole = file.read_bytes()
        flip(file, draw)
        refused = [shown_or_refused(w, v, truth[v]) for v in (None, 2)]
        assert any(refused), file
        if n % 4 == 0:
            assert any(file.name in p for p in verify(w)), file
        file.write_bytes(whole)
    assert verify(w) == [] and figures(w) == truth[None]


@pytest.mark.soak
def test_cut_and_missing_files_are_named(w):
    draw, files, truth = random.Random(6), stored_files(w), {v: figures(w, v) for v in (None, 2)}
    for n in range(amount(30, 300)):
        file = files[n % len(files)]
        whole = file.read_bytes()
        file.unlink() if n % 5 == 0 else file.write_bytes(whole[:draw.randrange(len(whole))])
        assert any(file.name in p or (file.name == "register.json" and "登记" in p) for p in verify(w)), file
        refused = [shown_or_refused(w, v, truth[v]) for v in (None, 2)]
        assert any(refused), file
        file.write_bytes(whole)
    assert verify(w) == []


def test_a_file_that_changes_under_a_reader_is_refused_at_its_next_figure(w, monkeypatch):
    monkeypatch.setattr(_seen, "_SETTLED", 0.0)  # so that all files are remembered as confirmed
    for restore in (False, True):  # a flip that sets the time of change back as well
        reader = open_warehouse(w)
        rows = reader.setl_d.aggregate(n=reader.setl_d.medfee_sumamt.sum())
        before = reader.run(rows).n[0]
        file = w / "tables/setl_d" / next(f.path for f in manifests.load(w).tables["setl_d"].files)
        whole, times = file.read_bytes(), file.stat()
        flip(file, random.Random(1))
        if restore:
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
            assert file.stat().st_mtime_ns == times.st_mtime_ns and file.stat().st_size == times.st_size
        assert file.name in refusal_of(reader.run, rows)
        assert file.name in refusal_of(lambda: open_warehouse(w).setl_d)
        file.write_bytes(whole)
        assert reader.run(rows).n[0] == before and verify(w) == []


def test_what_was_confirmed_is_read_once_one_table_at_a_time(w, monkeypatch):
    monkeypatch.setattr(_seen, "_SETTLED", 0.0)
    read: list[str] = []
    monkeypatch.setattr("yb_analytics.warehouse.sealing.damage.file_sha256",
                        lambda f: read.append(f.parts[-3]) or manifests.file_sha256(f))
    reader = open_warehouse(w)
    assert read == []
    _ = reader.psn_info_b
    assert set(read) == {"psn_info_b"}
    read.clear()
    _ = open_warehouse(w).psn_info_b
    assert read == []
    monkeypatch.setenv("YB_VERIFY", "always")
    _ = open_warehouse(w).psn_info_b
    assert read


def test_what_the_list_of_confirmed_files_cannot_see_is_found_when_nothing_is_trusted(w, monkeypatch):
    """A bit that rots below the file system leaves size and times alone; here the list is made to say so."""
    stored = manifests.load(w).tables["setl_d"].files[0]
    file = w / "tables/setl_d" / stored.path
    flip(file, random.Random(3))
    monkeypatch.setattr(_seen, "_SETTLED", 0.0)
    _seen.remember(file, _seen.signature(file), stored.sha256)
    open_warehouse(w).table("setl_d")  # trusted
    assert any(file.name in p for p in verify(w))
    monkeypatch.setenv("YB_VERIFY_DAYS", "0")
    assert file.name in refusal_of(lambda: open_warehouse(w).setl_d)
    monkeypatch.delenv("YB_VERIFY_DAYS")
    monkeypatch.setenv("YB_VERIFY", "always")
    assert file.name in refusal_of(lambda: open_warehouse(w).setl_d)


def test_a_broken_or_absent_list_of_confirmed_files_costs_time_only(w, tmp_path, monkeypatch):
    monkeypatch.setenv("YB_CACHE_DIR", str(tmp_path / "cache"))
    expected = figures(w)
    (tmp_path / "cache/verified.sqlite").write_bytes(b"no database at all, but something else")
    assert figures(w) == expected
    monkeypatch.setenv("YB_CACHE_DIR", "/proc/nowhere")
    assert figures(w) == expected


# ---- who rewrites manifests

def rewritten(path: Path, version: int, change) -> None:
    """A manifest changed by somebody who knows the code but not the key: all plain hashes are right."""
    file = manifests.file_of(path, version)
    raw = json.loads(file.read_text("utf-8"))
    change(raw)
    parts = {n: {k: {"rows": p["rows"], "hash": p["hash"], "money": p["money"]} for k, p in sorted(t["parts"].items())
                 if p["rows"]} for n, t in sorted(raw["tables"].items()) if n not in manifests.ASIDE}
    raw["digest"] = hashlib.sha256(json.dumps({n: p for n, p in parts.items() if p}, sort_keys=True,
                                              ensure_ascii=False).encode()).hexdigest()
    raw.pop("chain")
    raw["chain"] = hashlib.sha256(text_of(raw).encode()).hexdigest()
    file.write_text(text_of(raw), "utf-8")
    head = path.with_name(path.name + ".head") / "manifest.json"
    top = json.loads(head.read_text())
    top.pop("chain")
    top["manifest"] = raw["chain"]
    top["chain"] = hashlib.sha256(text_of(top).encode()).hexdigest()
    head.write_text(text_of(top))


def one_more_yuan(raw: dict) -> None:
    part = raw["tables"]["setl_d"]["parts"]["202501"]
    part["money"]["medfee_sumamt"] = str(float(part["money"]["medfee_sumamt"]) + 1)


def test_a_rewritten_manifest_is_found_with_the_key_and_said_to_be_unchecked_without(w):
    assert "核对无误" in examine(w).chain
    rewritten(w, 3, one_more_yuan)
    assert "seal" in refusal_of(open_warehouse, w) or "封印" in refusal_of(open_warehouse, w)
    assert any("000003.json" in p and "封印" in p for p in verify(w))
    w.with_name("w.key").unlink()
    found = examine(w)
    assert found.damages == [] and "未核对链" in found.chain  # plain hashes alone prove nothing: that is said
    assert open_warehouse(w).data_version
    assert any(d.kind == "sums" for d in examine(w, deep=True).damages)  # the data still tell


@pytest.mark.parametrize("trick", ["no seal", "unknown key", "first release"])
def test_a_seal_cannot_be_left_away(w, trick):
    def change(raw):
        one_more_yuan(raw)
        if trick == "first release":
            raw.pop("format")
        else:
            raw.update(seal="", sealed_by="" if trick == "no seal" else "deadbeef")

    rewritten(w, 3, change)
    with pytest.raises(Refusal):
        open_warehouse(w)
    assert any("000003.json" in p for p in verify(w))


def test_deleted_manifests_and_a_warehouse_turned_back_are_named(w, made):
    for version in (1, 2, 3):
        file = manifests.file_of(w, version)
        whole = file.read_text("utf-8")
        file.unlink()
        assert f"{version:06d}.json" in refusal_of(open_warehouse, w)
        assert any(f"{version:06d}.json" in p and "缺失" in p for p in verify(w))
        file.write_text(whole, "utf-8")
    assert verify(w) == []
    shutil.rmtree(w)  # a whole old copy put in its place
    shutil.copytree(made, w)
    manifests.file_of(w, 3).unlink()
    shutil.rmtree(w / "answers")
    assert "回退" in refusal_of(open_warehouse, w)
    found = verify(w)
    assert any("回退" in p for p in found) and any("登记" in p for p in found)
    for file in (w / "manifests").iterdir():
        file.unlink()
    assert "yb rebuild" in refusal_of(open_warehouse, w)
    assert len([p for p in verify(w) if "清单" in p]) == 3


def test_without_its_head_a_turned_back_warehouse_cannot_be_excluded_and_that_is_said(w):
    shutil.rmtree(w.with_name("w.head"))
    assert any("无法排除回退" in p for p in verify(w))
    w.with_name("w.key").unlink()
    assert verify(w) == [] and any("无法排除回退" in n for n in examine(w).notes)


def test_swapped_added_and_changed_files_are_told_apart(w):
    data = [w / "tables/setl_d" / f.path for f in manifests.load(w).tables["setl_d"].files][:2]
    a, b = (f.read_bytes() for f in data)
    data[0].write_bytes(b), data[1].write_bytes(a)
    found = {(d.kind, d.table, d.part) for d in examine(w).damages}
    assert found == {("swapped", "setl_d", "202501"), ("swapped", "setl_d", "202502")}
    assert "setl_d" in refusal_of(figures, w)
    data[0].write_bytes(a), data[1].write_bytes(b)
    extra = data[0].with_name("extra.parquet")
    extra.write_bytes(a)
    log = next((w / "tables/psn_info_b/_delta_log").glob("*.json"))
    log.with_name("00000000000000000009.json").write_bytes(log.read_bytes())
    assert [d.kind for d in examine(w).damages] == ["added", "added"]
    (w / "tables/setl_d/.open").touch()  # as a killed writer leaves it
    assert [d.table for d in examine(w).damages] == ["psn_info_b"] and any("setl_d" in n for n in examine(w).notes)


def test_the_next_writer_sweeps_what_a_killed_one_left(w, tmp_path):
    data = w / "tables/setl_d" / manifests.load(w).tables["setl_d"].files[0].path
    shutil.copy(data, data.with_name("left.parquet"))
    (w / "tables/setl_d/.open").touch()
    payments(("n", "2025-09-01", 1.0)).to_csv(tmp_path / "setl_d_3.csv", index=False)
    ingest(tmp_path / "setl_d_3.csv", w, progress=False)
    assert not data.with_name("left.parquet").exists() and data.exists() and verify(w) == []
    assert figures(w, 2)  # files of earlier versions stay


def test_a_damaged_month_is_not_merged_into_the_next_version(w, tmp_path):
    file = w / "tables/setl_d" / next(f.path for f in manifests.load(w).tables["setl_d"].files if f.part == "202501")
    flip(file, random.Random(4))
    payments(("1-0", "2025-01-02", 5.0), updt="2026-01-01").to_csv(tmp_path / "setl_d_3.csv", index=False)
    assert file.name in refusal_of(lambda: ingest(tmp_path / "setl_d_3.csv", w, progress=False))
    assert manifests.versions(w) == [1, 2, 3]


# ---- stored answers

def test_changed_added_and_turned_back_answers_are_refused_and_named(w, tmp_path):
    version = open_warehouse(w).data_version
    file = next((w / "answers/score").rglob("*.parquet"))
    old = {f: f.read_bytes() for f in (file, w / "answers/register.json")}
    store(w, "score", pd.DataFrame({"unit_id": ["x"], "score": [12.0]}), "2025", version)
    new = {f: f.read_bytes() for f in old}
    assert verify(w) == []
    file.write_bytes(old[file])
    assert file.name in refusal_of(open_warehouse(w).stored, "score")
    for f, content in old.items():  # the answer and the register of yesterday
        f.write_bytes(content)
    assert "register" in refusal_of(open_warehouse(w).stored, "score") and any("回退" in p for p in verify(w))
    for f, content in new.items():
        f.write_bytes(content)
    shutil.copy(file, file.with_name("2024.parquet"))
    assert "register" in refusal_of(open_warehouse(w).stored, "score") and any("2024" in p for p in verify(w))


def test_an_answer_written_without_the_key_is_told_from_a_sealed_one(w):
    version = open_warehouse(w).data_version
    key = w.with_name("w.key")
    hidden = key.rename(key.with_name("hidden"))
    store(w, "other", pd.DataFrame({"a": [1]}), "2025", version)
    assert answer(w, "other").a.tolist() == [1]
    hidden.rename(key)
    assert "without the key" in refusal_of(open_warehouse(w).stored, "other")
    store(w, "third", pd.DataFrame({"a": [2]}), "2025", version)  # the next writer does not cover it
    assert "without the key" in refusal_of(open_warehouse(w).stored, "other")
    assert figures(w)["score"] and [d.kind for d in examine(w).damages] == ["unsealed"]


@pytest.mark.parametrize("before", [True, False], ids=["replacing", "new"])
def test_a_writer_killed_between_register_and_file_leaves_either_acceptable(w, monkeypatch, before):
    version, name = open_warehouse(w).data_version, "score" if before else "fresh"

    put = Path.replace

    def killed(self, to):
        if Path(to).suffix == ".parquet":
            raise KeyboardInterrupt
        return put(self, to)

    frame = pd.DataFrame({"unit_id": ["x"], "score": [12.0]})
    with monkeypatch.context() as m, pytest.raises(KeyboardInterrupt):
        m.setattr(Path, "replace", killed)
        store(w, name, frame, "2025", version)
    assert verify(w) == []
    if before:
        assert answer(w, name).score.tolist() == [71.5]
    store(w, name, frame, "2025", version)
    assert answer(w, name).score.tolist() == [12.0] and verify(w) == []


def test_answers_can_be_sealed_again_for_a_change_of_keys(w):
    was = w.joinpath("answers/register.json").read_bytes()
    _register.reseal(w)
    assert w.joinpath("answers/register.json").read_bytes() != was and verify(w) == [] and figures(w)
    flip(next((w / "answers/score").rglob("*.parquet")), random.Random(2))
    refusal_of(_register.reseal, w)


def test_seals_outlive_the_key_they_were_made_with(w):
    expected = {k: figures(w)[k] for k in ("setl_d", "score", "model")}
    old = rotate(w, progress=False).before
    destroy(w, old)
    assert {k: figures(w)[k] for k in expected} == expected  # pseudonyms are others now
    found = examine(w)
    assert found.damages == [] and "核对无误" in found.chain and found.versions == [1, 2, 3, 4]
    rewritten(w, 2, one_more_yuan)  # under a key nobody holds any more: the later ones still tell
    assert any("000003.json" in p and "相接" in p for p in verify(w))
