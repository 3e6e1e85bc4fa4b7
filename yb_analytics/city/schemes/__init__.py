"""Schemes: each file plants one kind of misuse, or one innocent look-alike, into the honest city.

A scheme is a function `(town, rng, strength)` → `Plan`. The truth (who, which rows, how much fund money) is
written beside the data, never into it. Innocent look-alikes (`innocent_*`) belong to the honest city as well.

It runs once, with the whole town, before anything is made; afterwards the city is made in blocks of persons, and what
the plan holds is handed to each block (where persons are numbered from 0: `town.people.low` is the first's number in
the city, `town.people.number(i)` their `psn_no`). How it reaches each part of the data:

- **visits, stays, their lines**: `Plan(visits=…, lines=…)` with `recipe`, `key`, `plant`; `loose=1` lets a visit stand
  where it cannot (after a death, abroad, in custody, beside another stay).
- **honest visits and stays** (diagnosis, length, operation, bed, DRG): `form`. **Honest bills**: `edit` (`Spell` of
  `_target` picks institutions and months). DRG groups, trace codes, goods and reviews follow what these leave.
- **trace codes**: `flag` of a line: `SPLIT`, `REUSED` (`_trace`); other oddities by `touch["drug_trace_d"]`.
- **goods**: lines with `flag` `UNCOVERED` (`_goods`) are charged without goods: not sold, bought or traced; other
  oddities by `touch["goods_purchase_d"]` and so on.
- **employers, spells, bases, absences, deaths**: change `town.people` in place (`employer`, `base`, `begin`, `pause`,
  `psn_type`, `away`, `back`, `held`, `death`); spells, contributions, credits, employment, tax and the registers of
  other agencies follow, because they are made of it. Let one of them disagree by `touch`: payroll, employment,
  custody. The truth of such a scheme comes from `touch` too (rows and loss), with `grain="row"`.
- **registers, contributions, agency, supervision**: `touch` changes, drops and adds rows of any table as they will be
  written and tells which rows and what loss; `rows` adds rows of a scheme's own.

A scheme whose loss lies in settlements has the grain `line`, `settlement` or `stay`; one told by `touch` or `rows` has
`row`, and its locators read `table:key`, the key's parts joined by `|`. Subjects that leave no row have no truth.
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
        What the locators of the truth name: `line`, `settlement`, `stay`, or `row` (`table:key`).
    subject
        Kind of subject: institution, person, doctor, employer, agency, group.
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
