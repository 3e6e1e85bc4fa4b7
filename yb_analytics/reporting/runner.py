"""Run a report: check what was asked, run the notebook apart, compose, publish whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yb_analytics.reporting import index, passport
from yb_analytics.reporting.cells import digest
from yb_analytics.reporting.compose import Composition, blocks_of, compose
from yb_analytics.reporting.editions import Edition, Place, safe
from yb_analytics.reporting.ledger import FAILED, PUBLISHED, STARTED, UNCHANGED, Ledger, mark, now
from yb_analytics.reporting.matter import Report, find
from yb_analytics.reporting.surroundings import NO_BROWSER, NO_FONT, find_fonts
from yb_analytics.schema import Period, Refusal
from yb_analytics.schema.refusal import parted

ATTEMPTS = 3
WAITS = (0.5, 2.0)
INFRASTRUCTURE = "infrastructure"


@dataclass
class Run:
    """One run: what was asked, from which data."""

    id: str
    report: Report
    period: Period
    parameters: dict[str, Any]
    warehouse: Path
    data_version: str
    place: Place
    ledger: Ledger

    @property
    def key(self) -> str:
        """Same report, period, data version and parameters, same key."""
        return digest([self.report.name, self.period.text, self.data_version, self.parameters])

    def event(self, **facts: Any) -> dict[str, Any]:
        """A line of the ledger about this run."""
        return {"run": self.id, **facts}


def report(name: str, period: str | Period, warehouse: Any, /, folder: str | Path = "reports",
           **parameters: Any) -> Edition:
    """Run one report and publish it whole, or refuse and publish nothing.

    Parameters
    ----------
    name, period
        Name of a notebook in `notebooks/` and a period of the kind it is due for.
    warehouse
        Path of a warehouse, or an open one that has a path.
    folder
        Where editions are published.
    **parameters
        Parameters the notebook declares; anything else is refused before a kernel starts.

    Returns
    -------
    Edition
        With `state` "unchanged" when the same report, period, data version and parameters were published before.

    Raises
    ------
    Refusal
        Unknown report or parameter, wrong period, no data in the period, or the notebook refused or failed.
    """
    asked = find(name)
    span = asked.period(period)
    values = asked.parameters(parameters)
    path, version = _data(warehouse, span)
    run = Run(uuid.uuid4().hex[:16], asked, span, values, path, version, Place(folder), Ledger(path))
    with run.place.lock(asked.name, span.text):
        settle(run.ledger, run.place)
        known = run.place.known(asked.name, span.text, run.key)
        if known:
            moment = now()
            run.ledger.append(_opening(run) | {"state": UNCHANGED, "started": moment, "ended": moment, "error": ""})
            return Edition(known, asked.title, span.text, version, UNCHANGED)
        return _recorded(run)


def _data(warehouse: Any, period: Period) -> tuple[Path, str]:
    """Path and data version; an empty period is refused."""
    from yb_analytics.warehouse import open_warehouse

    path = getattr(warehouse, "path", warehouse)
    if path is None:
        raise Refusal("内存中的仓库不能出报告 · a warehouse in memory cannot be reported on",
                      "先把数据接收到文件夹中 · ingest the data into a folder first", "usage")
    w = open_warehouse(path)
    if not any(w.covers(table, period) for table in ("setl_d", "fund_ledger")):
        raise Refusal(f"{path}：{period} 没有结算数据 · {path}: no settlements in {period}",
                      f"现有数据为 {w.periods} · the data cover {w.periods}", "empty")
    return Path(path).absolute(), str(w.data_version)


def settle(ledger: Ledger, place: Place) -> list[str]:
    """End the runs whose process is gone: published ones as published, all others as failed."""
    ended = []
    for run in ledger.open_runs():
        where = place.sweep(run["run"])
        state = {"state": PUBLISHED, "error": ""} if where else {
            "state": FAILED, "error": "the process ended before the report was published"}
        ledger.append({"run": run["run"], "ended": now(), **state})
        ended.append(run["run"])
    return ended


def _opening(run: Run) -> dict[str, Any]:
    return run.event(report=run.report.name, period=run.period.text, parameters=run.parameters,
                     data_version=run.data_version, code_version=passport.code_text(), process=mark())


def _recorded(run: Run) -> Edition:
    """The run between its two lines of the ledger."""
    started = now()
    run.ledger.append(_opening(run) | {"state": STARTED, "started": started})
    work = run.place.building(run.id)
    try:
        edition, hashes = _made(run, work, started)
    except BaseException as problem:
        kind = problem.cause if isinstance(problem, Refusal) else f"{type(problem).__name__}: {problem}"
        run.ledger.append(run.event(state=FAILED, ended=now(), error=kind[:500]))
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    run.ledger.append(run.event(state=PUBLISHED, ended=now(), error="", hashes=hashes))
    index.write(run.place)
    return edition


def _made(run: Run, work: Path, started: str) -> tuple[Edition, dict[str, str]]:
    """Execute, compose, write all files, publish."""
    executed = work / f"{run.report.name}.ipynb"
    _execute(run, work, executed)
    document = compose(blocks_of(executed))
    if document.head["data_version"] != run.data_version:
        raise Refusal("出报告期间仓库有变动 · the warehouse changed while the report was made",
                      "重新运行该报告 · run the report again", "locked")
    built = work / "edition"
    notices = write_files(built, f"{run.report.name}_{safe(run.period.text)}", document, _about(run))
    shutil.copy(executed, built / executed.name)
    content = passport.passport(built, document, {
        "run": run.id, "key": run.key, "report": run.report.name, "title": run.report.title,
        "period": run.period.text, "parameters": run.parameters, "data_version": run.data_version,
        "started": started, "published": now(), "notices": notices, "public": run.report.matter.public})
    hashes = {**content["files"], passport.FILE: passport.file_hash(built / passport.FILE)}
    target = run.place.publish(built, content)
    return Edition(target, run.report.title, run.period.text, run.data_version, PUBLISHED, tuple(notices)), hashes


def _about(run: Run) -> dict[str, Any]:
    return {"audience": run.report.matter.audience, "data_version": run.data_version,
            "code_version": passport.code_text(), "notices": []}


def write_files(folder: Path, stem: str, document: Composition, about: dict[str, Any]) -> list[str]:
    """HTML, XLSX and, where the machine can, PDF; returns what had to be left out and why."""
    from yb_analytics.reporting.publish_html import html
    from yb_analytics.reporting.publish_pdf import pdf
    from yb_analytics.reporting.publish_xlsx import xlsx

    notices = []
    if find_fonts():
        notices += _draw(document)
    else:
        notices.append(NO_FONT)
    about = {**about, "notices": notices}
    (folder / f"{stem}.html").write_bytes(html(document, about))
    (folder / f"{stem}.xlsx").write_bytes(xlsx(document, about))
    if find_fonts():
        (folder / f"{stem}.pdf").write_bytes(pdf(document, about))
    return notices


def _draw(document: Composition) -> list[str]:
    """Draw all figures in one session of the browser; without one, their tables stand in the PDF."""
    from yb_analytics.plots import svgs

    drawn = [b for b in document.of("figure") if b.get("figure")]
    try:
        for block, picture in zip(drawn, svgs([b["figure"] for b in drawn]), strict=True):
            block["svg"] = picture
    except Refusal as problem:
        return [NO_BROWSER] if "no Chromium" in problem.cause else [f"{NO_BROWSER}（{problem.cause}）"]
    return []


def _execute(run: Run, work: Path, output: Path) -> None:
    """Run the notebook in a process of its own; infrastructure failures are tried again, refusals are not."""
    for attempt in range(ATTEMPTS):
        outcome = _attempt(run, work, output)
        if outcome["state"] == "ok":
            return
        if outcome["state"] != INFRASTRUCTURE or attempt == ATTEMPTS - 1:
            break
        time.sleep(WAITS[attempt])
    if outcome["state"] == "refused":
        cause, remedy = parted(outcome["error"])
        raise Refusal(cause, remedy or "见提示 · see the message", "failed")
    what = {"timeout": f"ran past its limit of {run.report.matter.time_limit} s", INFRASTRUCTURE:
            f"stopped {ATTEMPTS} times: {outcome['error']}"}.get(
                outcome["state"], f"failed in cell {outcome.get('cell')}: {outcome.get('ename')}: {outcome['error']}")
    raise Refusal(f"报告 {run.report.name} {run.period} 未能完成 · "
                  f"{run.report.name} {run.period}: the notebook {what}"[:400],
                  f"用这些参数打开 {run.report.path.name} 运行查看 · "
                  f"open {run.report.path.name} with these parameters and run it", "failed")


def _attempt(run: Run, work: Path, output: Path) -> dict[str, Any]:
    """One process: started, waited for, killed with all its children at the time limit."""
    output.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="yb-") as scratch:  # short: socket names have a limit
        outcome = Path(scratch) / "outcome.json"
        request = {"notebook": str(run.report.path), "output": str(output), "outcome": str(outcome), "cwd": scratch,
                   "time_limit": run.report.matter.time_limit,
                   "parameters": {"warehouse": str(run.warehouse), "period": run.period.text, **run.parameters}}
        (Path(scratch) / "request.json").write_text(json.dumps(request, ensure_ascii=False), encoding="utf-8")
        with (work / "kernel.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "yb_analytics.reporting.kernel_run", str(Path(scratch) / "request.json")],
                cwd=scratch, env=_environment(scratch), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=log, start_new_session=True)
        try:
            process.wait(timeout=run.report.matter.time_limit)
        except subprocess.TimeoutExpired:
            return {"state": "timeout", "error": ""}
        finally:
            _end(process)
        if not outcome.exists():
            return {"state": INFRASTRUCTURE, "error": f"the process ended with code {process.returncode}"}
        return json.loads(outcome.read_text(encoding="utf-8"))


def _environment(scratch: str) -> dict[str, str]:
    """Environment of a run: its own Jupyter folders, the package's own path, Shanghai time."""
    here = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "JUPYTER_PATH": f"{scratch}/j", "JUPYTER_RUNTIME_DIR": f"{scratch}/r",
            "JUPYTER_CONFIG_DIR": f"{scratch}/c", "IPYTHONDIR": f"{scratch}/i", "JUPYTER_PLATFORM_DIRS": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH", "")))),
            "TZ": "Asia/Shanghai", "PYDEVD_DISABLE_FILE_VALIDATION": "1", "PYTHONIOENCODING": "utf-8"}


def _end(process: subprocess.Popen) -> None:
    """Kill a run and every process it started."""
    import psutil

    try:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.Error:
        family = []
    for member in family:
        try:
            member.kill()
        except psutil.Error:
            continue
    process.wait()
