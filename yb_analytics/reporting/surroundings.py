"""What this machine has: fonts, browser, packages, disk, time zone; and what to do about what it lacks."""

from __future__ import annotations

import importlib.metadata
import locale
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd

from yb_analytics.plots import find_browser
from yb_analytics.schema import Refusal

FONT_PACKAGE, BROWSER_PACKAGE = "fonts-noto-cjk", "chromium"
NO_FONT = f"本机没有中文字体，未生成 PDF；请安装 Debian 软件包 {FONT_PACKAGE}。"
NO_BROWSER = f"本机没有 Chromium，PDF 中的图以数据表代替；请安装 Debian 软件包 {BROWSER_PACKAGE}。"
_FONT_FILES = ("NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc")
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
_PACKAGES = ("ibis-framework", "duckdb", "deltalake", "pandas", "pyod", "scikit-learn", "statsmodels", "plotly",
             "panel", "papermill", "kaleido", "typst", "xlsxwriter", "pydantic")
_LEAST_DISK = 2 * 1024**3


def find_fonts() -> list[Path]:
    """Files of Noto Serif CJK and Noto Sans CJK; empty where they are not installed.

    `YB_FONTS` names a folder that is looked at instead of the system's.
    """
    named = os.environ.get("YB_FONTS")
    if named is None and shutil.which("fc-list"):
        done = subprocess.run(["fc-list", ":lang=zh-cn", "file"], capture_output=True, text=True, timeout=20)
        paths = sorted({Path(line.strip().rstrip(":")) for line in done.stdout.splitlines()})
        found = [p for p in paths if p.name in _FONT_FILES]
        if found:
            return found
    folders = [Path(named)] if named is not None else [Path(f).expanduser() for f in _FONT_FOLDERS]
    return sorted(p for f in folders if f.is_dir() for p in f.rglob("Noto*CJK-*.ttc") if p.name in _FONT_FILES)


def doctor(warehouse: str | Path | None = None) -> pd.DataFrame:
    """What this machine lacks: name, state (ok, warning, missing), what was found, remedy.

    Parameters
    ----------
    warehouse
        Also look whether this warehouse can be read.
    """
    checks: list[Callable[[], tuple[str, str, str, str]]] = [
        _python, _packages, _fonts, _browser, _zone, _encoding, _disk, _temporary, _reports]
    rows = [check() for check in checks]
    if warehouse is not None:
        rows.append(_warehouse(Path(warehouse)))
    return pd.DataFrame(rows, columns=["name", "state", "found", "remedy"])


def _row(name: str, good: bool, found: str, remedy: str, bad: str = "missing") -> tuple[str, str, str, str]:
    return (name, "ok" if good else bad, found, "" if good else remedy)


def _python() -> tuple[str, str, str, str]:
    return _row("Python", sys.version_info >= (3, 11), sys.version.split()[0], "install Python 3.11 or newer")


def _packages() -> tuple[str, str, str, str]:
    lacking = [p for p in _PACKAGES if not installed(p)]
    return _row("软件包 · packages", not lacking, "、".join(lacking) or f"{len(_PACKAGES)} found", "run make install")


@cache
def installed(package: str) -> str:
    """Version of an installed package, or an empty text."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _fonts() -> tuple[str, str, str, str]:
    fonts = find_fonts()
    return _row("中文字体 · Chinese fonts", bool(fonts), "、".join(f.name for f in fonts) or "none",
                f"install the Debian package {FONT_PACKAGE}; until then no PDF is made", "warning")


def _browser() -> tuple[str, str, str, str]:
    browser = find_browser()
    return _row("浏览器 · Chromium", browser is not None, str(browser or "none"),
                f"install the Debian package {BROWSER_PACKAGE}; until then a PDF has tables instead of figures",
                "warning")


def _zone() -> tuple[str, str, str, str]:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        good = bool(ZoneInfo("Asia/Shanghai"))
    except ZoneInfoNotFoundError:
        good = False
    return _row("时区 · time zone", good, "Asia/Shanghai" if good else "none", "install the Python package tzdata")


def _encoding() -> tuple[str, str, str, str]:
    name = locale.getpreferredencoding(False)
    good = name.lower().replace("-", "") == "utf8"
    return _row("编码 · encoding", good, name, "set LANG=C.UTF-8", "warning")


def _disk() -> tuple[str, str, str, str]:
    free = shutil.disk_usage(Path.cwd()).free
    return _row("磁盘 · disk", free >= _LEAST_DISK, f"{free / 1024**3:.1f} GB free", "free at least 2 GB", "warning")


def _writable(name: str, folder: Path) -> tuple[str, str, str, str]:
    at = next(p for p in (folder, *folder.parents) if p.exists())
    return _row(name, os.access(at, os.W_OK), str(folder), f"give the right to write to {at}")


def _temporary() -> tuple[str, str, str, str]:
    return _writable("临时目录 · temporary folder", Path(tempfile.gettempdir()))


def _reports() -> tuple[str, str, str, str]:
    return _writable("报告目录 · reports folder", Path("reports").resolve())


def _warehouse(path: Path) -> tuple[str, str, str, str]:
    from yb_analytics.warehouse import open_warehouse

    try:
        w = open_warehouse(path)
    except Refusal as problem:
        return _row("数据仓库 · warehouse", False, problem.cause, problem.remedy)
    return _row("数据仓库 · warehouse", True, f"{path}, data version {w.data_version}, as of {w.as_of}", "")
