"""Raw deliveries make the warehouse again; warehouses of the first release; the command line."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.sealed import answer, figures, flip, made, payments, refusal_of, w
from yb_analytics.city import make_city
from yb_analytics.cli import main
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import examine, ingest, open_warehouse, rebuild, verify
from yb_analytics.warehouse import manifest as manifests

__all__ = ["made", "w"]  # fixtures


def test_raw_deliveries_are_kept_read_only_and_owner_only_and_checked(w):
    raw = w.with_name("w.raw")
    kept = sorted(f for f in raw.glob("*/*.csv"))
    assert [f.name for f in kept] and {f.name for f in kept} == {"setl_d.csv", "setl_d_2.csv", "psn_info_b.csv"}
    for file in kept:
        assert file.stat().st_mode & 0o777 == 0o400
        assert hashlib.sha256(file.read_bytes()).hexdigest() == file.parent.name
    assert raw.stat().st_mode & 0o777 == 0o700
    whole = kept[0].read_bytes()
    flip(kept[0], random.Random(8))
    assert any(kept[0].name in p and "改动" in p for p in verify(w))
    assert kept[0].name in refusal_of(rebuild, w, w.with_name("v"))
    kept[0].unlink()
    assert any(kept[0].name in p and "缺失" in p for p in verify(w))
    kept[0].write_bytes(whole)
    page = raw / "journal/000002.json"
    page.unlink()
    assert any("000003.json" in p for p in verify(w)) and "journal" in refusal_of(rebuild, w, w.with_name("v"))
    shutil.rmtree(raw)
    assert sum("缺失" in p for p in verify(w)) == 4  # three deliveries and the journal


def test_what_was_not_kept_is_said_and_refused_by_name(tmp_path):
    payments(("a", "2025-01-01", 1.0)).to_csv(tmp_path / "setl_d.csv", index=False)
    ingest(tmp_path / "setl_d.csv", tmp_path / "w", progress=False, keep=False)
    assert not list((tmp_path / "w.raw").glob("*/*.csv"))
    assert verify(tmp_path / "w") == [] and any("未保留" in n for n in examine(tmp_path / "w").notes)
    with pytest.raises(Refusal, match="without keeping") as refusal:
        rebuild(tmp_path / "w", tmp_path / "v", progress=False)
    assert refusal.value.kind == "empty" and not (tmp_path / "v").exists()


def test_a_small_city_is_rebuilt_from_raw_after_the_warehouse_is_gone(tmp_path):
    make_city(tmp_path / "city", persons=500, months=2, start="2025-01", seed=3, progress=False)
    tables = sorted(p for p in (tmp_path / "city/data").iterdir() if p.is_dir())
    for half in (tables[::2], tables[1::2]):
        folder = tmp_path / f"half{len(list(tmp_path.glob('half*')))}"
        folder.mkdir()
        for one in half:
            shutil.copytree(one, folder / one.name)
        ingest(folder, tmp_path / "w", progress=False)
    digest = manifests.load(tmp_path / "w").digest
    assert verify(tmp_path / "w") == []
    for gone in ("w", "w.head", "city", "half0", "half1"):
        shutil.rmtree(tmp_path / gone)
    made = rebuild(tmp_path / "w", tmp_path / "v", progress=False)
    assert made.same and made.versions == 2 and made.digest == digest == manifests.load(tmp_path / "v").digest
    assert verify(tmp_path / "v") == []


def test_rebuild_repeats_mappings_and_the_pseudonyms(tmp_path):
    (tmp_path / "map.yaml").write_text(
        "title: t\nsources:\n  - files: 'persons*.csv'\n    table: psn_info_b\n    columns:\n"
        "      psn_no: who\n      psn_name: called\n      gend: {constant: '2'}\n", "utf-8")
    (tmp_path / "persons_1.csv").write_text("who,called\np1,金丝雀\n", "utf-8")
    ingest(tmp_path / "persons_1.csv", tmp_path / "w", tmp_path / "map.yaml", progress=False)
    made = rebuild(tmp_path / "w", tmp_path / "v", progress=False)
    assert made.same
    old, new = (open_warehouse(p) for p in (tmp_path / "w", made.path))
    pd.testing.assert_frame_equal(new.run(new.psn_info_b), old.run(old.psn_info_b))


def test_heads_and_raw_deliveries_may_lie_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("YB_RAW_DIR", str(tmp_path / "vault"))
    monkeypatch.setenv("YB_HEAD_DIR", str(tmp_path / "safe"))
    payments(("a", "2025-01-01", 1.0)).to_csv(tmp_path / "setl_d.csv", index=False)
    ingest(tmp_path / "setl_d.csv", tmp_path / "w", progress=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["safe", "setl_d.csv", "vault", "w", "w.key"]
    with pytest.raises(Refusal, match="another name"):
        rebuild(tmp_path / "w", tmp_path / "other/w", progress=False)
    assert rebuild(tmp_path / "w", tmp_path / "v", progress=False).same
    assert verify(tmp_path / "w") == [] == verify(tmp_path / "v")


# ---- warehouses of the first release

def as_first_release(path: Path) -> None:
    """Manifests as the first release wrote them, and nothing beside the warehouse but the key."""
    previous = ""
    for version in manifests.versions(path):
        m = manifests.made_of(path, version)
        tables = {n: {"delta_version": t.delta_version, "files": [vars(f) for f in t.files],
                      "parts": {k: vars(p) for k, p in t.parts.items()}} for n, t in m.tables.items()}
        raw = {"version": version, "previous": previous, "tables": tables,
               "deliveries": [{k: d[k] for k in ("id", "file", "table", "rows", "accepted", "quarantined")}
                              for d in m.deliveries], "chain": previous, "digest": m.digest}
        previous = hashlib.sha256(json.dumps(raw, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        raw["chain"] = previous
        manifests.file_of(path, version).write_text(json.dumps(raw, ensure_ascii=False, indent=1), "utf-8")
    for suffix in (".head", ".raw"):
        shutil.rmtree(path.with_name(path.name + suffix))
    (path / "answers/register.json").unlink()


def test_a_warehouse_of_the_first_release_is_read_said_to_be_unsealed_and_sealed_by_the_next_ingest(w, tmp_path):
    expected = figures(w)
    as_first_release(w)
    shown = figures(w, 3)
    assert {k: shown[k] for k in ("setl_d", "psn_info_b")} == {k: expected[k] for k in ("setl_d", "psn_info_b")}
    found = examine(w)
    assert found.damages == [] and "未加封" in found.chain
    assert answer(w, "score").score.tolist() == [71.5]
    payments(("n", "2025-09-01", 1.0)).to_csv(tmp_path / "setl_d_3.csv", index=False)
    ingest(tmp_path / "setl_d_3.csv", w, progress=False)
    found = examine(w)
    assert "核对无误" in found.chain and manifests.load(w).format == manifests.FORMAT
    assert {d.kind for d in found.damages} == {"added"}  # answers of before, of other data: to be made again
    one = manifests.file_of(w, 1)
    one.write_text(one.read_text("utf-8").replace('"rows": 7', '"rows": 8', 1), "utf-8")
    assert "000001.json" in refusal_of(open_warehouse, w)


# ---- the command line

def test_verify_for_machines_and_rebuild_on_the_command_line(w, capsys):
    def run(*arguments) -> tuple[int, str]:
        try:
            main([str(a) for a in arguments])
        except SystemExit as stopped:
            return int(stopped.code or 0), capsys.readouterr().out
        return 0, capsys.readouterr().out

    code, out = run("verify", w, "--deep", "--json")
    said = json.loads(out)
    assert code == 0 and said["whole"] and said["rows"] == [] and said["files"] > 5 and "核对无误" in said["chain"]
    assert run("rebuild", w, w.with_name("v"), "--json")[0] == 0
    file = w / "tables/setl_d" / manifests.load(w).tables["setl_d"].files[0].path
    flip(file, random.Random(9))
    code, out = run("verify", w, "--json")
    rows = json.loads(out)["rows"]
    assert code == 6 and [(r["kind"], r["table"], r["part"], r["file"]) for r in rows] == [
        ("changed", "setl_d", "202501", str(file))]
    code, out = run("verify", w)
    assert code == 6 and out.startswith("表 setl_d 分区 202501") and "·" in out


def test_a_rebuild_knows_the_warehouse_by_its_raw_store_and_by_the_folder_they_lie_in(w, tmp_path):
    for n, told in enumerate((w.with_name("w.raw"), tmp_path, w)):
        assert rebuild(told, tmp_path / "out" / str(n), progress=False).same
    shutil.copytree(w.with_name("w.raw"), tmp_path / "x.raw")
    with pytest.raises(Refusal, match="多个仓库：w, x") as several:
        rebuild(tmp_path, tmp_path / "v", progress=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refusal, match=r"没有 .*empty 的原始交付，找过 .*empty\.raw") as none:
        rebuild(tmp_path / "empty", tmp_path / "v", progress=False)
    assert (several.value.kind, none.value.kind) == ("usage", "empty") and not (tmp_path / "v").exists()
