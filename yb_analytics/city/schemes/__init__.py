"""Schemes: each file plants one kind of misuse, or one innocent look-alike, into the honest city.

A scheme is a function `(town, rng, strength)` → `Plan`. The truth (who, which rows, how much fund money) is
written beside the data, never into it. Innocent look-alikes (`innocent_*`) belong to the honest city as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from yb_analytics.shelf import Shelf, Title, declare

STRENGTHS = ("obvious", "subtle")


@dataclass(frozen=True)
class Scheme:
    """One planted kind of misuse or innocent look-alike.

    Parameters
    ----------
    kind
        `scheme` or `innocent`.
    grain
        What the locators of the truth name: `line`, `settlement` or `stay`.
    subject
        Kind of subject: institution, person, group.
    account
        Whether the loss counts personal-account money beside the pool's.
    """

    name: str
    title: Title
    fn: Callable
    kind: str = "scheme"
    grain: str = "settlement"
    subject: str = "institution"
    account: bool = False


def scheme(**facts) -> Callable[[Callable], Scheme]:
    """Declare a scheme.

    Examples
    --------
    >>> @scheme(grain="stay", subject="institution")
    ... def two_stays(town, rng, strength):
    ...     '''两次住院 · Two stays.'''
    >>> two_stays.grain
    'stay'
    """
    return declare(Scheme, **facts)


schemes: Shelf[Scheme] = Shelf("yb_analytics.city.schemes", Scheme)
