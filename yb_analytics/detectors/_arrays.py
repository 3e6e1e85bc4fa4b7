"""Frozen models as arrays by name: written and read without pickle, however they are nested."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np


class Arrays:
    """A frozen dataclass whose fields are arrays, other such classes, or dictionaries of these by name.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Parts(Arrays):
    ...     parts: dict[str, np.ndarray]
    ...     whole: np.ndarray
    >>> sorted(Parts({"x": np.array([1]), "y": np.array([2])}, np.array([3])).to_arrays())
    ['parts.x', 'parts.y', 'whole']
    """

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Arrays by name; names of nested parts are joined by dots."""
        out: dict[str, np.ndarray] = {}
        for f in fields(self):  # type: ignore[arg-type]
            out |= _flat(f.name, getattr(self, f.name))
        return out

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]):
        """The model written by `to_arrays`."""
        kinds = get_type_hints(cls)
        return cls(**{f.name: _made(kinds[f.name], _under(arrays, f.name), arrays.get(f.name))
                      for f in fields(cls)})  # type: ignore[arg-type]


def _flat(name: str, value: Any) -> dict[str, np.ndarray]:
    if isinstance(value, dict):
        return {k: v for key, part in value.items() for k, v in _flat(f"{name}.{key}", part).items()}
    if hasattr(value, "to_arrays"):
        return {f"{name}.{k}": v for k, v in value.to_arrays().items()}
    return {name: np.asarray(value)}


def _under(arrays: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    return {k[len(name) + 1:]: v for k, v in arrays.items() if k.startswith(f"{name}.")}


def _made(kind: Any, inner: dict[str, np.ndarray], own: np.ndarray | None) -> Any:
    if get_origin(kind) is dict:
        part = get_args(kind)[1]
        return {k: _made(part, _under(inner, k), inner.get(k))
                for k in sorted({k.partition(".")[0] for k in inner})}
    return kind.from_arrays(inner) if hasattr(kind, "from_arrays") else own
