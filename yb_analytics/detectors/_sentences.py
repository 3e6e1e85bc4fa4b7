"""The Chinese sentence of a flag: peers, median, own value, percentile, and where the flag would vanish."""

from __future__ import annotations

from collections.abc import Sequence


def peers(cell: str, n: int, what: str, figures: Sequence[str], subject: str = "本机构") -> str:
    """Clause that sets a unit beside its peers.

    `figures` are median, own value, percentile of peers below and the value at which the flag vanishes, written
    out with units.

    Examples
    --------
    >>> peers("医疗机构二级", 12, "15日内再入院率", ["3.10%", "18.20%", "99.0%", "7.50%"])
    '同类机构（医疗机构二级）n=12，15日内再入院率中位数3.10%，本机构18.20%，高于99.0%的同类，降至7.50%以下即不再提示'
    """
    median, own, above, vanish = figures
    kind = {"本人": "参保人"}.get(subject, subject.removeprefix("本"))
    return (f"同类{kind}（{cell}）n={n}，{what}中位数{median}，{subject}{own}，高于{above}的同类，"
            f"降至{vanish}以下即不再提示")


def innocent(checked: Sequence[str], unchecked: Sequence[str]) -> str:
    """Clause of innocent explanations: those excluded and those a person must check.

    Examples
    --------
    >>> innocent(["放化疗"], ["计划性再入院"])
    '已排除：放化疗；尚待核实：计划性再入院'
    """
    parts = []
    if checked:
        parts.append(f"已排除：{'、'.join(checked)}")
    if unchecked:
        parts.append(f"尚待核实：{'、'.join(unchecked)}")
    return "；".join(parts)


def sentence(*clauses: str) -> str:
    """Clauses as one sentence.

    Examples
    --------
    >>> sentence("甲", "", "乙")
    '甲；乙。'
    """
    return "；".join(c.rstrip("。；") for c in clauses if c) + "。"
