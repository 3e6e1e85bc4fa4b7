"""From schemes to themes: what a lead is about."""

from __future__ import annotations

from functools import cache

ACCOUNT = "个人账户"
"""Theme whose money is that of personal accounts, never the pool's."""

THEMES = {
    "split_stay": "住院", "stay_overlap": "住院", "fee_inflation": "费用水平", "account_drain": ACCOUNT,
    "covisit": "聚集就医", "trace_reuse": "药品追溯", "hoarding": "超量购药", "duplicate_charge": "收费",
    "over_frequency": "收费", "over_price": "收费", "sex_mismatch": "冒名与串换", "after_death": "死亡后就医",
}
"""Scheme (what a rule catches) → theme; a detector states its theme itself."""

OTHER = "其他"
TIERS = {"疑点": 0, "线索": 1, "监测": 2}
_FACTS = {"疑点": "suspicion", "线索": "lead", "监测": "signal"}


def theme_of(scheme: str) -> str:
    """Theme of a scheme.

    Examples
    --------
    >>> theme_of("over_price"), theme_of("something new")
    ('收费', '其他')
    """
    return THEMES.get(scheme) or declared().get(scheme, OTHER)


@cache
def declared() -> dict[str, str]:
    """Scheme, or name where nothing is caught → theme, as the detectors state it."""
    from yb_analytics.detectors import shelf

    return {scheme: unit.theme for name, unit in shelf.items() if unit.theme
            for scheme in (*unit.catches, name)}


def fact_of(tier: str, what: str) -> str:
    """Name of a tier's fact in `knowledge/parameters/leads.csv`.

    Examples
    --------
    >>> fact_of("线索", "due")
    'due_lead'
    """
    return f"{what}_{_FACTS[tier]}"


def schemes() -> dict[str, tuple[str, str]]:
    """Rule or detector → (scheme it catches, the first of several; pot of money: fund or account)."""
    from yb_analytics.detectors import shelf as detectors
    from yb_analytics.rules import shelf as rules

    found = {}
    for shelf in (rules, detectors):
        for name, unit in shelf.items():
            caught = unit.catches if isinstance(unit.catches, str) else next(iter(unit.catches), "")
            found[name] = (caught or name, getattr(unit, "money", "fund"))
    return found
