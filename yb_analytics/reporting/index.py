"""The index page of all editions: what was published, when, from which data, and what changed."""

from __future__ import annotations

import contextlib
import itertools
import os
from pathlib import Path
from typing import Any

import pandas as pd

from yb_analytics.reporting import passport
from yb_analytics.reporting.editions import Place
from yb_analytics.reporting.matter import DUE_ZH, listed
from yb_analytics.schema import Refusal

_ORDER = (".html", ".pdf", ".xlsx", ".ipynb", ".json")


def write(place: Place) -> Path:
    """Write `index.html` of a folder of reports, in one rename."""
    from yb_analytics.reporting.publish_html import environment

    page = environment().get_template("index.html.j2").render(editions=entries(place))
    target = place.folder / "index.html"
    fresh = place.folder / f".index-{os.getpid()}"
    fresh.write_text(page, encoding="utf-8")
    fresh.replace(target)
    return target


def entries(place: Place) -> list[dict[str, Any]]:
    """Every edition in a folder of reports, newest first."""
    out = []
    for path in [*place.folder.glob("*/*/passport.json"), *place.folder.glob("*/history/*/*/passport.json")]:
        if path.relative_to(place.folder).parts[0].startswith("."):
            continue
        with contextlib.suppress(Refusal):
            content = passport.read(path.parent)
            files = sorted((f for f in [*content["files"], passport.FILE]), key=lambda f: _rank(f))
            out.append({**content, "folder": path.parent.relative_to(place.folder).as_posix(), "files": files,
                        "current": "history" not in path.relative_to(place.folder).parts[:-1], "changed": ""})
    out.sort(key=lambda e: (e["report"], e["period"], e["published"]), reverse=True)
    for newer, older in itertools.pairwise(out):
        if (newer["report"], newer["period"]) == (older["report"], older["period"]):
            newer["changed"] = _changes(newer["blocks"], older["blocks"])
    return out


def _rank(name: str) -> int:
    suffix = Path(name).suffix
    return _ORDER.index(suffix) if suffix in _ORDER else len(_ORDER)


def _changes(newer: dict[str, str], older: dict[str, str]) -> str:
    """Tables and figures that differ from the edition before."""
    names = sorted({n for n in newer if newer[n] != older.get(n)}, key=lambda n: (n[0], int(n[1:])))
    return "、".join(names[:12]) + ("等" if len(names) > 12 else "") or "无"


def reports(folder: str | Path = "reports") -> pd.DataFrame:
    """The reports there are: name, title, when due, audience, public, parameters, editions published."""
    place = Place(folder)
    made = pd.DataFrame(entries(place) if place.folder.is_dir() else [])
    rows = []
    for name, report in listed().items():
        mine = made[made["report"] == name] if len(made) else made
        m = report.matter
        rows.append({
            "name": name, "title": m.title, "due": DUE_ZH[m.due], "audience": m.audience,
            "public": "是" if m.public else "否",
            "parameters": "、".join(f"{n}（{p.title}）" for n, p in m.parameters.items()),
            "editions": len(mine), "latest": str(mine["period"].max()) if len(mine) else ""})
    return pd.DataFrame(rows, columns=["name", "title", "due", "audience", "public", "parameters", "editions",
                                       "latest"])
