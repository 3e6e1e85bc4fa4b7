"""One mechanism: a folder becomes a catalogue.

A shelf is a folder whose `__init__.py` is the contract and whose every other file is one unit. The folder is
*listed*, never registered; units load lazily, so one broken unit does not stop the rest. A unit's name is its
file's name; its title is the first line of its docstring, in Chinese and English: `分解住院 · Split stays.`
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, Protocol, TypeVar

from yb_analytics.schema import Refusal


class Unit(Protocol):
    """What every unit of a shelf has."""

    @property
    def title(self) -> Title: ...


T = TypeVar("T", bound=Unit)
D = TypeVar("D")


@dataclass(frozen=True)
class Title:
    """Bilingual title and the reason below it, read from a docstring.

    Examples
    --------
    >>> t = Title.read("分解住院 · Split stays.\\n\\n    Why it matters.\\n", "split_stays")
    >>> t.zh, t.en, t.reason
    ('分解住院', 'Split stays', 'Why it matters.')
    """

    zh: str
    en: str
    reason: str = ""

    @classmethod
    def read(cls, text: str | None, name: str) -> Title:
        """Split a docstring; raises :class:`Refusal` when a language is missing."""
        first, _, rest = (text or "").strip().partition("\n")
        zh, dot, en = first.strip().rstrip(".").partition(" · ")
        if not dot or not zh or not en:
            raise Refusal(f"{name}: title is not bilingual: {first!r}",
                          "begin the docstring with 中文名 · English name.", "schema")
        return cls(zh, en, "\n".join(line.strip() for line in rest.strip().splitlines()))


def declare(contract: type[D], **facts: Any) -> Callable[[Callable], D]:
    """Decorator body of a shelf: turn a function and its facts into an instance of `contract`.

    The contract is a frozen dataclass with at least `name`, `title` and `fn`; unknown or missing facts are
    refused by name.
    """
    known = {f.name for f in dataclasses.fields(contract)}  # type: ignore[arg-type]
    unknown = sorted(set(facts) - known)
    kind = contract.__name__.lower()
    if unknown:
        raise Refusal(f"{kind}: unknown key {', '.join(unknown)}", f"use {', '.join(sorted(known))}", "schema")

    def wrap(fn: Callable) -> D:
        title = Title.read(fn.__doc__, fn.__name__)
        try:
            return contract(name=fn.__name__, title=title, fn=fn, **facts)  # type: ignore[call-arg]
        except TypeError as problem:
            raise Refusal(f"{kind} {fn.__name__}: {problem}", "complete its declaration", "schema") from None

    return wrap


class Shelf(Mapping[str, T], Generic[T]):
    """The units of one folder, by name.

    Parameters
    ----------
    package
        Name of the package that holds the units, e.g. `yb_analytics.detectors`.
    kind
        Class every unit must be.
    suffix
        `.py` (the unit is the module's attribute of the file's name) or another suffix with a `loader`.
    loader
        Turns a path into a unit, for shelves of data files.
    call
        What calling the shelf does, e.g. evaluate all indicators.

    Notes
    -----
    Files whose name begins with an underscore belong to the contract and are not units.
    """

    def __init__(self, package: str, kind: type[T], suffix: str = ".py",
                 loader: Callable[[Path], T] | None = None, call: Callable[..., Any] | None = None) -> None:
        self.package, self.kind, self.suffix = package, kind, suffix
        self._loader, self._call = loader, call
        self._loaded: dict[str, T] = {}

    @property
    def folder(self) -> Path:
        """The folder that is listed."""
        module: ModuleType = importlib.import_module(self.package)
        return Path(str(module.__file__)).parent

    @property
    def names(self) -> list[str]:
        """Names of all units on the shelf, broken ones included, sorted."""
        return sorted(p.stem for p in self.folder.glob(f"*{self.suffix}") if not p.stem.startswith("_"))

    def __getitem__(self, name: str) -> T:
        if name not in self.names:
            near = ", ".join(self.names)
            raise Refusal(f"没有名为 {name!r} 的项 · no {self.kind.__name__.lower()} named {name!r}",
                          f"可选：{near} · choose one of: {near}", "usage")
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> T:
        if self._loader:
            return self._loader(self.folder / f"{name}{self.suffix}")
        unit = getattr(importlib.import_module(f"{self.package}.{name}"), name, None)
        if not isinstance(unit, self.kind):
            raise Refusal(f"{self.package}/{name}.py declares no {self.kind.__name__.lower()} named {name}",
                          "name the function as the file", "schema")
        return unit

    def broken(self) -> dict[str, str]:
        """Names of units that do not load, each with the reason."""
        out = {}
        for name in self.names:
            try:
                self[name]
            except Exception as problem:  # a broken unit must not stop the rest
                out[name] = f"{type(problem).__name__}: {problem}"
        return out

    def __iter__(self) -> Iterator[str]:
        broken = self.broken()
        return (n for n in self.names if n not in broken)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __getattr__(self, name: str) -> T:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except Refusal as problem:
            raise AttributeError(str(problem)) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.names]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the shelf, where its contract says how (e.g. `yb.indicators(w, "2025")`)."""
        if self._call is None:
            raise TypeError(f"the shelf {self.package} is read, not called")
        return self._call(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{self.package}: {len(self.names)} units>"

    def _repr_html_(self) -> str:
        import html

        rows = "".join(
            f"<tr><td><code>{html.escape(n)}</code></td><td>{html.escape(u.title.zh)}</td>"
            f"<td>{html.escape(u.title.en)}</td></tr>" for n, u in self.items())
        return f"<table><thead><tr><th>name</th><th>名称</th><th>title</th></tr></thead>{rows}</table>"

