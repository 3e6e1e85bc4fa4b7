"""An ingest may die at any moment: what was published stays, what was not is made by the next run, exactly."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.sizes import amount
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import ingest, open_warehouse, verify
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse._lock import writing

_WRITER = """
import os, sys
from yb_analytics.warehouse import ingest
while (job := sys.stdin.readline().split()):
    child = os.fork()
    if not child:
        ingest(job[0], job[1], progress=False, keep=job[2] == "keep")
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""
"""One process imports once and forks a writer for each job: thirty ingests die, one start is paid for."""


class Writers:
    """Ingests in processes of their own, to be killed."""

    def __init__(self) -> None:
        env = {**os.environ, "YB_THREADS": "1"}
        self._made = subprocess.Popen([sys.executable, "-c", _WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True, bufsize=1, env=env)

    def killed(self, source: Path, path: Path, when) -> bool:
        """Begin an ingest and kill it once `when(seconds since its begin)` holds; whether it died of that."""
        assert self._made.stdin and self._made.stdout
        self._made.stdin.write(f"{source} {path} no\n")
        child = int(self._made.stdout.readline())
        begun = time.monotonic()
        while not when(time.monotonic() - begun) and time.monotonic() - begun < 60 and _alive(child):
            time.sleep(0.001)
        if _alive(child):
            os.kill(child, signal.SIGKILL)
        return int(self._made.stdout.readline()) == signal.SIGKILL

    def close(self) -> None:
        """No more jobs."""
        self._made.communicate("")


def _alive(process: int) -> bool:
    """Whether a process runs (one that has ended and waits to be told of does not)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def writers():
    made = Writers()
    yield made
    made.close()


def deliver(folder: Path, seed: int, months=range(1, 7), rows: int = 40) -> Path:
    """Settlements of some months, a file each, and a register, with corrections of the delivery before."""
    chance = random.Random(seed)
    (folder / "setl_d").mkdir(parents=True)
    for month in months:
        frame = pd.DataFrame([{
            "setl_id": f"{month}-{chance.randrange(rows * 2)}", "psn_no": f"p{n % 7}", "fixmedins_code": "H1",
            "setl_time": f"2025-{month:02d}-{1 + n % 28:02d} 10:00:00", "med_type": "11",
            "medfee_sumamt": chance.randrange(10000) / 100, "fund_pay_sumamt": n,
            "updt_time": f"2026-01-{1 + seed:02d}"} for n in range(rows)])
        frame.to_csv(folder / f"setl_d/{month}.csv", index=False)
    pd.DataFrame({"psn_no": [f"p{n}" for n in range(7)], "gend": "1", "psn_name": f"某{seed}",
                  "updt_time": f"2026-01-{1 + seed:02d}"}).to_csv(folder / "psn_info_b.csv", index=False)
    return folder


def _totals(path: Path, version: int | None = None) -> tuple:
    w = open_warehouse(path, version)
    found = w.run(w.setl_d.aggregate(n=w.setl_d.count(), fee=w.setl_d.medfee_sumamt.sum()))
    return w.data_version, int(found["n"][0]), round(float(found["fee"][0]), 2)


@pytest.mark.soak
def test_kill_minus_nine_loses_and_tears_nothing(tmp_path, writers):
    first, second = deliver(tmp_path / "a", 1), deliver(tmp_path / "b", 2)
    path, whole = tmp_path / "w", tmp_path / "whole"
    ingest(first, path, progress=False, keep=False)
    began = _totals(path)
    ingest(first, whole, progress=False, keep=False)
    started = time.monotonic()
    expected = ingest(second, whole, progress=False, keep=False).data_version
    lasts = time.monotonic() - started
    stages = _stages(path)
    chance, died, published = random.Random(7), 0, 0
    for n in range(amount(30, 300)):
        if n % 2:
            stage = stages[n // 2 % len(stages)]
            died += writers.killed(second, path, lambda _, stage=stage: bool(stage()))
        else:
            moment = chance.uniform(0, 1.2 * lasts)
            died += writers.killed(second, path, lambda passed, moment=moment: passed >= moment)
        after = _totals(path)
        assert after == began or after[0] == expected  # all of it or nothing of it
        if after[0] == expected:
            published += 1
            _start_again(path, first)
            began = _totals(path)
    assert ingest(second, path, progress=False, keep=False).data_version == expected
    assert verify(path) == [] and not path.with_name("w.staging").exists()
    assert _totals(path) == _totals(whole) and died >= amount(30, 300) // 3


def _stages(path: Path) -> list:
    """Moments of an ingest that can be seen from outside: reading, each table's writing, commit, publication."""
    tables, staging = path / "tables", path.with_name(path.name + ".staging")
    return [lambda: any(staging.glob("*.parquet")), lambda: any(staging.glob("*.page.json")),
            lambda: len([*tables.glob("psn_info_b/*/*.parquet")]) > 1, lambda: (tables / "setl_d/.open").exists(),
            lambda: len([*tables.glob("setl_d/setl_ym=202501/*.parquet")]) > 1,
            lambda: len([*tables.glob("setl_d/setl_ym=202506/*.parquet")]) > 1,
            lambda: len([*tables.glob("setl_d/_delta_log/*.json")]) > 1,
            lambda: any((path / "manifests").glob(".*")) or (path / "manifests/000002.json").exists()]


def _start_again(path: Path, first: Path) -> None:
    """The warehouse as it was before the delivery that is being killed."""
    for left in path.parent.glob(f"{path.name}*"):
        if left.name == path.name or left.name.startswith(f"{path.name}."):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    ingest(first, path, progress=False, keep=False)


def test_what_a_killed_ingest_had_read_is_taken_over(tmp_path, writers):
    source, path = deliver(tmp_path / "a", 1), tmp_path / "w"
    staging = tmp_path / "w.staging"
    assert writers.killed(source, path, lambda _: len([*staging.glob("*.page.json")]) >= 5)
    read = len([*staging.glob("*.page.json")])
    assert staging.stat().st_mode & 0o077 == 0  # deliveries are in clear
    torn = next(staging.glob("*.raw.parquet"))
    torn.write_bytes(torn.read_bytes()[:-7])  # what is not as it was written is read again
    (source / "setl_d/2.csv").write_text((source / "setl_d/2.csv").read_text() + "new,p1,H1,2025-02-01,11,1,1,\n")
    report = ingest(source, path, progress=False)
    assert 1 <= report.resumed <= read and f"{report.resumed} 个文件沿用" in report.text
    assert report.data_version == ingest(source, tmp_path / "other", progress=False).data_version
    assert not staging.exists()


# ---- machines that are too small


_FULL = """
import resource, sys
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import ingest
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    ingest(sys.argv[1], sys.argv[2], progress=False)
except Refusal as refusal:
    print(f"{refusal.kind}|{refusal}")
"""


@pytest.mark.soak
def test_a_full_disk_leaves_the_data_and_says_so(tmp_path):
    first, path = deliver(tmp_path / "a", 1), tmp_path / "w"
    second = deliver(tmp_path / "b", 2, months=range(1, 4), rows=4000)
    ingest(first, path, progress=False)
    began, files = _totals(path), _files(path)
    for n in range(amount(3, 10)):
        room = 3_000 + n * 90_000 // amount(3, 10)  # no file may be larger: reading, writing, publishing fail in turn
        done = subprocess.run([sys.executable, "-c", _FULL, str(second), str(path), str(room)],
                              capture_output=True, text=True, check=False)
        assert re.fullmatch(r"environment\|[^\n]*(disk|room)[^\n]*\n", done.stdout), done.stdout + done.stderr
        assert _totals(path) == began and not path.with_name("w.staging").exists()
        assert _files(path) == files and verify(path) == []
    assert ingest(second, path, progress=False).data_version != began[0] and verify(path) == []


def _files(path: Path) -> set[Path]:
    """Data files of the warehouse."""
    return {f for f in path.rglob("*.parquet") if "_delta_log" not in f.parts}


def test_too_little_memory_is_said_in_a_line(tmp_path, monkeypatch):
    source, path = deliver(tmp_path / "a", 1, rows=20_000), tmp_path / "w"
    monkeypatch.setenv("YB_MEMORY", "1MB")
    with pytest.raises(Refusal, match="not enough memory") as refusal:
        ingest(source, path, progress=False)
    assert refusal.value.kind == "environment" and "\n" not in str(refusal.value)
    assert not _files(path) and not path.with_name("w.staging").exists()
    monkeypatch.delenv("YB_MEMORY")
    assert ingest(source, path, progress=False).accepted == 6 * 20_000 + 7


def test_memory_that_is_short_is_helped_by_the_disk_beside_the_warehouse(tmp_path, monkeypatch):
    from yb_analytics.warehouse._engine import connect

    folder = tmp_path / "spill"
    folder.mkdir()
    con = connect([tmp_path], folder)
    assert len([*folder.iterdir()]) == 1
    con.disconnect()
    con._spill.cleanup()
    assert not [*folder.iterdir()]


# ---- beside one another


def test_writers_wait_for_nobody_and_readers_keep_their_version(tmp_path, writers):
    first, second, path = deliver(tmp_path / "a", 1), deliver(tmp_path / "b", 2), tmp_path / "w"
    ingest(first, path, progress=False)
    reader = open_warehouse(path)
    with writing(path):
        with pytest.raises(Refusal) as refusal:
            ingest(second, path, progress=False)
        assert refusal.value.kind == "locked" and str(os.getpid()) in str(refusal.value)
    assert writers.killed(second, path, lambda _: path.with_name("w.staging").exists())  # leaves a lock file
    assert ingest(second, path, progress=False).version == 2
    assert reader.data_version == _totals(path, 1)[0] != _totals(path)[0]
    assert reader.run(reader.setl_d.count()) == manifests.load(path, 1).tables["setl_d"].rows
