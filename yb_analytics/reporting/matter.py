"""What a report notebook says about itself: front matter, and the model of its parameters.

The first cell of a report is a raw cell with YAML between two lines of `---`. Unknown keys are errors.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model

from yb_analytics.schema import Period, Refusal

DUE = {"monthly": "month", "quarterly": "quarter", "half-yearly": "half", "yearly": "year", "on demand": ""}
DUE_ZH = {"monthly": "每月", "quarterly": "每季", "half-yearly": "每半年", "yearly": "每年", "on demand": "按需"}
_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
_TYPES: dict[str, Any] = {
    "int": int, "number": float, "bool": bool, "date": date,
    "text": Annotated[str, Field(max_length=200, pattern=r"^[\w\s，。、：（）\-]*$")],
    "county": Annotated[str, Field(pattern=r"^\d{6}$")],
}
_RESERVED = {"warehouse", "period", "name", "folder"}


class Parameter(BaseModel):
    """One declared parameter: type, default and limits."""

    model_config = ConfigDict(extra="forbid")
    type: Literal["int", "number", "bool", "date", "text", "county", "choice"]
    title: str
    default: Any
    ge: float | None = None
    le: float | None = None
    choices: list[str] = []

    @property
    def field(self) -> Any:
        """Type pydantic checks a value against."""
        if self.type == "choice":
            return Literal[tuple(self.choices)]
        return Annotated[_TYPES[self.type], Field(ge=self.ge, le=self.le)] if self.type in ("int", "number") \
            else _TYPES[self.type]

    @property
    def allowed(self) -> str:
        """What may be written, in words."""
        if self.choices:
            return " or ".join(self.choices)
        bounds = [f"≥ {self.ge:g}" if self.ge is not None else "", f"≤ {self.le:g}" if self.le is not None else ""]
        return " ".join(filter(None, (self.type, *bounds)))


class Matter(BaseModel):
    """The front matter of a report."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(pattern=f"^{_NAME.pattern}$")]
    title: Annotated[str, Field(pattern=r"^.+ · .+$")]
    due: Literal["monthly", "quarterly", "half-yearly", "yearly", "on demand"]
    audience: str
    public: bool
    time_limit: Annotated[int, Field(ge=1, le=86400)] = 900
    parameters: dict[str, Parameter] = {}


@dataclass(frozen=True)
class Report:
    """One report notebook: its path and what it says about itself."""

    path: Path
    matter: Matter

    @property
    def name(self) -> str:
        """Name of the report, which is its file's name."""
        return self.matter.name

    @property
    def title(self) -> str:
        """Chinese title."""
        return self.matter.title.partition(" · ")[0]

    def period(self, text: str | Period) -> Period:
        """The period, refused where it is not of the kind the report is due for."""
        period = Period.parse(text)
        kind = DUE[self.matter.due]
        if kind and period.kind != kind:
            example = {"month": "2025-06", "quarter": "2025Q2", "half": "2025H1", "year": "2025"}[kind]
            raise Refusal(f"报告 {self.name} 的期间类型与 {period} 不符 · "
                          f"{self.name} is {self.matter.due}; {period} is a {period.kind}",
                          f"请写成如 {example} · name a {kind}, e.g. {example}", "usage")
        return period

    def parameters(self, given: dict[str, Any]) -> dict[str, Any]:
        """Checked values of all parameters; only names and values made here reach a kernel."""
        declared = self.matter.parameters
        allowed = ", ".join(f"{n} ({p.allowed})" for n, p in declared.items()) or "none"
        unknown = sorted(set(given) - set(declared))
        if unknown:
            raise Refusal(f"报告 {self.name} 没有这样的参数 · "
                          f"{self.name}: no parameter named {', '.join(repr(u)[:60] for u in unknown)}",
                          f"可用参数：{allowed} · parameters are: {allowed}", "usage")
        fields = {n: (p.field, p.default) for n, p in declared.items()}
        model = create_model("Parameters", __config__=ConfigDict(extra="forbid", validate_default=True),
                             **fields)  # type: ignore[call-overload]
        try:
            made = model(**given)
        except ValidationError as problem:
            first = problem.errors()[0]
            raise Refusal(f"报告 {self.name} 的参数 {first['loc'][0]} 取值不当 · "
                          f"{self.name}: parameter {first['loc'][0]}: {first['msg']}",
                          f"可用参数：{allowed} · parameters are: {allowed}", "usage") from None
        return {n: v.isoformat() if isinstance(v, date) else v for n, v in made.model_dump().items()}


def read(path: Path) -> Report | None:
    """The report in a notebook, or None where the notebook is none (a tutorial)."""
    try:
        book = json.loads(path.read_text(encoding="utf-8"))
        first = book["cells"][0]
    except (OSError, ValueError, KeyError, IndexError) as problem:
        raise Refusal(f"{path} 不是笔记本 · {path}: not a notebook ({type(problem).__name__})",
                      "请恢复该文件 · restore the file", "damaged") from None
    if first["cell_type"] != "raw":
        return None
    source = first["source"] if isinstance(first["source"], str) else "".join(first["source"])
    try:
        matter = TypeAdapter(Matter).validate_python(yaml.safe_load(source.strip().strip("-")))
    except (yaml.YAMLError, ValidationError) as problem:
        line = str(problem.errors()[0]["loc"]) + " " + problem.errors()[0]["msg"] \
            if isinstance(problem, ValidationError) else str(problem).splitlines()[0]
        raise Refusal(f"{path} 的首格说明有误 · {path}: front matter: {line}",
                      "请改正首格 · correct the first cell", "schema") from None
    taken = sorted(_RESERVED & set(matter.parameters)) + sorted(n for n in matter.parameters if not _NAME.fullmatch(n))
    if matter.name != path.stem or taken:
        raise Refusal(f"{path} 的首格说明中报告名不符，或参数名不可用 · "
                      f"{path}: front matter names {matter.name!r}, reserved or odd parameters {taken}",
                      "报告与文件同名，参数名用小写字母 · "
                      "name the report as its file and its parameters in lower case", "schema")
    return Report(path, matter)


def notebooks() -> Path:
    """Folder of the report notebooks: `YB_NOTEBOOKS`, else beside the package, else in the working folder."""
    named = os.environ.get("YB_NOTEBOOKS")
    places = [Path(named)] if named else [Path(__file__).resolve().parents[2] / "notebooks", Path("notebooks")]
    return next((p.resolve() for p in places if p.is_dir()), places[0])


def listed() -> dict[str, Report]:
    """Every report on the shelf of notebooks, by name."""
    found = (read(p) for p in sorted(notebooks().glob("*.ipynb")))
    return {r.name: r for r in found if r}


def find(name: str) -> Report:
    """One report by name; an unknown name is refused with the list."""
    path = notebooks() / f"{name}.ipynb"
    report = read(path) if _NAME.fullmatch(name) and path.is_file() else None
    if report is None:
        raise Refusal(f"没有报告 {name[:60]!r} · no report named {name[:60]!r}",
                      f"可选：{'、'.join(listed()) or '无'} · choose one of: {', '.join(listed()) or 'none'}",
                      "usage")
    return report


def parameters_from(pairs: Iterable[str]) -> dict[str, str]:
    """`name=value` words of the command line as a mapping.

    Examples
    --------
    >>> parameters_from(["top=5"])
    {'top': '5'}
    """
    out = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name.strip() in _RESERVED:
            raise Refusal(f"不是参数：{pair[:60]!r} · not a parameter: {pair[:60]!r}",
                          "写成 参数名=值 · write name=value of a parameter of the report", "usage")
        out[name.strip()] = value
    return out
