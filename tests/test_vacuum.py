"""Versions that are given up: only their own files go, under a seal, and nothing a kept version names."""

from __future__ import annotations

import json
import os
import shutil
import time

import pandas as pd
import pytest

from tests.deliveries import deliver, sample
from tests.sealed import figures, flip, made, payments, stored_files, w
from yb_analytics.cli import main
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import examine, ingest, open_warehouse, rebuild, vacuum, verify
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse._delta import folder_of
from yb_analytics.warehouse.reading.arrivals import arrivals

__all__ = ["made", "w"]  # fixtures


def aged(path, days: dict[int, float]) -> None:
    """Make manifests look as if they had been published so many days ago."""
    for version, ago in days.items():
        then = time.time() - ago * 86_400
        os.utime(manifests.file_of(path, version), (then, then))


def named(path, version: int) -> set:
    return {folder_of(path, n) / f.path for n, s in manifests.made_of(path, version).tables.items() for f in s.files}


def test_nothing_is_removed_unless_asked_and_nothing_young_at_all(w):
    before = stored_files(w)
    assert vacuum(w).files == [] and vacuum(w, remove=True).files == []
    found = vacuum(w, keep_days=0)
    assert found.files and found.through == 2 and not found.removed and "--remove" in found.text
    assert stored_files(w) == before and verify(w) == []


def test_only_files_of_old_versions_go_and_the_rest_is_whole(w):
    truth, old = figures(w), figures(w, 2)
    aged(w, {1: 90, 2: 60, 3: 40})
    assert vacuum(w, keep_days=50).through == 1  # version 2 was replaced 40 days ago
    only = named(w, 2) - named(w, 3)
    found = vacuum(w, keep_days=30, remove=True)
    assert found.removed and found.through == 2 and set(found.files) == only and not any(f.exists() for f in only)
    assert figures(w) == truth and verify(w) == []
    state = examine(w, deep=True)
    assert state.whole and any("1–2" in n for n in state.notes)
    with pytest.raises(Refusal, match="第 2 版已停用") as refusal:
        open_warehouse(w, 2)
    assert refusal.value.kind == "empty"
    assert vacuum(w, keep_days=30, remove=True).files == []
    made = rebuild(w, w.with_name("again"), progress=False)
    assert made.same and figures(w.with_name("again"), 2) == old


def test_the_warehouse_goes_on_after_it(w, tmp_path):
    vacuum(w, keep_days=0, remove=True)
    payments(("2-1", "2025-02-01", 77.0), updt="2025-07-01").to_csv(tmp_path / "setl_d.csv", index=False)
    report = ingest(tmp_path / "setl_d.csv", w, progress=False)
    assert report.version == 4 and verify(w) == []
    assert figures(w, 3)  # was newest when the others were given up
    assert vacuum(w, keep_days=0).through == 3


def test_a_file_lost_from_a_kept_version_is_still_a_loss(w):
    vacuum(w, keep_days=0, remove=True)
    next(iter(named(w, 3))).unlink()
    assert not examine(w).whole


@pytest.mark.parametrize("trick", ["flip", "no seal", "remove", "turn back"])
def test_the_record_of_given_up_versions_cannot_be_made_without_the_key(w, trick):
    record = w / "retired.json"
    if trick in ("flip", "remove", "turn back"):
        vacuum(w, keep_days=0, remove=True)
    if trick == "flip":
        import random
        flip(record, random.Random(5))
    elif trick == "remove":
        record.unlink()
    elif trick == "turn back":
        from yb_analytics.warehouse.sealing.retired import retire

        kept = record.read_bytes()
        retire(w, 2)
        record.write_bytes(kept)
    else:
        key = w.with_name("w.key")
        key.rename(key.with_name("aside"))
        from yb_analytics.warehouse.sealing.retired import retire

        retire(w, 2)
        key.with_name("aside").rename(key)
        for file in named(w, 2) - named(w, 3):
            file.unlink()
    assert not examine(w).whole
    with pytest.raises(Refusal) as refusal:
        open_warehouse(w, 2)
    assert refusal.value.kind == "damaged"


def test_without_the_key_file_it_is_refused_and_nothing_goes(w):
    w.with_name("w.key").rename(w.with_name("elsewhere"))
    before = stored_files(w)
    with pytest.raises(Refusal, match="key file") as refusal:
        vacuum(w, keep_days=0, remove=True)
    assert refusal.value.kind == "environment" and stored_files(w) == before
    with pytest.raises(Refusal):
        vacuum(w.with_name("nowhere"), remove=True)
    assert not w.with_name("nowhere").exists()


def test_what_a_killed_writer_left_goes_with_it(w):
    folder = folder_of(w, "setl_d")
    left = folder / "setl_ym=202501" / "left.parquet"
    shutil.copy2(next(folder.rglob("*.parquet")), left)
    (folder / manifests.OPEN).touch()
    w.with_name("w.staging").mkdir()
    vacuum(w, remove=True)
    assert not left.exists() and not w.with_name("w.staging").exists() and verify(w) == []


def test_what_a_killed_ingest_had_unpacked_goes_with_the_next(tmp_path):
    source = deliver(tmp_path / "in", sample("setl_d"), "zip")
    for name in (".arrival-99999999-a", ".arrival-old", f".arrival-{os.getppid()}-b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "psn_info_b.csv").write_text("psn_name\n某人\n")
    with arrivals(source, tmp_path) as found:
        assert len(found) == 1
    assert [p.name for p in tmp_path.glob(".arrival-*")] == [f".arrival-{os.getppid()}-b"]


def test_on_the_command_line(w, capsys):
    for options, removed in (((), False), (("--remove",), True)):
        with pytest.raises(SystemExit) as stop:
            main(["vacuum", "-w", str(w), "--keep-days", "0", "--json", *options])
        told = json.loads(capsys.readouterr().out)
        assert stop.value.code == 0 and told["removed"] is removed and told["files"] and told["through"] == 2
    assert pd.Series(told["files"]).is_unique
