"""Warning lines: read from knowledge, compared, and told with their status."""

from __future__ import annotations

from yb_analytics.schema.text import show

SIDES = {"below": "低于", "above": "高于", "beyond": "偏离超过"}
LEVELS = {"warning": "预警", "attention": "关注"}
STATUS = {"read in source": "来源已核", "read in secondary source": "二手来源", "unverified": "未核实",
          "proposal": "建议值"}
NO_LINE = "未设预警线"


def crossed(value: float, line: float, side: str) -> bool:
    """The value lies on the wrong side of a line.

    Examples
    --------
    >>> crossed(2.0, 3.0, "below"), crossed(-0.2, 0.15, "beyond"), crossed(0.5, 1.0, "above")
    (True, True, False)
    """
    if side == "below":
        return value < line
    return abs(value) > line if side == "beyond" else value > line


def lines(p, metric: str, insutype: str):
    """Lines of a metric, warnings first; a line of one insurance type stands before the common one."""
    for level in LEVELS:
        for side in SIDES:
            for name in (f"{metric}_{insutype}_{level}_{side}", f"{metric}_{level}_{side}"):
                if name in p:
                    yield level, side, p[name], name
                    break


def judged(p, metric, insutype: str, value: float) -> tuple[str, str]:
    """State (`ok`, `attention`, `warning`, `not evaluable`) and the rule in words."""
    facts = p.facts().set_index("name")["status"]
    found, state = [], "ok"
    for level, side, line, name in lines(p, metric.name, insutype):
        found.append(f"{SIDES[side]}{show(line, metric.unit)}为{LEVELS[level]}（{STATUS[facts[name]]}）")
        if state == "ok" and value == value and crossed(value, line, side):
            state = level
    return ("not evaluable" if value != value else state), "；".join(found) or NO_LINE
