"""Compiled questions: what was compiled for tables in memory is asked again of others of the same shape."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from yb_analytics.warehouse.checks._limits import FILE

_MOST = 512
_KNOWN: OrderedDict[Hashable, tuple[Any, Any]] = OrderedDict()


@dataclass(frozen=True)
class Compiled:
    """An Ibis expression and what its columns mean."""

    expr: Any
    columns: Any = None


def same(scan: Any, key: tuple, make: Callable[[], Compiled], keep: bool = True) -> tuple[pd.DataFrame, Any]:
    """Rows of an expression, and what its columns mean.

    Parameters
    ----------
    scan
        The warehouse and the period. Only tables in memory have the same names in every warehouse.
    key
        Everything the expression depends on besides them.
    make
        Makes the expression where it is not known.
    keep
        Whether it may be known from another time.
    """
    w = scan.w
    if w.path is not None or not keep:
        made = make()
        return w.run(made.expr), made.columns
    whole = (str(scan.period), FILE.stat().st_mtime_ns, *key)
    if whole not in _KNOWN:
        made = make()
        _KNOWN[whole] = (w.compiled(made.expr), made.columns)
        while len(_KNOWN) > _MOST:
            _KNOWN.popitem(last=False)
    statement, columns = _KNOWN[whole]
    return w.again(statement), columns
