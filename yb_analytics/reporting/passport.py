"""The passport of an edition: what it was made from, and the hash of everything in it; and the check against it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yb_analytics.schema as _schema
from yb_analytics.reporting.compose import Composition, blocks_of, compose
from yb_analytics.reporting.surroundings import installed
from yb_analytics.schema import Refusal

FILE = "passport.json"
_PACKAGE = Path(_schema.__file__).parents[1]
_LIBRARIES = ("ibis-framework", "duckdb", "deltalake", "pandas", "numpy", "scipy", "scikit-learn", "pyod",
              "statsmodels", "plotly", "kaleido", "papermill", "typst", "xlsxwriter")


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@cache
def code_version() -> dict[str, str]:
    """Package version, hash of the package's files, and the git commit where there is one."""
    total = hashlib.sha256()
    for path in sorted(p for p in _PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        total.update(str(path.relative_to(_PACKAGE)).encode() + b"\0" + path.read_bytes())
    return {"package": installed("yb_analytics") or "0", "files": total.hexdigest(), "commit": _commit()}


def _commit() -> str:
    if not (_PACKAGE.parent / ".git").exists():
        return ""
    try:
        done = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=_PACKAGE, capture_output=True,
                              text=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def code_text() -> str:
    """Code version on one line."""
    version = code_version()
    return f"{version['package']} ({version['commit'] or version['files'][:12]})"


def passport(folder: Path, edition: Composition, run: dict[str, Any]) -> dict[str, Any]:
    """Write `passport.json` into a built edition and return it.

    Parameters
    ----------
    folder
        Folder with all other files of the edition.
    run
        What the ledger knows: run, key, report, title, period, parameters, data_version, digests, started,
        published, notices.
    """
    files = {p.name: file_hash(p) for p in sorted(folder.iterdir()) if p.name != FILE}
    content = {
        **run, "as_of": edition.head["as_of"], "period_label": edition.head["period_label"], "code": code_version(),
        "python": sys.version.split()[0], "packages": {p: installed(p) for p in _LIBRARIES},
        "files": files, "blocks": edition.hashes}
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=str)
    (folder / FILE).write_text(text, encoding="utf-8")
    return content


def read(folder: Path) -> dict[str, Any]:
    """The passport of an edition; refused where it is absent or cannot be read."""
    path = Path(folder) / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content if {"files", "key", "report"} <= set(content) else _damaged(path)
    except FileNotFoundError:
        raise Refusal(f"{folder} 中没有 {FILE} · {folder}: no {FILE}",
                      "写明一期报告的文件夹，如 reports/monthly_monitor/2025-06 · "
                      "name the folder of an edition, e.g. reports/monthly_monitor/2025-06", "input") from None
    except (OSError, ValueError, TypeError):
        return _damaged(path)


def _damaged(path: Path) -> dict[str, Any]:
    raise Refusal(f"{path}：报告凭证无法读取 · {path}: the passport cannot be read",
                  "重新发布该报告 · publish the report again", "damaged")


def verify_edition(path: str | Path) -> list[str]:
    """Compare an edition with its passport; every file, table and figure that differs is named.

    Returns
    -------
    list of str
        Problems, empty when the edition is whole.
    """
    folder = Path(path)
    known = read(folder)
    problems = []
    for name, expected in known["files"].items():
        at = folder / Path(name).name
        if not at.is_file():
            problems.append(f"{at}: missing")
        elif file_hash(at) != expected:
            problems.append(f"{at}: differs from its passport")
    extra = {p.name for p in folder.iterdir()} - set(known["files"]) - {FILE}
    problems += [f"{folder / name}: not in the passport" for name in sorted(extra)]
    return problems + _blocks(folder, known)


def _blocks(folder: Path, known: dict[str, Any]) -> list[str]:
    """Tables and figures of the executed notebook that are not those of the passport."""
    notebook = next((folder / n for n in known["files"] if n.endswith(".ipynb")), None)
    if notebook is None or not notebook.is_file():
        return []
    try:
        now = compose(blocks_of(notebook)).hashes
    except (Refusal, ValueError, KeyError, TypeError):
        return [f"{notebook}: its blocks cannot be read"]
    names = sorted(set(now) | set(known["blocks"]), key=lambda n: (n[0], int(n[1:])))
    return [f"{notebook}: {n} differs from its passport" for n in names if now.get(n) != known["blocks"].get(n)]
